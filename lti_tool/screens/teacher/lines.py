"""What is shown of learners of a class, read for those alone who are shown: a page of them, or a piece of a file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from lti_tool.learning import reports
from lti_tool.learning.catalogue.rules import Step, Syllabus
from lti_tool.learning.kinds import State
from lti_tool.learning.progress import rules
from lti_tool.learning.reports import Progress
from lti_tool.protocols.grades import glance
from lti_tool.protocols.grades.glance import Seen
from lti_tool.protocols.resource_links import classes
from lti_tool.protocols.resource_links.classes import ClassMember
from lti_tool.screens.teacher.roll import STUCK_AFTER, Roll

NOTHING = Seen()


@dataclass(frozen=True, slots=True)
class Earned:
    """Points of one activity, and of how many."""

    points: float
    of: float


@dataclass(frozen=True, slots=True)
class Line:
    """One learner of the class."""

    member: ClassMember
    states: Mapping[str, State | None]
    """By activity; None: not in this learner's version of the module."""
    earned: Mapping[str, Earned]
    """By activity; only of those that have points and are over."""
    done: int
    """Activities that are over."""
    points: float | None
    maximum: float
    """The points that count for this learner."""
    passed: bool | None
    last_at: datetime | None
    is_stuck: bool
    """Began, has not finished, and did nothing for STUCK_AFTER."""
    grade: Seen

    @property
    def has_left(self) -> bool:
        return self.member.left_at is not None


def lines(session: Session, roll: Roll, ids: Sequence[int]) -> list[Line]:
    """Of these learners, in this order; as many statements for one as for thousands."""
    members = {one.person_id: one for one in classes.of_link(session, roll.link.link_id, ids)}
    known = reports.cohort_progress(session, roll.cohort_id, ids, only=roll.link.activity_key)
    keys = {step.key for step in roll.steps if step.points}
    fractions = reports.fractions(session, roll.cohort_id, known, keys)
    grades = glance.of_link(session, roll.link.link_id, ids)
    return [
        _line(roll, members[one], known.get(one), fractions.get(one, {}), grades.get(one, NOTHING))
        for one in ids
        if one in members
    ]


def _line(
    roll: Roll, member: ClassMember, found: Progress | None, fractions: Mapping[str, float], grade: Seen
) -> Line:  # fmt: skip
    syllabus = roll.syllabus_of(found.version_id if found else None)
    given: Mapping[str, State] = found.steps if found else {}
    states = _states(roll, syllabus, given)
    maximum, last_at = rules.weighed(syllabus, given), found.last_at if found else None
    done = sum(state is not None and state.is_over for state in states.values())
    return Line(
        member, states, _earned(syllabus.steps, fractions), done,
        found.score * maximum if found and found.score is not None else None, maximum, found.passed if found else None,
        last_at, _is_stuck(roll, found), grade,
    )  # fmt: skip


def _states(roll: Roll, syllabus: Syllabus, given: Mapping[str, State]) -> dict[str, State | None]:
    known = {step.key for step in syllabus.steps}
    return {s.key: given.get(s.key, State.NOT_STARTED) if s.key in known else None for s in roll.steps}


def _earned(steps: Sequence[Step], fractions: Mapping[str, float]) -> dict[str, Earned]:
    return {
        step.key: Earned(fractions[step.key] * step.points, step.points)
        for step in steps
        if step.points and step.key in fractions
    }


def _is_stuck(roll: Roll, found: Progress | None) -> bool:
    if found is None or found.last_at is None or found.state not in (State.IN_PROGRESS, State.NOT_STARTED):
        return False
    return found.last_at < roll.at - STUCK_AFTER
