"""The school's own value stays: what was changed in the gradebook is not written over until a teacher says so."""

import pytest
from sqlalchemy.orm import Session

from lti_tool.base.db import writing
from lti_tool.protocols.grades import backlog
from lti_tool.protocols.grades.backlog import Chosen
from tools.drill import LINEITEM_SCOPE, SCORE_SCOPE


def type_grade(school, score, user="sanne"):
    school.control("grade", {"lineitem": school.column()["id"], "user": user, "score": score})


@pytest.fixture
def sent(school):
    """Sanne's 10 was accepted."""
    learner = school.enter()
    school.earn(learner, 10)
    school.deliver()
    return learner


def state(school):
    delivery = school.delivery()
    return delivery.state, delivery.reason


def test_a_new_value_is_not_sent_over_what_the_school_typed(school, sent):
    type_grade(school, 85)
    school.earn(sent, 20)
    school.deliver()
    assert school.grade() == 85
    assert school.given() == [10]
    assert state(school) == ("parked", "school-changed")
    delivery = school.delivery()
    assert (delivery.points, delivery.sent_points, delivery.read_points, delivery.finding) == (20, 10, 85, "differs")


def test_what_is_held_stays_held_at_newer_values_and_at_staffs_resend(school, sent):
    type_grade(school, 85)
    for points in (20, 30):
        school.earn(sent, points)
        school.deliver()
    with Session(school.engine) as session, session.begin():
        assert backlog.resend(writing(session)) == 0
        assert backlog.resend(session, Chosen(delivery=school.delivery().public_id)) == 0
    school.hurry()
    school.deliver()
    assert school.grade() == 85
    assert state(school) == ("parked", "school-changed")
    assert school.delivery().points == 30, "ours is kept up to date, for the teacher to choose"


@pytest.mark.parametrize("typed", [10, 10.004, 20, None])
def test_the_same_number_and_an_empty_cell_hold_nothing(school, sent, typed):
    type_grade(school, typed)
    school.earn(sent, 20)
    school.deliver()
    assert school.grade() == 20
    assert state(school) == ("settled", None)


def test_a_lost_answer_is_never_taken_for_the_schools_change(school, sent):
    """20 arrived and nobody heard so; then came 30. The 20 that stands there is ours."""
    school.fail(kind="lost")
    school.earn(sent, 20)
    school.deliver()
    assert school.grade() == 20
    school.earn(sent, 30)
    school.hurry()
    school.deliver()
    assert school.grade() == 30
    assert state(school) == ("settled", None)


def test_without_leave_to_read_results_the_newest_value_goes(school):
    learner = school.enter(scopes=(SCORE_SCOPE, LINEITEM_SCOPE))
    school.earn(learner, 10)
    school.deliver()
    type_grade(school, 85)
    school.earn(learner, 20)
    school.deliver()
    assert school.grade() == 20


@pytest.mark.parametrize(("status", "grade"), [(503, 10), (429, 10), (403, 20), (404, 20)])
def test_where_results_cannot_be_read_now_the_value_waits_else_it_goes(school, sent, status, grade):
    school.fail("results", status=status)
    school.earn(sent, 20)
    school.deliver()
    assert school.grade() == grade
    school.hurry()
    school.deliver()
    assert school.grade() == 20
