"""Links and who came through them: a changed module, a link that takes no grade, a person who comes again."""

from dataclasses import replace

from sqlalchemy import select, update

from lti_tool.protocols.resource_links import members
from lti_tool.protocols.resource_links import service as links
from lti_tool.protocols.resource_links.models import Member, ResourceLink
from lti_tool.protocols.resource_links.service import Coming, GradeRoad
from tests import factories


def made(session):
    """(the platform, its link to "cobots", one learner's enrolment)."""
    factories.module(session, "cobots")
    factories.module(session, "laser")
    school = factories.platform(session)
    placed = factories.link(session, school)
    return school, placed, factories.learner(session, school, placed)


def roads(session, enrolment_id):
    return [one.road for one in members.owed(session, enrolment_id)]


def test_a_link_that_opens_another_module_owes_nothing_for_the_first(session):
    school, _, enrolment = made(session)
    assert roads(session, enrolment) == [GradeRoad.OWN_COLUMN]
    changed = factories.link(session, school, "laser")
    assert roads(session, enrolment) == []
    assert roads(session, factories.learner(session, school, changed)) == [GradeRoad.OWN_COLUMN]


def test_the_same_module_named_again_changes_nothing(session):
    school, _, enrolment = made(session)
    factories.link(session, school)
    assert roads(session, enrolment) == [GradeRoad.OWN_COLUMN]


def test_a_link_may_say_that_it_takes_no_grade(session):
    school, _, enrolment = made(session)
    factories.link(session, school, wants_grades=False)
    assert roads(session, enrolment) == [GradeRoad.SWITCHED_OFF]
    factories.link(session, school)
    assert roads(session, enrolment) == [GradeRoad.OWN_COLUMN]


def test_who_comes_again_unchanged_is_known_in_one_statement(session):
    _, placed, _ = made(session)
    member = session.scalars(select(Member)).one()
    coming = Coming(placed.id, member.person_id, "sanne", "learner", is_test=False)
    assert links.come_again(session, coming)
    for change in ({"role": "teacher"}, {"subject": "other"}, {"is_test": True}, {"person_id": 999}, {"link_id": 999}):
        assert not links.come_again(session, replace(coming, **change))
    session.execute(update(Member).values(enrolment_id=None))
    assert not links.come_again(session, coming)


def test_the_last_launch_is_noted(session):
    _, placed, _ = made(session)
    member = session.scalars(select(Member)).one()
    before = member.last_launch_at
    links.come_again(session, Coming(placed.id, member.person_id, "sanne", "learner", is_test=False))
    session.expire_all()
    assert session.scalars(select(Member.last_launch_at)).one() > before
    assert session.scalars(select(ResourceLink.columns)).one() == "one"


def test_a_teachers_launch_without_grade_services_takes_none_away(session):
    school, _, enrolment = made(session)
    nothing = {"lineitem_url": None, "lineitems_url": None, "ags_scopes": ()}
    factories.link(session, school, is_learner=False, **nothing)
    assert roads(session, enrolment) == [GradeRoad.OWN_COLUMN]
    factories.link(session, school, **nothing)
    assert roads(session, enrolment) == [GradeRoad.NOT_OFFERED]
