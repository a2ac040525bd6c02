"""A learner books, answers an offer, gives a seat back or moves; a teacher holds seats for a class."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.errors import Conflict, Invalid, NotFound
from lti_tool.learning import audit
from lti_tool.learning.catalogue.rules import Step
from lti_tool.learning.progress import rules as standings
from lti_tool.learning.progress import service as progress
from lti_tool.learning.sessions import rules, seats
from lti_tool.learning.sessions.models import Booking, HubSession
from lti_tool.learning.sessions.rules import OPEN, Party, Refusal, Seat

REASON = range(3, 501)
"""So many characters a reason has."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for a seat, for which activity, and of which partner they are."""

    enrolment_id: int
    step: Step
    party: Party
    has_confirmed: bool = False
    """What the session asks for safety was read and confirmed."""


@dataclass(frozen=True, slots=True)
class Booked:
    seat: Seat
    place: int
    """On the list, from 1; 0 for who has a seat."""


def book(session: Session, asked: Asked, public_id: str) -> Booked:
    """Give this learner a seat, or the next place on the list. Asked twice it is done once.

    Raises NotFound("session"), Conflict("booked-elsewhere" | "activity-locked" | a Refusal),
    Invalid("safety-not-confirmed").
    """
    day = seats.lock(session, public_id)
    mine = _mine(session, day, asked.enrolment_id)
    if mine is not None and mine.state in OPEN:
        return _answer(session, day, mine) if mine.state == Seat.OFFERED else _told(session, day, mine)
    _must_be_free(session, day, asked)
    return _told(session, day, _seat(session, day, asked, mine, is_list_fine=True))


def _must_be_free(session: Session, day: HubSession, asked: Asked, moved_from: int | None = None) -> None:
    if (day.activity_key, day.module_id) != (asked.step.key, _module_of(session, asked.enrolment_id)):
        raise NotFound("session")
    _refuse(rules.may_book(seats.window(day), clock.now()))
    missing = standings.missing_before(asked.step, progress.place_by_id(session, asked.enrolment_id).standing.steps)
    if missing:
        raise Conflict("activity-locked", activity=asked.step.key)
    if day.safety and not asked.has_confirmed:
        raise Invalid(Refusal.UNCONFIRMED)
    for other, ends_at in _open_elsewhere(session, asked):
        if ends_at <= clock.now():
            other.state = Seat.OVER
        elif other.id != moved_from:
            raise Conflict("booked-elsewhere")


def _seat(session: Session, day: HubSession, asked: Asked, mine: Booking | None, *, is_list_fine: bool) -> Booking:
    """Those who wait go first; then this learner, on a seat that a teacher holds for the class or on a free one."""
    seats.pass_on(session, day)
    held = _held_for(session, day, asked.enrolment_id)
    party = held.organisation_id if held else asked.party
    if held is not None:
        seats.change(session, day, held, Seat.FREED)
    now = clock.now()
    has_seat = held is not None or seats.seats(session, day, now).free(party) > 0
    if not has_seat and not is_list_fine:
        raise Conflict("session-full")
    booking = mine or _new(session, day, asked)
    booking.organisation_id, booking.asked_at, booking.reason, booking.announced_at = party, now, None, None
    booking.confirmed_at = now if day.safety else None
    try:
        seats.change(session, day, booking, Seat.BOOKED if has_seat else Seat.LISTED)
    except IntegrityError:  # a seat for another session, asked for at the same moment
        raise Conflict("booked-elsewhere") from None
    return booking


def _new(session: Session, day: HubSession, asked: Asked) -> Booking:
    booking = Booking(
        session_id=day.id, enrolment_id=asked.enrolment_id, activity_key=day.activity_key, state=Seat.FREED,
        revision=0, asked_at=clock.now(), changed_at=clock.now(), organisation_id=asked.party,
    )  # fmt: skip
    session.add(booking)
    return booking


def answer(session: Session, enrolment_id: int, public_id: str) -> Booked:
    """Take the seat that was offered. Raises NotFound("session" | "booking"), Conflict("offer-over")."""
    day = seats.lock(session, public_id)
    return _answer(session, day, _known(session, day, enrolment_id))


def _answer(session: Session, day: HubSession, booking: Booking) -> Booked:
    if booking.state == Seat.BOOKED:
        return _told(session, day, booking)
    is_open = booking.state == Seat.OFFERED and booking.ends_at is not None and clock.now() < booking.ends_at
    if not is_open or day.state != rules.SessionState.PLANNED:
        raise Conflict("offer-over")
    seats.change(session, day, booking, Seat.BOOKED)
    seats.pass_on(session, day)
    return _told(session, day, booking)


def give_back(session: Session, enrolment_id: int, public_id: str, reason: str = "") -> None:
    """Give up a seat, an offer or a place on the list. After the term a seat takes a reason, which the hub reads.

    Raises NotFound("session" | "booking"), Conflict("session-over" | "cancel-term-over"), Invalid("reason").
    """
    day = seats.lock(session, public_id)
    booking = _known(session, day, enrolment_id)
    if booking.state not in OPEN:
        return
    _free(session, day, booking, reason.strip())
    seats.pass_on(session, day)


def _free(session: Session, day: HubSession, booking: Booking, reason: str) -> None:
    refusal = rules.may_give_back(seats.window(day), Seat(booking.state), clock.now())
    if refusal is Refusal.TERM_OVER and reason:
        if len(reason) not in REASON:
            raise Invalid("reason", least=REASON.start, most=REASON.stop - 1)
        booking.announced_at = clock.now()
    else:
        _refuse(refusal)
    booking.reason = reason[: REASON.stop - 1] or None
    seats.change(session, day, booking, Seat.FREED)


def move(session: Session, asked: Asked, from_id: str, to_id: str) -> Booked:
    """To another session, if it has a seat; the old one is kept until then. Raises what `book` and `give_back` raise,
    and Conflict("session-full").
    """
    days = {public_id: seats.lock(session, public_id) for public_id in sorted({from_id, to_id})}
    old, new = days[from_id], days[to_id]
    mine = _mine(session, new, asked.enrolment_id)
    if mine is not None and mine.state in OPEN:
        return _told(session, new, mine)
    left = _known(session, old, asked.enrolment_id)
    _must_be_free(session, new, asked, moved_from=left.id)
    is_full = seats.seats(session, new, clock.now()).free(asked.party) == 0
    if is_full and _held_for(session, new, asked.enrolment_id) is None:
        raise Conflict("session-full")
    _free(session, old, left, "")
    booking = _seat(session, new, asked, mine, is_list_fine=False)
    seats.pass_on(session, old)
    return _told(session, new, booking)


def hold(
    session: Session, public_id: str, cohort_id: int, party: Party, count: int, until: datetime, *, actor_id: int
) -> int:
    """Let a teacher hold this many seats in all for a class, until somebody fills them or the time is over.

    Returns how many are held. Raises NotFound("session"), Conflict("session-full" | a Refusal), Invalid("seats").
    """
    day = seats.lock(session, public_id)
    _refuse(rules.may_book(seats.window(day), clock.now()))
    if not 0 <= count <= day.most_seats or until <= clock.now():
        raise Invalid("seats")
    seats.pass_on(session, day)
    held = list(session.scalars(_holds(day, cohort_id)))
    if count - len(held) > seats.seats(session, day, clock.now()).free(party):
        raise Conflict("session-full")
    for booking in held[count:]:
        seats.change(session, day, booking, Seat.FREED)
    for booking in held[:count]:
        booking.ends_at = until
    for _ in range(count - len(held)):
        booking = Booking(
            session_id=day.id, activity_key=day.activity_key, state=Seat.FREED, revision=0, cohort_id=cohort_id,
            asked_at=clock.now(), changed_at=clock.now(), organisation_id=party,
        )  # fmt: skip
        session.add(booking)
        seats.change(session, day, booking, Seat.HELD, until)
    seats.pass_on(session, day)
    audit.note(session, "teacher:seats:hold", actor_id=actor_id, object_id=day.public_id, seats=count)
    return count


def _holds(day: HubSession, cohort_id: int):  # type: ignore[no-untyped-def]
    mine = Booking.session_id == day.id, Booking.state == Seat.HELD, Booking.cohort_id == cohort_id
    return select(Booking).where(*mine).order_by(Booking.id)


def _held_for(session: Session, day: HubSession, enrolment_id: int) -> Booking | None:
    cohort_id = progress.place_by_id(session, enrolment_id).cohort_id
    return session.scalars(_holds(day, cohort_id).limit(1)).one_or_none()


def _mine(session: Session, day: HubSession, enrolment_id: int) -> Booking | None:
    query = select(Booking).where(Booking.session_id == day.id, Booking.enrolment_id == enrolment_id)
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def _known(session: Session, day: HubSession, enrolment_id: int) -> Booking:
    found = _mine(session, day, enrolment_id)
    if found is None:
        raise NotFound("booking")
    return found


def _open_elsewhere(session: Session, asked: Asked) -> list[tuple[Booking, datetime]]:
    """The bookings of this learner for the activity that are open, and when their sessions end."""
    mine = Booking.enrolment_id == asked.enrolment_id, Booking.activity_key == asked.step.key, Booking.state.in_(OPEN)
    query = select(Booking, HubSession.ends_at).join(HubSession, HubSession.id == Booking.session_id)
    return [(booking, ends_at) for booking, ends_at in session.execute(query.where(*mine))]


def _told(session: Session, day: HubSession, booking: Booking) -> Booked:
    if booking.state != Seat.LISTED:
        return Booked(Seat(booking.state), 0)
    ids = session.scalars(
        select(Booking.id)
        .where(Booking.session_id == day.id, Booking.state == Seat.LISTED)
        .order_by(Booking.asked_at, Booking.id)
    ).all()
    return Booked(Seat.LISTED, ids.index(booking.id) + 1)


def _module_of(session: Session, enrolment_id: int) -> int:
    place = progress.place_by_id(session, enrolment_id)
    return progress.syllabus_of(session, place).module_id


def _refuse(refusal: Refusal | None) -> None:
    if refusal is not None:
        raise Conflict(refusal)
