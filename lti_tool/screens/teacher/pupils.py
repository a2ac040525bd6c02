"""One learner of the class, for a teacher who decides something of their result."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from lti_tool.base.errors import NotFound
from lti_tool.learning.catalogue import service as catalogue
from lti_tool.learning.catalogue.rules import Step, Syllabus
from lti_tool.learning.people import service as people
from lti_tool.learning.progress import acts, attempts
from lti_tool.learning.progress import service as progress
from lti_tool.learning.progress.acts import Position
from lti_tool.learning.progress.attempts import Room
from lti_tool.learning.progress.decisions import EVERYTHING
from lti_tool.learning.progress.rules import Decided
from lti_tool.learning.progress.service import Place
from lti_tool.protocols.resource_links import dates, members
from lti_tool.protocols.resource_links.dates import Dates, Hours
from lti_tool.protocols.resource_links.members import Seat
from lti_tool.web.visits import Visit


@dataclass(frozen=True, slots=True)
class Pupil:
    """A learner of the visit's link, and one activity there (or all: `step` None)."""

    person_id: int
    public_id: str
    name: str
    seat: Seat
    place: Place | None
    """None: has not begun."""
    syllabus: Syllabus
    step: Step | None
    dates: Dates

    @property
    def key(self) -> str:
        return self.step.key if self.step else EVERYTHING

    @property
    def decided(self) -> Decided:
        return self.place.standing.decided if self.place else {}


def pupil(session: Session, visit: Visit, public_id: str, key: str) -> Pupil:
    """Raises NotFound("person-not-in-class" | "no-module" | "activity")."""
    person = people.find(session, public_id)
    seat = members.seat(session, visit.resource_link_id, person.id) if person and visit.resource_link_id else None
    if person is None or seat is None or visit.resource_link_id is None:
        raise NotFound("person-not-in-class")
    if seat.cohort_id is None or seat.module_id is None:
        raise NotFound("no-module")
    place = progress.place(session, seat.cohort_id, person.id)
    version_id = place.version_id if place else catalogue.current_version_id(session, seat.module_id)
    syllabus = catalogue.syllabus(session, version_id)
    if seat.activity_key not in (None, key) and key != EVERYTHING:
        raise NotFound("activity", activity=key[:64])
    return Pupil(
        person.id, public_id, people.display_name(person) or people.pseudonym(public_id), seat, place, syllabus,
        None if key == EVERYTHING else syllabus.step(key), dates.of_link(session, visit.resource_link_id),
    )  # fmt: skip


def position(session: Session, one: Pupil) -> Position:
    """How it stands, as the teacher finds it."""
    pairs = progress.all_proofs(session, one.place.enrolment_id) if one.place else []
    return acts.position(one.syllabus, pairs, one.key)


def room(session: Session, one: Pupil, here: Position) -> Room | None:
    """The attempts that the learner has; None where there is nothing to count."""
    limit = acts.limit_of(one.step)
    if one.step is None or not limit:
        return None
    tries = attempts.tries(session, one.place.enrolment_id, one.step) if one.place else []
    return attempts.room(limit, [attempt.handed_in_at for attempt in tries], here.decided)


def hours(one: Pupil) -> Hours:
    return one.dates.hours_now(one.decided, one.key)


def enrolment(session: Session, one: Pupil) -> int:
    """The id of their enrolment; who has not begun is enrolled, so that a decision has its place."""
    if one.place is not None:
        return one.place.enrolment_id
    assert one.seat.cohort_id is not None
    assert one.seat.module_id is not None
    return progress.enrol(session, one.seat.cohort_id, one.person_id, one.seat.module_id).enrolment_id
