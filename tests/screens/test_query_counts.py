"""A learner's pages ask the database a fixed number of things, however many learners, modules and facts there are."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import insert

from lti_tool.base import clock
from lti_tool.learning.catalogue.models import Activity, Module, Version
from lti_tool.learning.people.models import Identity, Person
from lti_tool.learning.progress.models import Enrolment, Evidence
from lti_tool.protocols.resource_links.models import Member
from tests.screens.room import Guest, Room

MOST = 8
PAGES = {"overview": "", "page": "a/samenwerkend", "quiz": "a/toets", "receipts": "receipts?look=1"}


def count(guest: Guest, path: str) -> int:
    """Statements of one GET, with the module in memory as in a running process."""
    assert guest.get(path).status_code == 200
    with guest.room.counting() as statements:
        assert guest.get(path).status_code == 200
    return len(statements)


def counts(guest: Guest) -> dict[str, int]:
    return {name: count(guest, path) for name, path in PAGES.items()}


def more_learners(room: Room, guest: Guest) -> None:
    """Ten thousand others in the same run, through the same link."""
    with room.writing() as session:
        mine = session.get_one(Enrolment, guest.enrolment_id)
        member = session.query(Member).filter_by(enrolment_id=mine.id).one()
        first, now = 100_000, clock.now()
        ids = range(first, first + 10_000)
        rows: dict[Any, list[dict[str, Any]]] = {
            Person: [{"id": i, "public_id": f"p{i}", "name": f"Student {i}", "created_at": now} for i in ids],
            Identity: [{"authority": "lti:1", "subject": f"s{i}", "person_id": i} for i in ids],
            Enrolment: [_copy(mine, id=i, person_id=i) for i in ids],
            Member: [_copy(member, id=i, person_id=i, enrolment_id=i, subject=f"s{i}") for i in ids],
            Evidence: [
                {"enrolment_id": i, "activity_key": "samenwerkend", "what": "read", "at": now, "facts": {}, "key": "k"}
                for i in ids
            ],
        }
        for table, values in rows.items():
            session.execute(insert(table), values)


def _copy(row: Any, **changes: Any) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in row.__mapper__.column_attrs} | changes


def more_modules(room: Room, guest: Guest) -> None:
    """Fifty modules where there were two."""
    with room.writing() as session:
        version = session.query(Version).first()
        assert version is not None
        for number in range(48):
            module = Module(public_id=f"more-{number}", hub_id=version.module.hub_id)
            session.add(module)
            session.flush()
            made = Version(**_copy(version, id=None, module_id=module.id))
            made.activities = [Activity(**_copy(one, id=None, version_id=None)) for one in version.activities]
            session.add(made)
            session.flush()
            module.current_version_id = made.id


def more_evidence(room: Room, guest: Guest) -> None:
    """A thousand facts about this learner."""
    now = clock.now()
    facts = {"enrolment_id": guest.enrolment_id, "activity_key": "risico", "what": "opened", "at": now, "facts": {}}
    with room.writing() as session:
        session.execute(insert(Evidence), [facts | {"key": f"risico:{number}"} for number in range(1000)])


@pytest.mark.parametrize("grow", [more_learners, more_modules, more_evidence])
def test_the_number_of_statements_stays_the_same(room: Room, grow: Callable[[Room, Guest], None]) -> None:
    guest = room.guest().read_pages()
    for _ in range(9):
        room.guest()
    guest.post("a/toets/begin")
    before = counts(guest)

    grow(room, guest)

    assert counts(guest) == before
    assert max(before.values()) <= MOST, before


def test_a_result_takes_as_many_statements_as_its_question_page(room: Room) -> None:
    guest = room.guest().read_pages()
    guest.post("a/toets/begin")
    asking = count(guest, "a/toets")
    guest.post("a/toets/1/hand-in", {"q.scherpe-grijper": "false", "page": "x"})
    assert "result-number" in guest.get("a/toets").text
    assert count(guest, "a/toets") == asking <= MOST


def test_saving_an_answer_takes_a_fixed_number_too(room: Room) -> None:
    guest = room.guest().read_pages()
    guest.post("a/toets/begin")
    seen = []
    for saves in range(3):
        with room.counting() as statements:
            fields = {"q.scherpe-grijper": "false", "page": "x", "saves": str(saves)}
            assert guest.post("a/toets/1/answers", fields, **{"HX-Request": "true"}).status_code == 200
        seen.append(len(statements))
        more_evidence_named(room, guest, saves)
    assert len(set(seen[1:])) == 1
    assert seen[-1] <= MOST + 4


def more_evidence_named(room: Room, guest: Guest, name: int) -> None:
    with room.writing() as session:
        session.add(
            Evidence(
                enrolment_id=guest.enrolment_id, activity_key="risico", what="opened", at=clock.now(), facts={},
                key=f"named-{name}",
            )
        )  # fmt: skip


def test_telling_what_is_left_to_try_takes_one_statement_and_only_when_not_passed(room: Room) -> None:
    guest = room.guest().read_pages()
    busy = count(guest, "")
    for number in (1, 2):
        guest.post("a/toets/begin")
        guest.post(f"a/toets/{number}/hand-in", {"page": "x"})
        assert count(guest, "") == busy + 1 <= MOST
