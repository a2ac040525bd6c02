"""Ways in for staff: one-time links, and sign-ins by OIDC that have begun."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.base.db import Base, Id, pii


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


class LinkRequest(Base):
    """Somebody asked for a link by mail. Whether the address belongs to staff is looked up by the worker, later."""

    __tablename__ = "link_requests"

    id: Mapped[Id]
    at: Mapped[datetime] = mapped_column(index=True)
    wanted: Mapped[str] = mapped_column(String(64), index=True)
    """Fingerprint of the mail address that was filled in."""
    client: Mapped[str] = mapped_column(String(64), index=True)
    """Fingerprint of the network from which was asked."""
    sealed_address: Mapped[str] = mapped_column(Text, info=pii("email"))
    """The mail address."""
    language: Mapped[str] = mapped_column(String(16))


class SignInAttempt(Base):
    """A sign-in at the OIDC provider that has begun in one browser."""

    __tablename__ = "sign_in_attempts"
    __table_args__ = (Index("ix_sign_in_attempts_expires_at", "expires_at"),)

    state: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Fingerprint."""
    browser: Mapped[str] = mapped_column(String(64))
    """Fingerprint of the cookie of the browser that began."""
    provider: Mapped[str] = mapped_column(String(64))
    sealed_verifier: Mapped[str] = mapped_column(Text)
    """PKCE; the nonce is made of it."""
    connects: Mapped[str | None] = mapped_column(String(64))
    """Public id of the staff session to whose person the account is to be connected; None signs in."""
    next_path: Mapped[str] = mapped_column(String(512))
    expires_at: Mapped[datetime]
