"""One-time links for staff: single use, 15 minutes, the newest one only."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.vault import fingerprint
from lti_tool.protocols.sso.models import LoginLink

LASTS = timedelta(minutes=15)


def make(session: Session, person_id: int) -> str:
    """A new link's secret, for the end of its address; earlier links of this person open nothing any more."""
    secret, now = secrets.token_urlsafe(32), clock.now()
    forget(session, person_id)
    session.add(
        LoginLink(secret=fingerprint(secret), person_id=person_id, made_at=now, expires_at=now + LASTS)
    )
    session.flush()
    return secret


def is_good(session: Session, secret: str) -> bool:
    """True if the link can be used now."""
    query = select(LoginLink.id).where(LoginLink.secret == fingerprint(secret), LoginLink.expires_at >= clock.now())
    return session.scalar(query) is not None


def spend(session: Session, secret: str) -> int | None:
    """The person whom the link signs in, or None; of two who use it at once one gets in."""
    found = session.execute(
        delete(LoginLink)
        .where(LoginLink.secret == fingerprint(secret))
        .returning(LoginLink.person_id, LoginLink.expires_at)
    ).one_or_none()
    return None if found is None or found.expires_at < clock.now() else int(found.person_id)


def forget(session: Session, person_id: int) -> None:
    """No link of this person opens anything any more."""
    session.execute(delete(LoginLink).where(LoginLink.person_id == person_id))


def forget_old(session: Session, *, before: datetime) -> None:
    session.execute(delete(LoginLink).where(LoginLink.made_at < before))
