"""Who gets a seat, and what may still be done when. Pure.

A seat of a session is taken by who is booked, who was offered one and may still answer, and by each seat that a teacher
holds for a class. Guaranteed seats (a quota) of a school or company stay free for its own people until they flow back
to all. Counts are never stored: they follow from the bookings.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

HERE = ZoneInfo("Europe/Amsterdam")


class SessionState(StrEnum):
    PLANNED = "planned"
    CANCELLED = "cancelled"


class Seat(StrEnum):
    """The state of a booking."""

    BOOKED = "booked"
    LISTED = "listed"
    OFFERED = "offered"
    """A seat came free for who was listed; it is theirs to take until the offer ends."""
    HELD = "held"
    """By a teacher, for somebody of a class who has no name yet."""
    OVER = "over"
    """The session was held; `attendance` says who was there."""
    FREED = "freed"
    """Cancelled, moved, not answered in time, or given back."""


TAKES = frozenset({Seat.BOOKED, Seat.OFFERED, Seat.HELD, Seat.OVER})
OPEN = frozenset({Seat.BOOKED, Seat.OFFERED, Seat.LISTED})
Party = int | None
"""Id of the organisation for whose people a seat is: a school or a company. None: of no partner."""


@dataclass(frozen=True, slots=True)
class Quota:
    """Seats that are guaranteed to one party until they flow back."""

    party: int
    seats: int
    returns_at: datetime


@dataclass(frozen=True, slots=True)
class Seats:
    """What decides about seats of one session at one moment."""

    most: int
    quotas: tuple[Quota, ...]
    taken: Mapping[Party, int]
    """By the people of each party."""
    now: datetime

    def free(self, party: Party) -> int:
        """Seats that somebody of this party could take."""
        kept = sum(
            max(0, quota.seats - self.taken.get(quota.party, 0))
            for quota in self.quotas
            if quota.party != party and self.now < quota.returns_at
        )
        return max(0, self.most - sum(self.taken.values()) - kept)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody on the list."""

    booking_id: int
    party: Party


def promoted(seats: Seats, waiting: Iterable[Waiting]) -> tuple[int, ...]:
    """Bookings that get a seat now, of a list in order of arrival. Who finds none for their party is passed by."""
    taken, found = dict(seats.taken), []
    for one in waiting:
        now = Seats(seats.most, seats.quotas, taken, seats.now)
        if now.free(one.party):
            taken[one.party] = taken.get(one.party, 0) + 1
            found.append(one.booking_id)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Window:
    """When what may be done with a session."""

    state: SessionState
    starts_at: datetime
    ends_at: datetime
    opens_at: datetime | None
    closes_at: datetime
    """Of booking."""
    free_until: datetime
    """Whoever has a seat may give it back until then without asking."""


class Refusal(StrEnum):
    """Why something cannot be done; each is a code with words in web.refusals."""

    CANCELLED = "session-cancelled"
    NOT_OPEN = "booking-not-open"
    CLOSED = "booking-closed"
    OVER = "session-over"
    TERM_OVER = "cancel-term-over"
    UNCONFIRMED = "safety-not-confirmed"


def may_book(window: Window, now: datetime) -> Refusal | None:
    if window.state is SessionState.CANCELLED:
        return Refusal.CANCELLED
    if now >= window.starts_at:
        return Refusal.OVER
    if window.opens_at is not None and now < window.opens_at:
        return Refusal.NOT_OPEN
    return Refusal.CLOSED if now >= window.closes_at else None


def may_give_back(window: Window, seat: Seat, now: datetime) -> Refusal | None:
    """A place on the list or an offer may be given up until the session begins; a seat until the term."""
    if now >= window.starts_at:
        return Refusal.OVER
    return Refusal.TERM_OVER if seat is Seat.BOOKED and now >= window.free_until else None


def answer_by(window: Window, now: datetime, time_to_answer: timedelta) -> datetime | None:
    """Until when an offer stands; None where there is no time left to ask, and the seat is simply given."""
    ends = min(now + time_to_answer, window.closes_at)
    return ends if ends - now >= timedelta(hours=1) else None


def next_look(quotas: Sequence[Quota], ends: Iterable[datetime], window: Window, now: datetime) -> datetime | None:
    """When time alone may change who has a seat: a quota flows back, an offer or a hold ends. None: never."""
    if window.state is SessionState.CANCELLED or now >= window.starts_at:
        return None
    times = [*(quota.returns_at for quota in quotas), *ends]
    return min((one for one in times if one > now), default=None)


@dataclass(frozen=True, slots=True)
class Span:
    """Something that is used from one moment until another, such as a room."""

    starts_at: datetime
    ends_at: datetime

    def meets(self, other: "Span") -> bool:
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


def local_span(day_and_time: datetime, length: timedelta) -> Span:
    """From the hour on the hub's clock; a day at the hub lasts as long on the night that clocks change.

    `day_and_time` is naive, as people write it.
    """
    starts_at = day_and_time.replace(tzinfo=HERE)
    return Span(starts_at, starts_at.astimezone(ZoneInfo("UTC")) + length)


def weekly(first: datetime, count: int, every: int = 1) -> tuple[datetime, ...]:
    """The same hour on the hub's clock, so many times, each so many weeks later; naive, as people write it."""
    return tuple(first + timedelta(weeks=number * every) for number in range(count))


def is_on_the_clock(moment: datetime) -> bool:
    """False for an hour that the hub's clock skips in spring."""
    there = moment.replace(tzinfo=HERE)
    return there.astimezone(ZoneInfo("UTC")).astimezone(HERE).replace(tzinfo=None) == moment
