"""Evidence as the kinds see it, and the verdict they give."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class State(StrEnum):
    """Of one activity, and of a whole enrolment. The words on screen stand in domain terms in web.words."""

    NOT_STARTED = "not-started"
    IN_PROGRESS = "in-progress"
    WAITING = "waiting"
    """The learner is done; somebody has to judge."""
    DONE = "done"
    EXCUSED = "excused"
    """A teacher let the learner off. Of an activity only, and no kind says so."""

    @property
    def is_over(self) -> bool:
        """Nothing is left to do here."""
        return self in (State.DONE, State.EXCUSED)


@dataclass(frozen=True, slots=True)
class Proof:
    """One fact: `what` happened (a word of the kind), when, with its particulars."""

    what: str
    at: datetime
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Verdict:
    state: State
    fraction: float | None = None
    """Share of the activity's points, 0..1; None while there is none, which differs from 0."""
