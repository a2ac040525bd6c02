"""Columns: found by resource link and resource id through all pages, made once, or left alone where that is off."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.db import writing
from lti_tool.base.wire import Answer
from lti_tool.protocols.grades import ags, backlog, columns, planning
from lti_tool.protocols.grades.models import Delivery, LineItem
from lti_tool.protocols.platforms.models import Registration
from lti_tool.protocols.resource_links import service as links
from lti_tool.protocols.resource_links.models import ResourceLink
from tools.drill import MODULE, RESULT_SCOPE, SCORE_SCOPE

LINK = "nog-te-kiezen"
CONTAINER = {"lineitem_url": None, "lineitems_url": "https://lms.test/lineitems"}
HERE = "https://lms.test/ags/lineitems?type_id=1"


def place(school, **changes):
    container = school.column()["url"].split("/lineitems/")[0] + "/lineitems?type_id=7"
    number = school.column()["url"].partition("type_id=")[2]
    return {"link": LINK, "lineitem_url": None, "lineitems_url": container.replace("=7", f"={number}")} | changes


def asked(school):
    return school.counts()["requests"].get("lineitems", 0)


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ('<https://lms.test/ags/lineitems?Page=B%2Fc>; rel="next"', "https://lms.test/ags/lineitems?Page=B%2Fc"),
        ("<https://lms.test/p?a=1>;rel=next", "https://lms.test/p?a=1"),
        ('<https://lms.test/p1>; rel="prev", <https://lms.test/p3>; title="a, b"; rel="next"', "https://lms.test/p3"),
        ("<https://lms.test/p?ids=1,2>; rel=next", "https://lms.test/p?ids=1,2"),
        ("</ags/p2>; rel=next", "https://lms.test/ags/p2"),
        ('<https://lms.test/p>; rel="differences"', None),
        ('<https://evil.test/p>; rel="next"', None),
        ('<http://lms.test/p>; rel="next"', None),
        ("nonsense", None),
        ("", None),
    ],
)
def test_the_next_page_is_followed_letter_by_letter_and_never_elsewhere(header, wanted):
    assert ags.next_page(Answer(200, {"link": header}, b""), HERE) == wanted


def test_a_made_column_carries_whose_it_is(school):
    school.earn(school.enter(**place(school)), 10)
    school.deliver()
    (made,) = school.columns(LINK)
    assert (made["resourceId"], made["tag"], made["scoreMaximum"]) == (MODULE, "technohub", 100)
    assert made["label"].strip()


def test_a_column_that_stands_is_found_again_by_what_it_carries(school):
    school.earn(school.enter(**place(school)), 10)
    school.deliver()
    (made,) = school.columns(LINK)
    with Session(school.engine) as session, session.begin():
        writing(session).execute(update(LineItem).values(url=None))
    school.earn(school.enter("lotte", **place(school)), 20)
    school.deliver()
    assert [column["url"] for column in school.columns(LINK)] == [made["url"]]
    assert school.grade("lotte", LINK) == 20


def test_a_lost_answer_to_making_makes_no_second_column(school):
    learner = school.enter(**place(school))
    school.fail("lineitems", kind="lost", times=2)
    school.earn(learner, 10)
    for _ in range(4):
        school.deliver()
        school.hurry()
    assert len(school.columns(LINK)) == 1
    assert school.grade(link=LINK) == 10


def test_many_scores_at_once_look_for_the_column_once(school):
    for number, subject in enumerate(("sanne", "youssef", "lotte"), start=1):
        school.earn(school.enter(subject, **place(school)), number)
    workers = [school.worker(), school.worker()]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda worker: worker.run_until_idle(), workers))
    for _ in range(2):
        school.hurry()
        school.deliver()
    assert len(school.columns(LINK)) == 1
    assert asked(school) == 2, "looked once, made once"


def test_where_the_platform_wants_no_new_columns_nothing_is_planned(school):
    with Session(school.engine) as session, session.begin():
        writing(session).execute(update(Registration).values(creates_line_items=False))
    school.earn(school.enter(**place(school)), 10)
    assert school.deliver() == 0
    assert school.deliveries() == []
    assert asked(school) == 0


def road(school):
    with Session(school.engine) as session:
        return links.grade_road(session, session.scalars(select(ResourceLink.id)).one())


@pytest.mark.parametrize(
    ("launch", "registration", "link", "wanted"),
    [
        ({}, {}, {}, "own-column"),
        ({"scopes": ()}, {}, {}, "not-offered"),
        (CONTAINER, {}, {}, "makes-column"),
        (CONTAINER | {"scopes": (SCORE_SCOPE,)}, {}, {}, "not-offered"),
        (CONTAINER, {"creates_line_items": False}, {}, "not-offered"),
        ({}, {"creates_line_items": False}, {}, "own-column"),
        ({}, {}, {"columns": "none"}, "switched-off"),
        (CONTAINER, {"creates_line_items": False}, {"columns": "none"}, "switched-off"),
    ],
)
def test_the_teacher_reads_the_road_that_grades_really_go(school, launch, registration, link, wanted):
    learner = school.enter(**launch)
    with Session(school.engine) as session, session.begin():
        writing(session)
        for model, values in ((Registration, registration), (ResourceLink, link)):
            if values:
                session.execute(update(model).values(**values))
    assert road(school) == wanted
    school.earn(learner, 10)
    school.worker()._react()
    assert bool(school.deliveries()) == (wanted in ("own-column", "makes-column"))


def test_a_launch_that_brings_a_column_sends_what_all_earned_before(school):
    """The teacher lets the link take grades afterwards and opens it once more."""
    school.earn(school.enter("sanne", lineitem_url=None, scopes=()), 70)
    school.earn(school.enter("lotte", lineitem_url=None, scopes=()), 80)
    school.deliver()
    assert school.deliveries() == []
    school.enter("fatima", role="teacher")
    school.deliver()
    assert (school.grade("sanne"), school.grade("lotte"), school.grade("fatima")) == (70, 80, None)


def test_a_launch_that_takes_the_column_away_ends_what_waits(school):
    learner = school.enter()
    school.fail(status=500)
    school.earn(learner, 10)
    school.deliver()
    school.enter("fatima", role="teacher", lineitem_url=None)
    school.hurry()
    school.deliver()
    assert school.delivery().state == "dropped"
    assert school.grade() is None
    school.enter("fatima", role="teacher")
    school.deliver()
    assert school.grade() == 10


def test_where_the_link_sends_no_grades_nothing_is_planned(school):
    learner = school.enter()
    with Session(school.engine) as session, session.begin():
        writing(session).execute(update(ResourceLink).values(columns="none"))
    school.earn(learner, 10)
    assert school.deliver() == 0
    assert school.deliveries() == []


def test_without_the_scope_of_line_items_no_column_is_made(school):
    school.earn(school.enter(**place(school, scopes=(SCORE_SCOPE, RESULT_SCOPE))), 10)
    assert school.deliver() == 0
    assert school.deliveries() == []


def test_a_refused_column_sets_the_grade_aside_with_the_platforms_words(school):
    school.fail("lineitems", status=403)
    school.earn(school.enter(**place(school)), 10)
    school.deliver()
    assert (school.delivery().state, school.delivery().reason) == ("parked", "line-item-refused")
    assert "planned to fail" in school.delivery().said


def test_a_column_that_a_401_keeps_from_us_is_looked_for_again(school):
    school.fail("lineitems", status=401, times=2)
    school.earn(school.enter(**place(school)), 10)
    school.deliver()
    assert (school.delivery().state, school.delivery().reason) == ("queued", "line-item-refused")
    school.hurry()
    school.deliver()
    assert school.grade(link=LINK) == 10


def test_a_made_column_that_is_gone_is_made_anew_at_a_resend(school):
    learner = school.enter(**place(school))
    school.earn(learner, 10)
    school.deliver()
    with Session(school.engine) as session, session.begin():
        gone = school.columns(LINK)[0]["url"].replace("/lineitem?", "9/lineitem?")
        writing(session).execute(update(LineItem).values(url=gone.replace("/lineitem9/", "/lineitem/")))
    school.earn(learner, 20)
    school.deliver()
    assert school.delivery().reason == "line-item-gone"
    with Session(school.engine) as session, session.begin():
        assert backlog.resend(writing(session)) == 1
    school.deliver()
    assert school.grade(link=LINK) == 20
    assert len(school.columns(LINK)) == 1


def test_a_link_that_gets_a_column_later_is_owed_what_was_earned(school):
    learner = school.enter(lineitem_url=None, scopes=())
    school.earn(learner, 70)
    school.deliver()
    assert school.deliveries() == []
    with Session(school.engine) as session, session.begin():
        writing(session)
        link = session.scalars(select(ResourceLink)).one()
        link.lineitem_url, link.ags_scopes = school.column()["url"], [SCORE_SCOPE]
        session.flush()
        planning.plan_link(session, link.id)
    school.deliver()
    assert school.grade() == 70


def test_a_dead_seekers_claim_runs_out(school):
    """Killed while it looked for the column, a worker holds nobody up for longer than its claim."""
    learner = school.enter(**place(school))
    with Session(school.engine) as session, session.begin():
        link_id = writing(session).scalars(select(ResourceLink.id)).one()
        session.add(LineItem(resource_link_id=link_id, asked_until=clock.now() - timedelta(seconds=1)))
    school.earn(learner, 10)
    school.deliver()
    assert school.grade(link=LINK) == 10


def test_forgotten_columns_are_looked_for_again(school):
    school.earn(school.enter(**place(school)), 10)
    school.deliver()
    with Session(school.engine) as session, session.begin():
        columns.forget(writing(session), [(session.scalars(select(Delivery.resource_link_id)).one(), "")])
    school.earn(school.enter(**place(school)), 20)
    school.deliver()
    assert len(school.columns(LINK)) == 1
