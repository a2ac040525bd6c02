"""A module of a page and a quiz, and a learner in it: for the tests of the learning record."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from lti_tool.learning.catalogue import service as catalogue
from lti_tool.learning.catalogue.rules import Step, Syllabus
from lti_tool.learning.catalogue.service import ActivityDraft, VersionDraft
from lti_tool.learning.people import service as people
from lti_tool.learning.people.service import Profile
from lti_tool.learning.progress import service as progress

QUESTIONS = [
    {
        "id": "q1", "kind": "single", "points": 60, "text": {"nl": "Welke?"},
        "options": [
            {"id": "a", "correct": True, "text": {"nl": "Deze"}},
            {"id": "b", "correct": False, "text": {"nl": "Die"}},
        ],
    },
    {"id": "q2", "kind": "number", "points": 40, "text": {"nl": "Hoeveel?"}, "answer": 4.4, "tolerance": 0.1},
]  # fmt: skip
RIGHT = {"q1": ["a"], "q2": "4,4"}
HALF = {"q1": ["a"], "q2": "9"}
WRONG = {"q1": ["b"], "q2": "9"}


@dataclass(frozen=True)
class Place:
    """Where the tests' learner is."""

    enrolment_id: int
    module_id: int
    syllabus: Syllabus

    @property
    def page(self) -> Step:
        return self.syllabus.step("lezen")

    @property
    def quiz(self) -> Step:
        return self.syllabus.step("toets")


def page_draft(key: str = "lezen", **changes: object) -> ActivityDraft:
    fields: dict[str, object] = {
        "key": key, "kind": "page", "title": {"nl": key}, "minutes": 5, "points": 0.0, "required": True,
        "after": (), "settings": {"markdown": {"nl": "Lees dit."}},
    }  # fmt: skip
    return ActivityDraft(**(fields | changes))  # type: ignore[arg-type]


def quiz_draft(key: str = "toets", **changes: object) -> ActivityDraft:
    settings = {"questions": QUESTIONS, "attempts": 2, "counts": "best", "shuffle": True}
    return page_draft(key, **({"kind": "quiz", "points": 100.0, "settings": settings} | changes))


def version_draft(*activities: ActivityDraft, number: int = 1, **changes: object) -> VersionDraft:
    fields: dict[str, object] = {
        "number": number, "title": {"nl": "Cobots"}, "summary": {"nl": "Over cobots"}, "pass_points": 55.0,
        "activities": activities or (page_draft(), quiz_draft(after=("lezen",))),
    }  # fmt: skip
    return VersionDraft(**(fields | changes))  # type: ignore[arg-type]


def enrolled(session: Session) -> Place:
    """Somebody new in a module of their own."""
    catalogue.seed_hub(session, "hub", "Technohub", "Oost", {"nl": "Techniek"})
    catalogue.publish(session, "cobots", "hub", version_draft())
    module_id = catalogue.module_id(session, "cobots")
    person = people.recognise(session, "lti:1", "sanne", Profile(name="Sanne"))
    run = progress.cohort(session, "run", module_id)
    place = progress.enrol(session, run, person.id, module_id)
    return Place(place.enrolment_id, module_id, progress.syllabus_of(session, place))
