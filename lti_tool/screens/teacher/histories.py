"""What happened to one learner, for the end of their page."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from lti_tool.learning.catalogue.rules import Step
from lti_tool.learning.people import service as people
from lti_tool.learning.progress import history
from lti_tool.learning.progress.decisions import EVERYTHING
from lti_tool.learning.progress.history import Line
from lti_tool.screens.learner.desk import Desk

MOST = 200
"""Lines that the page shows; what is older is left out, and the page says so."""


@dataclass(frozen=True, slots=True)
class Happened:
    line: Line
    step: Step | None
    """None: of all activities together."""
    who: str | None
    """The teacher who did it; None: the learner."""


@dataclass(frozen=True, slots=True)
class History:
    happened: tuple[Happened, ...]
    is_cut: bool


def of(session: Session, desk: Desk | None) -> History:
    """The newest first; of what the link opens."""
    if desk is None:
        return History((), False)
    steps = {step.key: step for step in desk.syllabus.steps}
    every = history.timeline(session, desk.place.enrolment_id)
    lines = [line for line in every if line.activity in steps or line.activity == EVERYTHING]
    shown = lines[:MOST]
    names = people.names(session, {line.by for line in shown if line.by is not None})
    happened = tuple(
        Happened(line, steps.get(line.activity), names.get(line.by, "") if line.by is not None else None)
        for line in shown
    )
    return History(happened, len(lines) > MOST)
