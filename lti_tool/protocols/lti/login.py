"""The begun login: state, nonce and the browser's secret in one row. Security Framework 1.0, 5.1.1."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Table, bindparam, delete, insert, select
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
    """A begun login as it was stored; state, nonce and secret are fingerprints."""

    platform: Platform
    state: str
    public_id: str
    nonce: str
    secret: str
    storage_frame: str | None
    parameters: Mapping[str, Any]
    expires_at: datetime

    @property
    def is_over(self) -> bool:
        return self.expires_at < clock.now()


def begin(session: Session, parameters: Mapping[str, str], *, redirect_uri: str, minutes: int) -> Begun:
    """Store a new login of a known platform.

    Raises Invalid("login-parameter" | "login-unreadable"), and what platforms.service.for_login raises.
    """
    for name in REQUIRED:
        value = parameters.get(name, "")
        if not value:
            raise Invalid("login-parameter", parameter=name)
    for name in (*KEPT, STORAGE):
        value = parameters.get(name, "")
        if "\x00" in value or len(value) > LONGEST:
            raise Invalid("login-unreadable", parameter=name)
    platform = platforms.for_login(session, parameters["iss"], parameters.get("client_id"))
    public_id, state, nonce, secret = new_public_id(), *(secrets.token_urlsafe(24) for _ in range(3))
    frame = (parameters.get(STORAGE) or "")[:255] or None
    row = {
        "state": fingerprint(adapter.STATE_PREFIX + state), "public_id": public_id, "nonce": fingerprint(nonce),
        "secret": fingerprint(secret), "registration_id": platform.id, "storage_frame": frame,
        "parameters": {name: parameters[name] for name in KEPT if parameters.get(name)},
        "expires_at": clock.now() + timedelta(minutes=minutes),
    }  # fmt: skip
    session.execute(_STORE, row)
    url = adapter.authentication_url(parameters, platform, redirect_uri, state, nonce)
    return Begun(platform, url, public_id, secret, frame)


_TABLE = cast(Table, LoginAttempt.__table__)
_STORE = insert(_TABLE)
_KEPT = tuple(_TABLE.c[field.name] for field in fields(Attempt)[1:])
_OF_STATE = _TABLE.c.state == bindparam("its_state")
_FIND = select(*_KEPT, *platforms.COLUMNS).where(_OF_STATE, _TABLE.c.registration_id == platforms.REGISTRATIONS.c.id)
_SPEND = delete(_TABLE).where(_OF_STATE).returning(_TABLE.c.public_id)


def find(session: Session, state: str) -> Attempt | None:
    """The begun login with this state, left as it is; None when it is unknown or spent."""
    row = session.execute(_FIND, {"its_state": fingerprint(state)}).one_or_none()
    if row is None:
        return None
    platform = platforms.as_client(platforms.platform_of(row[len(_KEPT) :]), row.parameters.get("client_id"))
    return Attempt(platform, *row[: len(_KEPT)])


def spend(session: Session, attempt: Attempt) -> bool:
    """Take the begun login, its state and nonce out, in one statement: of two launches with one, one gets True."""
    return session.execute(_SPEND, {"its_state": attempt.state}).one_or_none() is not None


def forget_expired(session: Session) -> None:
    """Remove begun logins that nobody finished."""
    session.execute(delete(LoginAttempt).where(LoginAttempt.expires_at < clock.now() - timedelta(hours=1)))

