"""Seats of one session: read under its lock, given, taken back, and passed on to who waits.

Whoever changes a seat holds the session first (`lock`) and an enrolment after it, several enrolments in order of id, so
that no two changes wait for each other.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.errors import NotFound
from lti_tool.learning.kinds import Proof
from lti_tool.learning.progress import service as progress
from lti_tool.learning.sessions import rules
from lti_tool.learning.sessions.models import Booking, HubSession, SeatQuota
from lti_tool.learning.sessions.rules import TAKES, Party, Quota, Seat, Seats, SessionState, Waiting, Window

TIME_TO_ANSWER = timedelta(hours=48)


def lock(session: Session, public_id: str) -> HubSession:
    """The session, held against other writers until the transaction ends. Raises NotFound("session")."""
    query = select(HubSession).where(HubSession.public_id == public_id).with_for_update(of=HubSession)
    found = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotFound("session")
    return found


def window(day: HubSession) -> Window:
    return Window(
        SessionState(day.state), day.starts_at, day.ends_at, day.booking_opens_at, day.booking_closes_at,
        day.free_until,
    )  # fmt: skip


def seats(session: Session, day: HubSession, now: datetime) -> Seats:
    """What decides about seats now: who has one, and what is kept for whom."""
    taken = select(Booking.organisation_id, func.count()).where(Booking.session_id == day.id, Booking.state.in_(TAKES))
    rows = session.execute(taken.group_by(Booking.organisation_id))
    counted: dict[Party, int] = {party: count for party, count in rows}  # noqa: C416
    return Seats(day.most_seats, quotas(session, day), counted, now)


def quotas(session: Session, day: HubSession) -> tuple[Quota, ...]:
    query = select(SeatQuota.organisation_id, SeatQuota.seats, SeatQuota.returns_at).where(
        SeatQuota.session_id == day.id
    )
    return tuple(Quota(*row) for row in session.execute(query.order_by(SeatQuota.organisation_id)))


def change(session: Session, day: HubSession, booking: Booking, state: Seat, ends_at: datetime | None = None) -> None:
    """Let a booking have this state; its learner's evidence follows."""
    booking.state, booking.ends_at, booking.changed_at = state, ends_at, clock.now()
    booking.revision += 1
    session.flush()
    if booking.enrolment_id is not None:
        facts = {"session": day.public_id, "revision": booking.revision, "starts_at": day.starts_at.isoformat()}
        fact = Proof(str(state), booking.changed_at, facts)
        key = f"{booking.activity_key}:seat:{day.public_id}:{booking.revision}"
        progress.tell(session, booking.enrolment_id, booking.activity_key, fact, key)


def pass_on(session: Session, day: HubSession) -> None:
    """End what has run out, offer free seats to who waits, and note when time alone may change more."""
    now = clock.now()
    if day.state == SessionState.PLANNED and now < day.starts_at:
        for booking in _ended(session, day, now):
            change(session, day, booking, Seat.FREED)
        if now < day.booking_closes_at:
            _promote(session, day, now)
    ends = session.scalars(select(Booking.ends_at).where(Booking.session_id == day.id, Booking.state.in_(TAKES)))
    running = [one for one in ends if one is not None]
    day.look_at = rules.next_look(quotas(session, day), running, window(day), now)
    session.flush()


def look(session: Session) -> bool:
    """Pass on what time alone made free at the session that is due longest; False where none is."""
    query = select(HubSession).where(HubSession.look_at <= clock.now()).order_by(HubSession.look_at).limit(1)
    day = session.scalars(query.with_for_update(of=HubSession, skip_locked=True)).one_or_none()
    if day is not None:
        pass_on(session, day)
    return day is not None


def next_look(session: Session) -> datetime | None:
    """When time alone may change who has a seat of some session."""
    found: datetime | None = session.scalar(select(func.min(HubSession.look_at)))
    return found


def _ended(session: Session, day: HubSession, now: datetime) -> Sequence[Booking]:
    """Offers nobody answered and holds nobody filled, those of one learner after the other."""
    query = select(Booking).where(
        Booking.session_id == day.id, Booking.state.in_((Seat.OFFERED, Seat.HELD)), Booking.ends_at <= now
    )
    return session.scalars(query.order_by(Booking.enrolment_id)).all()


def _promote(session: Session, day: HubSession, now: datetime) -> None:
    listed = session.scalars(
        select(Booking)
        .where(Booking.session_id == day.id, Booking.state == Seat.LISTED)
        .order_by(Booking.asked_at, Booking.id)
    ).all()
    if not listed:
        return
    waiting = [Waiting(one.id, one.organisation_id) for one in listed]
    chosen = set(rules.promoted(seats(session, day, now), waiting))
    ends_at = rules.answer_by(window(day), now, TIME_TO_ANSWER)
    for booking in sorted((one for one in listed if one.id in chosen), key=lambda one: one.enrolment_id or 0):
        change(session, day, booking, Seat.OFFERED if ends_at else Seat.BOOKED, ends_at)
