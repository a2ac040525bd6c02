"""Find, add and decide on registrations. A registration is (issuer, client id); a tenant (registration, deployment)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Any, cast
from urllib.parse import urlsplit

from sqlalchemy import Row, Table, bindparam, case, select
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.errors import Conflict, Forbidden, Invalid, NotFound
from lti_tool.learning import audit
from lti_tool.learning.catalogue import service as catalogue
from lti_tool.learning.people import service as people
from lti_tool.protocols.platforms import clients, deployments
from lti_tool.protocols.platforms.credentials import Credentials, must_be_its_own
from lti_tool.protocols.platforms.families import FAMILIES, family_named
from lti_tool.protocols.platforms.models import Deployment, FormerClient, Registration
from lti_tool.web import visits


class Status(StrEnum):
    ACTIVE = "active"
    PENDING = "pending"
    BLOCKED = "blocked"
    ENDED = "ended"
    """The contract is over."""


class Environment(StrEnum):
    PRODUCTION = "production"
    TEST = "test"


class PrivacyLevel(StrEnum):
    """What we keep of a person."""

    NAME_AND_EMAIL = "name-and-email"
    NAME = "name"
    PSEUDONYM = "pseudonym"
    """Only the platform's own identifier."""


KEPT = MappingProxyType(
    {
        PrivacyLevel.NAME_AND_EMAIL: ("name", "given_name", "family_name", "email"),
        PrivacyLevel.NAME: ("name", "given_name", "family_name"),
        PrivacyLevel.PSEUDONYM: (),
    }
)
"""Claims of a person that each level keeps; they are named as our own fields."""


def kept(level: str) -> tuple[str, ...]:
    """The personal fields that this level keeps: its claims, and with a name the school's own number of a student."""
    claims = KEPT[PrivacyLevel(level)]
    return (*claims, "student_number") if claims else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """A registration as others read it."""

    id: int
    public_id: str
    name: str
    issuer: str
    client_id: str
    auth_login_url: str
    auth_token_url: str
    key_set_url: str
    audience: str | None
    family: str
    status: str
    environment: str
    allows_anonymous: bool
    creates_line_items: bool
    frame_origins: tuple[str, ...]
    watched_until: datetime | None
    """Until then the doctor notes every launch."""
    privacy_level: str
    hubs: tuple[str, ...]
    """Public ids of the hubs whose modules may be opened; empty: all."""
    accepts_deployments: bool

    @property
    def frame_ancestors(self) -> str:
        """Value of CSP frame-ancestors: the issuer's and login's origins, the given ones, and the family's."""
        origins = [origin_of(self.issuer), origin_of(self.auth_login_url), *self.frame_origins]
        origins += family_named(self.family).frame_origins
        return " ".join(dict.fromkeys(origin for origin in origins if origin))


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformDraft:
    """What staff or an import file says of a platform."""

    name: str
    issuer: str
    client_id: str
    deployment_ids: Sequence[str]
    auth_login_url: str
    auth_token_url: str
    key_set_url: str
    audience: str | None = None
    family: str = "generic"
    frame_origins: Sequence[str] = ()
    allows_anonymous: bool = False
    creates_line_items: bool = True
    school: str = ""
    """Name of the school; it is made where none has it. Empty: as it was."""
    environment: str | None = None
    privacy_level: str | None = None
    hubs: Sequence[str] | None = None
    accepts_deployments: bool | None = None
    """None, here and above: as it was."""


_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:[0-9]+)?")


@lru_cache(4096)
def origin_of(url: str) -> str:
    """Scheme, host and port of an http(s) address; "" where it has none that may stand in a header.

    A host with other characters would break the header, and "*" would let everybody frame us.
    """
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return ""
    fits = parts.scheme in ("http", "https") and _HOST.fullmatch(parts.netloc)
    return f"{parts.scheme}://{parts.netloc}" if fits else ""


# Columns of tables and not entities: on the road of a launch that is cheaper.
REGISTRATIONS = cast(Table, Registration.__table__)
FIELDS = tuple(field.name for field in fields(Platform))
COLUMNS = tuple(REGISTRATIONS.c[name] for name in FIELDS)
_OF_ISSUER = (
    select(*COLUMNS)
    .where(REGISTRATIONS.c.issuer == bindparam("issuer"))
    .order_by(case((REGISTRATIONS.c.status == "active", 0), else_=1), REGISTRATIONS.c.id)
    .limit(2)
)
_OF_CLIENT = select(*COLUMNS).where(
    REGISTRATIONS.c.issuer == bindparam("issuer"), REGISTRATIONS.c.client_id == bindparam("client_id")
)
_OF_FORMER = (
    select(*COLUMNS)
    .join(FormerClient, FormerClient.registration_id == REGISTRATIONS.c.id)
    .where(FormerClient.issuer == bindparam("issuer"), FormerClient.client_id == bindparam("client_id"))
)
_BY_ID = select(*COLUMNS).where(REGISTRATIONS.c.id == bindparam("registration_id"))


def for_login(session: Session, issuer: str, client_id: str | None) -> Platform:
    """The active registration that a login names; one that waits for staff beside it stands in nobody's way.

    A former client id of a registration is as good as its own: the platform that comes has that one.
    Raises NotFound("unknown-platform"), Conflict("several-registrations"), Forbidden("platform-pending" |
    "platform-blocked" | "platform-ended").
    """
    query = _OF_CLIENT if client_id else _OF_ISSUER
    found = session.execute(query, {"issuer": issuer, "client_id": client_id}).all()
    if not found and client_id:
        found = session.execute(_OF_FORMER, {"issuer": issuer, "client_id": client_id}).all()
    if not found:
        raise NotFound("unknown-platform")
    if len(found) > 1 and found[1].status == found[0].status:
        raise Conflict("several-registrations")
    if found[0].status != Status.ACTIVE:
        raise Forbidden(f"platform-{found[0].status}")
    return as_client(platform_of(found[0]), client_id)


def as_client(platform: Platform, client_id: str | None) -> Platform:
    """The platform to which we are this client, which must be one of the registration's; None: its present one."""
    return replace(platform, client_id=client_id) if client_id and client_id != platform.client_id else platform


def by_id(session: Session, registration_id: int) -> Platform:
    """Raises NotFound("unknown-platform")."""
    registration = session.execute(_BY_ID, {"registration_id": registration_id}).one_or_none()
    if registration is None:
        raise NotFound("unknown-platform")
    return platform_of(registration)


def add(session: Session, draft: PlatformDraft, *, actor_id: int | None = None) -> Platform:
    """Register a platform, active at once; the same (issuer, client id) again brings it up to date.

    One that was blocked stays so: a block is a decision, to be undone by `decide`.
    Raises Invalid("platform-address" | "platform-origin" | "platform-family" | "platform-field" | "environment" |
    "privacy-level"), NotFound("hub"), Conflict("client-of-another").
    """
    check(draft)
    registration = session.scalars(
        select(Registration).where(
            Registration.issuer == draft.issuer, Registration.client_id == draft.client_id
        )
    ).one_or_none()
    must_be_its_own(session, credentials_of(draft), registration.id if registration else None)
    if registration is None:
        registration = Registration(
            issuer=draft.issuer, client_id=draft.client_id, status=Status.ACTIVE, created_at=clock.now()
        )
        session.add(registration)
    describe(session, registration, draft)
    session.flush()
    for deployment_id in draft.deployment_ids:
        deployments.deploy(session, registration.id, deployment_id)
    audit.note(session, "staff:platform:add", actor_id=actor_id, object_id=registration.public_id)
    return platform_from(registration)


def check(draft: PlatformDraft) -> None:
    """Raises as `add`."""
    addresses = ("issuer", "auth_login_url", "auth_token_url", "key_set_url")
    for field in addresses:
        if not origin_of(getattr(draft, field)):
            raise Invalid("platform-address", field=field)
    for origin in draft.frame_origins:
        if origin_of(origin) != origin.rstrip("/"):
            raise Invalid("platform-origin")
    if draft.family not in FAMILIES:
        raise Invalid("platform-family", family=draft.family, known=", ".join(sorted(FAMILIES)))
    if not (draft.name and draft.client_id and all(draft.deployment_ids)):
        raise Invalid("platform-field")
    if draft.environment not in (None, *Environment):
        raise Invalid("environment", known=", ".join(Environment))
    if draft.privacy_level not in (None, *PrivacyLevel):
        raise Invalid("privacy-level", known=", ".join(PrivacyLevel))


def credentials_of(draft: PlatformDraft) -> Credentials:
    return Credentials(draft.issuer, draft.client_id, draft.auth_token_url, draft.audience)


def describe(session: Session, registration: Registration, draft: PlatformDraft) -> None:
    """Write what the draft says. Tokens and keys that were got at other addresses are thrown away."""
    ours = ("auth_token_url", "key_set_url", "client_id", "issuer")
    if registration.name and any(getattr(registration, one) != getattr(draft, one) for one in ours):
        clients.forget_credentials(session, registration.id)
    for field in (
        "name", "auth_login_url", "auth_token_url", "key_set_url", "family", "allows_anonymous", "creates_line_items",
    ):  # fmt: skip
        setattr(registration, field, getattr(draft, field))
    registration.audience = draft.audience or None
    given = [origin.rstrip("/") for origin in draft.frame_origins]
    registration.frame_origins = list(dict.fromkeys([*(registration.frame_origins or ()), *given]))
    if draft.school.strip():
        registration.organisation_id = people.school_named(session, draft.school)
    if draft.hubs is not None:
        registration.hubs = catalogue.must_be_hubs(session, draft.hubs)
    for field in ("environment", "privacy_level", "accepts_deployments"):
        if getattr(draft, field) is not None:
            setattr(registration, field, getattr(draft, field))


def listing(session: Session) -> list[tuple[Platform, list[str]]]:
    """Every registration with its deployment ids, by name."""
    registrations = session.scalars(select(Registration).order_by(Registration.name, Registration.id)).all()
    deployments = session.execute(select(Deployment.registration_id, Deployment.deployment_id)).all()
    return [(platform_from(r), [name for owner, name in deployments if owner == r.id]) for r in registrations]


def decide(session: Session, public_id: str, status: Status, *, actor_id: int | None = None) -> Platform:
    """Approve or block; who is at work from one that is closed is so no more. Raises NotFound("unknown-platform")."""
    registration = session.scalars(
        select(Registration).where(Registration.public_id == public_id)
    ).one_or_none()
    if registration is None:
        raise NotFound("unknown-platform")
    registration.status = status
    registration.ended_at = clock.now() if status is Status.ENDED else None
    if status is not Status.ACTIVE:
        visits.end_of(session, f"lti:{registration.id}")
    audit.note(session, f"staff:platform:{status}", actor_id=actor_id, object_id=public_id)
    return platform_from(registration)


def learn_frame_origin(session: Session, platform: Platform, url: str) -> Platform:
    """Remember the origin of a verified launch's return_url as one that may frame us. At most ten."""
    origin = origin_of(url)
    if not origin or origin in platform.frame_ancestors.split() or len(platform.frame_origins) >= 10:
        return platform
    registration = session.get_one(Registration, platform.id)
    registration.frame_origins = [*registration.frame_origins, origin]
    session.flush()
    return platform_from(registration)


def platform_from(registration: Registration) -> Platform:
    """The registration as others read it."""
    return platform_of([getattr(registration, name) for name in FIELDS])


def platform_of(values: Sequence[Any]) -> Platform:
    """The platform of what was selected as COLUMNS."""
    named = dict(zip(FIELDS, values, strict=True))
    return Platform(**named | {"frame_origins": tuple(named["frame_origins"]), "hubs": tuple(named["hubs"])})


def names_and_hubs(session: Session) -> Sequence[Row[str, str, list[str]]]:
    """Of all registrations: public_id, name and hubs."""
    return session.execute(select(Registration.public_id, Registration.name, Registration.hubs)).all()
