"""Pictures of a class as plain numbers: where it stands, how it moved, which answers were given. Drawn by templates.

Every bar is told in percents of its picture, so that it is as wide as the page has room for.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from lti_tool.learning import reports
from lti_tool.learning.catalogue.rules import Step
from lti_tool.learning.kinds import State
from lti_tool.learning.reports import StepDifficulty, Week
from lti_tool.protocols.resource_links import classes
from lti_tool.screens.teacher.roll import Roll

ORDER = (State.DONE, State.EXCUSED, State.WAITING, State.IN_PROGRESS, State.NOT_STARTED)
GAP = 0.2
"""Share of a week's room that stays empty beside its bar."""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a stacked bar."""

    state: State
    count: int
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Bar:
    """Where the class stands with one activity."""

    step: Step
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """One week of one activity: how many had completed it by its end."""

    monday: date
    done: int
    x: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Climb:
    """How one activity was completed week by week."""

    step: Step
    columns: tuple[Column, ...]

    @property
    def done(self) -> int:
        return self.columns[-1].done


@dataclass(frozen=True, slots=True)
class Figures:
    count: int
    """Learners in the class now; all bars are shares of them."""
    bars: Sequence[Bar]
    weeks: Sequence[Week]
    climbs: Sequence[Climb]
    quizzes: Sequence[StepDifficulty]

    @property
    def states(self) -> list[State]:
        """Those in which anybody is, and what everybody begins and ends with."""
        seen = {part.state for bar in self.bars for part in bar.parts} | {State.DONE, State.NOT_STARTED}
        return [state for state in ORDER if state in seen]


def figures(session: Session, roll: Roll, zone: str) -> Figures:
    """The pictures of all who are in the class now."""
    whose, cohort_id, count = classes.learner_ids(roll.link.link_id), roll.cohort_id, len(roll.here)
    weeks = reports.movement(session, cohort_id, whose, roll.steps, until=roll.at, zone=ZoneInfo(zone))
    shown = {step.key for step in roll.steps}
    quizzes = [one for one in reports.difficulty(session, cohort_id, whose) if one.step.key in shown]
    states = reports.state_counts(session, cohort_id, whose, shown)
    bars = [Bar(step, parts(states[step.key], count)) for step in roll.steps]
    return Figures(count, bars, weeks, climbs(weeks, roll.steps, count), quizzes)


def parts(states: Counter[State], count: int) -> tuple[Part, ...]:
    """Of a class of so many; who stands nowhere has not started."""
    idle = max(0, count - states.total())
    counts, found, x = states + Counter({State.NOT_STARTED: idle}), [], 0.0
    for state in ORDER:
        width = percent(counts[state], count)
        found.append(Part(state, counts[state], x, width))
        x = round(x + width, 3)
    return tuple(part for part in found if part.count)


def climbs(weeks: Sequence[Week], steps: Sequence[Step], count: int) -> list[Climb]:
    if not weeks:
        return []
    room = 100 / len(weeks)
    return [
        Climb(step, tuple(
            Column(week.monday, week.done[step.key], round(number * room, 3), round(room * (1 - GAP), 3),
                   percent(week.done[step.key], count))
            for number, week in enumerate(weeks)
        ))
        for step in steps
    ]  # fmt: skip


def percent(part: int, whole: int) -> float:
    return round(part / whole * 100, 3) if whole else 0.0
