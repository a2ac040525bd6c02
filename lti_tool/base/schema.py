"""Which migration the database is at, and which one this code needs."""

from functools import cache
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

MIGRATIONS = Path(__file__).parents[2] / "migrations"


def alembic_config(database_url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["database_url"] = database_url
    return config


@cache
def needed() -> str | None:
    """The newest migration of this code."""
    return ScriptDirectory.from_config(alembic_config("")).get_current_head()


def present(session: Session) -> str | None:
    """The migration that the database is at; None where it has no tables yet."""
    try:
        found: str | None = session.scalar(text("SELECT version_num FROM alembic_version"))
        return found
    except DBAPIError:
        session.rollback()
        return None


def is_current(session: Session) -> bool:
    return present(session) == needed()
