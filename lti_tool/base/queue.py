"""The worker's bell and timer: huey on SQLite, Redis or PostgreSQL, chosen by one address.

Only empty calls travel; the database holds what there is to do, so a lost call costs at most a minute.
"""

import logging
import sqlite3
import time
from collections.abc import Callable
from functools import cached_property
from urllib.parse import urlsplit

import psycopg
import structlog
from huey import Huey, PostgresHuey, RedisHuey, SqliteHuey, crontab
from huey.consumer import Consumer
from huey.serializer import SignedSerializer
from redis import ConnectionPool
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

NAME = "technohub"
POLL_FIRST_S, POLL_LAST_S = 0.05, 0.5
"""How often a queue in SQLite is looked at, busy and idle; Redis and PostgreSQL call by themselves."""
AWAY_S = 3.0
"""A queue that does not answer for so long is away. Who rings waits no longer: a learner waits with them."""
SCHEMES = ("sqlite", "redis", "rediss", "postgresql")
TELL_EVERY_S = 60.0
AWAY = (RedisError, psycopg.OperationalError, sqlite3.OperationalError)
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
    return PostgresHuey(NAME, dsn=url, connect_timeout=int(AWAY_S), serializer=serializer, results=False)


class _Quietly(logging.Filter):
    """A queue that is away is one line a minute in our own log; huey would write a stack trace twice a second."""

    def __init__(self) -> None:
        super().__init__()
        self._told_at = -TELL_EVERY_S

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info is None or not isinstance(record.exc_info[1], AWAY):
            return True
        if time.monotonic() - self._told_at >= TELL_EVERY_S:
            self._told_at = time.monotonic()
            log.error("queue away", error=type(record.exc_info[1]).__name__)
        return False


for _name in ("huey.consumer", "huey.consumer.Worker", "huey.consumer.Scheduler"):
    logging.getLogger(_name).addFilter(_Quietly())


class _Listener(Consumer):  # type: ignore[misc]
    def _set_signal_handlers(self) -> None:
        """Signals are the worker's own, and it may run in a thread."""


class Queue:
    """`ring()` asks for work now. In the worker, `listen()` lets `work` be called at each ring and each minute.

    The queue is opened at the first need: who starts while it is away does without.
    """

    def __init__(self, url: str, secret: str, work: Callable[[], None] | None = None) -> None:
        if urlsplit(url).scheme not in SCHEMES:
            raise ValueError(f"LTI_TOOL_QUEUE_URL must begin with one of {', '.join(SCHEMES)}, not {url.split(':')[0]}")
        self._url, self._secret, self._work = url, secret, work
        self._listen_again_at = 0.0

    @cached_property
    def huey(self) -> Huey:
        made = make_huey(self._url, self._secret)
        self._task = made.task(name="work")(self._rung)
        if self._work is not None:
            made.periodic_task(crontab(minute="*"), name="sweep")(self._rung)
        return made

    def _rung(self) -> None:
        if self._work is not None:
            self._forget_waiting_rings()
            self._work()

    def ring(self) -> None:
        """Never fails: the minute's sweep comes anyway."""
        try:
            _ = self.huey
            self._task()
        except Exception as error:
            log.warning("bell not rung", error=type(error).__name__)

    def listen(self) -> Callable[[], None] | None:
        """Begin to listen, in threads; returns what ends it, within a second or two.

        None while the queue is away; it is tried once a minute, however often this is called.
        """
        if time.monotonic() < self._listen_again_at:
            return None
        try:
            huey = self.huey
        except Exception as error:
            log.error("queue away", error=type(error).__name__)
            self._listen_again_at = time.monotonic() + TELL_EVERY_S
            return None
        listener = _Listener(
            huey, workers=1, periodic=True, initial_delay=POLL_FIRST_S, max_delay=POLL_LAST_S, scheduler_interval=1
        )
        listener.start()

        def end() -> None:
            listener.stop(graceful=True)

        return end

    def _forget_waiting_rings(self) -> None:
        """Whoever rang before now is served by the work that begins now."""
        if self.huey.pending_count():
            self.huey.storage.flush_queue()
