"""Where a visitor works: their place in the run, its syllabus, the dates of their link, and one step of it."""

from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from lti_tool.base.errors import Conflict, NotFound
from lti_tool.learning.catalogue.rules import Step, Syllabus
from lti_tool.learning.kinds import State
from lti_tool.learning.progress import decisions, rules
from lti_tool.learning.progress import service as progress
from lti_tool.learning.progress.decisions import EVERYTHING, Act, Decision
from lti_tool.learning.progress.service import Place
from lti_tool.protocols.resource_links import dates as link_dates
from lti_tool.protocols.resource_links.dates import ALWAYS, Dates, Door, Hours
from lti_tool.web.formats import moment
from lti_tool.web.visits import Visit


@dataclass(frozen=True, slots=True)
class Desk:
    """A visitor's place and what they study there."""

    place: Place
    syllabus: Syllabus
    dates: Dates = ALWAYS
    is_bound: bool = True
    """The link's opening and closing hold for this visitor: not for teachers, nor for who looks ahead as a student."""

    def hours(self, step: Step | None = None) -> Hours:
        """The dates of this step, or of all together, as they are for this learner now."""
        return self.dates.hours_now(self.place.standing.decided, step.key if step else EVERYTHING)

    def takes(self, step: Step | None = None) -> bool:
        """Work may be handed in now."""
        return not self.is_bound or self.hours(step).door is Door.OPEN

    def is_shut(self, step: Step) -> bool:
        """Not to be seen yet. What was begun elsewhere stays to be seen."""
        not_yet = self.is_bound and self.hours(step).door is Door.NOT_YET
        return not_yet and self.state_of(step) is State.NOT_STARTED

    def must_take(self, step: Step) -> None:
        """Raises Conflict("link-not-open-yet" | "link-closed")."""
        if self.takes(step):
            return
        hours = self.hours(step)
        if hours.door is Door.NOT_YET and hours.opens_at:
            raise Conflict("link-not-open-yet", when=moment(hours.opens_at))
        raise Conflict("link-closed", when=moment(hours.ends_at) if hours.ends_at else "")

    def decided(self, step: Step | None = None) -> tuple[Decision, ...]:
        """What teachers decided that matters to this learner here, oldest first."""
        every = self.place.standing.decided.get(step.key if step else EVERYTHING, ())
        said = decisions.decides(every)
        return tuple(one for one in every if one is said or self._is_told(one))

    def _is_told(self, one: Decision) -> bool:
        if one.act is Act.EXTENDED:
            return one.link == self.dates.link
        return one.act in (Act.REOPENED, Act.ALLOWED)

    @property
    def points(self) -> float:
        """The points that count for this learner."""
        return rules.weighed(self.syllabus, self.place.standing.steps)

    @property
    def pass_points(self) -> float:
        """The share of them with which they pass."""
        whole = self.syllabus.points
        return self.syllabus.pass_points * self.points / whole if whole else 0.0

    def missing_before(self, step: Step) -> tuple[Step, ...]:
        return tuple(self.syllabus.step(key) for key in rules.missing_before(step, self.place.standing.steps))

    def state_of(self, step: Step) -> State:
        return self.place.standing.steps.get(step.key, State.NOT_STARTED)

    @property
    def required_count(self) -> int:
        return sum(step.required for step in self.syllabus.steps)

    @property
    def done_count(self) -> int:
        return sum(step.required and self.state_of(step).is_over for step in self.syllabus.steps)

    @property
    def next_step(self) -> Step | None:
        return rules.next_step(self.syllabus, self.place.standing.steps)

    def after(self, step: Step) -> Step | None:
        """What to go on with once this step is done: the next open one, not this one again."""
        following = self.next_step
        return None if following is step else following


def desk_of(session: Session, visit: Visit) -> Desk:
    """What lies there for this visitor: the module, or the one activity that their link opens.

    Raises NotFound("no-module") while the link leads to no module, NotFound("link-part") where it names an activity
    that there is not. Teachers then see the module, with the way to the settings of the link.
    """
    place = progress.place(session, visit.cohort_id, visit.person_id) if visit.cohort_id else None
    if place is None:
        raise NotFound("no-module")
    dates = _dates(session, visit)
    is_bound = visit.role != "teacher" and not visit.is_preview
    syllabus = progress.syllabus_of(session, place)
    if dates.activity is not None and (syllabus.has(dates.activity) or visit.role != "teacher"):
        syllabus = _narrowed(syllabus, dates.activity)
        place = replace(place, standing=progress.standing_in(session, place, syllabus))
    return Desk(place, syllabus, dates, is_bound)


def _dates(session: Session, visit: Visit) -> Dates:
    """Those of the link; a preview has none, and may look at one activity."""
    if visit.resource_link_id:
        return link_dates.of_link(session, visit.resource_link_id)
    return replace(ALWAYS, activity=visit.activity_key)


def _narrowed(syllabus: Syllabus, key: str) -> Syllabus:
    if not syllabus.has(key):
        raise NotFound("link-part")
    return syllabus.only(key)


def open_step(desk: Desk, key: str, visit: Visit) -> Step:
    """The step of this key, if it may be seen now; teachers see all.

    Raises Conflict("activity-locked" | "link-not-open-yet").
    """
    step = desk.syllabus.step(key)
    if desk.is_shut(step):
        desk.must_take(step)
    if visit.role != "teacher" and desk.missing_before(step):
        raise Conflict("activity-locked", activity=step.key)
    return step
