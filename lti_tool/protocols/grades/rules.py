"""What a score message says, when it may go, and what an answer means. Pure. AGS 2.0, 3.4."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from lti_tool.learning.kinds import State
from lti_tool.learning.progress.rules import Standing
from lti_tool.protocols.platforms.families import Family

FIRST_RETRY_S, LONGEST_RETRY_S = 3.0, 3600.0


class DeliveryState(StrEnum):
    QUEUED = "queued"
    SETTLED = "settled"
    PARKED = "parked"


@dataclass(frozen=True, slots=True)
class Value:
    """What the gradebook should show. `points` None is "no number yet"; 0 is a score."""

    activity_progress: str
    grading_progress: str
    points: float | None
    maximum: float


_STATES = {
    State.NOT_STARTED: ("Initialized", "NotReady"),
    State.IN_PROGRESS: ("InProgress", "NotReady"),
    State.WAITING: ("Submitted", "PendingManual"),
    State.DONE: ("Completed", "FullyGraded"),
}


def value_of(standing: Standing, maximum: float) -> Value:
    """The standing in the words of AGS 3.4.7 and 3.4.8."""
    activity, grading = _STATES[standing.state]
    if standing.state is State.IN_PROGRESS and standing.done_count == 0:
        activity = "Started"
    points = None if standing.score is None else round(standing.score * maximum, 2)
    return Value(activity, grading, points, maximum)


def may_send(value: Value, family: Family, *, had_number: bool) -> bool:
    """A message without a number may erase the number that stands, so it goes only where it cannot."""
    if value.points is not None:
        return True
    return family.takes_numberless_scores and not had_number and value.activity_progress != "Initialized"


def next_timestamp(last: datetime | None, now: datetime, family: Family) -> datetime | None:
    """The timestamp of a new message, or None when it must be held for a moment (R-AGS-4).

    Strictly later than the last one, a whole second where the family compares seconds, never in the future.
    """
    if last is None:
        return now
    earliest = last.replace(microsecond=0) + timedelta(seconds=1) if family.compares_seconds else last
    enough = now >= earliest if family.compares_seconds else now > earliest
    return now if enough else None


def hold_until(last: datetime, family: Family) -> datetime:
    return last.replace(microsecond=0) + timedelta(seconds=1) if family.compares_seconds else last + timedelta(
        milliseconds=1
    )  # fmt: skip


def retry_delay(attempts: int, after_s: float | None) -> timedelta:
    """How long to wait after this many failed attempts: what was asked, else doubling with jitter."""
    if after_s is not None:
        return timedelta(seconds=after_s)
    seconds = min(FIRST_RETRY_S * 2.0 ** min(attempts - 1, 20), LONGEST_RETRY_S)
    return timedelta(seconds=seconds * random.uniform(0.7, 1.3))


class Fate(StrEnum):
    ACCEPTED = "accepted"
    CONFLICT = "conflict"
    RETRY = "retry"
    PARK = "park"
    NOT_SENT = "not-sent"


@dataclass(frozen=True, slots=True)
class Outcome:
    fate: Fate
    reason: str | None = None
    said: str | None = None
    after_s: float | None = None
    holds_platform: bool = False


_PARKED = {
    400: "score-refused", 401: "grade-not-allowed", 403: "grade-not-allowed", 404: "column-or-learner-gone",
    410: "column-or-learner-gone", 415: "score-refused", 422: "score-refused",
}  # fmt: skip


def outcome_of(status: int, body: bytes, after_s: float | None) -> Outcome:
    """What the platform's answer to a score means."""
    said = body[:300].decode(errors="replace").replace("\x00", "")
    if 200 <= status < 300:
        return Outcome(Fate.ACCEPTED)
    if status == 409:
        return Outcome(Fate.CONFLICT, "score-conflict", said)
    if status in (408, 425, 429) or status >= 500:
        holds = status == 429 or (status == 503 and after_s is not None)
        return Outcome(Fate.RETRY, "platform-busy" if holds else "platform-fails", said, after_s, holds)
    return Outcome(Fate.PARK, _PARKED.get(status, "score-refused"), said)


def scores_url(lineitem_url: str) -> str:
    """The score address of a line item: /scores goes before the query (R-AGS-1)."""
    return _below(lineitem_url, "scores")


def results_url(lineitem_url: str) -> str:
    return _below(lineitem_url, "results")


def _below(lineitem_url: str, name: str) -> str:
    path, mark, query = lineitem_url.partition("?")
    return f"{path.rstrip('/')}/{name}{mark}{query}"
