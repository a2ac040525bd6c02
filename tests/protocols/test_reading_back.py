"""What was accepted is read back: equal, changed by the school, or not there; whatever goes wrong on the way."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.db import writing
from lti_tool.protocols.grades import columns, receipts
from lti_tool.protocols.grades.models import LineItem
from lti_tool.protocols.grades.rules import Wish
from tests.protocols.test_line_items import LINK, place
from tests.protocols.test_school_values import read_back, type_grade
from tools.drill import LINEITEM_SCOPE, SCORE_SCOPE

NAMES = ("sanne", "lotte", "youssef")


def item(school):
    with Session(school.engine) as session:
        return session.scalars(select(LineItem)).one()


def findings(school):
    return {one.subject: one.finding for one in school.deliveries()}


@pytest.fixture
def classroom(school):
    """Three learners with 10, 20 and 30, accepted."""
    for number, subject in enumerate(NAMES, start=1):
        school.earn(school.enter(subject), 10 * number)
    school.deliver()
    return school


def test_nothing_is_read_before_the_platform_had_a_moment(classroom):
    assert classroom.counts()["requests"].get("results", 0) == 0
    assert item(classroom).read_due_at > clock.now() + timedelta(seconds=30)
    assert set(findings(classroom).values()) == {None}


def test_a_whole_class_is_read_back_in_one_request(classroom):
    read_back(classroom)
    assert findings(classroom) == dict.fromkeys(NAMES, "equal")
    assert classroom.counts()["requests"]["results"] == 1
    assert [(one.read_points, one.read_maximum) for one in classroom.deliveries()] == [(10, 100), (20, 100), (30, 100)]


def test_it_is_read_again_the_next_day(classroom):
    read_back(classroom)
    assert timedelta(hours=23) < item(classroom).read_due_at - clock.now() < timedelta(hours=25)


def test_what_the_school_changed_is_found_and_held(classroom):
    type_grade(classroom, 85, "lotte")
    read_back(classroom)
    assert findings(classroom) == {"sanne": "equal", "lotte": "differs", "youssef": "equal"}
    lotte = classroom.delivery("lotte")
    assert (lotte.state, lotte.reason, lotte.read_points, lotte.sent_points) == ("parked", "school-changed", 85, 20)


def test_a_held_grade_is_free_again_when_the_school_puts_ours_back(classroom):
    type_grade(classroom, 85, "lotte")
    read_back(classroom)
    type_grade(classroom, 20, "lotte")
    read_back(classroom)
    assert (classroom.delivery("lotte").state, classroom.delivery("lotte").finding) == ("settled", "equal")


def test_a_value_that_was_held_meanwhile_goes_then(classroom):
    type_grade(classroom, 85, "lotte")
    read_back(classroom)
    classroom.earn(classroom.enter("lotte"), 40)
    classroom.deliver()
    assert classroom.grade("lotte") == 85
    type_grade(classroom, 20, "lotte")
    read_back(classroom)
    classroom.deliver()
    assert classroom.grade("lotte") == 40


def test_an_emptied_cell_is_told_and_holds_nothing(classroom):
    type_grade(classroom, None, "lotte")
    read_back(classroom)
    assert findings(classroom)["lotte"] == "absent"
    assert classroom.delivery("lotte").state == "settled"


def test_a_new_value_is_unread_again(classroom):
    read_back(classroom)
    classroom.earn(classroom.enter("sanne"), 50)
    classroom.deliver()
    assert findings(classroom)["sanne"] is None
    read_back(classroom)
    assert findings(classroom)["sanne"] == "equal"


def test_pages_are_followed_and_only_a_whole_reading_says_who_is_missing(classroom):
    type_grade(classroom, None, "youssef")
    classroom.misbehave(results_per_page=1)
    classroom.fail("results", status=503, times=1)
    read_back(classroom)
    assert set(findings(classroom).values()) == {None}
    assert item(classroom).problem == "result-unread"
    read_back(classroom)
    assert findings(classroom) == {"sanne": "equal", "lotte": "equal", "youssef": "absent"}
    assert item(classroom).problem is None


@pytest.mark.parametrize(
    ("status", "problem", "tries_again"),
    [(403, "result-not-allowed", False), (404, "line-item-gone", False), (429, "result-unread", True)],
)
def test_what_goes_wrong_is_told_and_changes_no_receipt(classroom, status, problem, tries_again):
    classroom.fail("results", status=status, times=1)
    read_back(classroom)
    assert set(findings(classroom).values()) == {None}
    assert item(classroom).problem == problem
    assert (item(classroom).read_due_at is not None) == tries_again


def test_without_leave_nothing_is_read(school):
    school.earn(school.enter(scopes=(SCORE_SCOPE, LINEITEM_SCOPE)), 10)
    school.deliver()
    with Session(school.engine) as session:
        assert session.scalars(select(LineItem)).all() == []


def told(session, classroom):
    """Of every learner the receipts."""
    found = classroom.deliveries()
    return {one.subject: receipts.of_person(session, one.resource_link_id, one.person_id) for one in found}


def test_a_receipt_tells_the_whole_way(classroom):
    with Session(classroom.engine) as session:
        before = told(session, classroom)
    type_grade(classroom, 85, "lotte")
    read_back(classroom)
    with Session(classroom.engine) as session:
        after = told(session, classroom)
    (sanne,), (lotte,) = after["sanne"], after["lotte"]
    assert [one.state for (one,) in before.values()] == ["sent"] * 3
    assert not any(one.is_confirmed for (one,) in before.values())
    assert sanne.is_confirmed
    assert (lotte.state, lotte.needs_teacher, lotte.sent_points, lotte.read_points) == ("held", True, 20, 85)


# Columns.


@pytest.fixture
def made(school):
    """A column that we made, with sanne's 10."""
    school.earn(school.enter(**place(school)), 10)
    school.deliver()
    return school


def ask(school, wish):
    with Session(school.engine) as session, session.begin():
        return columns.wish(writing(session), (school.deliveries()[0].resource_link_id, ""), wish)


def test_our_column_takes_the_title_and_scale_of_the_link(made):
    more = made.columns(LINK)[0]
    made.enter(**place(made, title="Cobots, blok 2", terms={"scale": "grade"}))
    made.deliver()
    (column,) = made.columns(LINK)
    assert (column["label"], column["scoreMaximum"]) == ("Cobots, blok 2", 10)
    for name in ("id", "resourceLinkId", "resourceId", "tag"):
        assert column[name] == more[name]
    assert made.grade(link=LINK) == 1.8
    made.earn(made.enter(**place(made, title="Cobots, blok 2", terms={"scale": "grade"})), 100)
    made.deliver()
    assert (made.grade(link=LINK), made.delivery().state) == (10, "settled")


def test_a_column_of_the_school_is_left_alone(school):
    school.earn(school.enter(), 10)
    school.deliver()
    before = school.column()
    school.enter(title="Een andere titel")
    school.deliver()
    assert {name: school.column()[name] for name in ("label", "scoreMaximum")} == {
        name: before[name] for name in ("label", "scoreMaximum")
    }
    assert not ask(school, Wish.REMOVE)


def test_our_column_is_removed_when_a_teacher_asks_and_not_made_again(made):
    assert ask(made, Wish.REMOVE)
    made.deliver()
    assert made.columns(LINK) == []
    assert (made.delivery().state, made.delivery().reason) == ("parked", "column-removed")
    made.earn(made.enter(**place(made)), 20)
    made.deliver()
    assert made.columns(LINK) == []
    assert made.delivery().reason == "column-removed"


def test_a_platform_that_removes_no_columns_is_told_of(made):
    made.misbehave(column_removal=False)
    ask(made, Wish.REMOVE)
    made.deliver()
    assert len(made.columns(LINK)) == 1
    assert (item(made).problem, item(made).wish) == ("line-item-refused", None)
    assert made.delivery().state == "settled"
