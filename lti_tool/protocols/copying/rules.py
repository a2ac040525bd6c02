"""Dates for a new year: shifted by days, by the clock of the school. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

Dates = Mapping[str, datetime | None]
"""Term ("opens_at", "due_at", "closes_at") -> the moment; None: no such date."""


@dataclass(frozen=True, slots=True)
class Shift:
    """From the first date of the original course to that of the copy."""

    from_day: date
    to_day: date

    def of(self, at: datetime, zone: tzinfo) -> datetime:
        """So many days later at the same time of the day, whatever summer time does."""
        there = at.astimezone(zone)
        return (there.replace(tzinfo=None) + (self.to_day - self.from_day)).replace(tzinfo=zone)


def first_day(dates: Iterable[Dates], zone: tzinfo) -> date | None:
    """The day of the earliest date of all."""
    known = [at.astimezone(zone).date() for one in dates for at in one.values() if at is not None]
    return min(known, default=None)


def are_in_order(dates: Dates) -> bool:
    """True unless an activity closes, or is due, before it opens."""
    opens, due, closes = (dates.get(name) for name in ("opens_at", "due_at", "closes_at"))
    ends = [at for at in (due, closes) if at is not None]
    return opens is None or all(at > opens for at in ends)
