"""Which migration the database is at, and which one this code needs."""

from enum import StrEnum
from functools import cache
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

MIGRATIONS = Path(__file__).parents[2] / "migrations"


def alembic_config(database_url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["database_url"] = database_url
    return config


class Tables(StrEnum):
    """What the tables are to this code."""

    MISSING = "missing"
    OLDER = "older"
    CURRENT = "current"
    NEWER = "newer"
    """Made by a later version, on which this code still works (a roll-back)."""


@cache
def _known() -> tuple[str, ...]:
    """The migrations of this code, newest first."""
    return tuple(one.revision for one in ScriptDirectory.from_config(alembic_config("")).walk_revisions())


def tables(connection: Connection) -> Tables:
    found = _present(connection)
    if found is None:
        return Tables.MISSING
    if found not in _known():
        return Tables.NEWER
    return Tables.CURRENT if found == _known()[0] else Tables.OLDER


def _present(connection: Connection) -> str | None:
    """The migration that the database is at; None where it has no tables yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found

