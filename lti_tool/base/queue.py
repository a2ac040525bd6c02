"""The worker's bell and timer: huey on SQLite, Redis or PostgreSQL, chosen by one address.

Only empty calls travel; the database holds what there is to do, so a lost call costs at most a minute.
"""

from collections.abc import Callable
from urllib.parse import urlsplit

from huey import Huey, RedisHuey, SqliteHuey
from huey.serializer import SignedSerializer

NAME = "technohub"


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


def bell(huey: Huey) -> Callable[[], None]:
    """A function that rings the worker, and never fails: the minute's sweep comes anyway."""
    task = huey.task(name="work")(_not_here)

    def ring() -> None:
        try:
            task()
        except Exception:
            return

    return ring


def _not_here() -> None:
    """The worker registers its own function under this name."""
