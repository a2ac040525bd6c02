"""The begun login: state, nonce and the browser's secret in one row. Security Framework 1.0, 5.1.1."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

from sqlalchemy import Row, Table, bindparam, delete, insert, select
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.db import new_public_id
from lti_tool.base.errors import Invalid
from lti_tool.base.vault import fingerprint
from lti_tool.protocols.lti import adapter
from lti_tool.protocols.lti.models import LoginAttempt
from lti_tool.protocols.platforms import service as platforms
from lti_tool.protocols.platforms.service import Platform

REQUIRED = ("iss", "login_hint", "target_link_uri")
KEPT = ("iss", "login_hint", "target_link_uri", "lti_message_hint", "client_id", "lti_deployment_id")
STORAGE = "lti_storage_target"
LONGEST = 8192


@dataclass(frozen=True, slots=True)
class Begun:
    """A login that may go on to the platform."""

    platform: Platform
    authentication_url: str
    public_id: str
    secret: str
    """For the browser's cookie or the platform's storage; the database keeps its fingerprint only."""
    storage_frame: str | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """A begun login as it was stored."""

    public_id: str
    state: str
    nonce: str
    secret: str
    registration_id: int
    storage_frame: str | None
    parameters: Mapping[str, Any]
    is_over: bool


def begin(session: Session, parameters: Mapping[str, str], *, redirect_uri: str, minutes: int) -> Begun:
    """Store a new login of a known platform.

    Raises Invalid("login-parameter"), and what platforms.service.for_login raises.
    """
    for name in REQUIRED:
        value = parameters.get(name, "")
        if not value or len(value) > LONGEST:
            raise Invalid("login-parameter", parameter=name)
    for name in (*KEPT, STORAGE):
        if "\x00" in parameters.get(name, ""):
            raise Invalid("login-parameter", parameter=name)
    platform = platforms.for_login(session, parameters["iss"], parameters.get("client_id"))
    public_id, state, nonce, secret = new_public_id(), *(secrets.token_urlsafe(24) for _ in range(3))
    frame = (parameters.get(STORAGE) or "")[:255] or None
    row = {
        "state": fingerprint(adapter.STATE_PREFIX + state), "public_id": public_id, "nonce": fingerprint(nonce),
        "secret": fingerprint(secret), "registration_id": platform.id, "storage_frame": frame,
        "parameters": {name: parameters[name][:LONGEST] for name in KEPT if parameters.get(name)},
        "expires_at": clock.now() + timedelta(minutes=minutes),
    }  # fmt: skip
    session.execute(_STORE, row)
    url = adapter.authentication_url(parameters, platform, redirect_uri, state, nonce)
    return Begun(platform, url, public_id, secret, frame)


_TABLE = cast(Table, LoginAttempt.__table__)
_STORE = insert(_TABLE)
_LOOK = select(_TABLE).where(_TABLE.c.state == bindparam("spent"))
_SPEND = delete(_TABLE).where(_TABLE.c.state == bindparam("spent")).returning(*_TABLE.c)
_SPEND_PROVEN = _SPEND.where(_TABLE.c.secret.in_(bindparam("proofs", expanding=True)))


def peek(session: Session, state: str) -> Attempt | None:
    """The begun login with this state, left as it is; None when it is unknown or spent."""
    return _attempt(session.execute(_LOOK, {"spent": fingerprint(state)}).one_or_none())


def spend(session: Session, state: str) -> Attempt | None:
    """Take the begun login out, in one statement, so that of two launches with one state one gets it."""
    return _attempt(session.execute(_SPEND, {"spent": fingerprint(state)}).one_or_none())


def spend_proven(session: Session, state: str, secrets_shown: Sequence[str]) -> Attempt | None:
    """The same, where one of these secrets is the login's own; else it is left as it is."""
    proofs = [fingerprint(shown) for shown in secrets_shown]
    row = session.execute(_SPEND_PROVEN, {"spent": fingerprint(state), "proofs": proofs}).one_or_none()
    return _attempt(row)


def forget_expired(session: Session) -> None:
    """Remove begun logins that nobody finished."""
    session.execute(delete(LoginAttempt).where(LoginAttempt.expires_at < clock.now() - timedelta(hours=1)))


def _attempt(row: Row[Any] | None) -> Attempt | None:
    return row and Attempt(
        row.public_id, row.state, row.nonce, row.secret, row.registration_id, row.storage_frame, row.parameters,
        is_over=row.expires_at < clock.now(),
    )  # fmt: skip
