"""Learning platforms that may launch us, and the keys and tokens that pass between us."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, false
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
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    """The school; a test environment and the production one of a school are two registrations."""
    environment: Mapped[str] = mapped_column(String(16), default="production", server_default="production")
    privacy_level: Mapped[str] = mapped_column(String(24), default="name-and-email", server_default="name-and-email")
    """What of a person is kept (service.PrivacyLevel), whatever the platform sends."""
    hubs: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    """Public ids of the hubs whose modules may be opened from here; empty: all."""
    accepts_deployments: Mapped[bool] = mapped_column(default=False, server_default=false())
    """An unknown deployment in a genuine launch is taken in at once; else it waits for staff."""
    configuration_url: Mapped[str | None] = mapped_column(String(1024))
    """The openid_configuration of a platform that registered itself."""
    granted: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    """What the platform granted in its answer to a registration: lists "scopes", "messages", "claims"."""
    watched_until: Mapped[datetime | None]
    """Until then every launch leaves a note for the doctor (which claims came, no values of a person)."""
    ended_at: Mapped[datetime | None]


class FormerClient(Base):
    """A client id that a registration had before. Links that were placed under it still launch with it."""

    __tablename__ = "former_clients"
    __table_args__ = (UniqueConstraint("issuer", "client_id"),)

    id: Mapped[Id]
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"), index=True)
    issuer: Mapped[str] = mapped_column(String(512))
    client_id: Mapped[str] = mapped_column(String(255))
    replaced_at: Mapped[datetime]


class Invitation(Base):
    """A code with which a platform that registers itself is active at once. Only its fingerprint is kept."""

    __tablename__ = "invitations"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    code: Mapped[str] = mapped_column(String(64), unique=True)
    """Fingerprint."""
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    hubs: Mapped[list[str]]
    environment: Mapped[str] = mapped_column(String(16))
    privacy_level: Mapped[str] = mapped_column(String(24))
    accepts_deployments: Mapped[bool]
    uses: Mapped[int]
    """How many registrations it is good for."""
    used: Mapped[int] = mapped_column(default=0)
    expires_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))


class RegistrationRun(Base):
    """One try of a platform to register itself, step by step, for its administrator and for staff."""

    __tablename__ = "registration_runs"
    __table_args__ = (Index("ix_registration_runs_at", "at"),)

    id: Mapped[Id]
    at: Mapped[datetime]
    reference: Mapped[str] = mapped_column(String(16))
    configuration_url: Mapped[str] = mapped_column(String(1024))
    token: Mapped[str | None] = mapped_column(String(64), unique=True)
    """Fingerprint of address, registration token and invitation: the same request again shows the same run.

    None for a run whose place a later one took."""
    issuer: Mapped[str | None] = mapped_column(String(512))
    invitation_id: Mapped[int | None] = mapped_column(ForeignKey("invitations.id", ondelete="SET NULL"))
    registration_id: Mapped[int | None] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"))
    step: Mapped[str] = mapped_column(String(32))
    """The last step that was begun."""
    code: Mapped[str | None] = mapped_column(String(64))
    """Of the refusal; None when all went well."""
    facts: Mapped[dict[str, Any]]


class Deployment(Base):
    """One place where the registration is deployed: the tenant."""

    __tablename__ = "deployments"
    __table_args__ = (UniqueConstraint("registration_id", "deployment_id"),)

    id: Mapped[Id]
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"))
    deployment_id: Mapped[str] = mapped_column(String(255))
    status: Mapped[str] = mapped_column(String(16), default="active", server_default="active")
    """active, or pending: seen in a genuine launch and not accepted yet."""


class NoticeHandler(Base):
    """Our address for notices of one deployment (Platform Notification Service 1.0), as its platform is to keep it."""

    __tablename__ = "notice_handlers"

    deployment_id: Mapped[int] = mapped_column(ForeignKey("deployments.id", ondelete="CASCADE"), primary_key=True)
    service_url: Mapped[str] = mapped_column(String(2048))
    client_id: Mapped[str] = mapped_column(String(255))
    due_at: Mapped[datetime | None] = mapped_column(index=True)
    """When it is to be asked next; None: kept, or given up."""
    attempts: Mapped[int] = mapped_column(default=0)
    kept_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(String(64))
    """Why it was not kept the last time."""


class ToolKey(Base):
    """A key pair of ours; the private half is sealed. A retired key's row stays, without its private half."""

    __tablename__ = "tool_keys"

    id: Mapped[Id]
    kid: Mapped[str] = mapped_column(String(64), unique=True)
    state: Mapped[str] = mapped_column(String(16))
    sealed_private_key: Mapped[str | None] = mapped_column(Text)
    public_jwk: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    activated_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    """When staff want this next key to sign, once it may."""
    retired_at: Mapped[datetime | None]
    """When it stops being published: in the past for a retired key, to come for a retiring one."""


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
    """A platform's bearer token for one client id of ours and one set of scopes, shared by all workers."""

    __tablename__ = "access_tokens"
    __table_args__ = (UniqueConstraint("registration_id", "client_id", "scopes"),)

    id: Mapped[Id]
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"))
    client_id: Mapped[str] = mapped_column(String(255), default="", server_default="")
    scopes: Mapped[str] = mapped_column(String(1024))
    """Sorted, separated by spaces."""
    sealed_token: Mapped[str | None] = mapped_column(Text)
    expires_at: Mapped[datetime | None]
    asked_until: Mapped[datetime | None]
    """Somebody is asking for a new one, until then."""
    replaced_at: Mapped[datetime | None]
    """When a token that got a 401 was replaced last."""
