"""A hub plans its sessions: makes one or a series, changes, moves and cancels them. Clashes are refused."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.errors import Conflict, Invalid, NotFound
from lti_tool.learning import audit
from lti_tool.learning.catalogue import service as catalogue
from lti_tool.learning.catalogue.models import Hub
from lti_tool.learning.sessions import rules, seats
from lti_tool.learning.sessions.models import Booking, Facility, HubSession, SeatQuota, Trainer
from lti_tool.learning.sessions.rules import OPEN, Quota, Seat, SessionState

LONGEST = timedelta(hours=24)
MOST_SEATS, MOST_OF_A_SERIES = 500, 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A session as its planner writes it. Days and times are on the hub's clock, naive, as people write them."""

    module_id: int
    activity_key: str
    begins: datetime
    length: timedelta
    place: str
    most_seats: int
    least_seats: int = 1
    language: str = "nl"
    directions: dict[str, str]
    safety: dict[str, str]
    opens: datetime | None = None
    closes_before: timedelta = timedelta(hours=1)
    """Booking ends so long before the session begins."""
    term: timedelta = timedelta(hours=48)
    """So long before it begins a seat may be given back without asking."""
    quotas: tuple[tuple[int, int], ...] = ()
    """(organisation, guaranteed seats)"""
    quota_days: int = 14
    """So many days before, guaranteed seats that nobody took flow back to all."""
    facility_ids: tuple[int, ...] = ()
    trainer_ids: tuple[int, ...] = ()


def add_facility(session: Session, hub: str, kind: str, name: str) -> int:
    """A room or machine of a hub, by its name; the one that is there if there is one. Raises NotFound("hub")."""
    hub_id = _hold_hub(session, hub)
    query = select(Facility).where(Facility.hub_id == hub_id, Facility.name == name)
    found = session.scalars(query).one_or_none() or Facility(hub_id=hub_id, kind=kind, name=name)
    session.add(found)
    session.flush()
    return found.id


def plan(session: Session, hub: str, drafted: Plan, *, actor_id: int | None, series: str | None = None) -> HubSession:
    """Raises NotFound("hub"), Invalid("session-plan", reason=...), Conflict("session-clash", with_=..., on=...)."""
    hub_id = _hold_hub(session, hub)
    day = HubSession(hub_id=hub_id, state=SessionState.PLANNED, revision=0, created_at=clock.now(), series=series)
    _write(session, day, drafted)
    session.add(day)
    session.flush()
    _write_parts(session, day, drafted)
    seats.pass_on(session, day)
    audit.note(session, "staff:day:plan", actor_id=actor_id, object_id=day.public_id)
    return day


def plan_series(
    session: Session, hub: str, drafted: Plan, count: int, *, every_weeks: int = 1, actor_id: int | None
) -> list[HubSession]:
    """The same hour each time, also where the clocks change. All of them or none. Raises what `plan` raises."""
    if not 1 <= count <= MOST_OF_A_SERIES or not 1 <= every_weeks <= 12:
        raise Invalid("session-plan", reason="series")
    series = secrets.token_urlsafe(12)
    begins = rules.weekly(drafted.begins, count, every_weeks)
    return [plan(session, hub, replace(drafted, begins=one), actor_id=actor_id, series=series) for one in begins]


def change(
    session: Session, public_id: str, drafted: Plan, reason: str, *, seen: int, actor_id: int | None
) -> HubSession:
    """Change what is planned; who has a seat keeps it, and is told where time, place or language differ.

    `seen` is the revision that the planner saw. Raises NotFound("session"), Conflict("session-changed" |
    "session-clash" | "seats-in-use"), Invalid("session-plan").
    """
    hub_id = session.scalar(select(HubSession.hub_id).where(HubSession.public_id == public_id))
    if hub_id is not None:
        session.execute(select(Hub.id).where(Hub.id == hub_id).with_for_update())
    day = seats.lock(session, public_id)
    if day.revision != seen or day.state != SessionState.PLANNED:
        raise Conflict("session-changed")
    before = (day.starts_at, day.ends_at, day.place, day.language)
    _write(session, day, drafted)
    day.revision += 1
    _write_parts(session, day, drafted)
    if drafted.most_seats < sum(seats.seats(session, day, clock.now()).taken.values()):
        raise Conflict("seats-in-use")
    if before != (day.starts_at, day.ends_at, day.place, day.language):
        day.reason = reason.strip()[:500] or None
        _tell_all(session, day)
    seats.pass_on(session, day)
    audit.note(session, "staff:day:change", actor_id=actor_id, object_id=day.public_id, revision=day.revision)
    return day


def cancel(session: Session, public_id: str, reason: str, *, actor_id: int | None) -> HubSession:
    """It does not take place: all seats are released and everybody is told why. Twice is once.

    Raises NotFound("session"), Conflict("session-over"), Invalid("reason").
    """
    day = seats.lock(session, public_id)
    if day.state == SessionState.CANCELLED:
        return day
    if clock.now() >= day.starts_at:
        raise Conflict("session-over")
    if not 3 <= len(reason.strip()) <= 500:
        raise Invalid("reason", least=3, most=500)
    day.state, day.reason, day.look_at = SessionState.CANCELLED, reason.strip(), None
    day.revision += 1
    for booking in _with_seat(session, day, OPEN | {Seat.HELD}):
        seats.change(session, day, booking, Seat.FREED)
    audit.note(session, "staff:day:cancel", actor_id=actor_id, object_id=day.public_id)
    return day


def _tell_all(session: Session, day: HubSession) -> None:
    """Who has a seat, an offer or a place on the list has it at the new time."""
    for booking in _with_seat(session, day, OPEN):
        seats.change(session, day, booking, Seat(booking.state), booking.ends_at)


def _with_seat(session: Session, day: HubSession, states: Collection[Seat]) -> Sequence[Booking]:
    query = select(Booking).where(Booking.session_id == day.id, Booking.state.in_(states))
    return session.scalars(query.order_by(Booking.enrolment_id)).all()


def _hold_hub(session: Session, hub: str) -> int:
    """The hub, held, so that of two planners at once the second sees the first one's session."""
    found = session.scalar(select(Hub.id).where(Hub.public_id == hub).with_for_update())
    if found is None:
        raise NotFound("hub")
    return found


def _write(session: Session, day: HubSession, drafted: Plan) -> None:
    _must_be_sound(drafted)
    version_id = catalogue.current_version_id(session, drafted.module_id)
    if catalogue.syllabus(session, version_id).step(drafted.activity_key).kind != "session":
        raise Invalid("session-plan", reason="activity")
    span = rules.local_span(drafted.begins, drafted.length)
    day.module_id, day.activity_key, day.language = drafted.module_id, drafted.activity_key, drafted.language
    day.starts_at, day.ends_at = span.starts_at.astimezone(UTC), span.ends_at
    day.place, day.directions, day.safety = drafted.place.strip(), dict(drafted.directions), dict(drafted.safety)
    day.least_seats, day.most_seats = drafted.least_seats, drafted.most_seats
    day.booking_opens_at = drafted.opens.replace(tzinfo=rules.HERE).astimezone(UTC) if drafted.opens else None
    day.booking_closes_at = day.starts_at - drafted.closes_before
    day.free_until = day.starts_at - drafted.term
    _must_not_clash(session, day, drafted)


def _must_be_sound(drafted: Plan) -> None:
    faults = {
        "begins": not rules.is_on_the_clock(drafted.begins),
        "length": not timedelta(minutes=15) <= drafted.length <= LONGEST,
        "place": not 3 <= len(drafted.place.strip()) <= 255,
        "seats": not 1 <= drafted.least_seats <= drafted.most_seats <= MOST_SEATS,
        "quotas": sum(count for _, count in drafted.quotas) > drafted.most_seats
        or any(count < 1 for _, count in drafted.quotas),
        "term": min(drafted.closes_before, drafted.term) < timedelta(0) or not 0 <= drafted.quota_days <= 365,
        "language": drafted.language not in ("nl", "en"),
    }
    for name, is_wrong in faults.items():
        if is_wrong:
            raise Invalid("session-plan", reason=name)


def _must_not_clash(session: Session, day: HubSession, drafted: Plan) -> None:
    """Raises Conflict("session-clash", kind, name, begins)."""
    at_that_time = (
        select(HubSession.starts_at)
        .where(HubSession.state == SessionState.PLANNED, HubSession.id != (day.id or 0))
        .where(HubSession.starts_at < day.ends_at, HubSession.ends_at > day.starts_at)
    )
    rooms = at_that_time.join(HubSession.facilities).where(Facility.id.in_(drafted.facility_ids))
    for starts_at, kind, name in session.execute(rooms.add_columns(Facility.kind, Facility.name).limit(1)):
        raise Conflict("session-clash", kind=kind, name=name, begins=starts_at.isoformat())
    trainers = at_that_time.join(Trainer, Trainer.session_id == HubSession.id)
    for (starts_at,) in session.execute(trainers.where(Trainer.person_id.in_(drafted.trainer_ids)).limit(1)):
        raise Conflict("session-clash", kind="trainer", name=None, begins=starts_at.isoformat())


def _write_parts(session: Session, day: HubSession, drafted: Plan) -> None:
    """Rooms, machines, trainers and quotas."""
    found = session.scalars(select(Facility).where(Facility.id.in_(drafted.facility_ids)).order_by(Facility.name)).all()
    if {one.hub_id for one in found} - {day.hub_id} or len(found) != len(set(drafted.facility_ids)):
        raise Invalid("session-plan", reason="facilities")
    day.facilities = list(found)
    for trainer in session.scalars(select(Trainer).where(Trainer.session_id == day.id)):
        session.delete(trainer)
    for kept in session.scalars(select(SeatQuota).where(SeatQuota.session_id == day.id)):
        session.delete(kept)
    session.flush()
    session.add_all(Trainer(session_id=day.id, person_id=one) for one in dict.fromkeys(drafted.trainer_ids))
    returns_at = day.starts_at - timedelta(days=drafted.quota_days)
    for one in (Quota(party, count, returns_at) for party, count in drafted.quotas):
        session.add(
            SeatQuota(session_id=day.id, organisation_id=one.party, seats=one.seats, returns_at=one.returns_at)
        )
    session.flush()
