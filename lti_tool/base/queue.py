"""The worker's bell and timer: huey on SQLite, Redis or PostgreSQL, chosen by one address.

Only empty calls travel; the database holds what there is to do, so a lost call costs at most a minute.
"""

from collections.abc import Callable
from urllib.parse import urlsplit

import structlog
from huey import Huey, PostgresHuey, RedisHuey, SqliteHuey, crontab
from huey.serializer import SignedSerializer

NAME = "technohub"
log = structlog.get_logger("queue")


def make_huey(url: str, secret: str) -> Huey:
    """A queue whose messages are signed, since a shared Redis may be written by others."""
    serializer = SignedSerializer(secret=secret)
    scheme = urlsplit(url).scheme
    if scheme == "sqlite":
        return SqliteHuey(NAME, filename=url.removeprefix("sqlite:///"), serializer=serializer, results=False)
    if scheme in ("redis", "rediss"):
        return RedisHuey(NAME, url=url, serializer=serializer, results=False)
    if scheme == "postgresql":
        return PostgresHuey(NAME, dsn=url, serializer=serializer, results=False)
    raise ValueError(f"LTI_TOOL_QUEUE_URL begins with {scheme}:, which is none of sqlite, redis, postgresql")


class Queue:
    """`ring()` asks for work now, `ring_at()` later; in the worker, `work` is what a ring starts."""

    def __init__(self, url: str, secret: str, work: Callable[[], None] | None = None) -> None:
        self.huey = make_huey(url, secret)

        def started() -> None:
            if work is not None:
                work()

        self._task = self.huey.task(name="work")(started)
        if work is not None:
            self.huey.periodic_task(crontab(minute="*"), name="sweep")(started)

    def ring(self) -> None:
        """Never fails: the minute's sweep comes anyway."""
        try:
            self._task()
        except Exception as error:
            log.warning("bell not rung", error=type(error).__name__)

    def ring_after(self, seconds: float) -> None:
        self._task.schedule(delay=max(0.0, seconds))
