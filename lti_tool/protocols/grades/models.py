"""Grades on their way: one delivery per learner and column of a link, the newest value wins."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, false, true
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.base.db import Base, Id, PublicId, pii


class LineItem(Base):
    """A column that we found or made, where the launch names none. AGS 2.0, 3.2."""

    __tablename__ = "line_items"

    resource_link_id: Mapped[int] = mapped_column(
        ForeignKey("resource_links.id", ondelete="CASCADE"), primary_key=True
    )
    activity_key: Mapped[str] = mapped_column(String(64), primary_key=True, default="", server_default="")
    """Whose points stand there; empty: the whole link's."""
    url: Mapped[str | None] = mapped_column(String(2048))
    asked_until: Mapped[datetime | None]
    """Somebody is finding or making it, until then."""
    is_ours: Mapped[bool] = mapped_column(default=False, server_default=false())
    """We made it, so that we may remove it."""
    read_due_at: Mapped[datetime | None]
    """When its results are to be read back; None: nothing to compare."""
    read_at: Mapped[datetime | None]
    """When they were read last."""
    unread_since: Mapped[datetime | None]
    """Since when the platform cannot tell what stands there; None: it told when it was asked last."""
    told: Mapped[dict[str, Any] | None]
    """What we said of it last (ags.Column.told). What we say as before leaves alone what the school changed there."""
    wish: Mapped[str | None] = mapped_column(String(16))
    """What is to be done with the column itself (keeper.Wish), or that a teacher had it removed."""
    problem: Mapped[str | None] = mapped_column(String(64))
    """Why it could not be read, changed or removed, and what the platform said."""
    problem_said: Mapped[str | None] = mapped_column(String(500))


class Delivery(Base):
    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("resource_link_id", "person_id", "activity_key"),
        Index("ix_deliveries_due", "state", "registration_id", "due_at"),
    )

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"))
    resource_link_id: Mapped[int] = mapped_column(ForeignKey("resource_links.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolments.id", ondelete="CASCADE"))
    subject: Mapped[str] = mapped_column(String(255), info=pii("identifier"))
    activity_key: Mapped[str] = mapped_column(String(64), default="", server_default="")
    """Of a column per activity; empty: the whole link's."""

    revision: Mapped[int]
    """Counts the values wanted; the columns below are the newest."""
    activity_progress: Mapped[str] = mapped_column(String(16))
    grading_progress: Mapped[str] = mapped_column(String(16))
    points: Mapped[float | None]
    maximum: Mapped[float]
    comment: Mapped[str] = mapped_column(String(500))
    started_at: Mapped[datetime | None]
    submitted_at: Mapped[datetime | None]

    state: Mapped[str] = mapped_column(String(16))
    due_at: Mapped[datetime]
    attempts: Mapped[int]
    failing_since: Mapped[datetime | None]
    lease_owner: Mapped[str | None] = mapped_column(String(64))
    lease_until: Mapped[datetime | None]

    timestamp: Mapped[datetime | None]
    """Of the newest message; stored before it is sent, so that a resend of the same value bears the same one."""
    timestamp_revision: Mapped[int]
    conflicts: Mapped[int]

    sent_points: Mapped[float | None]
    sent_maximum: Mapped[float | None]
    """These two were accepted last; without a maximum of its own: of `maximum`."""
    is_sure: Mapped[bool] = mapped_column(default=True, server_default=true())
    """What was accepted last must stand there now, unless the school changed it. Not after a message whose answer was
    lost, nor after a teacher said that ours is to stand."""
    had_number: Mapped[bool]
    accepted_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(String(64))
    said: Mapped[str | None] = mapped_column(String(500))

    read_at: Mapped[datetime | None]
    """When the gradebook was read back, and what stood there then."""
    read_points: Mapped[float | None]
    read_maximum: Mapped[float | None]
    finding: Mapped[str | None] = mapped_column(String(16))
    """rules.Finding; None: not read."""


class Pace(Base):
    """How fast one platform may be sent scores now, for all workers together."""

    __tablename__ = "paces"

    registration_id: Mapped[int] = mapped_column(
        ForeignKey("registrations.id", ondelete="CASCADE"), primary_key=True
    )
    not_before: Mapped[datetime | None]
    """The platform asked to wait (Retry-After)."""
    allowance: Mapped[float]
    allowance_at: Mapped[datetime]
