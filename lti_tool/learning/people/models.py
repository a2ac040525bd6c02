"""People and the names by which school systems know them."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.base.db import Base, Id, PublicId, pii


class Person(Base):
    __tablename__ = "people"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    name: Mapped[str | None] = mapped_column(String(255), info=pii("name"))
    given_name: Mapped[str | None] = mapped_column(String(255), info=pii("name"))
    family_name: Mapped[str | None] = mapped_column(String(255), info=pii("name"))
    email: Mapped[str | None] = mapped_column(String(320), info=pii("email"))
    student_number: Mapped[str | None] = mapped_column(String(255), info=pii("identifier"))
    """As the school's own administration knows them (LIS person_sourcedid)."""
    language: Mapped[str | None] = mapped_column(String(16))
    """The person's own choice; None follows the launch."""
    launch_language: Mapped[str | None] = mapped_column(String(16))
    """What the last launch that told one spoke; for words that reach the person outside a visit."""
    created_at: Mapped[datetime]


class Identity(Base):
    """(authority, subject) -> person. An LTI platform's authority is "lti:<registration id>", its subject the sub."""

    __tablename__ = "identities"
    __table_args__ = (UniqueConstraint("authority", "subject"),)

    id: Mapped[Id]
    authority: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(255), info=pii("identifier"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    person: Mapped[Person] = relationship()


class Organisation(Base):
    """A hub's partner: school or company. (Hubs stand in the catalogue.)"""

    __tablename__ = "organisations"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(255))


class Appointment(Base):
    """Somebody is staff: of one hub, or of all hubs together (no hub)."""

    __tablename__ = "appointments"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    person: Mapped[Person] = relationship()
    role: Mapped[str] = mapped_column(String(24))
    hub: Mapped[str | None] = mapped_column(String(64))
    """Public id of the hub; None only for the central administrator."""
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
