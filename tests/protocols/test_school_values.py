"""The school's own value stays: what was changed in the gradebook is not written over until a teacher says so."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.db import writing
from lti_tool.protocols.grades import backlog
from lti_tool.protocols.grades.backlog import Chosen
from lti_tool.protocols.grades.models import Delivery, LineItem
from tools.drill import LINEITEM_SCOPE, SCORE_SCOPE


def type_grade(school, score, user="sanne"):
    school.control("grade", {"lineitem": school.column()["id"], "user": user, "score": score})


def read_back(school):
    """Let the columns be due for reading now, and have a worker see to it."""
    with Session(school.engine) as session, session.begin():
        due = LineItem.read_due_at.is_not(None)
        writing(session).execute(update(LineItem).where(due).values(read_due_at=clock.now() - timedelta(seconds=1)))
    school.deliver()


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


@pytest.fixture
def unreadable(school, sent):
    """From now on the platform takes scores, and cannot tell what stands in the gradebook."""
    school.fail("results", status=503, times=100)
    school.earn(sent, 20)
    school.deliver()
    return school


def waited(school, **values):
    """As if the first failure were so long ago."""
    with Session(school.engine) as session, session.begin():
        writing(session).execute(update(Delivery).values(failing_since=clock.now() - timedelta(**values)))
    school.hurry()
    school.deliver()


def test_a_gradebook_that_can_never_be_read_holds_up_a_grade_for_half_an_hour_only(unreadable):
    waited(unreadable, minutes=20)
    assert (unreadable.grade(), state(unreadable)) == (10, ("queued", "result-unread"))
    waited(unreadable, minutes=31)
    assert (unreadable.grade(), state(unreadable)) == (20, ("settled", None))
    assert unreadable.delivery().finding == "unseen", "and it is told that nobody could look"


def test_a_gradebook_that_never_answers_holds_up_a_grade_no_longer(school, sent):
    school.fail("results", kind="drop", times=100)
    school.earn(sent, 20)
    school.deliver()
    assert state(school) == ("queued", "upstream-unreachable")
    waited(school, minutes=31)
    assert (school.grade(), school.delivery().finding) == (20, "unseen")


def test_after_half_an_hour_too_what_can_be_seen_is_not_written_over(unreadable):
    """It is looked each time, also when nobody would wait any longer."""
    type_grade(unreadable, 85)
    unreadable.control("faults", method="DELETE")
    waited(unreadable, minutes=31)
    assert (unreadable.grade(), state(unreadable)) == (85, ("parked", "school-changed"))


def test_what_is_known_to_be_changed_stays_held_when_nobody_can_look_any_more(school, sent):
    type_grade(school, 85)
    school.earn(sent, 20)
    school.deliver()
    school.fail("results", status=503, times=100)
    school.earn(sent, 30)
    waited(school, hours=2)
    assert (school.grade(), state(school)) == (85, ("parked", "school-changed"))


def test_where_a_column_could_not_be_read_for_long_the_next_grade_waits_no_more(school, sent):
    school.fail("results", status=503, times=100)
    read_back(school)
    read_back(school)
    with Session(school.engine) as session, session.begin():
        item = writing(session).scalars(select(LineItem)).one()
        assert item.unread_since is not None
        item.unread_since -= timedelta(minutes=31)
    school.earn(sent, 20)
    school.deliver()
    assert (school.grade(), school.delivery().finding) == (20, "unseen")
    school.control("faults", method="DELETE")
    read_back(school)
    assert school.delivery().finding == "equal"
    with Session(school.engine) as session:
        assert session.scalars(select(LineItem.unread_since)).one() is None
