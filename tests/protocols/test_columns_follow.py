"""A column of ours follows its link (title, scale, due time), announces reviews, and keeps what the school changed."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.base.db import writing
from lti_tool.protocols.grades import columns
from lti_tool.protocols.grades.models import LineItem
from lti_tool.protocols.grades.rules import Wish
from lti_tool.protocols.resource_links import settings
from lti_tool.protocols.resource_links.models import ResourceLink
from lti_tool.protocols.resource_links.rules import Scale
from tests.certification.choosing import item
from tests.protocols.test_deep_linking import course  # noqa: F401  # a fixture
from tests.protocols.test_line_items import LINK, asked, place
from tools.drill import MODULE, SCORE_SCOPE

DUE = datetime(2027, 1, 24, 22, 0, tzinfo=UTC)


def change(school, link=LINK, **terms):
    """What a teacher saves in the settings of the link, and what a worker makes of it."""
    with Session(school.engine) as session, session.begin():
        placed = writing(session).scalars(select(ResourceLink).where(ResourceLink.resource_link_id == link)).one()
        now = settings.settings_of(session, placed.id)
        changed = {name: getattr(now.terms, name) for name in now.terms.__slots__} | terms
        settings.change(session, placed.id, type(now.terms)(**changed), seen=now.revision, actor_id=1)
    school.deliver()


def row(school):
    with Session(school.engine) as session:
        return session.scalars(select(LineItem)).one()


@pytest.fixture
def made(school):
    """A column that we made, with sanne's 10."""
    school.earn(school.enter(**place(school)), 10)
    school.deliver()
    return school


def test_a_made_column_announces_reviews(made):
    """R-AGS-17; SR 3."""
    (column,) = made.columns(LINK)
    review = column["submissionReview"]
    assert review["url"] == f"{made.settings.public_url}/lti/launch"
    assert review["reviewableStatus"] == ["InProgress", "Submitted", "Completed"]
    assert asked(made) == 2, "looked once, made once: the announcement costs no request"


def test_canvas_knows_no_reviews_and_hears_of_none(make_school):
    canvas = make_school("canvas")
    canvas.earn(canvas.enter(**place(canvas)), 10)
    canvas.deliver()
    assert "submissionReview" not in canvas.columns(LINK)[0]


def test_a_column_of_ours_that_is_found_is_brought_up_to_date_once(made):
    with Session(made.engine) as session, session.begin():
        writing(session).delete(session.scalars(select(LineItem)).one())
    made.enter(**place(made, title="Blok 2"))
    made.earn(made.enter("lotte", **place(made, title="Blok 2")), 20)
    before = asked(made)
    made.deliver()
    (column,) = made.columns(LINK)
    assert column["label"] == "Blok 2"
    assert asked(made) == before + 3, "looked, read and written"
    made.earn(made.enter("lotte", **place(made, title="Blok 2")), 30)
    made.deliver()
    assert asked(made) == before + 3
    assert made.grade("lotte", LINK) == 30


def test_the_due_time_of_the_link_is_that_of_its_column(made):
    change(made, due_at=DUE)
    assert made.columns(LINK)[0]["endDateTime"] == "2027-01-24T22:00:00.000+00:00"
    change(made, due_at=None)
    assert "endDateTime" not in made.columns(LINK)[0]


def test_a_new_scale_changes_the_maximum_and_what_stands_there_is_sent_again(made):
    change(made, scale=Scale.GRADE)
    (column,) = made.columns(LINK)
    assert (column["scoreMaximum"], made.grade(link=LINK)) == (10, 1.8)
    assert [score["body"]["scoreMaximum"] for score in made.scores(LINK)] == [100, 10]


def test_what_the_school_changed_of_a_column_stays_when_we_say_nothing_new_of_it(made):
    number = made.columns(LINK)[0]["id"]
    made.control("columns", {"lineitem": number, "label": "Toets blok 1", "endDateTime": "2027-06-01T10:00:00Z"})
    change(made, scale=Scale.GRADE)
    (column,) = made.columns(LINK)
    assert (column["label"], column["scoreMaximum"]) == ("Toets blok 1", 10)
    assert column["endDateTime"] == "2027-06-01T10:00:00Z"


def test_what_changes_nothing_of_the_column_costs_no_request(made):
    before = asked(made)
    with Session(made.engine) as session, session.begin():
        assert columns.wish(writing(session), (row(made).resource_link_id, ""), Wish.CHANGE)
    made.deliver()
    assert (asked(made), row(made).wish) == (before, None)


def test_a_column_that_may_not_be_changed_is_told_and_takes_grades_all_the_same(made):
    made.fail("lineitems", status=403)
    change(made, scale=Scale.GRADE)
    assert (row(made).problem, made.columns(LINK)[0]["scoreMaximum"]) == ("column-unchanged", 100)
    assert made.grade(link=LINK) == 18, "1,8 of 10, on the scale that the column has"


def test_a_number_of_the_school_is_not_sent_over_for_a_new_scale(made):
    made.control("grade", {"lineitem": made.columns(LINK)[0]["id"], "user": "sanne", "score": 85})
    made.earn(made.enter(**place(made)), 20)
    made.deliver()
    change(made, scale=Scale.GRADE)
    assert (made.grade(link=LINK), made.delivery().reason) == (85, "school-changed")


# A column that the platform made by our answer to its chooser.


@pytest.fixture
def placed(course):  # noqa: F811
    """A module that a teacher placed, with sanne's work in it."""
    assert course.place(item(module=MODULE, title="Hele module", maximum=100)).status_code == 200
    course.link = course.links()[-1]
    course.placed(course.link)
    return course


def test_a_column_of_a_placed_link_follows_its_terms(placed):
    school = placed.school
    change(school, placed.link, scale=Scale.GRADE, due_at=DUE)
    (column,) = school.columns(placed.link)
    assert (column["scoreMaximum"], column["endDateTime"]) == (10, "2027-01-24T22:00:00.000+00:00")
    assert column["label"] == "Hele module"


def test_it_keeps_the_points_that_the_school_gave_it(placed):
    school = placed.school
    number = school.columns(placed.link)[0]["id"]
    school.control("columns", {"lineitem": number, "label": "Telt dubbel", "scoreMaximum": 40})
    change(school, placed.link, due_at=DUE)
    (column,) = school.columns(placed.link)
    assert (column["label"], column["scoreMaximum"]) == ("Telt dubbel", 40)
    assert column["endDateTime"] == "2027-01-24T22:00:00.000+00:00"


def test_a_column_that_the_school_made_stays_as_it_is(school):
    school.earn(school.enter(terms={"placement": "placement-1"}), 10)
    school.deliver()
    change(school, "cobots", scale=Scale.GRADE, due_at=DUE)
    column = school.column()
    assert (column["scoreMaximum"], column.get("endDateTime")) == (100, None)
    assert school.grade() == 18


def test_without_leave_to_change_columns_nothing_is_asked(school):
    school.earn(school.enter(terms={"placement": "placement-1"}, scopes=(SCORE_SCOPE,)), 10)
    school.deliver()
    before = asked(school)
    change(school, "cobots", scale=Scale.GRADE)
    assert (asked(school), school.grade()) == (before, 18)
