"""Access tokens: one per registration, client id and scopes, for all workers together. Security Framework 1.0, 4.1.1.

A token is kept in this process and, sealed, in the database. One caller at a time asks the platform for a new one:
who wins the conditional update of `asked_until`; others wait for what the winner stores. The same column says how
long nobody may ask: after a failure ever longer (2 s to 5 min), or as long as Retry-After says. Tokens are renewed
60 s before their end, and after a 401 unless somebody renewed them meanwhile: at most once a minute (`replaced_at`),
so that a platform which refuses fresh tokens too is not asked for one after the other.
"""

import threading
import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from joserfc import jwt
from sqlalchemy import Engine, or_, select, update
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.db import insert_missing, new_public_id, writing
from lti_tool.base.errors import Invalid, Upstream
from lti_tool.base.vault import Vault
from lti_tool.base.wire import Answer, Wire
from lti_tool.protocols.platforms import toolkeys
from lti_tool.protocols.platforms.models import AccessToken, Deployment
from lti_tool.protocols.platforms.service import Platform

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
DEPLOYMENT_CLAIM = "https://purl.imsglobal.org/spec/lti/claim/deployment_id"
EARLY = timedelta(seconds=60)
LASTING_S = 3600.0
"""When the platform does not say how long a token lasts."""
ASSERTION_LASTS_S, CLOCK_SLACK_S = 300, 5
POLL_S = 0.05
REPLACE_EVERY = timedelta(seconds=60)
"""So long a token that took the place of a refused one is not replaced itself."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 2.0, 300.0


@dataclass(frozen=True, slots=True)
class Token:
    text: str
    use_until: datetime
    """60 s before its end; halfway where it lasts less than two minutes."""


@dataclass(frozen=True, slots=True)
class _Look:
    """What the shared row says: a token, or whether the caller may or is to ask, or until when others are asking."""

    token: Token | None = None
    is_too_soon: bool = False
    """The refused token took the place of a refused one just now."""
    is_mine_to_ask: bool = False
    asked_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Pause:
    """After failures: how many in a row, and until when this process need not try again."""

    failures: int
    until: datetime


_Key = tuple[int, str, str]
"""Registration, client id, scopes."""


class TokenStore:
    """One per process; threads share it."""

    def __init__(self, engine: Engine, wire: Wire, vault: Vault) -> None:
        self._engine, self._wire, self._vault = engine, wire, vault
        self._kept: dict[_Key, Token] = {}
        self._pauses: dict[_Key, _Pause] = {}
        self._locks: defaultdict[_Key, threading.Lock] = defaultdict(threading.Lock)

    def token(self, platform: Platform, scopes: tuple[str, ...]) -> Token:
        """A token for these scopes. Raises Upstream("token-refused" | "token-format" | "token-wait" | ...)."""
        key = _key(platform, scopes)
        kept = self._kept.get(key)
        if kept is not None and clock.now() < kept.use_until:
            return kept
        found = self._shared(platform, key, stale=None)
        if found is None:
            raise Upstream("token-wait", retry=True)
        return found

    def instead_of(self, platform: Platform, scopes: tuple[str, ...], refused: Token) -> Token | None:
        """A token in place of one that got a 401; None where that one took the place of another a moment ago."""
        return self._shared(platform, _key(platform, scopes), stale=refused)

    def _shared(self, platform: Platform, key: _Key, stale: Token | None) -> Token | None:
        with self._locks[key]:
            kept = self._kept.get(key)
            if kept is not None and kept != stale and clock.now() < kept.use_until:
                return kept
            self._must_not_pause(key)
            found = self._stored_or_new(platform, key, stale)
            if found is not None:
                self._kept[key] = found
            return found

    def _must_not_pause(self, key: _Key) -> None:
        """Whoever waited for an attempt that failed does not make another at once. Raises Upstream("token-wait")."""
        pause = self._pauses.get(key)
        left_s = (pause.until - clock.now()).total_seconds() if pause else 0.0
        if 0 < left_s <= LONGEST_PAUSE_S:
            raise Upstream("token-wait", retry=True, after_s=left_s)

    def _stored_or_new(self, platform: Platform, key: _Key, stale: Token | None) -> Token | None:
        patience = self._patience
        give_up_at = clock.now() + patience
        while True:
            look = self._look(key, stale)
            if look.token is not None or look.is_too_soon:
                return look.token
            if look.is_mine_to_ask:
                return self._renew(platform, key, stale)
            now = clock.now()
            left = look.asked_until - now if look.asked_until else timedelta(0)
            if left > patience or now > give_up_at:
                raise Upstream("token-wait", retry=True, after_s=max(left.total_seconds(), 1.0))
            time.sleep(POLL_S)

    @property
    def _patience(self) -> timedelta:
        """Whoever asks needs one timeout and a moment for the database. The shortest lease counts on this."""
        return timedelta(seconds=2 * self._wire.timeout_s)

    def _look(self, key: _Key, stale: Token | None) -> _Look:
        """Look and claim under one lock: between the two another worker may store what it was given."""
        with Session(self._engine) as session, session.begin():
            row = writing(session).execute(_of(key)).one_or_none()
            if row is None:
                insert_missing(session, AccessToken, registration_id=key[0], client_id=key[1], scopes=key[2])
                row = session.execute(_of(key)).one()
            stored = self._opened(row.sealed_token, row.expires_at)
            if stored is not None and stored != stale and clock.now() < stored.use_until:
                return _Look(token=stored)
            if stale is not None and _was_just(row.replaced_at):
                return _Look(is_too_soon=True)
            return _Look(is_mine_to_ask=self._claim(session, key), asked_until=row.asked_until)

    def _opened(self, sealed: str | None, use_until: datetime | None) -> Token | None:
        """None also for one that was sealed with a key that is no longer among the settings."""
        try:
            return Token(self._vault.open(sealed), use_until) if sealed and use_until else None
        except Invalid:
            return None

    def _claim(self, session: Session, key: _Key) -> bool:
        """True for the one caller who may ask the platform now."""
        now = clock.now()
        claimed = session.execute(
            _update(key)
            .where(or_(AccessToken.asked_until.is_(None), AccessToken.asked_until <= now))
            .values(asked_until=now + self._patience)
        )
        return bool(claimed.rowcount)  # type: ignore[attr-defined]

    def _renew(self, platform: Platform, key: _Key, stale: Token | None) -> Token:
        try:
            token = self._ask(platform, key[2])
        except Upstream as error:
            self._store(key, asked_until=self._pause(key, error.after_s))
            raise
        except BaseException:
            self._store(key, asked_until=clock.now())
            raise
        self._pauses.pop(key, None)
        noted = {} if stale is None else {"replaced_at": clock.now()}
        self._store(
            key, sealed_token=self._vault.seal(token.text), expires_at=token.use_until, asked_until=None,
            **noted,
        )  # fmt: skip
        return token

    def _pause(self, key: _Key, asked_s: float | None) -> datetime:
        """Until when nobody may ask after this failure."""
        failures = self._pauses[key].failures + 1 if key in self._pauses else 1
        own_s = min(FIRST_PAUSE_S * 2.0 ** min(failures - 1, 20), LONGEST_PAUSE_S)
        until = clock.now() + timedelta(seconds=max(asked_s or 0.0, own_s))
        self._pauses[key] = _Pause(failures, until)
        return until

    def _store(self, key: _Key, **values: str | datetime | None) -> None:
        with Session(self._engine) as session, session.begin():
            writing(session).execute(_update(key).values(**values))

    def ask(self, platform: Platform, scopes: str) -> Answer:
        """The platform's whole answer when it is asked for a token, which is kept nowhere: to look at, not to use."""
        form = {
            "grant_type": "client_credentials", "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": self._assertion(platform), "scope": scopes,
        }  # fmt: skip
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        return self._wire.request("POST", platform.auth_token_url, body=urlencode(form).encode(), headers=headers)

    def _ask(self, platform: Platform, scopes: str) -> Token:
        answer = self.ask(platform, scopes)
        if answer.status not in (200, 201):
            raise _refusal(answer)
        return _parsed(answer)

    def _assertion(self, platform: Platform) -> str:
        with Session(self._engine) as session, session.begin():
            key = toolkeys.signing_key(writing(session), self._vault)
            deployments = session.scalars(
                select(Deployment.deployment_id).where(Deployment.registration_id == platform.id).limit(2)
            ).all()
        now = int(clock.now().timestamp())
        claims: dict[str, Any] = {
            "iss": platform.client_id, "sub": platform.client_id, "jti": new_public_id(),
            "aud": platform.audience or platform.auth_token_url,
            "iat": now - CLOCK_SLACK_S, "exp": now + ASSERTION_LASTS_S,
        }  # fmt: skip
        if len(deployments) == 1:
            claims[DEPLOYMENT_CLAIM] = deployments[0]
        return jwt.encode({"alg": "RS256", "kid": key.kid, "typ": "JWT"}, claims, key.key)


def _key(platform: Platform, scopes: tuple[str, ...]) -> _Key:
    return platform.id, platform.client_id, scopes[0] if len(scopes) == 1 else " ".join(sorted(scopes))


def _was_just(replaced_at: datetime | None) -> bool:
    """False also for a time to come: the clock was set back since."""
    return replaced_at is not None and timedelta(0) <= clock.now() - replaced_at < REPLACE_EVERY


def _of(key: _Key) -> Any:
    return (
        select(
            AccessToken.sealed_token, AccessToken.expires_at, AccessToken.asked_until, AccessToken.replaced_at
        )
        .where(*_row_of(key))
        .with_for_update()
    )


def _update(key: _Key) -> Any:
    return update(AccessToken).where(*_row_of(key))


def _row_of(key: _Key) -> tuple[Any, Any, Any]:
    return AccessToken.registration_id == key[0], AccessToken.client_id == key[1], AccessToken.scopes == key[2]


def _refusal(answer: Answer) -> Upstream:
    """A refusal may heal without us (keys fetched again, a tool activated), so it is always tried again."""
    return Upstream(
        "token-refused", retry=True, after_s=answer.retry_after_s, status=answer.status,
        said=answer.body[:500].decode(errors="replace").replace("\x00", ""),
    )  # fmt: skip


def _parsed(answer: Answer) -> Token:
    """Raises Upstream("token-format")."""
    document = answer.json()
    text = document.get("access_token") if isinstance(document, dict) else None
    if not isinstance(text, str) or not text or not (text.isascii() and text.isprintable()):
        raise Upstream("token-format", retry=True)
    return Token(text, clock.now() + timedelta(seconds=_usable_s(document.get("expires_in"))))


def _usable_s(expires_in: object) -> float:
    try:
        lasting = float(expires_in)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        lasting = LASTING_S
    if not 0 < lasting < 1e7:
        lasting = LASTING_S
    return max(lasting - EARLY.total_seconds(), lasting / 2)
