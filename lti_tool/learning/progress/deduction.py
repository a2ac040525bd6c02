"""What being late takes off a learner's result for one link: earned, taken off, what counts. Pure. See lateness."""

from collections.abc import Sequence
from dataclasses import dataclass

from lti_tool.learning.catalogue.rules import Step, Syllabus
from lti_tool.learning.kinds import Proof
from lti_tool.learning.progress import lateness, rules
from lti_tool.learning.progress.lateness import Policy


@dataclass(frozen=True, slots=True)
class TakenOff:
    """Of one activity."""

    step: Step
    points: float
    days_late: int
    """0: it came after the due time, and after that nothing counts."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Points, of those that count for this learner."""

    earned: float
    taken_off: tuple[TakenOff, ...]
    score: float | None
    """Share of the points that counts for the link; None: it has no result."""
    passed: bool | None


def counted(syllabus: Syllabus, proofs: Sequence[tuple[str, Proof]], policy: Policy) -> Counted | None:
    """None where being late takes nothing off."""
    own, result = rules.verdicts(syllabus, proofs), lateness.link_result(syllabus, proofs, policy)
    found = []
    for step in syllabus.steps:
        fraction, counts = own[step.key].fraction or 0.0, result.activities[step.key]
        points = round(step.points * (fraction - (counts.fraction or 0.0)), 2)
        if points > 0:
            found.append(TakenOff(step, points, counts.days_late))
    if not found:
        return None
    earned = sum(step.points * (own[step.key].fraction or 0.0) for step in syllabus.steps)
    return Counted(round(earned, 2), tuple(found), result.standing.score, result.standing.passed)
