"""One learner of the class: where they stand, what they answered, what was sent, what happened."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from lti_tool.base.errors import NotFound
from lti_tool.learning.catalogue import service as catalogue
from lti_tool.learning.catalogue.rules import Step, Syllabus
from lti_tool.learning.kinds.quiz import Quiz
from lti_tool.learning.progress import attempts, rules
from lti_tool.learning.progress import service as progress
from lti_tool.learning.progress.deduction import Counted
from lti_tool.protocols.grades import receipts
from lti_tool.protocols.grades.receipts import Receipt
from lti_tool.protocols.resource_links import classes, dates
from lti_tool.protocols.resource_links.classes import ClassMember
from lti_tool.protocols.resource_links.placed import Placed, placed
from lti_tool.screens.learner.counting import counted
from lti_tool.screens.learner.desk import Desk
from lti_tool.screens.learner.quiz import Result, result_of
from lti_tool.screens.teacher.roll import narrowed


@dataclass(frozen=True, slots=True)
class Work:
    """What a learner gave in at one activity, first to last, as they saw it."""

    step: Step
    results: Sequence[Result]
    open_number: int | None
    """Of the attempt that is not handed in yet."""


@dataclass(frozen=True, slots=True)
class Learner:
    member: ClassMember
    link: Placed
    syllabus: Syllabus
    desk: Desk | None
    """None: never began."""
    works: Sequence[Work]
    receipts: Sequence[Receipt]
    counted: Counted | None
    """What being late takes off; None: nothing."""

    @property
    def steps(self) -> tuple[Step, ...]:
        """The activities of their version; the one that the link opens, where it opens one."""
        return self.syllabus.steps

    @property
    def maximum(self) -> float:
        """The points that count for this learner."""
        return rules.weighed(self.syllabus, self.desk.place.standing.steps if self.desk else {})


def learner(session: Session, link_id: int, public_id: str) -> Learner:
    """Somebody of the class of this link. Raises NotFound("person-not-in-class" | "no-module")."""
    link = placed(session, link_id)
    if link.cohort_id is None or link.module_id is None:
        raise NotFound("no-module")
    member = classes.learner(session, link_id, public_id)
    place = progress.place(session, link.cohort_id, member.person_id)
    version_id = place.version_id if place else catalogue.current_version_id(session, link.module_id)
    syllabus = narrowed(catalogue.syllabus(session, version_id), link.activity_key)
    if place and link.activity_key:
        place = replace(place, standing=progress.standing_in(session, place, syllabus))
    desk = Desk(place, syllabus, dates.of_link(session, link_id)) if place else None
    sent = receipts.of_person(session, link_id, member.person_id)
    works, taken = (_works(session, desk), counted(session, desk)) if desk else ([], None)
    return Learner(member, link, syllabus, desk, works, sent, taken)


def _works(session: Session, desk: Desk) -> list[Work]:
    steps = [step for step in desk.syllabus.steps if isinstance(step.settings, Quiz)]
    return [work for step in steps if (work := _work(session, desk, step)).results or work.open_number]


def _work(session: Session, desk: Desk, step: Step) -> Work:
    tries = attempts.tries(session, desk.place.enrolment_id, step)
    results = [result_of(step.settings, one) for one in tries if not one.is_open]
    return Work(step, results, next((one.number for one in tries if one.is_open), None))
