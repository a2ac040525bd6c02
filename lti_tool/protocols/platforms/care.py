"""What staff see of connected platforms and change of them. Whose a platform is stands in its hubs (decision 0010)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.base.errors import Conflict, Forbidden, NotFound
from lti_tool.learning import audit
from lti_tool.learning.catalogue import service as catalogue
from lti_tool.learning.people import service as people
from lti_tool.protocols.platforms import clients, invitations, service
from lti_tool.protocols.platforms import deployments as deploying
from lti_tool.protocols.platforms.credentials import must_be_its_own
from lti_tool.protocols.platforms.models import Deployment, Registration
from lti_tool.protocols.platforms.service import PlatformDraft, Status, kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A platform as staff see it."""

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
    privacy_level: str
    hubs: list[str]
    accepts_deployments: bool
    allows_anonymous: bool
    creates_line_items: bool
    configuration_url: str | None
    granted: Mapping[str, Any]
    created_at: datetime
    organisation_id: int | None
    school: str | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """What a hub agreed with a school."""

    school: str
    hubs: Sequence[str]
    privacy_level: str
    environment: str
    accepts_deployments: bool


def cards(session: Session, hubs: Collection[str] | None) -> list[Card]:
    """The platforms of these hubs (None: all), those that wait first, then by name."""
    schools = people.organisation_names(session)
    found = session.scalars(select(Registration).order_by(Registration.name, Registration.id)).all()
    mine = [_card(one, schools) for one in found if hubs is None or set(hubs) & set(one.hubs)]
    return sorted(mine, key=lambda card: card.status != Status.PENDING)


def card(session: Session, public_id: str) -> Card:
    """Raises NotFound("page"): whose id is not known gets what there is nothing at gets."""
    return _card(_registration(session, public_id), people.organisation_names(session))


def _registration(session: Session, public_id: str) -> Registration:
    found = session.scalars(select(Registration).where(Registration.public_id == public_id)).one_or_none()
    if found is None:
        raise NotFound("page")
    return found


def _card(found: Registration, schools: Mapping[int, str]) -> Card:
    values = {field.name: getattr(found, field.name) for field in fields(Card) if field.name != "school"}
    return Card(**values, school=schools.get(found.organisation_id or 0))


def deployments(session: Session, registration_id: int) -> Sequence[Deployment]:
    """Those that wait first."""
    query = select(Deployment).where(Deployment.registration_id == registration_id)
    return session.scalars(query.order_by(Deployment.status.desc(), Deployment.id)).all()


def waiting_deployments(session: Session, registration_ids: Collection[int]) -> dict[int, int]:
    """How many deployments of each of these registrations wait for staff; those with none are left out."""
    query = select(Deployment.registration_id, func.count()).where(
        Deployment.registration_id.in_(registration_ids), Deployment.status == deploying.DeploymentStatus.PENDING
    )
    found = session.execute(query.group_by(Deployment.registration_id)).all()
    return {row[0]: row[1] for row in found}


def accept(session: Session, public_id: str, deployment_id: str, *, actor_id: int | None = None) -> None:
    """Let a deployment in. Raises NotFound("page" | "deployment")."""
    registration = _registration(session, public_id)
    known = [one.deployment_id for one in deployments(session, registration.id)]
    if deployment_id not in known:
        raise NotFound("deployment", deployment=deployment_id[:255])
    deploying.deploy(session, registration.id, deployment_id)
    audit.note(
        session, "staff:platform:accept", actor_id=actor_id, object_id=public_id, deployment=deployment_id[:255]
    )


def agree(session: Session, public_id: str, agreement: Agreement, *, actor_id: int | None = None) -> None:
    """Write down what was agreed; what is stored of people beyond a lower privacy level is removed at once.

    Raises NotFound("page" | "hub"), Invalid("privacy-level" | "environment").
    """
    registration = _registration(session, public_id)
    draft_level = invitations.privacy_level(agreement.privacy_level)
    registration.hubs = catalogue.must_be_hubs(session, agreement.hubs)
    registration.environment = invitations.environment_named(agreement.environment)
    registration.accepts_deployments = agreement.accepts_deployments
    school = agreement.school.strip()
    registration.organisation_id = people.school_named(session, school) if school else None
    if registration.privacy_level != draft_level:
        registration.privacy_level = draft_level
        people.forget_beyond(session, f"lti:{registration.id}", kept(draft_level))
    session.flush()
    audit.note(
        session, "staff:platform:agree", actor_id=actor_id, object_id=public_id, privacy=draft_level,
        hubs=" ".join(registration.hubs),
    )  # fmt: skip


def connect(session: Session, draft: PlatformDraft, *, actor_id: int | None = None) -> service.Platform:
    """Connect a platform by hand, active at once. Raises Conflict("platform-twice"), and what service.add raises."""
    _must_be_only(session, draft, None)
    return service.add(session, draft, actor_id=actor_id)


def _must_be_only(session: Session, draft: PlatformDraft, registration_id: int | None) -> None:
    found = session.scalars(
        select(Registration.id).where(
            Registration.issuer == draft.issuer, Registration.client_id == draft.client_id
        )
    ).first()
    if found not in (None, registration_id):
        raise Conflict("platform-twice")


def edit(session: Session, public_id: str, draft: PlatformDraft, *, actor_id: int | None = None) -> None:
    """Change addresses and credentials; links, people and grades stay.

    Raises NotFound("page"), Conflict("platform-twice"), and what service.add raises.
    """
    registration = _registration(session, public_id)
    service.check(draft)
    _must_be_only(session, draft, registration.id)
    must_be_its_own(session, service.credentials_of(draft), registration.id)
    service.describe(session, registration, draft)
    if registration.client_id != draft.client_id:
        clients.keep(session, registration, draft.client_id)
    registration.issuer = draft.issuer
    for deployment_id in draft.deployment_ids:
        deploying.deploy(session, registration.id, deployment_id)
    audit.note(session, "staff:platform:edit", actor_id=actor_id, object_id=public_id)


def decide(session: Session, public_id: str, status: Status, *, actor_id: int | None = None) -> None:
    """Approve or block. Raises NotFound("page"), Forbidden("platform-ended") where the contract is over."""
    registration = _registration(session, public_id)
    if registration.status == Status.ENDED:
        raise Forbidden("platform-ended")
    service.decide(session, public_id, status, actor_id=actor_id)
