"""A hub with a module of a page, a day at the hub and a practical assignment; learners of two schools."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.learning.catalogue import service as catalogue
from lti_tool.learning.catalogue.rules import Step, Syllabus
from lti_tool.learning.catalogue.service import ActivityDraft
from lti_tool.learning.kinds import Proof, page
from lti_tool.learning.people import service as people
from lti_tool.learning.people.models import Organisation
from lti_tool.learning.people.service import Profile
from lti_tool.learning.progress import service as progress
from lti_tool.learning.sessions import planning
from lti_tool.learning.sessions.booking import Asked
from lti_tool.learning.sessions.models import HubSession
from lti_tool.learning.sessions.planning import Plan
from lti_tool.learning.sessions.rules import HERE
from tests.learning.drafts import page_draft, version_draft

CRITERIA = [
    {"id": name, "title": {"nl": name}, "levels": [
        {"word": {"nl": "onvoldoende"}, "points": 0, "text": {"nl": "Niet"}},
        {"word": {"nl": "voldoende"}, "points": half, "text": {"nl": "Genoeg"}},
        {"word": {"nl": "goed"}, "points": most, "text": {"nl": "Sterk"}},
    ]} for name, half, most in (("meten", 9, 15), ("risico", 12, 20), ("werkt", 15, 25))
]  # fmt: skip
PRACTICAL = {"text": {"nl": "Maak iets."}, "criteria": CRITERIA}


def day_draft(**changes: object) -> ActivityDraft:
    return page_draft("praktijkdag", **({"kind": "session", "settings": {"text": {"nl": "Kom."}}} | changes))


@dataclass(frozen=True)
class Hub:
    module_id: int
    syllabus: Syllabus
    delta: int
    baken: int
    coordinator: int

    @property
    def day(self) -> Step:
        return self.syllabus.step("praktijkdag")

    @property
    def practical(self) -> Step:
        return self.syllabus.step("opdracht")


def opened(session: Session) -> Hub:
    catalogue.seed_hub(session, "smidse", "De Smidse", "Oost", {"nl": "Cobots"})
    catalogue.seed_hub(session, "werf", "De Werf", "West", {"nl": "Lassen"})
    catalogue.publish(session, "cobots", "smidse", version_draft(
        page_draft(points=20.0),
        day_draft(points=20.0, after=("lezen",)),
        page_draft("opdracht", kind="practical", points=60.0, after=("lezen",), settings=PRACTICAL),
    ))  # fmt: skip
    module_id = catalogue.module_id(session, "cobots")
    for name in ("delta", "baken"):
        people.seed_organisation(session, name, "school", name.title())
    parties = {one.public_id: one.id for one in session.scalars(select(Organisation))}
    joke = people.recognise(session, "staff", "joke", Profile(name="Joke Postma"))
    syllabus = catalogue.syllabus(session, catalogue.current_version_id(session, module_id))
    return Hub(module_id, syllabus, parties["delta"], parties["baken"], joke.id)


def learner(session: Session, hub: Hub, name: str, *, has_read: bool = True, run: str = "run") -> int:
    """The enrolment of somebody who has read what comes before the day."""
    person = people.recognise(session, "lti:1", name, Profile(name=name.title()))
    place = progress.enrol(session, progress.cohort(session, run, hub.module_id), person.id, hub.module_id)
    if has_read:
        step = hub.syllabus.step("lezen")
        progress.record(session, place.enrolment_id, step, Proof(page.READ, clock.now(), {}), key=page.READ)
    return place.enrolment_id


def draft(hub: Hub, begins: datetime | None = None, **changes: object) -> Plan:
    """Three weeks from now at nine, unless told otherwise."""
    return draft_of(hub.module_id, **({"begins": begins} if begins else {}), **changes)


def draft_of(module_id: int, *, after_days: int = 21, **changes: object) -> Plan:
    """At nine, so many days from now."""
    later = (clock.now() + timedelta(days=after_days)).astimezone(HERE).replace(tzinfo=None)
    fields: dict[str, object] = {
        "module_id": module_id, "activity_key": "praktijkdag", "length": timedelta(hours=7), "place": "Hal 1",
        "begins": later.replace(hour=9, minute=0, second=0, microsecond=0), "most_seats": 8,
        "directions": {"nl": "Vanaf het station bus 3."}, "safety": {},
    }  # fmt: skip
    return Plan(**(fields | changes))  # type: ignore[arg-type]


def planned(session: Session, hub: Hub, begins: datetime | None = None, **changes: object) -> HubSession:
    return planning.plan(session, "smidse", draft(hub, begins, **changes), actor_id=hub.coordinator)


def asked(hub: Hub, enrolment_id: int, party: int | None = None, *, confirmed: bool = False) -> Asked:
    return Asked(enrolment_id, hub.day, party, confirmed)
