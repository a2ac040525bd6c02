"""A sign-in at a provider: begun in one browser, good for 10 minutes, spent once. PKCE by RFC 7636.

State, PKCE verifier and the browser's cookie are secrets; the database keeps fingerprints and seals.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.errors import Unauthorised
from lti_tool.base.vault import Vault, fingerprint
from lti_tool.protocols.sso.models import SignInAttempt

LASTS = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Attempt:
    """What the provider is asked, and what is done when it says yes."""

    provider: str
    verifier: str
    next_path: str
    connects: str | None
    """Public id of the staff session that connects an account; None signs in."""

    @property
    def nonce(self) -> str:
        """Made of the verifier, so that one secret is kept and not two. It tells nothing of the verifier."""
        return fingerprint(f"nonce {self.verifier}")


def begin(session: Session, vault: Vault, attempt: Attempt, browser: str) -> str:
    """Store the sign-in; returns its state."""
    state = secrets.token_urlsafe(32)
    session.add(
        SignInAttempt(
            state=fingerprint(state), browser=fingerprint(browser), provider=attempt.provider,
            sealed_verifier=vault.seal(attempt.verifier), next_path=attempt.next_path, connects=attempt.connects,
            expires_at=clock.now() + LASTS,
        )
    )  # fmt: skip
    session.flush()
    return state


def spend(session: Session, vault: Vault, provider: str, state: str, browser: str | None) -> Attempt:
    """Take the sign-in out; only the browser in which it began can. Raises Unauthorised("oidc-state")."""
    table = SignInAttempt
    taken = session.execute(
        delete(table)
        .where(table.state == fingerprint(state), table.provider == provider)
        .where(table.browser == fingerprint(browser or ""))
        .returning(table.sealed_verifier, table.next_path, table.connects, table.expires_at)
    ).one_or_none()
    if taken is None or taken.expires_at < clock.now():
        raise Unauthorised("oidc-state", minutes=int(LASTS.total_seconds() // 60))
    return Attempt(provider, vault.open(taken.sealed_verifier), taken.next_path, taken.connects)


def forget_old(session: Session, *, before: datetime) -> None:
    session.execute(delete(SignInAttempt).where(SignInAttempt.expires_at < before))
