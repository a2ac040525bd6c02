"""Alembic on a database of ours. Apart from `schema`, so that web processes need not load Alembic."""

from alembic import command
from alembic.config import Config

from lti_tool.base.schema import MIGRATIONS


def alembic_config(database_url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["database_url"] = database_url
    return config


def upgrade(database_url: str) -> None:
    """Bring the tables to the form that this code needs."""
    command.upgrade(alembic_config(database_url), "head")
