"""Where a visitor works: their place in the run, its syllabus, and one step of it."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from lti_tool.base.errors import Conflict, NotFound
from lti_tool.learning.catalogue.rules import Step, Syllabus
from lti_tool.learning.kinds import State
from lti_tool.learning.progress import rules
from lti_tool.learning.progress import service as progress
from lti_tool.learning.progress.service import Place
from lti_tool.web.visits import Visit


@dataclass(frozen=True, slots=True)
class Desk:
    """A visitor's place and what they study there."""

    place: Place
    syllabus: Syllabus

    def missing_before(self, step: Step) -> tuple[Step, ...]:
        return tuple(self.syllabus.step(key) for key in rules.missing_before(step, self.place.standing.steps))

    def state_of(self, step: Step) -> State:
        return self.place.standing.steps.get(step.key, State.NOT_STARTED)

    @property
    def required_count(self) -> int:
        return sum(step.required for step in self.syllabus.steps)

    @property
    def done_count(self) -> int:
        return sum(step.required and self.state_of(step) is State.DONE for step in self.syllabus.steps)

    @property
    def next_step(self) -> Step | None:
        return rules.next_step(self.syllabus, self.place.standing.steps)

    def after(self, step: Step) -> Step | None:
        """What to go on with once this step is done: the next open one, not this one again."""
        following = self.next_step
        return None if following is step else following


def desk_of(session: Session, visit: Visit) -> Desk:
    """Raises NotFound("no-module") while the link leads to no module."""
    place = progress.place(session, visit.cohort_id, visit.person_id) if visit.cohort_id else None
    if place is None:
        raise NotFound("no-module")
    return Desk(place, progress.syllabus_of(session, place))


def open_step(desk: Desk, key: str, visit: Visit) -> Step:
    """The step of this key, if it may be seen now; teachers see all. Raises Conflict("activity-locked")."""
    step = desk.syllabus.step(key)
    if visit.role != "teacher" and desk.missing_before(step):
        raise Conflict("activity-locked", activity=step.key)
    return step
