"""What the doctor keeps: runs of the checks, test launches, and addresses of self-tests."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.base.db import Base, Id, pii


class CheckRun(Base):
    """One run of the checks on one platform. Holds no personal data and no secret."""

    __tablename__ = "check_runs"
    __table_args__ = (Index("ix_check_runs_registration_id_at", "registration_id", "at"),)

    id: Mapped[Id]
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    asked_by: Mapped[str] = mapped_column(String(16))
    """"staff", "self-test" or "command"."""
    lights: Mapped[list[Any]]
    finished_at: Mapped[datetime | None]
    """None while it runs, and for ever after a crash."""


class TestLaunch(Base):
    """A launch that was watched: what came along, and never a value of a person.

    The subject alone tells who it was, for the trial score; it goes after a day.
    """

    __tablename__ = "test_launches"
    __table_args__ = (Index("ix_test_launches_registration_id_at", "registration_id", "at"),)

    id: Mapped[Id]
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    """That of the begun login."""
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    reference: Mapped[str] = mapped_column(String(16))
    code: Mapped[str | None] = mapped_column(String(64))
    """Of the refusal; None where the launch was accepted."""
    deployment_id: Mapped[str | None] = mapped_column(String(255))
    facts: Mapped[dict[str, Any]]
    services: Mapped[dict[str, Any]]
    """Addresses and scopes of the services that the launch named."""
    subject: Mapped[str | None] = mapped_column(String(255), info=pii("identifier"))


class SelfTestLink(Base):
    """An address that opens one platform's doctor for the administrator of that platform."""

    __tablename__ = "self_test_links"
    __table_args__ = (Index("ix_self_test_links_expires_at", "expires_at"),)

    id: Mapped[Id]
    secret: Mapped[str] = mapped_column(String(64), unique=True)
    """Fingerprint."""
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"), index=True)
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
