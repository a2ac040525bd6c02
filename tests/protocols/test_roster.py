"""The class of a link, read by the worker from a practice platform: whole, never shrunk by a failure. NRPS 2.0."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.db import writing
from lti_tool.learning.people.models import Person
from lti_tool.protocols.platforms.models import Registration
from lti_tool.protocols.resource_links.models import Member
from lti_tool.protocols.roster import rules
from tests.protocols.conftest import School
from tests.protocols.roster_room import COURSE, Room

EVERYBODY = {"fatima", "sanne", "youssef", "lotte", "teststudent"}


@pytest.fixture
def room(school: School) -> Room:
    """Sanne came in, and nobody else; the platform offers a roster."""
    made = Room(school)
    school.enter("sanne")
    made.offer()
    return made


def asked_of_roster(room: Room) -> int:
    return int(room.school.counts()["requests"].get("roster", 0))


# --- who is in it


def test_the_class_is_everybody_whom_the_roster_names(room: Room) -> None:
    """R-NRPS-1: names, addresses, roles and test users; of those who came in what the launch told stays."""
    room.school.deliver()
    found, facts = room.members(), room.facts()
    assert set(found) == EVERYBODY
    assert (facts.is_known, facts.counted, facts.is_of_course, facts.reason) == (True, 5, False, None)
    assert (found["fatima"].role, found["youssef"].role, found["teststudent"].is_test) == ("teacher", "learner", True)
    youssef, sanne = found["youssef"], found["sanne"]
    assert (youssef.name, youssef.email) == ("Youssef Amrani", "youssef.amrani@voorbeeldcollege.test")
    assert (youssef.came_at, youssef.enrolment_id) == (None, None)
    assert sanne.came_at and sanne.enrolment_id and sanne.seen_at


def test_without_a_roster_the_class_is_those_who_came_in(school: School) -> None:
    school.enter("sanne")
    room = Room(school)
    room.ask()
    school.deliver()
    assert set(room.members()) == {"sanne"}
    assert not room.facts().is_offered
    assert "roster" not in school.counts()["requests"]


def test_every_page_is_read(room: Room) -> None:
    """R-NRPS-2: as the next links say, however many there are; differences are another thing."""
    room.school.misbehave(roster_page=2, roster_differences=True)
    room.school.deliver()
    assert set(room.members()) == EVERYBODY
    assert asked_of_roster(room) == 3


def test_of_a_member_only_the_identifier_and_the_roles_are_needed(room: Room) -> None:
    """R-NRPS-3: without names the pseudonym stands for somebody; short roles are roles."""
    room.school.misbehave(names=False, roles="short")
    room.school.deliver()
    found = room.members()
    assert (found["lotte"].role, found["lotte"].email, len(found["lotte"].name)) == ("learner", None, 4)
    assert found["fatima"].role == "teacher"


@pytest.mark.parametrize(
    ("level", "kept"), [("name", ("Lotte Bakker", None)), ("pseudonym", (None, None))]
)
def test_only_what_the_platform_may_tell_is_kept(room: Room, level: str, kept: tuple[Any, Any]) -> None:
    with Session(room.school.engine) as session, session.begin():
        writing(session).execute(update(Registration).values(privacy_level=level))
    room.school.deliver()
    with Session(room.school.engine) as session:
        query = select(Person.name, Person.email).join(Member, Member.person_id == Person.id)
        assert tuple(session.execute(query.where(Member.subject == "lotte")).one()) == kept


def test_who_is_inactive_is_not_there(room: Room) -> None:
    """R-NRPS-3: Inactive and Deleted mean that somebody left; no status means Active."""
    room.school.deliver()
    user = {"id": "lotte", "given": "Lotte", "family": "Bakker", "courses": {COURSE: "student"}}
    room.school.control("users", user | {"status": "Inactive"})
    room.read_again()
    assert room.there() == EVERYBODY - {"lotte"}
    room.school.control("users", user | {"status": "Active"})
    room.read_again()
    assert room.there() == EVERYBODY


@pytest.mark.parametrize(
    ("status", "is_there"),
    [
        (None, True), ("Active", True), ("active", True), (5, True), ("Inactive", False), ("Deleted", False),
        ("http://purl.imsglobal.org/vocab/lis/v2/status#Active", True),
    ],
)  # fmt: skip
def test_a_status_says_whether_somebody_is_there(status: Any, is_there: bool) -> None:
    member = {"user_id": "1", "roles": ["Learner"]} | ({"status": status} if status is not None else {})
    assert bool(rules.named_in([member])) is is_there


@pytest.mark.parametrize("user_id", [None, "", 5.5, True, [], {}, "x" * 256, "\x00", "\ud800"])
def test_somebody_without_an_identifier_is_passed_over(user_id: Any) -> None:
    assert rules.named_in([{"user_id": user_id, "roles": ["Learner"]}, {"user_id": 7}]) == rules.named_in(
        [{"user_id": "7", "roles": None}]
    )


# --- who leaves, and who comes back


def test_who_left_is_marked_and_their_work_kept(room: Room) -> None:
    enrolment = room.school.enter("lotte")
    room.school.earn(enrolment, 8)
    room.school.deliver()
    room.school.control("leave", {"course": COURSE, "user": "lotte"})
    room.read_again()
    lotte = room.members()["lotte"]
    assert lotte.left_at and lotte.enrolment_id == enrolment
    assert room.there() == EVERYBODY - {"lotte"}
    assert room.facts().counted == 4


def test_who_comes_back_has_left_no_longer(room: Room) -> None:
    room.school.deliver()
    room.school.control("leave", {"course": COURSE, "user": "lotte"})
    room.read_again()
    room.school.control("users", {"id": "lotte", "given": "Lotte", "family": "Bakker", "courses": {COURSE: "student"}})
    room.read_again()
    assert room.there() == EVERYBODY


def test_who_comes_in_again_has_left_no_longer(room: Room) -> None:
    room.school.deliver()
    room.school.control("leave", {"course": COURSE, "user": "sanne"})
    room.read_again()
    assert "sanne" not in room.there()
    room.school.enter("sanne")
    assert "sanne" in room.there()


def test_a_test_user_who_stands_in_no_roster_has_not_left(room: Room) -> None:
    room.school.enter("proef", is_test=True)
    room.school.deliver()
    assert "proef" in room.there()


# --- grades


def test_who_began_the_run_elsewhere_is_owed_a_grade_here_too(room: Room) -> None:
    """One run on a platform: Youssef works through another link, and the roster of this one names him."""
    elsewhere = room.school.enter("youssef", "lasersnijden", lineitem_url=None, lineitems_url=None)
    room.school.earn(elsewhere, 8)
    room.school.deliver()
    room.school.deliver()
    assert room.members()["youssef"].enrolment_id == elsewhere
    assert room.school.grade("youssef") is not None
    assert room.members()["lotte"].enrolment_id is None


def test_a_roster_makes_no_one_begin(room: Room) -> None:
    room.school.deliver()
    began = {one for one, member in room.members().items() if member.enrolment_id}
    assert began == {"sanne"}
    assert [one["user_id"] for one in room.school.scores()] == []


# --- the question for one link


@pytest.mark.parametrize("answer", ["refused", "ignored"])
def test_where_a_link_cannot_be_asked_for_the_class_is_that_of_the_course(room: Room, answer: str) -> None:
    """R-NRPS-2: rlid, and without it the whole course; what we know says which."""
    room.school.misbehave(roster_rlid=answer)
    room.school.deliver()
    assert (set(room.members()), room.facts().is_of_course) == (EVERYBODY, True)
    room.school.misbehave(roster_rlid="ok")
    room.read_again()
    assert not room.facts().is_of_course


def test_a_page_larger_than_we_read_is_asked_for_in_smaller_ones(make_school: Callable[..., School]) -> None:
    """R-NRPS-2, limit."""
    school = make_school(http_max_kb=32)
    school.control("bulk", {"course": "bulk", "students": 300, "links": 0})
    room = Room(school, "bulk")
    school.enter("sanne")
    room.offer()
    school.misbehave(roster_page=1000, names=False, roster_rlid="ignored")
    school.deliver()
    assert (room.facts().reason, room.facts().counted) == (None, 301)


# --- groups


def test_groups_are_told_with_their_names(room: Room) -> None:
    """R-GS-1."""
    room.offer(groups=True)
    group = {"id": "team-a", "course": COURSE, "name": "Team A", "set": "Teams", "members": ["sanne", "lotte"]}
    room.school.control("groups", group)
    room.school.deliver()
    found = room.members()
    assert (found["sanne"].group_ids, found["youssef"].group_ids) == (("team-a",), ())
    assert room.facts().groups == {"team-a": "Team A"}
    room.school.control("groups", group | {"name": "Team 1", "members": ["youssef"]})
    room.read_again()
    assert (room.members()["sanne"].group_ids, room.facts().groups) == ((), {"team-a": "Team 1"})


@pytest.mark.parametrize("trouble", ["scope", "fault"])
def test_groups_that_cannot_be_read_leave_the_class_complete(room: Room, trouble: str) -> None:
    room.offer(groups=True)
    if trouble == "scope":
        room.school.misbehave(withheld="groups")
    else:
        room.school.fail("groups", status=500, times=5)
    room.school.deliver()
    assert (set(room.members()), room.facts().reason, room.facts().groups) == (EVERYBODY, None, {})


# --- when


def test_a_class_in_use_is_read_by_itself_and_again_the_next_day(room: Room) -> None:
    room.school.deliver()
    due = room.roster().due_at
    assert due is not None
    assert timedelta(hours=23) < due - clock.now() < timedelta(hours=25)
    assert asked_of_roster(room) == 1
    room.school.deliver()
    assert asked_of_roster(room) == 1
    room.hurry()
    room.school.deliver()
    assert asked_of_roster(room) == 2


def test_a_class_that_nobody_uses_is_left_alone_until_somebody_asks(room: Room) -> None:
    with Session(room.school.engine) as session, session.begin():
        writing(session).execute(update(Member).values(last_launch_at=clock.now() - timedelta(days=15)))
    room.school.deliver()
    assert asked_of_roster(room) == 0
    room.ask()
    room.school.deliver()
    assert (room.facts().counted, room.roster().due_at) == (5, None)


def test_looking_reads_again_only_what_is_old(room: Room) -> None:
    room.school.deliver()
    room.look()
    room.school.deliver()
    assert asked_of_roster(room) == 1
    room.grow_older(timedelta(minutes=11))
    room.look()
    room.school.deliver()
    assert (asked_of_roster(room), room.facts().asked_at) == (2, None)


def test_pressing_twice_reads_once(room: Room) -> None:
    room.school.deliver()
    room.ask()
    room.ask()
    room.school.deliver()
    assert asked_of_roster(room) == 1
    room.grow_older()
    room.ask()
    assert room.facts().asked_at
    room.ask()
    room.school.deliver()
    assert (asked_of_roster(room), room.facts().asked_at) == (2, None)


def test_a_platform_whose_contract_ended_is_not_asked(room: Room) -> None:
    with Session(room.school.engine) as session, session.begin():
        writing(session).execute(update(Registration).values(status="ended"))
    room.ask()
    room.school.deliver()
    assert asked_of_roster(room) == 0


