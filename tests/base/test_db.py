"""What the database layer promises: aware UTC, and no write lost among threads."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.orm import Session

from lti_tool.base import db
from lti_tool.base.db import make_engine, new_public_id, writing
from lti_tool.base.heartbeat import Heartbeat
from lti_tool.learning.people.models import Identity

SUMMER = datetime(2026, 7, 1, 14, 30, tzinfo=timezone(timedelta(hours=2)))


def test_times_come_back_as_aware_utc(session: Session) -> None:
    session.add(Heartbeat(worker="a", at=SUMMER))
    session.flush()
    session.expire_all()
    found = session.get_one(Heartbeat, "a").at
    assert found == SUMMER
    assert found.utcoffset() == timedelta(0)


def test_times_compare_in_the_database_whatever_their_zone(session: Session) -> None:
    session.add(Heartbeat(worker="a", at=SUMMER))
    session.flush()
    before = select(Heartbeat.worker).where(Heartbeat.at < datetime(2026, 7, 1, 12, 31, tzinfo=UTC))
    assert session.scalars(before).all() == ["a"]


def test_a_naive_time_is_refused(session: Session) -> None:
    session.add(Heartbeat(worker="a", at=SUMMER.replace(tzinfo=None)))
    with pytest.raises(StatementError, match="naive"):
        session.flush()


def test_six_threads_that_read_and_then_write_lose_nothing(engine: Engine) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    with Session(engine) as session, session.begin():
        writing(session).add(Heartbeat(worker="count", at=start))

    def add(_: int) -> None:
        for _ in range(20):
            with Session(engine) as session, session.begin():
                writing(session)
                row = session.scalars(select(Heartbeat).where(Heartbeat.worker == "count").with_for_update()).one()
                row.at += timedelta(seconds=1)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(add, range(6)))
    with Session(engine) as session:
        assert session.get_one(Heartbeat, "count").at == start + timedelta(seconds=120)


def test_foreign_keys_are_kept(session: Session) -> None:
    session.add(Identity(authority="lti:1", subject="s", person_id=999))
    with pytest.raises(IntegrityError):
        session.flush()


def test_sqlite_overwrites_what_is_deleted(session: Session) -> None:
    if session.get_bind().dialect.name != "sqlite":
        pytest.skip("a promise about SQLite")
    assert session.scalar(text("PRAGMA secure_delete")) == 1
    assert session.scalar(text("PRAGMA journal_mode")) == "wal"


def test_public_ids_are_short_unguessable_and_differ() -> None:
    made = {new_public_id() for _ in range(1000)}
    assert len(made) == 1000
    assert {len(name) for name in made} == {16}


def test_an_idle_connection_that_died_is_replaced(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """As after a restart of PostgreSQL in the night."""
    if engine.dialect.name == "sqlite":
        pytest.skip("a promise about PostgreSQL: SQLite has no server")
    with engine.connect() as connection:
        number = connection.scalar(text("SELECT pg_backend_pid()"))
    other = make_engine(engine.url)
    with other.connect() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": number})
    other.dispose()
    monkeypatch.setattr(db, "IDLE_S", 0.0)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT pg_backend_pid()")) != number
