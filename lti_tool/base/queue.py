"""The worker's bell and timer: huey on SQLite, Redis or PostgreSQL, chosen by one address.

Only empty calls travel; the database holds what there is to do, so a lost call costs at most a minute.
"""

from collections.abc import Callable
from urllib.parse import urlsplit

import structlog
from huey import Huey, PostgresHuey, RedisHuey, SqliteHuey, crontab
from huey.consumer import Consumer
from huey.serializer import SignedSerializer
from redis import ConnectionPool
from redis.backoff import NoBackoff
from redis.retry import Retry

NAME = "technohub"
POLL_FIRST_S, POLL_LAST_S = 0.05, 0.5
"""How often a queue in SQLite is looked at, busy and idle; Redis and PostgreSQL call by themselves."""
AWAY_S = 3.0
"""A queue that does not answer for so long is away. Who rings waits no longer: a learner waits with them."""
log = structlog.get_logger("queue")


def make_huey(url: str, secret: str) -> Huey:
    """A queue whose messages are signed, since a shared Redis may be written by others."""
    serializer = SignedSerializer(secret=secret)
    scheme = urlsplit(url).scheme
    if scheme == "sqlite":
        return SqliteHuey(
            NAME, filename=url.removeprefix("sqlite:///"), serializer=serializer, results=False, fsync=False
        )
    if scheme in ("redis", "rediss"):
        pool = ConnectionPool.from_url(
            url, socket_connect_timeout=AWAY_S, socket_timeout=AWAY_S, retry=Retry(NoBackoff(), 0)
        )
        return RedisHuey(NAME, connection_pool=pool, serializer=serializer, results=False)
    if scheme == "postgresql":
        return PostgresHuey(NAME, dsn=url, connect_timeout=int(AWAY_S), serializer=serializer, results=False)
    raise ValueError(f"LTI_TOOL_QUEUE_URL begins with {scheme}:, which is none of sqlite, redis, postgresql")


class _Listener(Consumer):  # type: ignore[misc]
    def _set_signal_handlers(self) -> None:
        """Signals are the worker's own, and it may run in a thread."""


class Queue:
    """`ring()` asks for work now. In the worker, `listen()` lets `work` be called at each ring and each minute."""

    def __init__(self, url: str, secret: str, work: Callable[[], None] | None = None) -> None:
        self.huey = make_huey(url, secret)

        def rung() -> None:
            if work is not None:
                self._forget_waiting_rings()
                work()

        self._task = self.huey.task(name="work")(rung)
        if work is not None:
            self.huey.periodic_task(crontab(minute="*"), name="sweep")(rung)

    def ring(self) -> None:
        """Never fails: the minute's sweep comes anyway."""
        try:
            self._task()
        except Exception as error:
            log.warning("bell not rung", error=type(error).__name__)

    def listen(self) -> Callable[[], None]:
        """Begin to listen, in threads; returns what ends it, within a second or two."""
        listener = _Listener(
            self.huey, workers=1, periodic=True, initial_delay=POLL_FIRST_S, max_delay=POLL_LAST_S,
            scheduler_interval=1,
        )  # fmt: skip
        listener.start()

        def end() -> None:
            listener.stop(graceful=True)

        return end

    def _forget_waiting_rings(self) -> None:
        """Whoever rang before now is served by the work that begins now."""
        if self.huey.pending_count():
            self.huey.storage.flush_queue()
