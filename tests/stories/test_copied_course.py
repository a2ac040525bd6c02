"""A course is placed, worked in, and copied for next year: over HTTP, with a real platform."""

import re

import pytest

from tests.stories.conftest import Town
from tests.stories.test_student import BETTER, Person

HISTORIES = {"context_history": "$Context.id.history", "link_history": "$ResourceLink.id.history"}
MODULE = "cobots-veilig-inzetten"
LAST_YEAR = {"due": "2025-10-31T21:00:00Z", "opens": "2025-09-01T06:00:00Z"}


def place(town: Town, **custom: str) -> str:
    """A link with a column, as deep linking leaves it."""
    body = {
        "course": "mechatronica-4b", "title": "Cobots", "custom": {"module": MODULE, **LAST_YEAR, **custom},
        "score_maximum": 100,
    }  # fmt: skip
    return str(town.control("links", body)["id"])


def work(town: Town, link: str, subject: str) -> Person:
    person = Person(town, subject).launch(link)
    for page in ("samenwerkend", "risico"):
        person.read(page)
    person.hand_in(**BETTER)
    town.worker.run_until_idle()
    return person


@pytest.mark.parametrize(
    ("custom", "switches"),
    [({"placement": "p-1"}, {"copy_history": False}), (HISTORIES, {}), ({}, {"notices": True})],
    ids=["placement", "histories", "notice"],
)
def test_next_years_class_starts_fresh_and_old_grades_stay(
    town: Town, custom: dict[str, str], switches: dict[str, bool]
) -> None:
    """Complaints 3 and 10: whatever the platform tells, nothing of last year comes along, and no column is doubled."""
    town.control("misbehave", switches)
    link = place(town, **custom)
    town.control("users", {"id": "fatima", "given": "Fatima", "courses": {"mechatronica-4b": "teacher"}})
    Person(town, "fatima").launch(link)
    town.worker.run_until_idle()
    work(town, link, "sanne")
    assert town.grades(link) == {"sanne": 20}

    copy = town.control("copies", {"course": "mechatronica-4b"})
    new = copy["links"][link]
    town.control("users", {"id": "sanne", "given": "Sanne", "courses": {copy["id"]: "student"}})
    again = Person(town, "sanne").launch(new)
    assert "0 van de 3 onderdelen" in again.browser.text
    town.worker.run_until_idle()
    assert town.grades(new).get("sanne") is None

    teacher = Person(town, "fatima").launch(new)
    assert teacher.browser.url.endswith("/copy")
    assert "1 september 2025" in teacher.browser.text
    teacher.submit(r"/copy$")
    assert "Opgeslagen" in teacher.browser.text
    assert not Person(town, "fatima").launch(new).browser.url.endswith("/copy")

    columns = len(town.control("gradebook")["lineitems"])
    again.read("samenwerkend")
    again.read("risico")
    again.hand_in(**{"scherpe-grijper": "false"})
    town.worker.run_until_idle()
    assert town.grades(new) == {"sanne": 10}
    assert town.grades(link) == {"sanne": 20}
    assert len(town.control("gradebook")["lineitems"]) == columns


def review(town: Town, person: Person, of: str) -> Person:
    """From the gradebook to somebody's work."""
    column = next(one for one in town.control("gradebook")["lineitems"] if one.get("resourceLinkId") == "cobots")
    body = {"user": person.subject, "link": "cobots", "kind": "review", "for_user": of, "lineitem": column["id"]}
    begun = town.control("launch", body)
    for name, value in begun["cookie"].items():
        person.browser.cookie(town.practice, name, value)
    fields = [(name, value) for name, value in begun["fields"].items() if name != "lti_storage_target"]
    person.browser.open(begun["action"], fields)
    person.browser.submit(person.browser.form(r"/lti/launch$"))
    return person


def test_from_the_gradebook_a_teacher_sees_that_learners_work_and_a_student_own(town: Town) -> None:
    sanne = work(town, "cobots", "sanne")
    assert re.search(r"/v/[^/]+/$", review(town, sanne, "sanne").browser.url)
    teacher = review(town, Person(town, "fatima"), "sanne")
    assert (teacher.browser.status, "/class/" in teacher.browser.url) == (200, True)
    assert "Sanne de Vries" in teacher.browser.text
    other = review(town, Person(town, "youssef"), "sanne")
    assert other.browser.status == 403
    assert "Dit is werk van iemand anders" in other.browser.text
