"""What learners and staff read of sessions: frozen rows, a fixed number of queries however many sessions there are."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.errors import NotFound
from lti_tool.learning.catalogue.models import Hub, Module
from lti_tool.learning.kinds.session import UNMARKED
from lti_tool.learning.people.models import Person
from lti_tool.learning.people.service import display_name, pseudonym
from lti_tool.learning.progress.models import Enrolment
from lti_tool.learning.sessions import attendance, rules, seats
from lti_tool.learning.sessions.models import Booking, HubSession, Mark, SeatQuota
from lti_tool.learning.sessions.rules import TAKES, Party, Quota, Refusal, Seat, Seats, SessionState, Window

MOST_OFFERS = 40


@dataclass(frozen=True, slots=True)
class Mine:
    """This learner's booking of a session."""

    seat: Seat
    place: int
    """On the list, from 1; 0 for who does not wait."""
    ends_at: datetime | None
    """Of an offer."""
    reason: str | None
    was_there: str | None
    """What the trainer marked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A session as a learner chooses from."""

    public_id: str
    place: str
    directions: dict[str, str]
    safety: dict[str, str]
    language: str
    starts_at: datetime
    ends_at: datetime
    window: Window
    most: int
    free: int
    """Seats that this learner could take."""
    waiting: int
    """People on the list."""
    mine: Mine | None
    reason: str | None
    """Why it was cancelled or moved."""

    @property
    def is_cancelled(self) -> bool:
        return self.window.state is SessionState.CANCELLED

    @property
    def refusal(self) -> Refusal | None:
        """Why it cannot be booked now."""
        return rules.may_book(self.window, clock.now())

    @property
    def gives_back(self) -> Refusal | None:
        """Why the seat cannot be given back without more ado."""
        return rules.may_give_back(self.window, self.mine.seat, clock.now()) if self.mine else None

    @property
    def is_open_to_me(self) -> bool:
        """This learner has a seat, an offer or a place on the list."""
        return self.mine is not None and self.mine.seat in rules.OPEN


def offers(session: Session, enrolment_id: int, module_id: int, activity_key: str, party: Party) -> list[Offer]:
    """Sessions to come, and those of this learner, by time; cancelled ones only where this learner had a seat."""
    now = clock.now()
    mine = {row.session_id: row for row in session.scalars(select(Booking).where(Booking.enrolment_id == enrolment_id))}
    days = session.scalars(_days(module_id, activity_key, list(mine), now)).all()
    ids = [day.id for day in days]
    taken, listed = _counts(session, ids)
    quotas = _quotas(session, ids)
    marks = _marks(session, enrolment_id)
    found = []
    for day in days:
        booking = mine.get(day.id)
        free = Seats(day.most_seats, quotas[day.id], taken[day.id], now).free(party)
        found.append(Offer(
            public_id=day.public_id, place=day.place, directions=day.directions, safety=day.safety,
            language=day.language, starts_at=day.starts_at, ends_at=day.ends_at, window=seats.window(day),
            most=day.most_seats, free=0 if listed[day.id] else free, waiting=listed[day.id], reason=day.reason,
            mine=_mine(session, day, booking, marks.get(day.id)) if booking else None,
        ))  # fmt: skip
    return found


def _days(module_id: int, activity_key: str, mine: list[int], now: datetime) -> Select[HubSession]:
    to_come = (HubSession.state == SessionState.PLANNED) & (HubSession.starts_at > now)
    return (
        select(HubSession)
        .where(HubSession.module_id == module_id, HubSession.activity_key == activity_key)
        .where(or_(to_come, HubSession.id.in_(mine)))
        .order_by(HubSession.starts_at, HubSession.id)
        .limit(MOST_OFFERS)
    )


def _counts(session: Session, ids: list[int]) -> tuple[dict[int, dict[Party, int]], dict[int, int]]:
    """(session -> party -> seats taken, session -> people on the list)"""
    query = select(Booking.session_id, Booking.organisation_id, Booking.state, func.count()).where(
        Booking.session_id.in_(ids), Booking.state.in_(TAKES | {Seat.LISTED})
    )
    taken: dict[int, dict[Party, int]] = defaultdict(lambda: defaultdict(int))
    listed: dict[int, int] = defaultdict(int)
    rows = session.execute(query.group_by(Booking.session_id, Booking.organisation_id, Booking.state))
    for session_id, party, state, count in rows:
        if state == Seat.LISTED:
            listed[session_id] += count
        else:
            taken[session_id][party] += count
    return taken, listed


def _quotas(session: Session, ids: list[int]) -> dict[int, tuple[Quota, ...]]:
    found: dict[int, tuple[Quota, ...]] = defaultdict(tuple)
    for one in session.scalars(select(SeatQuota).where(SeatQuota.session_id.in_(ids))):
        found[one.session_id] += (Quota(one.organisation_id, one.seats, one.returns_at),)
    return found


def _marks(session: Session, enrolment_id: int) -> dict[int, str]:
    """Session -> the mark that holds."""
    query = select(Mark.session_id, Mark.what).where(Mark.enrolment_id == enrolment_id)
    return {row.session_id: row.what for row in session.execute(query.order_by(Mark.at, Mark.revision))}


def _mine(session: Session, day: HubSession, booking: Booking, was_there: str | None) -> Mine:
    place = 0
    if booking.state == Seat.LISTED:
        before = (Booking.asked_at < booking.asked_at) | (
            (Booking.asked_at == booking.asked_at) & (Booking.id < booking.id)
        )
        waits = Booking.session_id == day.id, Booking.state == Seat.LISTED, before
        place = 1 + (session.scalar(select(func.count()).select_from(Booking).where(*waits)) or 0)
    return Mine(Seat(booking.state), place, booking.ends_at, booking.reason, was_there)


@dataclass(frozen=True, slots=True)
class DayCard:
    """A session as its hub sees it."""

    public_id: str
    hub: str
    module: str
    activity_key: str
    starts_at: datetime
    ends_at: datetime
    place: str
    state: SessionState
    most: int
    taken: int
    waiting: int
    revision: int


def days(session: Session, since: datetime, until: datetime, hub: str = "") -> list[DayCard]:
    """The sessions of this hub (all hubs where none is named) that are held between these moments, by time."""
    query = (
        select(HubSession, Hub.public_id, Module.public_id)
        .join(Hub, Hub.id == HubSession.hub_id)
        .join(Module, Module.id == HubSession.module_id)
        .where(HubSession.ends_at > since, HubSession.starts_at < until)
        .order_by(HubSession.starts_at, HubSession.id)
    )
    rows = session.execute(query.where(Hub.public_id == hub) if hub else query).all()
    taken, listed = _counts(session, [row[0].id for row in rows])
    return [
        DayCard(
            day.public_id, hub_id, module_id, day.activity_key, day.starts_at, day.ends_at, day.place,
            SessionState(day.state), day.most_seats, sum(taken[day.id].values()), listed[day.id], day.revision,
        ) for day, hub_id, module_id in rows
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Attendee:
    """Somebody who has, had or waits for a seat."""

    enrolment_id: int
    person: str
    """Public id."""
    name: str
    """Or the pseudonym of who came without one."""
    seat: Seat
    asked_at: datetime
    mark: str | None
    mark_revision: int
    reason: str | None
    """Why the seat was given up."""


def attendees(session: Session, public_id: str) -> list[Attendee]:
    """Everybody of a session: who has a seat first, then who waits, in order of arrival. Raises NotFound("session")."""
    day_id = session.scalar(select(HubSession.id).where(HubSession.public_id == public_id))
    if day_id is None:
        raise NotFound("session")
    query = (
        select(Booking, Person)
        .join(Enrolment, Enrolment.id == Booking.enrolment_id)
        .join(Person, Person.id == Enrolment.person_id)
        .where(Booking.session_id == day_id)
        .order_by(Booking.asked_at, Booking.id)
    )
    marks = attendance.of_session(session, day_id)
    rows = session.execute(query)
    found = [_attendee(booking, person, marks.get(booking.enrolment_id or 0)) for booking, person in rows]
    return sorted(found, key=lambda one: _ORDER.index(one.seat))


_ORDER = (Seat.BOOKED, Seat.OVER, Seat.OFFERED, Seat.LISTED, Seat.FREED, Seat.HELD)


def _attendee(booking: Booking, person: Person, marked: attendance.Marked | None) -> Attendee:
    name = display_name(person) or pseudonym(person.public_id)
    return Attendee(
        booking.enrolment_id or 0, person.public_id, name, Seat(booking.state), booking.asked_at,
        marked.what if marked and marked.what != UNMARKED else None, marked.revision if marked else 0, booking.reason,
    )  # fmt: skip
