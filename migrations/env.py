"""How Alembic meets this database. Called by `lti-tool db upgrade` and `python -m tools.migrate`.

The address comes from `lti_tool.base.migrations.alembic_config`. On SQLite a table is changed by building it anew
(batch mode), so foreign keys are off while that happens and are checked before the transaction ends. PostgreSQL
runs all migrations of one upgrade in one transaction, held by an advisory lock against a second upgrader.
"""

from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection, Engine, text

from lti_tool.base.db import UtcDateTime, make_engine
from lti_tool.tables import metadata

LOCK = 720_131
"""Any number that nobody else uses for an advisory lock in this database."""


def render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write our own column types as the plain ones they are kept in: a migration must not change when code does."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        compare_type=True,
        render_item=render_item,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()


def on_sqlite(engine: Engine) -> None:
    """All or nothing, in one writing transaction. Foreign keys can only be switched outside a transaction."""
    with engine.connect() as plain:
        raw: Any = plain.connection.driver_connection
        raw.execute("PRAGMA foreign_keys=OFF")
        plain.rollback()
        connection = plain.execution_options(writes=True)
        with connection.begin():
            migrate(connection)
            broken = connection.execute(text("PRAGMA foreign_key_check")).all()
            if broken:
                raise RuntimeError(f"a migration broke foreign keys: {broken[:5]}")
        raw.execute("PRAGMA foreign_keys=ON")


def on_postgresql(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        migrate(connection)


def run() -> None:
    engine = make_engine(context.config.attributes["database_url"])
    try:
        (on_sqlite if engine.dialect.name == "sqlite" else on_postgresql)(engine)
    finally:
        engine.dispose()


run()
