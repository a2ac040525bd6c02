"""Ways in for staff: one-time links, and sign-ins by OIDC that have begun."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.base.db import Base, Id


class LoginLink(Base):
    """A link that signs one member of staff in, once."""

    __tablename__ = "login_links"
    __table_args__ = (Index("ix_login_links_made_at", "made_at"),)

    id: Mapped[Id]
    secret: Mapped[str] = mapped_column(String(64), unique=True)
    """Fingerprint."""
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class SignInAttempt(Base):
    """A sign-in at the OIDC provider that has begun in one browser."""

    __tablename__ = "sign_in_attempts"
    __table_args__ = (Index("ix_sign_in_attempts_expires_at", "expires_at"),)

    state: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Fingerprint."""
    browser: Mapped[str] = mapped_column(String(64))
    """Fingerprint of the cookie of the browser that began."""
    provider: Mapped[str] = mapped_column(String(64))
    nonce: Mapped[str] = mapped_column(String(64))
    """Fingerprint."""
    sealed_verifier: Mapped[str] = mapped_column(Text)
    """PKCE."""
    next_path: Mapped[str] = mapped_column(String(512))
    expires_at: Mapped[datetime]
