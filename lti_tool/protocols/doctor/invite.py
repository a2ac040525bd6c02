"""Addresses of self-tests: with one, a platform's administrator opens its doctor and nothing else (decision 0010)."""

import secrets
from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.errors import NotFound
from lti_tool.base.vault import fingerprint
from lti_tool.learning import audit
from lti_tool.protocols.doctor.models import SelfTestLink
from lti_tool.protocols.platforms import service as platforms
from lti_tool.protocols.platforms.models import Registration
from lti_tool.protocols.platforms.service import Status

LASTS = timedelta(days=14)
PATH = "/self-test/"


def make(session: Session, registration_id: int, base_url: str, *, actor_id: int | None = None) -> str:
    """A new address; it ends in the secret, which is kept nowhere. Earlier ones go on working until they end."""
    secret, now = secrets.token_urlsafe(32), clock.now()
    session.add(
        SelfTestLink(
            secret=fingerprint(secret), registration_id=registration_id, made_at=now, expires_at=now + LASTS,
            withdrawn_at=None,
        )
    )  # fmt: skip
    session.flush()
    platform = platforms.by_id(session, registration_id)
    audit.note(session, "staff:self-test:make", actor_id=actor_id, object_id=platform.public_id)
    return base_url.rstrip("/") + PATH + secret


def registration_of(session: Session, secret: str) -> int:
    """The registration whose doctor this secret opens, unless it was closed. Raises NotFound("self-test")."""
    found = session.execute(
        select(SelfTestLink.registration_id, SelfTestLink.expires_at)
        .join(Registration, Registration.id == SelfTestLink.registration_id)
        .where(
            SelfTestLink.secret == fingerprint(secret), SelfTestLink.withdrawn_at.is_(None),
            Registration.status.in_((Status.ACTIVE, Status.PENDING)),
        )
    ).one_or_none()  # fmt: skip
    if found is None or found.expires_at < clock.now():
        raise NotFound("self-test")
    return int(found.registration_id)


def open_until(session: Session, registration_id: int) -> list[SelfTestLink]:
    """The addresses that open this platform's doctor now, the newest first."""
    query = select(SelfTestLink).where(
        SelfTestLink.registration_id == registration_id, SelfTestLink.withdrawn_at.is_(None),
        SelfTestLink.expires_at >= clock.now(),
    )  # fmt: skip
    return list(session.scalars(query.order_by(SelfTestLink.id.desc())))


def withdraw(session: Session, registration_id: int, *, actor_id: int | None = None) -> int:
    """End all addresses of this platform now; returns how many."""
    query = update(SelfTestLink).where(
        SelfTestLink.registration_id == registration_id, SelfTestLink.withdrawn_at.is_(None)
    )
    ended = int(session.execute(query.values(withdrawn_at=clock.now())).rowcount)  # type: ignore[attr-defined]
    platform = platforms.by_id(session, registration_id)
    audit.note(session, "staff:self-test:withdraw", actor_id=actor_id, object_id=platform.public_id)
    return ended


def forget_old(session: Session) -> None:
    """Remove addresses that have ended."""
    session.execute(delete(SelfTestLink).where(SelfTestLink.expires_at < clock.now()))
