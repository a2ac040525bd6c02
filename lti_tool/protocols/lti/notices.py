"""Notices of platforms (Platform Notification Service 1.0, 4): verified as launches are, and each taken once."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jwt.utils import base64url_decode
from sqlalchemy import delete
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.errors import Invalid, Unauthorised
from lti_tool.base.vault import fingerprint
from lti_tool.protocols.lti.claims import CLAIM
from lti_tool.protocols.lti.models import SpentNotice
from lti_tool.protocols.platforms import deployments, told
from lti_tool.protocols.platforms.notices import COPY_NOTICE
from lti_tool.protocols.platforms.service import Platform
from lti_tool.protocols.resource_links import copies

MOST_NOTICES, MOST_BYTES = 100, 500_000
MOST_ORIGINS = 20


@dataclass(frozen=True, slots=True)
class Sender:
    """Whom an unverified notice names."""

    issuer: str
    client_id: str


def tokens_in(message: bytes) -> list[str]:
    """The notices of one message. Raises Invalid("notices")."""
    try:
        document = json.loads(message)
    except (ValueError, RecursionError):
        raise Invalid("notices") from None
    listed = document.get("notices") if isinstance(document, dict) else None
    if not isinstance(listed, list) or len(listed) > MOST_NOTICES:
        raise Invalid("notices")
    tokens = [one.get("jwt") if isinstance(one, dict) else None for one in listed]
    if not all(isinstance(token, str) for token in tokens):
        raise Invalid("notices")
    return [str(token) for token in tokens]


def sender_of(token: str) -> Sender:
    """Who is said to have sent it; nothing of it is believed yet. Raises Invalid("token-format")."""
    try:
        body = json.loads(base64url_decode(token.split(".")[1]))
    except (ValueError, IndexError, RecursionError):
        raise Invalid("token-format") from None
    audience = body.get("aud") if isinstance(body, dict) else None
    first = audience[0] if isinstance(audience, list) and audience else audience
    issuer = body.get("iss") if isinstance(body, dict) else None
    if not isinstance(issuer, str) or not isinstance(first, str) or issuer + first != told.storable(issuer + first):
        raise Invalid("token-format")
    return Sender(issuer[:512], first[:255])


def take(session: Session, platform: Platform, body: Mapping[str, Any]) -> None:
    """React to a verified notice, once. A type that we did not ask for, or a hello, changes nothing.

    Raises Invalid("claim-missing"), Unauthorised("token-nonce"), Forbidden for a deployment that is not accepted.
    """
    deployment = told.identifier(body.get(CLAIM + "deployment_id"))
    about = body.get(CLAIM + "notice")
    if deployment is None or not isinstance(about, dict):
        raise Invalid("claim-missing", claim="notice")
    deployment_id = deployments.accepted(session, platform.id, deployment)
    _spend(session, platform, body)
    if about.get("type") == COPY_NOTICE:
        _copied(session, deployment_id, body)


def _spend(session: Session, platform: Platform, body: Mapping[str, Any]) -> None:
    nonce = body.get("nonce") or body.get("jti")
    if not isinstance(nonce, str) or not 0 < len(nonce) <= 512 or nonce != told.storable(nonce):
        raise Unauthorised("token-nonce")
    name = fingerprint(nonce)
    if session.get(SpentNotice, (platform.id, name)) is not None:
        raise Unauthorised("token-nonce")
    session.add(SpentNotice(registration_id=platform.id, nonce=name, at=clock.now()))
    session.flush()


def _copied(session: Session, deployment_id: int, body: Mapping[str, Any]) -> None:
    """A course was made from others (LtiContextCopyNotice): known before anybody opens it."""
    context, origins = body.get(CLAIM + "context"), body.get(CLAIM + "origin_contexts")
    course_id = told.identifier(context.get("id")) if isinstance(context, dict) else None
    if course_id is None or not isinstance(origins, list):
        return
    named = [one for origin in origins[:MOST_ORIGINS] if (one := told.identifier(origin)) is not None]
    title = told.text(context.get("title"), 255) if isinstance(context, dict) else None
    copies.note_copied(session, deployment_id, course_id, title or "", named)


def forget_spent(session: Session, *, before: datetime) -> None:
    """Remove what no longer needs remembering: its token has expired."""
    session.execute(delete(SpentNotice).where(SpentNotice.at < before))
