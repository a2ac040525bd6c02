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


class Stage(StrEnum):
    """How far work is of which a state alone says too little: a day at the hub, a practical assignment.

    For people to read. Rules decide by State.
    """

    LISTED = "listed"
    """On the waiting list of a session."""
    OFFERED = "offered"
    """A seat came free and waits for an answer."""
    BOOKED = "booked"
    ABSENT = "absent"
    ABSENT_EXCUSED = "absent-excused"
    PRESENT = "present"
    HANDED_IN = "handed-in"
    SENT_BACK = "sent-back"
    """The assessor wants it handed in again."""
    RESIT = "resit"
    JUDGED = "judged"


@dataclass(frozen=True, slots=True)
class Reached:
    """A stage, and the moment it is about: when the booked session begins, when something was handed in."""

    stage: Stage
    at: datetime


@dataclass(frozen=True, slots=True)
class Proof:
    """One fact: `what` happened (a word of the kind), when, with its particulars."""

    what: str
    at: datetime
    facts: dict[str, Any]

    @property
    def done_at(self) -> datetime:
        """When the learner did their part of it; before `at` where others had a part in it too, such as a judgement."""
        told = self.facts.get("done_at")
        return datetime.fromisoformat(told) if told else self.at


@dataclass(frozen=True, slots=True)
class Verdict:
    state: State
    fraction: float | None = None
    """Share of the activity's points, 0..1; None while there is none, which differs from 0."""
    reached: Reached | None = None
    is_enough: bool = True
    """False: what was reached does not do, however many points there are elsewhere."""
