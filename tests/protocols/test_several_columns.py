"""One column for a link, one per activity, or that of one activity; on the scale that the teacher chose."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.db import writing
from lti_tool.learning.progress import acts
from lti_tool.learning.progress import service as progress
from lti_tool.learning.progress.acts import Signed
from tests import factories
from tests.protocols.test_line_items import LINK, place

MODULE = "twee-paginas"


@pytest.fixture
def course(school):
    """A school with a module of two pages of 50 points each; `enter` opens it through the empty link."""
    with Session(school.engine) as session, session.begin():
        factories.module(writing(session), MODULE, extras=0, required=2)

    def enter(subject="sanne", link=LINK, **terms):
        return school.enter(subject, **place(school, link=link, terms={"module": MODULE, **terms}))

    def read(enrolment_id, *keys):
        with Session(school.engine) as session, session.begin():
            factories.read(writing(session), enrolment_id, *keys)
        school.deliver()

    school.open, school.turn = enter, read
    return school


def columns(school, link=LINK):
    """Resource id -> (maximum, what sanne has there)."""
    return {
        one.get("resourceId"): (one["scoreMaximum"], next((r["score"] for r in one["results"]), None))
        for one in school.columns(link)
    }


def test_each_activity_with_points_fills_a_column_of_its_own(course):
    learner = course.open(grades="each")
    course.turn(learner, "r1")
    assert columns(course) == {f"{MODULE}:r1": (50, 50)}
    course.turn(learner, "r2")
    assert columns(course) == {f"{MODULE}:r1": (50, 50), f"{MODULE}:r2": (50, 50)}
    assert [one["label"] for one in course.columns(LINK)] == [f"{LINK}: r1", f"{LINK}: r2"]


def test_a_second_learner_makes_no_second_columns(course):
    for subject in ("sanne", "lotte"):
        course.turn(course.open(subject, grades="each"), "r1", "r2")
    assert sorted(one["resourceId"] for one in course.columns(LINK)) == [f"{MODULE}:r1", f"{MODULE}:r2"]
    assert {len(one["results"]) for one in course.columns(LINK)} == {2}


def test_several_columns_leave_the_links_own_one_alone(course):
    """The link brings a column by itself; a teacher wanted one per activity."""
    own = course.column()["url"]
    container = place(course)["lineitems_url"]
    terms = {"module": MODULE, "grades": "each"}
    enrolment = course.enter("sanne", lineitem_url=own, lineitems_url=container, terms=terms)
    course.turn(enrolment, "r1", "r2")
    assert course.grade() is None
    assert len(course.columns("cobots")) == 3


def test_where_no_columns_may_be_made_several_are_not_offered(course):
    learner = course.enter("sanne", terms={"module": MODULE, "grades": "each"})
    course.turn(learner, "r1", "r2")
    assert course.deliveries() == []


def test_a_link_to_one_activity_shows_the_points_of_that_one(course):
    learner = course.open(activity="r2")
    course.turn(learner, "r1")
    assert columns(course) == {}
    course.turn(learner, "r2")
    assert columns(course) == {MODULE: (50, 50)}


def test_the_activity_is_reported_before_the_module_is_finished(course):
    course.turn(course.open(activity="r1"), "r1")
    assert columns(course) == {MODULE: (50, 50)}


@pytest.mark.parametrize(
    ("scale", "maximum", "points", "word"),
    [
        ("points", 100, 100, "Module afgerond: behaald."),
        ("grade", 10, 10, "Cijfer 10,0. Module afgerond: behaald."),
        ("ogv", 10, 8, "Goed. Module afgerond: behaald."),
        ("pass", 100, 100, "Behaald. Module afgerond: behaald."),
    ],
)
def test_the_scale_of_the_link_is_what_the_gradebook_shows(course, scale, maximum, points, word):
    course.turn(course.open(scale=scale), "r1", "r2")
    assert columns(course) == {MODULE: (maximum, points)}
    (score,) = course.scores(LINK)
    assert (score["body"]["scoreMaximum"], score["body"]["comment"]) == (maximum, word)


YESTERDAY, LAST_WEEK = (
    (clock.now() - timedelta(days=days, hours=1)).isoformat(timespec="seconds") for days in (0, 6)
)


@pytest.mark.parametrize(
    ("terms", "points"),
    [
        ({"late": "deduct", "late_percent": "10", "due": YESTERDAY}, 90),
        ({"late": "deduct", "late_percent": "10", "due": LAST_WEEK}, 30),
        ({"late": "deduct", "late_percent": "50", "due": LAST_WEEK}, 0),
        ({"late": "accept", "due": LAST_WEEK}, 100),
        ({"late": "deduct", "scale": "grade", "due": YESTERDAY}, 9.0),
        ({"late": "deduct", "scale": "ogv", "due": LAST_WEEK}, 4),
    ],
)
def test_late_work_shows_what_its_link_takes_off(course, terms, points):
    course.turn(course.open(**terms), "r1", "r2")
    assert columns(course)[MODULE][1] == points


def test_late_work_in_columns_of_activities_is_less_there_too(course):
    course.turn(course.open(grades="each", late="deduct", late_percent="20", due=YESTERDAY), "r1", "r2")
    assert columns(course) == {f"{MODULE}:r1": (50, 40), f"{MODULE}:r2": (50, 40)}


def test_a_due_time_that_is_moved_afterwards_changes_what_was_sent(course):
    course.turn(course.open(late="deduct", due=LAST_WEEK), "r1", "r2")
    assert columns(course) == {MODULE: (100, 30)}
    course.open(late="deduct", due=YESTERDAY)
    course.deliver()
    assert columns(course) == {MODULE: (100, 90)}


def test_an_excused_activity_gets_no_number_and_weighs_nothing(course):
    whole, split = course.open(), course.open(link="cobots", grades="each")
    assert whole == split, "one run, shown in two ways"
    with Session(course.engine) as session, session.begin():
        place = progress.place_by_id(writing(session), whole)
        step = progress.syllabus_of(session, place).step("r2")
        seen = acts.sheet(session, place.enrolment_id)["r2"].seen
        signed = Signed(actor_id=place.person_id, reason="ziek", token="t1", seen=seen)
        acts.excuse(session, place.enrolment_id, step, signed)
    course.turn(whole, "r1")
    assert columns(course) == {MODULE: (100, 100)}
    assert columns(course, "cobots")[f"{MODULE}:r1"] == (50, 50)
    assert f"{MODULE}:r2" not in columns(course, "cobots")


def test_going_from_one_column_to_several_ends_what_waits_for_the_one(course):
    learner = course.open()
    course.fail(status=503, times=1)
    course.turn(learner, "r1", "r2")
    course.open(grades="each")
    course.deliver()
    course.hurry()
    course.deliver()
    states = {one.activity_key: one.state for one in course.deliveries()}
    assert states == {"": "dropped", "r1": "settled", "r2": "settled"}
    assert columns(course)[MODULE] == (100, None)


def test_a_copy_of_the_course_gets_columns_of_its_own(course):
    """The columns of a copied course bear the same resource ids and labels, and another link."""
    learner = course.open(grades="each")
    course.turn(learner, "r1", "r2")
    course.control("links", {"course": course.columns(LINK)[0]["course"], "id": "kopie", "title": LINK})
    course.open(link="kopie", grades="each")
    course.deliver()
    assert columns(course, "kopie") == columns(course) == {f"{MODULE}:r1": (50, 50), f"{MODULE}:r2": (50, 50)}
