"""Who was there. A trainer marks; a newer mark corrects an older one; where two trainers differ both are shown.

A tablet may have been offline: it tells with each mark which one it saw last and how long ago it was made. Marks come
in once, by the token of the tap. Which one holds is decided by when they were made, not by when they came in.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.errors import Conflict, Invalid, NotFound
from lti_tool.learning import audit
from lti_tool.learning.kinds import Proof
from lti_tool.learning.kinds import session as kind
from lti_tool.learning.progress import service as progress
from lti_tool.learning.sessions import seats
from lti_tool.learning.sessions.models import Booking, HubSession, Mark
from lti_tool.learning.sessions.rules import OPEN, Seat, SessionState

EARLY, OPEN_AFTER = timedelta(hours=2), timedelta(hours=12)
"""Marks are made from so long before a session begins until so long after it ends; later with a reason."""
LATEST = timedelta(days=366)
REASON = range(3, 501)
HOW = frozenset({"tap", "code", "offline"})


@dataclass(frozen=True, slots=True)
class Tap:
    """What a trainer says of one learner."""

    enrolment_id: int
    what: str
    """A word of kinds.session.MARKS."""
    token: str
    saw: int = 0
    """The revision of the mark that was shown; 0: none."""
    ago: timedelta = timedelta(0)
    """How long ago the tablet was tapped, by its own clock from tap to sending, so that a wrong clock is harmless."""
    how: str = "tap"
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Marked:
    what: str
    revision: int
    at: datetime
    by_id: int | None
    reason: str | None
    differs: tuple[str, ...] = ()
    """What others said who had not seen the newest: to be looked at by people."""


def mark(session: Session, public_id: str, taps: Sequence[Tap], *, actor_id: int | None) -> dict[int, Marked]:
    """Keep what a trainer tapped; what holds now, by enrolment. The same tap twice is one.

    Raises NotFound("session" | "booking"), Conflict("session-cancelled" | "attendance-too-early" |
    "attendance-own"), Invalid("attendance" | "reason").
    """
    day = seats.lock(session, public_id)
    if day.state == SessionState.CANCELLED:
        raise Conflict("session-cancelled")
    for tap in sorted(taps, key=lambda one: (one.enrolment_id, -one.ago)):
        _mark(session, day, tap, actor_id)
    return of_session(session, day.id)


def _mark(session: Session, day: HubSession, tap: Tap, actor_id: int | None) -> None:
    if session.scalar(select(Mark.id).where(Mark.token == tap.token)) is not None:
        return
    now = clock.now()
    _must_be_sound(day, tap, now)
    if progress.place_by_id(session, tap.enrolment_id).person_id == actor_id:
        raise Conflict("attendance-own")
    booking = session.scalars(
        select(Booking).where(Booking.session_id == day.id, Booking.enrolment_id == tap.enrolment_id)
    ).one_or_none()
    if booking is None:
        raise NotFound("booking")
    if booking.state in OPEN:
        booking.state = Seat.OVER
    before = _newest(_marks(session, day.id, tap.enrolment_id))
    made = Mark(
        session_id=day.id, enrolment_id=tap.enrolment_id, revision=_next(session, day.id, tap.enrolment_id),
        what=tap.what, at=now - tap.ago, made_at=now, by_id=actor_id, how=tap.how, saw=tap.saw,
        reason=tap.reason.strip() or None, token=tap.token,
    )  # fmt: skip
    session.add(made)
    session.flush()
    if before is None or _order(made) > _order(before):
        tell(session, day, made)
    audit.note(
        session, "staff:day:mark", actor_id=actor_id, object_id=day.public_id, enrolment=tap.enrolment_id,
        mark=tap.what,
    )  # fmt: skip


def _must_be_sound(day: HubSession, tap: Tap, now: datetime) -> None:
    at = now - tap.ago
    if tap.what not in kind.MARKS or tap.how not in HOW or not 8 <= len(tap.token) <= 64 or tap.ago < timedelta(0):
        raise Invalid("attendance")
    if at < day.starts_at - EARLY:
        raise Conflict("attendance-too-early")
    is_late = at > day.ends_at + OPEN_AFTER
    if at > day.ends_at + LATEST or (is_late and not tap.reason.strip()):
        raise Invalid("reason", least=REASON.start, most=REASON.stop - 1)
    if tap.reason.strip() and len(tap.reason.strip()) not in REASON:
        raise Invalid("reason", least=REASON.start, most=REASON.stop - 1)


def tell(session: Session, day: HubSession, made: Mark) -> None:
    """The evidence. Only of marks that hold: one made earlier that comes in later is kept here, and told not."""
    booked_at = session.scalars(
        select(Booking.asked_at).where(Booking.session_id == day.id, Booking.enrolment_id == made.enrolment_id)
    ).one()
    facts = {
        "session": day.public_id, "revision": made.revision, "starts_at": day.starts_at.isoformat(),
        "done_at": booked_at.isoformat(),
    }  # fmt: skip
    key = f"{day.activity_key}:mark:{day.public_id}:{made.revision}"
    progress.tell(session, made.enrolment_id, day.activity_key, Proof(made.what, made.at, facts), key)


def of_session(session: Session, session_id: int) -> dict[int, Marked]:
    """What holds of everybody who was marked, by enrolment."""
    query = select(Mark).where(Mark.session_id == session_id).order_by(Mark.enrolment_id, Mark.revision)
    found: dict[int, list[Mark]] = {}
    for one in session.scalars(query):
        found.setdefault(one.enrolment_id, []).append(one)
    return {enrolment_id: _marked(marks) for enrolment_id, marks in found.items()}


def _marked(marks: Sequence[Mark]) -> Marked:
    holds = _newest(marks)
    assert holds is not None
    others = {one.what for one in marks if one.saw == holds.saw and one.what != holds.what and one.by_id != holds.by_id}
    return Marked(holds.what, holds.revision, holds.at, holds.by_id, holds.reason, tuple(sorted(others)))


def _marks(session: Session, session_id: int, enrolment_id: int) -> Sequence[Mark]:
    return session.scalars(select(Mark).where(Mark.session_id == session_id, Mark.enrolment_id == enrolment_id)).all()


def _next(session: Session, session_id: int, enrolment_id: int) -> int:
    return 1 + max((one.revision for one in _marks(session, session_id, enrolment_id)), default=0)


def _newest(marks: Iterable[Mark]) -> Mark | None:
    return max(marks, key=_order, default=None)


def _order(mark: Mark) -> tuple[datetime, int]:
    return mark.at, mark.revision
