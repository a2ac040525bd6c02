"""The one declarative base, its column types, and engines that keep their promises.

SQLite runs in driver autocommit with explicit BEGIN, so that a transaction which will write takes the write
lock at once (BEGIN IMMEDIATE); a deferred one that reads first would fail with SQLITE_BUSY_SNAPSHOT whatever
its timeout. Say so with `writing(session)` or the execution option `writes=True`. PostgreSQL ignores it.
"""

import secrets
import time
from datetime import UTC, datetime
from typing import Annotated, Any

from sqlalchemy import JSON, Connection, DateTime, Engine, MetaData, String, create_engine, event, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, Dialect, make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator

NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
IDLE_S = 5.0
PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=NORMAL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=10000",
    "PRAGMA secure_delete=ON",
)


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC datetimes on every database; SQLite alone would drop the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime was given; use base.clock")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def new_public_id() -> str:
    """An unguessable name for use outside: 96 bits, 16 characters of A-Z a-z 0-9 - _, the first of them no "-"."""
    while (made := secrets.token_urlsafe(12)).startswith("-"):
        pass  # a command would take it for an option
    return made


Id = Annotated[int, mapped_column(primary_key=True)]
PublicId = Annotated[str, mapped_column(String(64), unique=True, default=new_public_id)]
Localised = dict[str, str]
"""A text per language code, such as {"nl": "Toets", "en": "Quiz"}."""


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)


Base.registry.update_type_annotation_map(
    {datetime: UtcDateTime, dict[str, str]: JSON, dict[str, Any]: JSON, list[str]: JSON, list[Any]: JSON}
)


def pii(kind: str) -> dict[str, str]:
    """Mark a column as personal data: `mapped_column(info=pii("name"))`. Export and erasure follow the marks."""
    return {"pii": kind}


_QUIET: dict[str, Any] = {"hide_parameters": True}
"""What is written stays out of messages of errors."""


def engine_options(url: str | URL) -> dict[str, Any]:
    """Options that `create_engine` and Flask-SQLAlchemy need for this database."""
    if make_url(url).get_backend_name() == "sqlite":
        return _QUIET | {"connect_args": {"isolation_level": None, "timeout": 10, "check_same_thread": False}}
    return _QUIET | {"pool_size": 10, "max_overflow": 20}


def prepare_engine(engine: Engine) -> Engine:
    """Install the rules of this module on an engine: transactions on SQLite, live connections elsewhere."""
    if engine.dialect.name != "sqlite":
        return _ask_idle_connections(engine)

    @event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _record: object) -> None:
        for pragma in PRAGMAS:
            connection.execute(pragma)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _ask_idle_connections(engine: Engine) -> Engine:
    """Ask a connection that was idle for a while whether it lives; `pool_pre_ping` would ask at every checkout."""

    @event.listens_for(engine, "checkin")
    def _note(_connection: Any, record: ConnectionPoolEntry) -> None:
        record.info["idle_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _ask(connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
        if time.monotonic() - record.info.get("idle_since", time.monotonic()) < IDLE_S:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error

    return engine


def make_engine(url: str | URL) -> Engine:
    """An engine for use outside Flask: worker, commands, migrations, tests."""
    return prepare_engine(create_engine(url, **engine_options(url)))


def insert_missing(session: Session, model: type["Base"], **values: Any) -> None:
    """Insert a row unless one with its key is there; of two who come at once, one makes it."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    session.execute(dialect.insert(model).values(**values).on_conflict_do_nothing())


def alone(session: Session, name: str) -> None:
    """Wait until no other transaction does what goes by this name; held until the session's own ends.

    For what no lock on a row can guard, such as the making of a first row. SQLite has one writer at a time anyhow.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(func.hashtext(name))))


def snapshot(session: Session) -> Session:
    """Let the session see one state of the database until its end, whatever others write. Call it first."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    return session


def writing(session: Session) -> Session:
    """Begin the session's transaction as one that writes. Call it before the first statement."""
    session.connection(execution_options={"writes": True})
    return session
