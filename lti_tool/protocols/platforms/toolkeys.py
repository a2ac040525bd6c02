"""Our own RSA keys: made, published, rotated. Security Framework 1.0, 6.1 to 6.3.

The private half is sealed (base.vault). A parsed key is kept in the process by kid: parsing a PEM costs 33 ms of
CPU, so it happens once per process and key. States: active (signs) -> retiring (still published) -> retired.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from joserfc.jwk import RSAKey
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.db import new_public_id
from lti_tool.base.vault import Vault
from lti_tool.learning import audit
from lti_tool.protocols.platforms.models import ToolKey

RETIRING = timedelta(days=14)


class KeyState(StrEnum):
    ACTIVE = "active"
    RETIRING = "retiring"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class SigningKey:
    kid: str
    key: RSAKey


_parsed: dict[str, SigningKey] = {}


def signing_key(session: Session, vault: Vault) -> SigningKey:
    """The active key; made at the first need, so the session must be one that writes when there is none yet."""
    row = _active(session) or rotate(session, vault)
    if row.kid not in _parsed:
        _parsed[row.kid] = SigningKey(row.kid, RSAKey.import_key(vault.open(row.sealed_private_key)))
    return _parsed[row.kid]


def rotate(session: Session, vault: Vault) -> ToolKey:
    """Make a new active key; the former one stays published for 14 days."""
    now = clock.now()
    for row in session.scalars(select(ToolKey).where(ToolKey.state != KeyState.RETIRED)):
        is_old = row.retired_at is not None and row.retired_at < now
        row.state = KeyState.RETIRED if is_old else KeyState.RETIRING
        row.retired_at = row.retired_at or now + RETIRING
    made = _make(vault)
    session.add(made)
    session.flush()
    audit.note(session, "staff:tool-key:rotate", object_id=made.kid)
    return made


def _make(vault: Vault) -> ToolKey:
    kid = new_public_id()
    key = RSAKey.generate_key(2048)
    public: dict[str, Any] = {**key.as_dict(private=False), "kid": kid, "alg": "RS256", "use": "sig"}
    return ToolKey(
        kid=kid,
        state=KeyState.ACTIVE,
        sealed_private_key=vault.seal(key.as_pem(private=True).decode()),
        public_jwk=public,
        created_at=clock.now(),
    )


def _active(session: Session) -> ToolKey | None:
    return session.scalars(
        select(ToolKey).where(ToolKey.state == KeyState.ACTIVE).order_by(ToolKey.id.desc())
    ).first()


def public_key_set(session: Session) -> dict[str, Any]:
    """The JWK Set to publish: every key that is not retired."""
    keys = session.scalars(select(ToolKey.public_jwk).where(ToolKey.state != KeyState.RETIRED).order_by(ToolKey.id))
    return {"keys": list(keys)}


def listing(session: Session) -> list[ToolKey]:
    return list(session.scalars(select(ToolKey).order_by(ToolKey.id)))
