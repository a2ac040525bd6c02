"""Rosters that cannot be read, or not whole: the class stays what it was, with a plain word for the teacher."""

import tracemalloc
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select, update
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.db import writing
from lti_tool.base.errors import Upstream
from lti_tool.base.wire import Answer
from lti_tool.learning.people.models import Person
from lti_tool.protocols.platforms.connector import Connector
from lti_tool.protocols.platforms.models import Registration
from lti_tool.protocols.resource_links.models import Member, Roster
from lti_tool.protocols.roster import keeping, nrps, reading, rules, taking
from lti_tool.protocols.roster.words import why
from tests.protocols.conftest import School
from tests.protocols.roster_room import COURSE, Room

EVERYBODY = {"fatima", "sanne", "youssef", "lotte", "teststudent"}


@pytest.fixture
def room(school: School) -> Room:
    """The class was read whole; since then Lotte left, and nobody has looked."""
    made = Room(school)
    school.enter("sanne")
    made.offer()
    school.deliver()
    school.control("leave", {"course": COURSE, "user": "lotte"})
    return made


def requests_for(room: Room, group: str = "roster") -> int:
    return int(room.school.counts()["requests"].get(group, 0))


FAULTS = [
    ("roster-refused", {"status": 403}, {}),
    ("roster-gone", {"status": 404}, {}),
    ("roster-busy", {"status": 429}, {}),
    ("roster-fails", {"status": 500}, {}),
    ("roster-fails", {"status": 503}, {}),
    ("roster-refused", {"status": 400}, {}),
    ("upstream-unreachable", {"kind": "drop"}, {}),
    ("token-refused", {}, {"withheld": "members"}),
    ("roster-breaks-off", {}, {"roster_third_page": False, "roster_page": 1}),
    ("roster-loop", {}, {"roster_next": "loops"}),
    ("roster-elsewhere", {}, {"roster_next": "elsewhere"}),
    ("roster-empty", {}, {"roster_empty": True}),
]


@pytest.mark.parametrize(("reason", "fault", "switches"), FAULTS)
def test_a_failed_reading_shrinks_no_class_and_says_why(
    room: Room, reason: str, fault: dict[str, Any], switches: dict[str, Any]
) -> None:
    """R-NRPS-4. Lotte left, but as long as no list was read to its end she is there."""
    if fault:
        room.school.fail("roster", **fault, times=20)
    room.school.misbehave(**switches)
    if "withheld" in switches:
        room.school.control("tokens/revoke", {})
    room.read_again()
    facts = room.facts()
    assert facts.reason == reason
    assert facts.failed_at and facts.complete_at and facts.asked_at is None
    assert room.there() == EVERYBODY
    words = {language: why(reason, language) for language in ("nl", "en")}
    assert words["nl"] != words["en"]
    assert "tool has a fault" not in words["en"]


def test_after_a_failure_the_next_reading_makes_all_well(room: Room) -> None:
    room.school.fail("roster", status=500, times=3)
    room.read_again()
    room.school.control("faults", None, "DELETE")
    room.hurry()
    room.school.deliver()
    facts = room.facts()
    assert (facts.reason, facts.failed_at, room.roster().attempts) == (None, None, 0)
    assert room.there() == EVERYBODY - {"lotte"}


def test_a_token_that_is_refused_once_is_renewed(room: Room) -> None:
    room.school.fail("roster", status=401, times=1)
    room.read_again()
    assert room.facts().reason is None


def test_pages_that_never_end_have_an_end() -> None:
    """R-NRPS-4, CWE-400: ever new addresses, each with the same people."""
    asked: list[str] = []

    def fetch(address: str) -> Answer:
        asked.append(address)
        following = f"https://school.example/members?turn={len(asked)}"
        return Answer(200, {"link": f'<{following}>; rel="next"'}, b'{"members": [{"user_id": "1"}]}')

    with pytest.raises(Upstream, match="roster-pages"):
        list(nrps.pages(fetch, "https://school.example/members"))
    assert len(asked) == nrps.MOST_PAGES


def test_a_roster_may_have_as_many_pages_as_there_is_room_for() -> None:
    def fetch(address: str) -> Answer:
        number = int(address.rpartition("=")[2])
        more = {"link": f'<https://school.example/members?page={number + 1}>; rel="next"'}
        return Answer(200, more if number < nrps.MOST_PAGES else {}, b'{"members": []}')

    assert len(list(nrps.pages(fetch, "https://school.example/members?page=1"))) == nrps.MOST_PAGES


def test_retry_after_is_obeyed_for_all_rosters_of_the_platform(room: Room) -> None:
    room.school.fail("roster", status=429, retry_after=600)
    room.read_again()
    before, due = requests_for(room), room.roster().due_at
    assert due is not None
    assert due - clock.now() > timedelta(seconds=590)
    room.school.enter("sanne", "lasersnijden", lineitem_url=None)
    other = Room(room.school, link="lasersnijden")
    other.offer()
    for one in (room, other):
        one.ask()
    room.school.deliver()
    assert requests_for(room) == before
    assert (room.facts().asked_at is not None, room.facts().due_at) == (True, due)
    room.hurry()
    room.school.deliver()
    assert (room.facts().reason, other.facts().counted) == (None, 4)


def test_the_rest_between_failures_grows(room: Room) -> None:
    room.school.fail("roster", status=500, times=1000)
    rests = []
    for _ in range(6):
        room.hurry()
        room.school.deliver()
        due = room.roster().due_at
        assert due is not None
        rests.append(round((due - clock.now()).total_seconds() / 60))
    assert rests == [1, 5, 30, 120, 720, 720]


def test_who_looks_does_not_press_a_platform_that_fails(room: Room) -> None:
    room.school.fail("roster", status=500, times=1000)
    room.read_again()
    before = requests_for(room)
    room.look()
    room.school.deliver()
    assert requests_for(room) == before


def test_a_platform_that_hangs_holds_up_no_grade(make_school: Callable[..., School]) -> None:
    """The roster is under way in a thread of its own while the grade arrives."""
    school = make_school(http_timeout_s=4.0, lease_s=60)
    enrolment = school.enter("sanne")
    Room(school).offer()
    school.misbehave(slow_ms={"roster": 3000})
    school.earn(enrolment, 8)
    worker = school.worker()
    began = clock.now()
    while school.grade() is None and clock.now() - began < timedelta(seconds=10):
        worker._work()
    assert clock.now() - began < timedelta(seconds=2.5)
    assert not Room(school).facts().is_known
    worker.run_until_idle()
    assert Room(school).facts().is_known


# --- workers


def take(room: Room, owner: str, **changes: Any) -> taking.Taken | None:
    with Session(room.school.engine) as session, session.begin():
        return taking.take(writing(session), owner, changes.pop("now", clock.now()), **changes)


def connector(room: Room) -> Connector:
    worker = room.school.worker()
    return worker._courier._connector


def test_two_workers_never_read_one_roster(room: Room) -> None:
    room.hurry()
    assert take(room, "one") is not None
    assert take(room, "two") is None
    room.ask()
    assert take(room, "two") is None


def test_a_roster_of_a_worker_that_died_is_read_by_another(room: Room) -> None:
    room.hurry()
    first = take(room, "one")
    later = clock.now() + taking.LEASE
    second = take(room, "two", now=later)
    assert first and second
    reading.read_one(room.school.engine, connector(room), first)
    assert room.facts().complete_at < first.began_at  # type: ignore[operator]
    reading.read_one(room.school.engine, connector(room), second)
    assert room.there() == EVERYBODY - {"lotte"}


def test_a_worker_that_stops_gives_its_roster_back(room: Room) -> None:
    room.hurry()
    taken = take(room, "one")
    assert taken
    reading.read_one(room.school.engine, connector(room), taken, lambda: True)
    assert room.there() == EVERYBODY
    assert take(room, "two") is not None


def test_a_contract_that_ends_ends_the_reading(room: Room) -> None:
    room.hurry()
    taken = take(room, "one")
    with Session(room.school.engine) as session, session.begin():
        writing(session).execute(update(Registration).values(status="ended"))
        people = session.scalars(select(Person.id)).all()
    room.school.control("users", {"id": "nieuw", "given": "Nieuw", "courses": {COURSE: "student"}})
    assert taken
    reading.read_one(room.school.engine, connector(room), taken)
    with Session(room.school.engine) as session:
        assert session.scalars(select(Person.id)).all() == people


def test_a_level_of_privacy_that_was_lowered_meanwhile_holds(room: Room) -> None:
    room.hurry()
    taken = take(room, "one")
    with Session(room.school.engine) as session, session.begin():
        writing(session).execute(update(Registration).values(privacy_level="pseudonym"))
    assert taken
    reading.read_one(room.school.engine, connector(room), taken)
    with Session(room.school.engine) as session:
        there = select(Person.email).join(Member, Member.person_id == Person.id).where(Member.left_at.is_(None))
        assert set(session.scalars(there)) == {None}


# --- ten thousand


def peak_of_reading(school: School, link: str, students: int) -> int:
    """Bytes at most, while the class of this link is read."""
    school.control("bulk", {"course": link, "students": students, "links": 0})
    room = Room(school, link, link)
    school.enter("sanne", link, lineitem_url=None)
    room.offer()
    worker = school.worker()
    tracemalloc.start()
    try:
        worker.run_until_idle()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        assert room.facts().counted == students + 1


@pytest.mark.slow
def test_ten_thousand_members_need_no_more_memory_than_one_thousand(school: School) -> None:
    """Within a megabyte; nine thousand members more, held at once, are some eight."""
    school.misbehave(roster_page=500, roster_rlid="ignored")
    thousand = peak_of_reading(school, "cobots", 1000)
    assert peak_of_reading(school, "lasersnijden", 10_000) < thousand + 1_000_000


def test_a_page_is_kept_in_as_many_statements_whatever_its_size(room: Room) -> None:
    """Known people, new people, their identities, enrolments, members; no more for 500 than for 5."""

    def statements(count: int, start: int) -> int:
        page = [
            {"user_id": f"u{number}", "roles": ["Learner"], "name": f"U {number}"}
            for number in range(start, start + count)
        ]
        counted: list[int] = []
        with Session(room.school.engine) as session, session.begin():
            writing(session)
            event.listen(room.school.engine, "before_cursor_execute", note := (lambda *_: counted.append(1)))
            keeping.keep(
                session, room.link_id, 1, f"lti:{room.school.platform.id}", rules.named_in(page), ("name",), clock.now()
            )
            event.remove(room.school.engine, "before_cursor_execute", note)
        return len(counted)

    few, many = statements(5, 0), statements(500, 1000)
    assert few <= 10
    assert many <= few + 4  # the database takes so many values at once and no more
    with Session(room.school.engine) as session:
        assert session.scalars(select(Roster.resource_link_id)).all() == [room.link_id]


