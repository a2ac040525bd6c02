"""The class of a link as its teacher sees it: one line per learner, one state per activity, and where the grade is.

Test users and teachers are no part of it, nor is anybody who shares the run through another course. Who left stands
apart and counts in no figure.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.errors import NotFound
from lti_tool.learning import reports
from lti_tool.learning.catalogue import service as catalogue
from lti_tool.learning.catalogue.rules import Step, Syllabus
from lti_tool.learning.kinds import State
from lti_tool.learning.progress import rules
from lti_tool.learning.reports import Progress
from lti_tool.protocols.grades import glance
from lti_tool.protocols.grades.glance import Glance
from lti_tool.protocols.resource_links import classes
from lti_tool.protocols.resource_links.classes import ClassFacts, ClassMember
from lti_tool.protocols.resource_links.placed import Placed, placed

STUCK_AFTER = timedelta(days=7)
OLD_AFTER = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Line:
    """One learner of the class."""

    member: ClassMember
    states: Mapping[str, State | None]
    """By activity; None: not in this learner's version of the module."""
    state: State
    """Of the module, or of the one activity that the link opens."""
    done: int
    points: float | None
    maximum: float
    """The points that count for this learner."""
    passed: bool | None
    last_at: datetime | None
    is_stuck: bool
    """Began, has not finished, and did nothing for STUCK_AFTER."""
    grade: Glance
    version_id: int | None

    @property
    def has_left(self) -> bool:
        return self.member.left_at is not None


@dataclass(frozen=True, slots=True)
class Roll:
    link: Placed
    facts: ClassFacts
    syllabus: Syllabus
    """The newest version that anybody here works in."""
    steps: tuple[Step, ...]
    lines: tuple[Line, ...]
    """Who is in the class now."""
    left: tuple[Line, ...]
    my_groups: tuple[str, ...]
    """Ids of the teacher's own groups."""
    at: datetime

    @property
    def person_ids(self) -> list[int]:
        return [line.member.person_id for line in self.lines]

    @property
    def is_old(self) -> bool:
        """The list of participants was not read for a while."""
        return self.facts.complete_at is not None and self.facts.complete_at < self.at - OLD_AFTER

    @property
    def older_version_count(self) -> int:
        """Learners who work in an older version of the module."""
        return sum(line.version_id not in (None, self.syllabus.version_id) for line in self.lines)

    def state_counts(self, step: Step | None = None) -> Counter[State]:
        """How many are in which state, of an activity or of the whole."""
        return Counter((line.states.get(step.key) or State.NOT_STARTED) if step else line.state for line in self.lines)


def roll(session: Session, link_id: int, teacher_id: int) -> Roll:
    """Everybody in the class of this link; about a dozen statements whatever its size.

    Raises NotFound("no-module") while the link leads to no module.
    """
    link = placed(session, link_id)
    if link.cohort_id is None or link.module_id is None:
        raise NotFound("no-module")
    everybody = classes.of_link(session, link_id)
    members = [one for one in everybody if is_learner(one)]
    ids, only = [one.person_id for one in members], link.activity_key
    standing = reports.cohort_progress(session, link.cohort_id, ids, only=only)
    syllabi = _syllabi(session, link.module_id, {one.version_id for one in standing.values()}, only)
    newest, steps = syllabi[0], _steps(syllabi)
    grades, at = glance.of_link(session, link_id), clock.now()
    of_version = {one.version_id: one for one in syllabi}
    lines = [
        _line(one, standing.get(one.person_id), of_version, newest, steps, grades.get(one.person_id, Glance.NONE), at)
        for one in members
    ]
    return Roll(
        link, classes.about(session, link_id), newest, steps, tuple(line for line in lines if not line.has_left),
        tuple(line for line in lines if line.has_left), _groups_of(everybody, teacher_id), at,
    )  # fmt: skip


def is_learner(member: ClassMember) -> bool:
    """Whether somebody counts as a learner of the class; test users never do."""
    return member.role == "learner" and not member.is_test


def _groups_of(members: Collection[ClassMember], person_id: int) -> tuple[str, ...]:
    return next((one.group_ids for one in members if one.person_id == person_id), ())


def _syllabi(
    session: Session, module_id: int, version_ids: Collection[int], only: str | None
) -> list[Syllabus]:
    """The versions in which people here work, the newest first; the current one while nobody does."""
    ids = version_ids or {catalogue.current_version_id(session, module_id)}
    found = sorted((catalogue.syllabus(session, one) for one in ids), key=lambda one: -one.number)
    return [narrowed(one, only) for one in found]


def narrowed(syllabus: Syllabus, only: str | None) -> Syllabus:
    """The one activity that a link opens, where it opens one and this version has it."""
    return syllabus.only(only) if only and syllabus.has(only) else syllabus


def _steps(syllabi: Sequence[Syllabus]) -> tuple[Step, ...]:
    """The activities of the newest version, then those that older ones had."""
    found: dict[str, Step] = {}
    for syllabus in syllabi:
        for step in syllabus.steps:
            found.setdefault(step.key, step)
    return tuple(found.values())


def _line(
    member: ClassMember, standing: Progress | None, of_version: Mapping[int, Syllabus], newest: Syllabus,
    steps: Sequence[Step], grade: Glance, at: datetime,
) -> Line:  # fmt: skip
    syllabus = of_version[standing.version_id] if standing else newest
    known = {step.key for step in syllabus.steps}
    given: Mapping[str, State] = standing.steps if standing else {}
    states = {s.key: given.get(s.key, State.NOT_STARTED) if s.key in known else None for s in steps}
    state = standing.state if standing else State.NOT_STARTED
    score, last_at = (standing.score, standing.last_at) if standing else (None, None)
    maximum = rules.weighed(syllabus, given)
    is_busy = state in (State.IN_PROGRESS, State.NOT_STARTED) and last_at is not None
    return Line(
        member, states, state, sum(one is not None and one.is_over for one in states.values()),
        None if score is None else score * maximum, maximum, standing.passed if standing else None,
        last_at, is_busy and last_at is not None and last_at < at - STUCK_AFTER, grade,
        standing.version_id if standing else None,
    )  # fmt: skip
