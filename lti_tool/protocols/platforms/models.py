"""Learning platforms that may launch us, and the keys and tokens that pass between us."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.base.db import Base, Id, PublicId


class Registration(Base):
    """The tool as one platform knows it: (issuer, client id). LTI Core 1.3, 3.1."""

    __tablename__ = "registrations"
    __table_args__ = (UniqueConstraint("issuer", "client_id"),)

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    name: Mapped[str] = mapped_column(String(255))
    issuer: Mapped[str] = mapped_column(String(512))
    client_id: Mapped[str] = mapped_column(String(255))
    auth_login_url: Mapped[str] = mapped_column(String(1024))
    auth_token_url: Mapped[str] = mapped_column(String(1024))
    key_set_url: Mapped[str] = mapped_column(String(1024))
    audience: Mapped[str | None] = mapped_column(String(1024))
    """Audience of our token requests where it is not the token address (Brightspace)."""
    family: Mapped[str] = mapped_column(String(32))
    status: Mapped[str] = mapped_column(String(16))
    allows_anonymous: Mapped[bool]
    creates_line_items: Mapped[bool]
    frame_origins: Mapped[list[str]]
    created_at: Mapped[datetime]


class Deployment(Base):
    """One place where the registration is deployed: the tenant."""

    __tablename__ = "deployments"
    __table_args__ = (UniqueConstraint("registration_id", "deployment_id"),)

    id: Mapped[Id]
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"))
    deployment_id: Mapped[str] = mapped_column(String(255))


class ToolKey(Base):
    """A key pair of ours; the private half is sealed."""

    __tablename__ = "tool_keys"

    id: Mapped[Id]
    kid: Mapped[str] = mapped_column(String(64), unique=True)
    state: Mapped[str] = mapped_column(String(16))
    sealed_private_key: Mapped[str] = mapped_column(Text)
    public_jwk: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]


class KeySet(Base):
    """A platform's published keys as last fetched, and the bucket that bounds fetching them again."""

    __tablename__ = "key_sets"

    registration_id: Mapped[int] = mapped_column(
        ForeignKey("registrations.id", ondelete="CASCADE"), primary_key=True
    )
    keys: Mapped[list[Any]]
    fetched_at: Mapped[datetime | None]
    fresh_until: Mapped[datetime | None]
    bucket: Mapped[float]
    bucket_at: Mapped[datetime]


class AccessToken(Base):
    """A platform's bearer token for one set of scopes, shared by all workers."""

    __tablename__ = "access_tokens"
    __table_args__ = (UniqueConstraint("registration_id", "scopes"),)

    id: Mapped[Id]
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"))
    scopes: Mapped[str] = mapped_column(String(1024))
    """Sorted, separated by spaces."""
    sealed_token: Mapped[str | None] = mapped_column(Text)
    expires_at: Mapped[datetime | None]
    asked_until: Mapped[datetime | None]
    """Somebody is asking for a new one, until then."""
    replaced_at: Mapped[datetime | None]
    """When a token that got a 401 was replaced last."""
