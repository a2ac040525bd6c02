"""The page of a copied course: one decision for all links, kept for those that come later."""

import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from lti_tool.learning.progress import service as progress
from lti_tool.protocols.resource_links.models import Context, Member, ResourceLink
from tests.screens.room import Guest, Room

OLD = {"opens": "2025-09-01T08:00:00+02:00", "due": "2025-10-31T22:00:00+01:00"}


def come(room: Room, link: str, course: str, placement: str, role: str = "teacher", **given: object) -> Guest:
    """Somebody comes in through a link of a course."""
    terms = {"placement": placement, **given.pop("terms", {})}  # type: ignore[dict-item]
    return room.guest(role, link=link, course=course, terms=terms, **given)  # type: ignore[arg-type]


def link(room: Room, name: str) -> ResourceLink:
    with room.writing() as session:
        found = session.scalars(select(ResourceLink).where(ResourceLink.resource_link_id == name)).one()
        session.expunge(found)
        return found


def context(room: Room, name: str) -> Context:
    with room.writing() as session:
        found = session.scalars(select(Context).where(Context.context_id == name)).one()
        session.expunge(found)
        return found


def fields(page: str) -> dict[str, str]:
    """The form of the page as a browser would send it."""
    inputs = re.findall(r"<input[^>]*>", page)
    found = {}
    for tag in inputs:
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and name[1] not in ("back", "language") and ("radio" not in tag or "checked" in tag):
            found[name[1]] = value[1] if value else ""
    return found


@pytest.fixture
def teacher(room: Room) -> Guest:
    """In the first of two copied links; a student worked in the original course."""
    come(room, "a1", "vorig", "p-1", "learner", subject="sanne", terms=OLD).read_pages()
    come(room, "b1", "vorig", "p-2", terms=OLD)
    return come(room, "a2", "nieuw", "p-1", terms=OLD)


def save(guest: Guest, **changes: str) -> int:
    form = fields(guest.get("copy").text)
    return guest.post("copy", form | changes).status_code


def test_the_page_tells_of_what_the_course_is_a_copy_and_lists_all_links(teacher: Guest) -> None:
    page = teacher.get("copy").text
    assert "Mechatronica 4B" in page
    assert page.count('id="link-') == 2
    assert page.count("Hier geopend") == page.count("Hier nog niet geopend") == 1
    assert fields(page)["choice"] == "fresh"
    assert "2025" not in "".join(fields(page).values())


def test_a_first_day_moves_all_dates_by_the_clock_of_the_school(room: Room, teacher: Guest) -> None:
    shown = fields(teacher.get("copy?first=2026-08-31").text)
    moved = sorted(value for name, value in shown.items() if "." in name)
    assert moved == ["2026-08-31T08:00"] * 2 + ["2026-10-30T22:00"] * 2
    assert teacher.post("copy", shown).status_code == 303
    assert link(room, "a2").due_at == datetime(2026, 10, 30, 21, tzinfo=UTC)
    come(room, "b2", "nieuw", "p-2", terms=OLD)
    assert link(room, "b2").opens_at == datetime(2026, 8, 31, 6, tzinfo=UTC)


def test_a_first_day_whose_dates_were_not_seen_is_shown_before_it_is_saved(room: Room, teacher: Guest) -> None:
    answer = teacher.post("copy", fields(teacher.get("copy").text) | {"first": "2026-08-31"})
    assert "first=2026-08-31" in answer.location
    assert context(room, "nieuw").copy_choice is None


def test_a_new_class_begins_anew_and_the_old_one_stays_as_it_was(room: Room, teacher: Guest) -> None:
    assert save(teacher) == 303
    assert context(room, "nieuw").copy_choice == "fresh"
    newcomer = come(room, "a2", "nieuw", "p-1", "learner", subject="sanne", terms=OLD)
    assert "0 van de 3 onderdelen" in newcomer.get().text
    assert link(room, "a2").cohort_id != link(room, "a1").cohort_id


def test_the_same_class_goes_on_where_it_was_and_later_links_follow(room: Room, teacher: Guest) -> None:
    assert save(teacher, choice="shared") == 303
    back = come(room, "a2", "nieuw", "p-1", "learner", subject="sanne", terms=OLD)
    assert "2 van de 3 onderdelen" in back.get().text
    come(room, "b2", "nieuw", "p-2", terms=OLD)
    assert link(room, "b2").cohort_id == link(room, "b1").cohort_id
    assert teacher.get().status_code == 200


def test_who_came_before_the_teacher_chose_the_same_class_loses_nothing(room: Room, teacher: Guest) -> None:
    early = come(room, "a2", "nieuw", "p-1", "learner", subject="sanne", terms=OLD)
    other = come(room, "a2", "nieuw", "p-1", "learner", subject="youssef", terms=OLD).read_pages()
    assert "0 van de 3 onderdelen" in early.get().text
    early.read_pages()
    assert save(teacher, choice="shared") == 303
    assert "2 van de 3 onderdelen" in early.get().text
    assert "2 van de 3 onderdelen" in other.get().text
    with room.writing() as session:
        members = session.scalars(select(Member).where(Member.subject == "sanne")).all()
        assert len({one.enrolment_id for one in members}) == 1
        assert progress.check_standings(session)[1] == []


def test_back_to_a_new_class_leaves_links_in_which_somebody_worked(room: Room, teacher: Guest) -> None:
    save(teacher, choice="shared")
    come(room, "b2", "nieuw", "p-2", terms=OLD)
    worker = come(room, "a2", "nieuw", "p-1", "learner", subject="youssef", terms=OLD).read_pages()
    assert save(teacher, choice="fresh") == 303
    assert link(room, "a2").cohort_id == link(room, "a1").cohort_id
    assert link(room, "b2").cohort_id != link(room, "b1").cohort_id
    assert "2 van de 3 onderdelen" in worker.get().text


def test_back_to_a_new_class_before_anybody_worked_parts_them(room: Room, teacher: Guest) -> None:
    save(teacher, choice="shared")
    back = come(room, "a2", "nieuw", "p-1", "learner", subject="sanne", terms=OLD)
    save(teacher, choice="fresh")
    assert link(room, "a2").cohort_id != link(room, "a1").cohort_id
    assert "0 van de 3 onderdelen" in back.get().text
    assert teacher.get().status_code == 200


def test_a_double_click_is_one_decision_and_the_second_of_two_teachers_is_told(room: Room, teacher: Guest) -> None:
    other = come(room, "a2", "nieuw", "p-1", terms=OLD)
    form, theirs = fields(teacher.get("copy").text), fields(other.get("copy").text) | {"choice": "shared"}
    assert [teacher.post("copy", form).status_code for _ in range(2)] == [303, 303]
    refused = other.post("copy", theirs)
    assert refused.status_code == 409
    assert "net voor jou" in refused.text
    assert context(room, "nieuw").copy_choice == "fresh"
    assert save(other, choice="shared") == 303


@pytest.mark.parametrize(
    ("term", "value"), [("opens_at", "gisteren"), ("opens_at", "2027-01-01T00:00"), ("due_at", "1999-01-01T00:00")]
)
def test_dates_that_cannot_be_are_refused_with_words(room: Room, teacher: Guest, term: str, value: str) -> None:
    shown = fields(teacher.get("copy?first=2026-08-31").text)
    name = next(name for name in shown if name.startswith(term))
    assert teacher.post("copy", shown | {name: value}).status_code == 400
    assert context(room, "nieuw").copy_choice is None


def test_a_date_that_cannot_be_is_told_at_its_field_and_all_that_was_typed_stays(room: Room, teacher: Guest) -> None:
    shown = fields(teacher.get("copy?first=2026-08-31").text)
    due = next(name for name in shown if name.startswith("due_at"))
    refused = teacher.post("copy", shown | {due: "2026-08-30T09:00", "choice": "shared"})
    assert refused.status_code == 400
    assert fields(refused.text) == shown | {due: "2026-08-30T09:00", "choice": "shared"}
    assert f'name="{due}" value="2026-08-30T09:00" aria-invalid="true" aria-describedby="problem-{due}"' in refused.text
    assert "Dit ligt voor het moment waarop het opent" in refused.text
    assert refused.text.count("field-problem") == 1


@pytest.mark.parametrize("day", ["gisteren", "9999-12-31", "0001-01-01"])
def test_a_first_day_that_cannot_be_is_told_at_its_field(teacher: Guest, day: str) -> None:
    answer = teacher.get(f"copy?first={day}")
    assert answer.status_code == 200
    assert f'name="first" value="{day}" aria-invalid="true"' in answer.text
    assert "Kies een dag" in answer.text


def test_a_course_that_is_no_copy_has_no_such_page_and_learners_never_see_it(room: Room, teacher: Guest) -> None:
    assert come(room, "a1", "vorig", "p-1").get("copy").status_code == 404
    learner = come(room, "a2", "nieuw", "p-1", "learner")
    assert learner.get("copy").status_code == 403
    assert learner.post("copy", {"choice": "shared"}).status_code == 403
    assert save(teacher, choice="anders") == 400


def test_the_page_says_which_links_it_cannot_list_and_names_dates_as_the_settings_do(teacher: Guest) -> None:
    page = teacher.get("copy").text
    assert "staan niet in deze lijst" in page
    assert re.findall(r"<label for=\"\w+\.[\w-]+\">([^<]+)</label>", page)[:2] == ["Gaat open", "Inleveren voor"]
