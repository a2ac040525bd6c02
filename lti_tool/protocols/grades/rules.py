"""What a score message says, when it may go, and what an answer means. Pure. AGS 2.0, 3.4."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from lti_tool.learning.kinds import State
from lti_tool.learning.progress.rules import Standing
from lti_tool.protocols.platforms.families import Family

FIRST_RETRY_S, LONGEST_RETRY_S, JITTER = 2.0, 3600.0, 0.5
LEAST_ASKED_S = 1.0
"""A platform that asks to be tried again at once gets this long all the same."""
PATIENCE_UNREAD = timedelta(minutes=30)
"""So long a value waits for a gradebook that takes scores and cannot tell what stands in it."""
HOLD_S = 3.0
"""A platform that says 429 without saying for how long is left alone so long."""
MOST_CONFLICTS = 1
SAID_LENGTH = 500


class DeliveryState(StrEnum):
    QUEUED = "queued"
    SETTLED = "settled"
    PARKED = "parked"
    """Set aside with a reason, until somebody resends it or a newer value comes."""
    DROPPED = "dropped"
    """What was wanted last can no longer be sent, and an older value must not be."""


SCHOOL_CHANGED, SCHOOL_KEPT = "school-changed", "school-kept"
HELD = (SCHOOL_CHANGED, SCHOOL_KEPT)
"""Reasons of what is set aside because the school's own value stands: a newer value does not free it, a teacher does.
(No state of its own in the table: the former version must know every state that it reads.)"""


class Wish(StrEnum):
    """What is to be done with a column of ours."""

    CHANGE = "change"
    """Give it the label and maximum that the link has now."""
    REMOVE = "remove"


REMOVED = "removed"
"""Stands in the place of a wish: a teacher had the column removed, and until somebody asks no other is made."""


class Finding(StrEnum):
    """What the gradebook showed when it was read back, beside what it had accepted."""

    EQUAL = "equal"
    DIFFERS = "differs"
    ABSENT = "absent"
    UNSEEN = "unseen"
    """Nobody could look before it was sent over an earlier number, and nobody has since."""


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
    """The standing in the words of AGS 3.4.7 and 3.4.8; points to the cent, as people count them."""
    activity, grading = _STATES[standing.state]
    if standing.state is State.IN_PROGRESS and standing.done_count == 0:
        activity = "Started"
    points = None if standing.score is None else points_of(standing.score, maximum)
    return Value(activity, grading, points, maximum)


def value_of_activity(state: State) -> Value:
    """The same of one activity, without a number. Of an excused one nothing is to be graded."""
    activity, grading = _STATES.get(state, ("Completed", "NotReady"))
    return Value(activity, grading, None, 0.0)


def points_of(fraction: float, maximum: float) -> float:
    """The fraction of the maximum, two decimals, half a cent up, without noise of binary fractions."""
    exact = Decimal(str(fraction)) * Decimal(str(maximum))
    return float(exact.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP))


def may_send(value: Value, family: Family, *, had_number: bool) -> bool:
    """A message without a number may erase the number that stands, so it goes only where it cannot."""
    if value.points is not None:
        return True
    return family.takes_numberless_scores and not had_number and value.activity_progress != "Initialized"


def stamp(last: datetime | None, now: datetime, family: Family) -> datetime:
    """The timestamp of a new message: now, or the first moment after the last one (R-AGS-4).

    Whole milliseconds, strictly increasing, a second apart where the family compares seconds. A stamp later than
    now means that the message must be held until then: a stamp in the future would block what follows.
    """
    present = now.replace(microsecond=now.microsecond // 1000 * 1000)
    if last is None:
        return present
    apart = timedelta(seconds=1) if family.compares_seconds else timedelta(milliseconds=1)
    return max(present, last + apart)


def retry_delay(attempts: int, after_s: float | None, chance: float) -> timedelta:
    """How long to wait after this many failed attempts: what was asked, else doubling up to an hour.

    `chance` (0..1) spreads the attempts of many, so that they do not all come back at once.
    """
    if after_s is not None:
        return timedelta(seconds=max(after_s, LEAST_ASKED_S))
    seconds = min(FIRST_RETRY_S * 2.0 ** min(attempts - 1, 20), LONGEST_RETRY_S / (1 + JITTER))
    return timedelta(seconds=seconds * (1 + JITTER * chance))


def hold(after_s: float | None) -> timedelta:
    """How long a platform that asked for it is left alone."""
    return timedelta(seconds=HOLD_S if after_s is None else max(after_s, LEAST_ASKED_S))


class Fate(StrEnum):
    ACCEPTED = "accepted"
    HELD = "held"
    """The school changed what it had accepted: nothing is sent over it."""
    CONFLICT = "conflict"
    RETRY = "retry"
    PARK = "park"
    UNSENT = "unsent"
    """Given back untried: the platform asked to wait, or the lease ran out."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one message. `said` is the platform's own text."""

    fate: Fate
    reason: str | None = None
    said: str | None = None
    after_s: float | None = None
    holds_platform: bool = False
    shown: tuple[float, float | None] | None = None
    """Held: points and maximum that stand there."""
    may_have_arrived: bool = False
    """The answer is lost or says nothing of what was done: what stands there now is anybody's guess."""
    is_unseen: bool = False
    """Accepted, without that anybody could see what stood there."""
    is_trouble: bool = False
    """The platform did not answer as a platform in good health does."""


LINE_ITEM_GONE, COLUMN_REMOVED = "line-item-gone", "column-removed"
NOT_ALLOWED = "grade-not-allowed"
# A 403 knows the token and refuses the tool: only a person over there can change that.
_REASONS = {403: NOT_ALLOWED, 404: LINE_ITEM_GONE, 410: LINE_ITEM_GONE}


def outcome_of(status: int, body: bytes, after_s: float | None) -> Outcome:
    """What the platform's answer to a score means."""
    if 200 <= status < 300:
        return Outcome(Fate.ACCEPTED)
    said = words_of(body)
    if status == 409:
        return Outcome(Fate.CONFLICT, "score-conflict", said)
    if status == 401:  # also to a fresh token: a platform in repair knows no token at all, and heals without us
        return Outcome(Fate.RETRY, NOT_ALLOWED, said, after_s, is_trouble=True)
    if status in (408, 425, 429) or status >= 500:
        holds = status == 429 or after_s is not None
        reason = "platform-busy" if holds else "platform-fails"
        unclear = status not in (425, 429)
        return Outcome(Fate.RETRY, reason, said, after_s, holds, may_have_arrived=unclear, is_trouble=True)
    return Outcome(Fate.PARK, _refusal(status, body), said)


def _refusal(status: int, body: bytes) -> str:
    """Why a score was refused. Platforms answer 400, 404 or 422 to a learner they do not know; only words tell."""
    if status in (400, 404, 422) and b"user" in body.lower():
        return "unknown-learner"
    return _REASONS.get(status, "score-refused")


def words_of(body: bytes) -> str:
    """The platform's own words, cut, without what a database would refuse."""
    return body[: SAID_LENGTH * 4].decode(errors="replace").replace("\x00", "")[:SAID_LENGTH]


def scores_url(lineitem_url: str) -> str:
    """The score address of a line item: /scores goes before the query, the rest stays as it is (R-AGS-1)."""
    return _below(lineitem_url, "scores")


def results_url(lineitem_url: str) -> str:
    """The address of all results of a column. (No limit is asked: Moodle 4.5 answers that with a page of HTML.)"""
    return _below(lineitem_url, "results")


def result_url(lineitem_url: str, subject: str) -> str:
    """The address of one learner's result; `subject` is already percent-encoded."""
    url = results_url(lineitem_url)
    return f"{url}{'&' if '?' in url else '?'}user_id={subject}"


def _below(lineitem_url: str, name: str) -> str:
    path, mark, query = lineitem_url.partition("?")
    return f"{path.rstrip('/')}/{name}{mark}{query}"
