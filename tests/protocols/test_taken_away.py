"""A teacher excuses or reopens what was sent already: the number is taken out, and what still stands is told."""

import time

import pytest
from sqlalchemy.orm import Session

from lti_tool.base import outbox
from lti_tool.base.db import writing
from lti_tool.learning.progress import acts
from lti_tool.learning.progress import service as progress
from lti_tool.learning.progress.acts import Act, Signed
from lti_tool.protocols.grades import glance, gradebook, receipts
from lti_tool.protocols.grades.gradebook import Heap
from tests.protocols.test_school_values import read_back, type_grade

QUIZ = "toets"


def signed(session, enrolment_id, token):
    return Signed(1, "Besproken in de les", token, acts.sheet(session, enrolment_id)[QUIZ].seen)


def do(school, enrolment_id, what, token="t1", **facts):
    """A teacher acts on the quiz, and a worker sees to it."""
    with Session(school.engine) as session, session.begin():
        step = progress.syllabus_of(session, progress.place_by_id(writing(session), enrolment_id)).step(QUIZ)
        what(session, enrolment_id, step, signed(session, enrolment_id, token), **facts)
    school.deliver()


def receipt(school):
    with Session(school.engine) as session:
        delivery = school.delivery()
        return receipts.of_person(session, delivery.resource_link_id, delivery.person_id)[0]


def seen_by_teacher(school):
    """(what the class view says, under which heap the grade stands)"""
    with Session(school.engine) as session:
        delivery = school.delivery()
        heaps = gradebook.tallies(session, delivery.resource_link_id)[""].heaps
        word = glance.of_link(session, delivery.resource_link_id, [delivery.person_id])[delivery.person_id].glance
        return str(word), [str(heap) for heap, count in heaps.items() if count]


@pytest.fixture
def learner(school):
    """Sanne's 10 of 100 was accepted by a platform that takes out what a score without a number asks it to."""
    school.misbehave(numberless_erases=True)
    enrolment_id = school.enter()
    school.earn(enrolment_id, 10)
    school.deliver()
    return enrolment_id


@pytest.mark.parametrize(
    ("act", "states"),
    [(acts.reopen, ("InProgress", "NotReady")), (acts.excuse, ("Completed", "FullyGraded"))],
)
def test_what_a_teacher_takes_away_is_taken_out_of_the_gradebook(school, learner, act, states):
    """AGS 2.0, 3.4.5: without scoreGiven there is presently no score, and the platform should clear it."""
    do(school, learner, act)
    assert school.grade() is None
    message = school.scores()[-1]["body"]
    assert (message["activityProgress"], message["gradingProgress"]) == states
    assert "scoreGiven" not in message
    assert receipt(school).state == "emptied"
    read_back(school)
    assert (receipt(school).state, receipt(school).finding, receipt(school).mark) == ("emptied", "equal", None)
    assert seen_by_teacher(school) == ("none", [Heap.ARRIVED])


def test_it_is_asked_once_whatever_the_learner_does_next(school, learner):
    do(school, learner, acts.reopen)
    school.read(learner)
    school.deliver()
    assert school.given() == [10, None]
    school.earn(learner, 60)
    school.deliver()
    assert (school.given(), school.grade()) == ([10, None, 60], 60)


@pytest.mark.parametrize("switches", [{"numberless_erases": False}, {"only_final": True}])
def test_where_the_platform_does_not_take_it_out_that_is_found_and_told(school, learner, switches):
    school.misbehave(**switches)
    do(school, learner, acts.reopen)
    assert school.grade() == 10
    read_back(school)
    told = receipt(school)
    assert (told.state, told.finding, told.read_points, told.needs_teacher) == ("left", "differs", 10, True)
    assert seen_by_teacher(school) == ("left", [Heap.LEFT])
    type_grade(school, None)
    read_back(school)
    assert (receipt(school).state, receipt(school).finding) == ("emptied", "equal"), "the teacher did it by hand"


def test_what_the_school_typed_is_not_taken_out(school, learner):
    type_grade(school, 85)
    do(school, learner, acts.reopen)
    assert school.grade() == 85
    assert (receipt(school).state, receipt(school).read_points, receipt(school).mark) == ("held", 85, None)


def test_what_the_school_types_in_the_empty_cell_is_not_written_over(school, learner):
    do(school, learner, acts.reopen)
    type_grade(school, 85)
    school.earn(learner, 60)
    school.deliver()
    assert school.grade() == 85
    assert (school.delivery().state, school.delivery().reason) == ("parked", "school-changed")


def test_a_refused_message_says_what_still_stands(school, learner):
    school.fail(status=400)
    do(school, learner, acts.excuse)
    told = receipt(school)
    assert (told.state, told.mark, told.sent_points) == ("set-aside", None, 10)


def test_taking_the_excuse_back_brings_the_number_back(school, learner):
    do(school, learner, acts.excuse)
    do(school, learner, acts.take_back, "t2", act=Act.EXCUSED)
    assert school.grade() == 10
    assert receipt(school).state == "sent"


def test_a_number_under_way_is_taken_out_too(school):
    """Its answer was lost: nobody knows whether it stands there."""
    school.misbehave(numberless_erases=True)
    enrolment_id = school.enter()
    school.fail(kind="lost")
    school.earn(enrolment_id, 10)
    school.deliver()
    assert school.grade() == 10
    do(school, enrolment_id, acts.reopen)
    school.hurry()
    school.deliver()
    assert school.grade() is None


def test_a_number_that_never_arrived_is_not_taken_out(school):
    enrolment_id = school.enter()
    school.fail(status=400)
    school.earn(enrolment_id, 10)
    school.deliver()
    do(school, enrolment_id, acts.reopen)
    assert school.given() == []
    assert receipt(school).state == "none"


def test_a_result_that_goes_without_a_teachers_act_stays_in_the_gradebook_and_is_told(school, learner):
    """A newer version with more in it, or another run: nobody decided that the class loses its grades."""
    with Session(school.engine) as session, session.begin():
        place = progress.lock(writing(session), learner)
        place.score, place.passed, place.state = None, None, "in-progress"
        outbox.put(session, progress.CHANGED, enrolment_id=learner)
    school.deliver()
    assert (school.grade(), school.given()) == (10, [10])
    assert (receipt(school).state, receipt(school).mark, receipt(school).sent_points) == ("left", None, 10)
    assert seen_by_teacher(school) == ("left", [Heap.LEFT])
    type_grade(school, None)
    read_back(school)
    assert receipt(school).state == "none"


def test_on_moodle_a_reopening_empties_the_cell(moodle):
    enrolment_id = moodle.enter()
    moodle.earn(enrolment_id, 10)
    moodle.deliver()
    time.sleep(1.1)  # it refuses a second score of the same second
    do(moodle, enrolment_id, acts.reopen)
    assert (moodle.given(), moodle.grade()) == ([10, None], None)
