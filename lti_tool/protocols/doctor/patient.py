"""What is known of a platform before anything is asked of it. Read in one look; holds no name of a person."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.errors import NotFound
from lti_tool.protocols.deep_linking import service as deep_linking
from lti_tool.protocols.doctor.models import TestLaunch
from lti_tool.protocols.lti.claims import DEEP_LINKING_REQUEST
from lti_tool.protocols.platforms import clients
from lti_tool.protocols.platforms import service as platforms
from lti_tool.protocols.platforms.models import Registration
from lti_tool.protocols.platforms.service import Platform

KEEP_SUBJECT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Came:
    """One watched launch and what came along with it."""

    public_id: str
    at: datetime
    reference: str
    code: str | None
    """Of the refusal."""
    deployment_id: str | None
    facts: dict[str, Any]
    services: dict[str, Any]
    subject: str | None


@dataclass(frozen=True, slots=True)
class Patient:
    platform: Platform
    messages: tuple[str, ...] | None
    """Types of messages that the platform granted at registration; None where it did not tell."""
    granted: tuple[str, ...]
    """Scopes that the platform granted at registration; empty where that is not known."""
    wants_names: bool
    wants_emails: bool
    """What was agreed with the school (privacy level)."""
    last: Came | None
    """The last watched launch, refused or not."""
    accepted: Came | None
    """The last one that was accepted."""
    chosen: Came | None
    """The last watched one in which a teacher came to choose, refused or not."""
    chose_at: datetime | None
    """When a teacher came to choose last, watched or not."""


def admit(session: Session, registration_id: int) -> Patient:
    """Raises NotFound("unknown-platform")."""
    registration = session.get(Registration, registration_id)
    if registration is None:
        raise NotFound("unknown-platform")
    launches = launches_of(session, registration_id)
    accepted = next((launch for launch in launches if launch.code is None), None)
    return Patient(
        platform=_as_launched(session, registration, accepted),
        messages=_messages(registration),
        granted=tuple(str(scope) for scope in registration.granted.get("scopes", ())),
        wants_names=registration.privacy_level != platforms.PrivacyLevel.PSEUDONYM,
        wants_emails=registration.privacy_level == platforms.PrivacyLevel.NAME_AND_EMAIL,
        last=launches[0] if launches else None,
        accepted=accepted,
        chosen=next((one for one in launches if one.facts.get("message") == DEEP_LINKING_REQUEST), None),
        chose_at=deep_linking.last_request(session, registration_id),
    )


def _messages(registration: Registration) -> tuple[str, ...] | None:
    told = registration.granted.get("messages")
    return None if told is None else tuple(map(str, told))


def _as_launched(session: Session, registration: Registration, accepted: Came | None) -> Platform:
    """The platform to which we are the client of the last launch: the services that it named are that client's."""
    platform = platforms.by_id(session, registration.id)
    client_id = accepted.services.get("client_id") if accepted else None
    is_former = client_id in clients.former(session, platform.id)
    return platforms.as_client(platform, client_id if is_former else None)


def launches_of(session: Session, registration_id: int, *, limit: int = 10) -> list[Came]:
    """The watched launches of a platform, the newest first."""
    query = select(TestLaunch).where(TestLaunch.registration_id == registration_id)
    return [came(row) for row in session.scalars(query.order_by(TestLaunch.id.desc()).limit(limit))]


def came(row: TestLaunch) -> Came:
    is_fresh = clock.now() - row.at < KEEP_SUBJECT
    return Came(
        row.public_id, row.at, row.reference, row.code, row.deployment_id, row.facts, row.services,
        row.subject if is_fresh else None,
    )  # fmt: skip
