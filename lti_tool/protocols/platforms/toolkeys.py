"""Our own RSA keys: what signs, and what is published. Security Framework 1.0, 6.1 to 6.3.

The private half is sealed (base.vault). A parsed key is kept in the process by kid: parsing a PEM costs 33 ms of
CPU, so it happens once per process and key. Which key is the active one is read each time, so that a rotation
reaches every process at once. `keylife` says how keys come and go.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from joserfc.jwk import RSAKey
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.db import alone, new_public_id
from lti_tool.base.errors import Invalid
from lti_tool.base.vault import Vault
from lti_tool.protocols.platforms.models import ToolKey

ALONE = "tool-keys"
PUBLISHED_FOR_S = 300
"""How long others may keep our key set without asking again. An emergency is over sooner where it is short."""


class KeyState(StrEnum):
    NEXT = "next"
    """Published, so that platforms have it before it signs."""
    ACTIVE = "active"
    """Signs."""
    RETIRING = "retiring"
    """Signs no more; still published for what it signed."""
    RETIRED = "retired"
    """Not published; its private half is gone. The row stays, so that its kid is never used again."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    kid: str
    key: RSAKey


@dataclass(frozen=True, slots=True)
class Pair:
    """A new key pair that is in no database yet."""

    kid: str
    pem: str
    public_jwk: dict[str, Any]


_parsed: dict[str, SigningKey] = {}


def signing_key(session: Session, vault: Vault) -> SigningKey:
    """The active key; made at the first need, so the session must be one that writes when there is none yet.

    Raises Invalid("sealed-with-unknown-key").
    """
    row = active(session) or _first(session, vault)
    if row.kid not in _parsed:
        parsed = SigningKey(row.kid, RSAKey.import_key(vault.open(row.sealed_private_key or "")))
        _parsed.clear()  # a former key signs no more
        _parsed[row.kid] = parsed
    return _parsed[row.kid]


def _first(session: Session, vault: Vault) -> ToolKey:
    """Nobody knows a key of ours yet, so that this one need not wait."""
    alone(session, ALONE)
    return active(session) or keep(session, vault, new_pair(), KeyState.ACTIVE)


def new_pair() -> Pair:
    """Takes some tenths of a second: best done before a transaction begins."""
    kid = new_public_id()
    key = RSAKey.generate_key(2048)
    public: dict[str, Any] = {**key.as_dict(private=False), "kid": kid, "alg": "RS256", "use": "sig"}
    return Pair(kid, key.as_pem(private=True).decode(), public)


def keep(session: Session, vault: Vault, pair: Pair, state: KeyState) -> ToolKey:
    now = clock.now()
    made = ToolKey(
        kid=pair.kid, state=state, sealed_private_key=vault.seal(pair.pem), public_jwk=pair.public_jwk,
        created_at=now, activated_at=now if state is KeyState.ACTIVE else None,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def active(session: Session) -> ToolKey | None:
    return newest(session, KeyState.ACTIVE)


def newest(session: Session, state: KeyState) -> ToolKey | None:
    return session.scalars(
        select(ToolKey).where(ToolKey.state == state).order_by(ToolKey.id.desc())
    ).first()


def can_sign(session: Session, vault: Vault) -> bool:
    """False when there is an active key and none of the secret keys opens it."""
    try:
        found = active(session)
        return found is None or bool(vault.open(found.sealed_private_key or ""))
    except Invalid:
        return False


def public_key_set(session: Session) -> dict[str, Any]:
    """The JWK Set to publish: every key that is not retired."""
    keys = session.scalars(select(ToolKey.public_jwk).where(ToolKey.state != KeyState.RETIRED).order_by(ToolKey.id))
    return {"keys": list(keys)}
