"""Which migration the database is at, and which one this code needs. Migrations are numbered: 0001, 0002 ..."""

from enum import StrEnum
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, inspect, text

MIGRATIONS = Path(__file__).parents[2] / "migrations"


class Tables(StrEnum):
    """What the tables are to this code."""

    MISSING = "missing"
    OLDER = "older"
    CURRENT = "current"
    NEWER = "newer"
    """Made by a later version, on which this code still works (a roll-back)."""


@cache
def known() -> tuple[str, ...]:
    """The numbers of this code's migrations, in order."""
    return tuple(sorted(path.name[:4] for path in (MIGRATIONS / "versions").glob("[0-9][0-9][0-9][0-9]_*.py")))


def tables(connection: Connection) -> Tables:
    if not inspect(connection).has_table("alembic_version"):
        return Tables.MISSING
    found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    if found is None:
        return Tables.MISSING
    if found not in known():
        return Tables.NEWER
    return Tables.CURRENT if found == known()[-1] else Tables.OLDER
