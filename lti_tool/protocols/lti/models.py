"""Begun logins and refused launches."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.base.db import Base, Id


class LoginAttempt(Base):
    """One begun login: state and nonce stand in one row, so that they are bound and spent in one statement."""

    __tablename__ = "login_attempts"
    __table_args__ = (Index("ix_login_attempts_expires_at", "expires_at"),)

    state: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Fingerprint of the state."""
    public_id: Mapped[str] = mapped_column(String(32))
    """Becomes the public id of the visit."""
    nonce: Mapped[str] = mapped_column(String(64))
    """Fingerprint of the nonce."""
    secret: Mapped[str] = mapped_column(String(64))
    """Fingerprint of the secret that the browser keeps in a cookie or the platform in its storage."""
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"))
    storage_frame: Mapped[str | None] = mapped_column(String(255))
    parameters: Mapped[dict[str, Any]]
    """The login's own parameters, to begin again in a new tab."""
    expires_at: Mapped[datetime]


class RefusedLaunch(Base):
    """A launch that was refused, for the administrator. Holds no personal data."""

    __tablename__ = "refused_launches"
    __table_args__ = (Index("ix_refused_launches_at", "at"),)

    id: Mapped[Id]
    at: Mapped[datetime]
    reference: Mapped[str] = mapped_column(String(16))
    registration_id: Mapped[int | None] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"))
    code: Mapped[str] = mapped_column(String(64))
    facts: Mapped[dict[str, Any]]


class SpentNotice(Base):
    """A notice that was taken: its nonce opens nothing again."""

    __tablename__ = "spent_notices"

    registration_id: Mapped[int] = mapped_column(
        ForeignKey("registrations.id", ondelete="CASCADE"), primary_key=True
    )
    nonce: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Fingerprint."""
    at: Mapped[datetime] = mapped_column(index=True)
