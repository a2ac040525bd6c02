"""Sessions of a hub, their rooms, machines and trainers, who has a seat, and who was there."""

from datetime import datetime

from sqlalchemy import Column, ForeignKey, Index, String, Table, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.base.db import Base, Id, Localised, PublicId, pii


class Facility(Base):
    """A room or a machine of a hub."""

    __tablename__ = "facilities"
    __table_args__ = (UniqueConstraint("hub_id", "name"),)

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    hub_id: Mapped[int] = mapped_column(ForeignKey("hubs.id"))
    kind: Mapped[str] = mapped_column(String(16))
    """room or machine"""
    name: Mapped[str] = mapped_column(String(120))


_USES = Table(
    "session_facilities", Base.metadata,
    Column("session_id", ForeignKey("hub_sessions.id", ondelete="CASCADE"), primary_key=True),
    Column("facility_id", ForeignKey("facilities.id"), primary_key=True, index=True),
)  # fmt: skip


class HubSession(Base):
    """One day (or part of it) at a hub, at which one activity of a module is done."""

    __tablename__ = "hub_sessions"
    __table_args__ = (Index("ix_hub_sessions_hub_id_starts_at", "hub_id", "starts_at"),
                      Index("ix_hub_sessions_module_id_starts_at", "module_id", "starts_at"))  # fmt: skip

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    hub_id: Mapped[int] = mapped_column(ForeignKey("hubs.id"))
    module_id: Mapped[int] = mapped_column(ForeignKey("modules.id"))
    activity_key: Mapped[str] = mapped_column(String(64))
    place: Mapped[str] = mapped_column(String(255))
    """Where: the address, and the room as people find it."""
    directions: Mapped[Localised]
    """How to get there."""
    safety: Mapped[Localised]
    """What must be confirmed before a seat is booked; empty: nothing."""
    language: Mapped[str] = mapped_column(String(8))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    least_seats: Mapped[int]
    most_seats: Mapped[int]
    booking_opens_at: Mapped[datetime | None]
    booking_closes_at: Mapped[datetime]
    free_until: Mapped[datetime]
    """Until then a seat may be given back without asking."""
    series: Mapped[str | None] = mapped_column(String(64), index=True)
    state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(500))
    """Why it was cancelled or moved, for those who had a seat."""
    revision: Mapped[int]
    """Grows with each change that a calendar must know (iCalendar SEQUENCE)."""
    look_at: Mapped[datetime | None] = mapped_column(index=True)
    """When time alone may change who has a seat."""
    created_at: Mapped[datetime]
    facilities: Mapped[list[Facility]] = relationship(secondary=_USES, order_by=Facility.name)


class Trainer(Base):
    """Somebody who leads a session."""

    __tablename__ = "session_trainers"

    session_id: Mapped[int] = mapped_column(ForeignKey("hub_sessions.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), primary_key=True, index=True)


class SeatQuota(Base):
    """Seats that are guaranteed to the people of one school or company, until they flow back to all."""

    __tablename__ = "seat_quotas"

    session_id: Mapped[int] = mapped_column(ForeignKey("hub_sessions.id", ondelete="CASCADE"), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    seats: Mapped[int]
    returns_at: Mapped[datetime]


class Booking(Base):
    """A seat or a place on the list. One row per learner and session; a teacher's held seats have no learner yet."""

    __tablename__ = "bookings"
    __table_args__ = (
        UniqueConstraint("session_id", "enrolment_id"),
        Index("ix_bookings_session_id_state", "session_id", "state"),
        Index(
            "uq_bookings_one_open", "enrolment_id", "activity_key", unique=True,
            sqlite_where=text("state IN ('booked', 'offered', 'listed')"),
            postgresql_where=text("state IN ('booked', 'offered', 'listed')"),
        ),
    )  # fmt: skip

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    session_id: Mapped[int] = mapped_column(ForeignKey("hub_sessions.id"))
    enrolment_id: Mapped[int | None] = mapped_column(ForeignKey("enrolments.id", ondelete="CASCADE"), index=True)
    activity_key: Mapped[str] = mapped_column(String(64))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    """For whose people the seat is."""
    state: Mapped[str] = mapped_column(String(16))
    revision: Mapped[int]
    """Grows with each change of the state."""
    asked_at: Mapped[datetime]
    """Decides the order of the list, and after it the id."""
    changed_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    """Of an offer or a held seat: until when it stands."""
    cohort_id: Mapped[int | None] = mapped_column(ForeignKey("cohorts.id"))
    """The class for which a teacher held it."""
    confirmed_at: Mapped[datetime | None]
    """When the learner confirmed what safety asks."""
    reason: Mapped[str | None] = mapped_column(String(500), info=pii("words"))
    """Why it was given back, or why the learner will not be there."""
    announced_at: Mapped[datetime | None]
    """When the learner said that they will not be there."""


class Mark(Base):
    """Who was there. Append only: a correction is a newer mark, the newest revision holds."""

    __tablename__ = "attendance_marks"
    __table_args__ = (UniqueConstraint("session_id", "enrolment_id", "revision"),)

    id: Mapped[Id]
    session_id: Mapped[int] = mapped_column(ForeignKey("hub_sessions.id"))
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolments.id", ondelete="CASCADE"), index=True)
    revision: Mapped[int]
    what: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime]
    """When the trainer marked it, by the server's clock; an offline tablet tells how long ago."""
    made_at: Mapped[datetime]
    """When it came in."""
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    how: Mapped[str] = mapped_column(String(16))
    """tap, code or offline"""
    saw: Mapped[int]
    """The revision that the trainer saw: an older one than the newest is a conflict to be shown."""
    reason: Mapped[str | None] = mapped_column(String(500), info=pii("words"))
    token: Mapped[str] = mapped_column(String(64), unique=True)
    """Made by the page, so that the same tap comes in once."""
