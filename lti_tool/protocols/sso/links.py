"""One-time links for staff: single use, 15 minutes, the newest one only."""

import secrets
from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.errors import Unauthorised
from lti_tool.base.vault import fingerprint
from lti_tool.protocols.sso.models import LoginLink

LASTS = timedelta(minutes=15)


def make(session: Session, person_id: int) -> str:
    """A new link's secret, for the end of its address; earlier links of this person open nothing any more."""
    secret, now = secrets.token_urlsafe(32), clock.now()
    session.execute(delete(LoginLink).where(LoginLink.person_id == person_id))
    session.add(
        LoginLink(secret=fingerprint(secret), person_id=person_id, made_at=now, expires_at=now + LASTS)
    )
    session.flush()
    return secret


def spend(session: Session, secret: str) -> int:
    """The person whom the link signs in; of two who use it at once one gets in. Raises Unauthorised("login-link")."""
    found = session.execute(
        delete(LoginLink)
        .where(LoginLink.secret == fingerprint(secret))
        .returning(LoginLink.person_id, LoginLink.expires_at)
    ).one_or_none()
    if found is None or found.expires_at < clock.now():
        raise Unauthorised("login-link")
    return int(found.person_id)
