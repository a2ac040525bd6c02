"""What a launch costs, in counts: statements, fetches and parses, whatever the number of learners."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import jwt
import pytest
from sqlalchemy import event, insert
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.db import new_public_id, writing
from lti_tool.learning.people.models import Identity, Person
from lti_tool.learning.progress.models import Enrolment
from lti_tool.protocols.resource_links.models import Member


@contextmanager
def statements(desk: Any) -> Iterator[list[str]]:
    """The SQL that is run meanwhile, without the beginnings of transactions."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith("BEGIN"):
            seen.append(statement)

    event.listen(desk.engine, "before_cursor_execute", note)
    yield seen
    event.remove(desk.engine, "before_cursor_execute", note)


def crowd(desk: Any, size: int) -> None:
    """So many others in the same run, who came through the same link."""
    with Session(desk.engine) as session, session.begin():
        one = writing(session).query(Enrolment).one()
        member = session.query(Member).one()
        first, now = one.id + 1, clock.now()
        ids = range(first, first + size)
        common = {"version_id": one.version_id, "cohort_id": one.cohort_id, "created_at": now, "state": one.state,
                  "steps": one.steps, "progress": 0.0}  # fmt: skip
        session.execute(insert(Person), [{"id": i, "public_id": new_public_id(), "created_at": now} for i in ids])
        session.execute(
            insert(Identity), [{"authority": "lti:1", "subject": f"other-{i}", "person_id": i} for i in ids]
        )
        session.execute(insert(Enrolment), [common | {"id": i, "person_id": i} for i in ids])
        session.execute(insert(Member), [
            {"resource_link_id": member.resource_link_id, "person_id": i, "enrolment_id": i, "subject": f"other-{i}",
             "role": "learner", "is_test": False, "last_launch_at": now} for i in ids
        ])  # fmt: skip


@pytest.mark.parametrize("others", [10, 10_000])
def test_a_launch_takes_the_same_statements_among_ten_and_ten_thousand(desk: Any, others: int) -> None:
    desk.enter()
    crowd(desk, others)
    desk.enter()
    with statements(desk) as seen:
        desk.enter()
    assert len(seen) == 15, "\n".join(seen)


def test_a_warm_launch_fetches_no_keys_and_parses_none(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.enter()
    fetched, parsed = desk.server.count, []
    make = jwt.PyJWK.__init__

    def counted(self: jwt.PyJWK, *given: Any, **named: Any) -> None:
        parsed.append(1)
        make(self, *given, **named)

    monkeypatch.setattr(jwt.PyJWK, "__init__", counted)
    for _ in range(3):
        desk.enter()
    assert (desk.server.count - fetched, len(parsed)) == (0, 0)


def test_a_warm_launch_rolls_nothing_back(desk_on_each: Any) -> None:
    """At a ROLLBACK psycopg forgets the statements that its connection has prepared: each is parsed anew then."""
    desk_on_each.enter()
    rolled_back: list[int] = []
    event.listen(desk_on_each.engine, "rollback", lambda _: rolled_back.append(1))
    desk_on_each.enter()
    assert rolled_back == []
