"""What somebody who finished a module without passing may still try."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from lti_tool.learning.catalogue.rules import Step
from lti_tool.learning.progress import attempts, decisions
from lti_tool.screens.learner.desk import Desk
from lti_tool.screens.learner.kinds import SCREENS


@dataclass(frozen=True, slots=True)
class Chance:
    """An activity that may be tried again. `left` None is without limit."""

    step: Step
    left: int | None


def chances(session: Session, desk: Desk) -> tuple[Chance, ...]:
    """Activities of which another attempt can change the result; asked only while it is "not passed"."""
    if desk.place.standing.passed is not False:
        return ()
    handed_in, decided = attempts.handed_in(session, desk.place.enrolment_id), desk.place.standing.decided
    found = [
        Chance(step, SCREENS[step.kind].tries_left(step, handed_in.get(step.key, ()), decided.get(step.key, ())))
        for step in desk.syllabus.steps
        if step.points and not decisions.decides(decided.get(step.key, ()))
    ]
    return tuple(chance for chance in found if chance.left != 0)
