"""Invitations: a code with which a school's platform that registers itself is connected at once."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.db import alone
from lti_tool.base.errors import Forbidden, Invalid, NotFound
from lti_tool.base.vault import fingerprint
from lti_tool.learning import audit
from lti_tool.learning.catalogue import service as catalogue
from lti_tool.learning.people import service as people
from lti_tool.protocols.platforms.models import Invitation
from lti_tool.protocols.platforms.service import Environment, PrivacyLevel

MOST_USES, MOST_DAYS = 100, 365
CODE_LENGTH = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationDraft:
    school: str = ""
    """Name; the school is made where none has it."""
    hubs: Sequence[str] = ()
    uses: int = 1
    days: int = 14
    privacy_level: str = PrivacyLevel.NAME_AND_EMAIL
    environment: str = Environment.PRODUCTION
    accepts_deployments: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What an invitation gives to the platform that comes with it."""

    id: int
    organisation_id: int | None
    hubs: tuple[str, ...]
    environment: str
    privacy_level: str
    accepts_deployments: bool


def new_code() -> str:
    return secrets.token_urlsafe(CODE_LENGTH * 3 // 4)


def make(
    session: Session, draft: InvitationDraft, *, actor_id: int | None = None, code: str | None = None
) -> tuple[Invitation, str]:
    """A new invitation and its code, which is kept nowhere. With a `code` of new_code(), the same one each time.

    Raises Invalid("invitation-terms" | "privacy-level" | "environment" | "form"), NotFound("hub").
    """
    if code is None:
        code = new_code()
    elif len(code) != CODE_LENGTH or not code.isascii():
        raise Invalid("form")
    alone(session, f"invitation {fingerprint(code)}")
    if found := _with_code(session, code):
        return found, code
    if not (0 < draft.uses <= MOST_USES and 0 < draft.days <= MOST_DAYS):
        raise Invalid("invitation-terms", uses=MOST_USES, days=MOST_DAYS)
    level, environment = privacy_level(draft.privacy_level), environment_named(draft.environment)
    hubs = catalogue.must_be_hubs(session, draft.hubs)
    school = people.school_named(session, draft.school) if draft.school.strip() else None
    now = clock.now()
    made = Invitation(
        code=fingerprint(code), organisation_id=school, hubs=hubs, environment=environment, privacy_level=level,
        accepts_deployments=draft.accepts_deployments, uses=draft.uses, used=0,
        expires_at=now + timedelta(days=draft.days), created_at=now, created_by=actor_id,
    )  # fmt: skip
    session.add(made)
    session.flush()
    audit.note(session, "staff:invitation:make", actor_id=actor_id, object_id=made.public_id, uses=draft.uses)
    return made, code


def privacy_level(name: str) -> str:
    """Raises Invalid("privacy-level")."""
    if name not in set(PrivacyLevel):
        raise Invalid("privacy-level", known=", ".join(PrivacyLevel))
    return str(name)


def environment_named(name: str) -> str:
    """Raises Invalid("environment")."""
    if name not in set(Environment):
        raise Invalid("environment", known=", ".join(Environment))
    return str(name)


def by_code(session: Session, code: str) -> Terms:
    """The invitation with this code, good to be used once more.

    Raises NotFound("invitation"), Forbidden("invitation-withdrawn" | "invitation-expired" | "invitation-used").
    """
    found = _with_code(session, code)
    if found is None:
        raise NotFound("invitation")
    state = state_of(found)
    if state != "open":
        raise Forbidden(f"invitation-{state}")
    return terms_of(found)


def _with_code(session: Session, code: str) -> Invitation | None:
    query = select(Invitation).where(Invitation.code == fingerprint(code))
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def terms_of(found: Invitation) -> Terms:
    return Terms(
        id=found.id, organisation_id=found.organisation_id, hubs=tuple(found.hubs), environment=found.environment,
        privacy_level=found.privacy_level, accepts_deployments=found.accepts_deployments,
    )  # fmt: skip


def state_of(found: Any) -> str:
    """"open", "withdrawn", "expired" or "used"."""
    if found.withdrawn_at is not None:
        return "withdrawn"
    if found.expires_at < clock.now():
        return "expired"
    return "used" if found.used >= found.uses else "open"


def spend(session: Session, invitation_id: int) -> bool:
    """Use it once more, in one statement: of two who take the last use at once, one gets True."""
    query = (
        update(Invitation)
        .where(
            Invitation.id == invitation_id, Invitation.used < Invitation.uses, Invitation.withdrawn_at.is_(None),
            Invitation.expires_at >= clock.now(),
        )
        .values(used=Invitation.used + 1)
        .returning(Invitation.id)
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    return session.execute(query).one_or_none() is not None


def withdraw(session: Session, public_id: str, *, actor_id: int | None = None) -> Invitation:
    """Let nobody use it any more; what came through it stays. Raises NotFound("invitation")."""
    found = by_id(session, public_id)
    if found.withdrawn_at is None:
        found.withdrawn_at = clock.now()
        audit.note(session, "staff:invitation:withdraw", actor_id=actor_id, object_id=public_id)
    return found


def by_id(session: Session, public_id: str) -> Invitation:
    """Raises NotFound("invitation")."""
    found = session.scalars(select(Invitation).where(Invitation.public_id == public_id)).one_or_none()
    if found is None:
        raise NotFound("invitation")
    return found


def listing(session: Session, *, since: datetime | None = None) -> Sequence[Invitation]:
    """All invitations, the newest first; those since then only."""
    query = select(Invitation).order_by(Invitation.id.desc())
    return session.scalars(query if since is None else query.where(Invitation.created_at >= since)).all()
