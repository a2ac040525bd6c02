"""A copied course: what its links are copies of, what comes along, and whose run they open."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, select

from lti_tool.base import clock
from lti_tool.protocols.resource_links.models import Context, ResourceLink
from lti_tool.protocols.resource_links.rules import ancestors
from tests import factories

LAST_YEAR = {"opens": "2025-09-01T08:00:00Z", "due": "2025-10-01T22:00:00Z", "closes": "2025-11-01T22:00:00Z"}
NO_GRADES = {"lineitem_url": None}


def placed(session, school, link_id="link-1", course="course-1", *, title="Cobots", **changes):
    """A link of a placement named after it, launched for the first time."""
    terms = {"placement": changes.pop("placement", "p-1")} | changes.pop("terms", {})
    fields = {"context_id": course, "context_title": course, "title": title} | NO_GRADES | changes
    return factories.link(session, school, resource_link_id=link_id, terms=terms, **fields)


@pytest.fixture
def school(session):
    factories.module(session, "cobots")
    factories.module(session, "laser")
    return factories.platform(session)


def course(session, name):
    return session.scalars(select(Context).where(Context.context_id == name)).one()


def test_our_own_placement_id_tells_a_copy_and_its_course(session, school):
    original = placed(session, school)
    copy = placed(session, school, "link-2", "course-2")
    assert copy.copied_from_id == original.id
    assert course(session, "course-2").copied_from_id == original.context_id
    assert course(session, "course-1").copied_from_id is None
    assert course(session, "course-2").copy_choice is None


def test_a_copied_course_has_one_fresh_run_for_its_links_to_a_module(session, school):
    original = placed(session, school)
    other = placed(session, school, "link-1b", placement="p-2")
    assert original.cohort_id == other.cohort_id
    copies = [placed(session, school, f"new-{name}", "course-2", placement=name) for name in ("p-1", "p-2")]
    assert copies[0].cohort_id == copies[1].cohort_id != original.cohort_id
    again = placed(session, school, "new-again", "course-3")
    assert again.cohort_id not in (copies[0].cohort_id, original.cohort_id)


def test_a_copy_by_hand_within_one_course_is_only_marked(session, school):
    original = placed(session, school, terms={"due": "2025-10-01T22:00:00Z"})
    twin = placed(session, school, "link-1b", terms={"due": "2025-10-01T22:00:00Z"})
    assert twin.copied_from_id == original.id
    assert twin.cohort_id == original.cohort_id
    assert twin.due_at == original.due_at is not None
    assert course(session, "course-1").copied_from_id is None


def test_both_of_two_twins_find_their_own_originals_in_the_copied_course(session, school):
    first, second = placed(session, school), placed(session, school, "link-1b")
    copies = [placed(session, school, f"new-{number}", "course-2") for number in (1, 2)]
    assert {one.copied_from_id for one in copies} == {first.id, second.id}
    by_hand = placed(session, school, "new-3", "course-2")
    assert by_hand.copied_from_id in {one.id for one in copies}


def test_the_nearest_known_ancestor_of_the_chain_counts(session, school):
    placed(session, school)
    middle = placed(session, school, "link-2", "course-2")
    placed(session, school, "link-x", "course-x")
    copy = placed(
        session, school, "link-4", "course-4",
        link_history=("link-3", "link-2", "link-1"), context_history=("course-3", "course-2", "course-1"),
    )  # fmt: skip
    assert copy.copied_from_id == middle.id
    assert course(session, "course-4").copied_from_id == middle.context_id


def test_without_a_placement_id_the_history_of_links_tells(session, school):
    original = placed(session, school, placement="", module="laser")
    copy = placed(session, school, "link-2", "course-2", placement="", module="laser", link_history=("link-1",))
    assert copy.copied_from_id == original.id
    assert course(session, "course-2").copied_from_id == original.context_id


def test_with_only_the_history_of_courses_the_link_to_the_same_module_is_it(session, school):
    placed(session, school, "a", placement="", module="cobots")
    laser = placed(session, school, "b", placement="", module="laser")
    by_name = {"title": "Het tweede"}
    second = placed(session, school, "c", placement="", module="cobots", **by_name)
    history = {"placement": "", "context_history": ("course-0", "course-1")}
    assert placed(session, school, "b2", "course-2", module="laser", **history).copied_from_id == laser.id
    assert placed(session, school, "c2", "course-2", module="cobots", **by_name, **history).copied_from_id == second.id
    unlike = placed(session, school, "d2", "course-2", module="cobots", title="Iets anders", **history)
    assert unlike.copied_from_id is None
    assert unlike.cohort_id not in (laser.cohort_id, second.cohort_id)


def test_what_a_platform_told_before_counts_where_nothing_else_does(session, school):
    original = placed(session, school, placement="")
    told = Context(
        deployment_id=original.deployment_id, context_id="course-2", title="", copied_from_id=original.context_id
    )
    session.add(told)
    assert placed(session, school, "link-2", "course-2", placement="").copied_from_id == original.id


def test_what_is_brought_into_an_older_course_makes_no_copied_course_of_it(session, school):
    placed(session, school, "old", "course-old", placement="p-old")
    original = placed(session, school)
    brought = placed(session, school, "brought", "course-old")
    assert brought.copied_from_id == original.id
    assert course(session, "course-old").copied_from_id is None
    assert brought.cohort_id == original.cohort_id


def test_another_schools_placement_or_ids_tell_nothing(session, school):
    placed(session, school)
    elsewhere = factories.platform(session, "https://elders.example")
    copy = placed(
        session, elsewhere, "link-2", "course-2", link_history=("link-1",), context_history=("course-1",)
    )
    assert copy.copied_from_id is None
    assert course(session, "course-2").copied_from_id is None


def test_what_a_teacher_chose_here_comes_along_and_what_the_copy_says_new_goes_before(session, school):
    original = placed(session, school, terms={"scale": "grade"})
    original.language, original.scale, original.late = "en", "ogv", "close"
    original.due_at = datetime(2025, 10, 3, tzinfo=UTC)
    session.flush()
    copy = placed(session, school, "link-2", "course-2", terms={"scale": "grade", "late": "deduct"})
    assert factories.facts(copy, "language", "scale", "late", "due_at") == {
        "language": "en", "scale": "ogv", "late": "deduct", "due_at": None,
    }  # fmt: skip
    again = placed(session, school, "link-2", "course-2", terms={"scale": "grade", "late": "deduct"})
    assert again.scale == "ogv"


def test_another_module_that_a_teacher_chose_here_is_what_the_copy_opens(session, school):
    original = placed(session, school)
    from_elsewhere = placed(session, school, "l", "course-l", placement="p-l", module="laser")
    original.module_id = from_elsewhere.module_id
    session.flush()
    assert placed(session, school, "link-2", "course-2").module_id == from_elsewhere.module_id
    assert placed(session, school, "link-3", "course-3", module="laser").module_id == from_elsewhere.module_id


def test_dates_of_last_year_fall_away_and_those_ahead_stay(session, school):
    placed(session, school, terms=LAST_YEAR)
    copy = placed(session, school, "link-2", "course-2", terms=LAST_YEAR)
    assert (copy.opens_at, copy.due_at, copy.closes_at) == (None, None, None)
    again = placed(session, school, "link-2", "course-2", terms=LAST_YEAR)
    assert again.due_at is None
    ahead = (clock.now() + timedelta(days=3)).isoformat()
    assert placed(session, school, "link-3", "course-3", terms=LAST_YEAR | {"due": ahead}).due_at is not None


def test_dates_in_the_platforms_own_settings_stay_its_own(session, school):
    placed(session, school)
    there = {"due_there": "2025-10-01T22:00:00Z", "opens": "2025-09-01T08:00:00Z"}
    copy = placed(session, school, "link-2", "course-2", terms=there)
    assert copy.due_at == datetime(2025, 10, 1, 22, tzinfo=UTC)
    assert copy.opens_at is None


def test_dates_of_a_copy_whose_original_never_was_opened_fall_away_too(session, school):
    placed(session, school)
    placed(session, school, "link-2", "course-2")
    unseen = placed(session, school, "link-9", "course-2", placement="p-9", terms=LAST_YEAR)
    assert unseen.copied_from_id is None
    assert unseen.due_at is None


def test_a_new_link_costs_one_question_more_and_a_known_one_none(session, school):
    placed(session, school)
    statements: list[str] = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda *given: statements.append(given[2]))

    def asked(*given, **more):
        statements.clear()
        placed(session, school, *given, **more)
        return len(statements)

    plain = asked("plain", "course-5", placement="")
    assert asked("copy", "course-6", link_history=("link-1",), context_history=("course-1",)) <= plain + 2
    assert asked("copy", "course-6", link_history=("link-1",)) <= asked("plain", "course-5", placement="")


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("b,a", ("b", "a")),
        (" b , ,a", ("b", "a")),
        ("a%2Cb,c", ("a%2Cb", "a,b", "c")),
        ("$Context.id.history", ()),
        ("", ()),
        (None, ()),
        ("x" * 300 + ",a", ("a",)),
        ("a%00b,c", ("a%00b", "c")),
    ],
)
def test_a_chain_is_read_from_the_nearest_on(text, ids):
    assert ancestors({"context_history": text}, "context_history") == ids


def test_an_endless_chain_is_cut():
    assert len(ancestors({"x": ",".join(map(str, range(10_000)))}, "x")) == 50


def test_the_links_of_a_course_are_told_apart_by_their_platforms_ids(session, school):
    ids = [placed(session, school, name, "course-1", placement=name).id for name in ("a", "b")]
    assert len(set(ids)) == len(session.scalars(select(ResourceLink)).all())
