"""When a link is open for a learner, until when they hand in, and what becomes of late work.

The minute that is named belongs to it as a whole (lateness.end_of), so whoever began before the link closed and hands
in within that minute is in time. More time that a teacher gave goes before the due time and before the closing.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.learning.progress import lateness
from lti_tool.learning.progress.decisions import EVERYTHING
from lti_tool.learning.progress.lateness import Policy
from lti_tool.learning.progress.rules import Decided
from lti_tool.protocols.resource_links.models import ResourceLink
from lti_tool.protocols.resource_links.rules import Late


class Door(StrEnum):
    NOT_YET = "not-yet"
    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Hours:
    """The dates of a link as they are for one learner and one activity (or all), at one moment."""

    door: Door
    opens_at: datetime | None
    ends_at: datetime | None
    """After this nothing is taken; None: it stays open."""
    due_at: datetime | None
    is_late: bool
    """The due time has passed."""
    is_longer: bool
    """A teacher gave this learner more time."""


@dataclass(frozen=True, slots=True)
class Dates:
    """The dates of a link."""

    link: str
    """Its public id."""
    activity: str | None = None
    """The one activity that it opens; None: the whole module."""
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    due_at: datetime | None = None
    late: Late = Late.ACCEPT
    late_percent: int = 10

    @property
    def policy(self) -> Policy:
        """What becomes of late work, for `progress.lateness`."""
        percent = self.late_percent if self.late is Late.DEDUCT else 0
        return Policy(
            due_at=self.due_at, percent_per_day=percent, closes=self.late is Late.CLOSE, link=self.link
        )

    def hours(self, decided: Decided, now: datetime, key: str = EVERYTHING) -> Hours:
        """What holds for a learner of whom teachers decided this."""
        due_at, closes_at = (at and lateness.later(at, decided, self.link, key) for at in (self.due_at, self.closes_at))
        ends = [closes_at, due_at if self.late is Late.CLOSE else None]
        ends_at = min((at for at in ends if at), default=None)
        door = Door.OPEN
        if self.opens_at and now < self.opens_at:
            door = Door.NOT_YET
        elif ends_at and now >= lateness.end_of(ends_at):
            door = Door.CLOSED
        is_late = due_at is not None and now >= lateness.end_of(due_at)
        is_longer = (due_at, closes_at) != (self.due_at, self.closes_at)
        return Hours(door, self.opens_at, ends_at, due_at, is_late, is_longer)


    def hours_now(self, decided: Decided, key: str = EVERYTHING) -> Hours:
        return self.hours(decided, clock.now(), key)


ALWAYS = Dates("")
_DATES = select(
    ResourceLink.public_id, ResourceLink.activity_key, ResourceLink.opens_at, ResourceLink.closes_at,
    ResourceLink.due_at, ResourceLink.late,
    ResourceLink.late_percent,
).where(ResourceLink.id == bindparam("link"))  # fmt: skip


def of_link(session: Session, link_id: int) -> Dates:
    """One statement."""
    row = session.execute(_DATES, {"link": link_id}).one()
    return Dates(
        row.public_id, row.activity_key, row.opens_at, row.closes_at, row.due_at, Late(row.late), row.late_percent
    )
