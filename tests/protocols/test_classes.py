"""The class of a link, as its readers get it: everybody, with marks, in few statements at any size."""

import pytest
from sqlalchemy import event

from lti_tool.base import clock
from lti_tool.learning.people import service as people
from lti_tool.learning.people.service import Profile
from lti_tool.protocols.resource_links import classes, members
from lti_tool.protocols.resource_links.models import Group, Member, Roster
from tests import factories


@pytest.fixture
def placed(session):
    factories.module(session)
    school = factories.platform(session)
    return school, factories.link(session, school, memberships_url="https://school.example/members")


def named(session, school, link, subject, profile, **facts):
    """A member whom only the roster knows."""
    person = people.recognise(session, f"lti:{school.id}", subject, profile)
    values = {"role": "learner", "is_test": False, "seen_at": clock.now()} | facts
    session.add(Member(resource_link_id=link.id, person_id=person.id, subject=subject, **values))
    session.flush()
    return person


def test_everybody_is_in_it_with_their_marks(session, placed):
    school, link = placed
    enrolment = factories.learner(session, school, link, "sanne")
    factories.learner(session, school, link, "joke", role="teacher")
    factories.learner(session, school, link, "proef", is_test=True)
    profile = Profile(given_name="Bram", family_name="Bakker", email="bram@school.example", student_number="s1234567")
    named(session, school, link, "bram", profile, left_at=clock.now(), group_ids=["a", "b"])
    found = {one.subject: one for one in classes.of_link(session, link.id)}
    assert list(found) == ["sanne", "joke", "proef", "bram"]
    assert (found["sanne"].enrolment_id, found["sanne"].name) == (enrolment, "sanne")
    assert found["sanne"].came_at and not found["sanne"].seen_at
    assert (found["joke"].role, found["proef"].is_test) == ("teacher", True)
    bram = found["bram"]
    assert (bram.name, bram.email, bram.student_number) == ("Bram Bakker", "bram@school.example", "s1234567")
    assert (bram.came_at, bram.enrolment_id, bram.group_ids) == (None, None, ("a", "b"))
    assert bram.seen_at and bram.left_at


def test_who_was_not_named_goes_by_the_pseudonym(session, placed):
    school, link = placed
    person = named(session, school, link, "x9", Profile())
    (found,) = classes.of_link(session, link.id)
    assert (found.name, found.person_public_id) == (people.pseudonym(person.public_id), person.public_id)


def test_another_link_has_a_class_of_its_own(session, placed):
    school, link = placed
    other = factories.link(session, school, resource_link_id="link-2")
    factories.learner(session, school, other, "sanne")
    assert classes.of_link(session, link.id) == []


def test_a_class_of_any_size_is_read_in_one_statement(session, placed):
    school, link = placed
    for number in range(30):
        named(session, school, link, f"s{number}", Profile(name=f"Student {number}"))
    session.expunge_all()
    counted = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda *_: counted.append(1))
    assert len(classes.of_link(session, link.id)) == 30
    assert len(counted) == 1
    classes.about(session, link.id)
    assert len(counted) == 3


def test_what_is_known_of_a_class_is_told(session, placed):
    _, link = placed
    before = classes.about(session, link.id)
    assert (before.is_offered, before.is_known, before.counted, before.groups) == (True, False, None, {})
    now = clock.now()
    session.add(
        Roster(resource_link_id=link.id, attempts=0, is_of_course=True, complete_at=now, counted=3, asked_at=now)
    )
    session.add(Group(context_id=link.context_id, group_id="g2", name="Team B"))
    session.add(Group(context_id=link.context_id, group_id="g1", name="Team A"))
    session.flush()
    facts = classes.about(session, link.id)
    assert (facts.is_known, facts.complete_at, facts.counted, facts.is_of_course) == (True, now, 3, True)
    assert (facts.asked_at, facts.reason) == (now, None)
    assert list(facts.groups.items()) == [("g1", "Team A"), ("g2", "Team B")]


def test_a_platform_without_a_roster_is_told_apart(session):
    factories.module(session)
    link = factories.link(session, factories.platform(session))
    assert not classes.about(session, link.id).is_offered


def test_whom_a_roster_named_did_not_come(session, placed):
    school, link = placed
    named(session, school, link, "bram", Profile())
    assert members.last_launches(session) == {}
    factories.learner(session, school, link, "sanne")
    assert list(members.last_launches(session)) == [school.id]
