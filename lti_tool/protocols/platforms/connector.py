"""Calls to a platform's services, with a bearer token that all workers share. Security Framework 1.0, 4.1.

One token per registration and scope set: kept in this process, sealed in the database, asked for by one caller at
a time (a claim on the row; others wait), renewed 60 s before its end and once after a 401. No transaction is open
while the network is used.
"""

import json
import threading
import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from joserfc import jwt
from sqlalchemy import Engine, or_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.db import new_public_id, writing
from lti_tool.base.errors import Upstream
from lti_tool.base.vault import Vault
from lti_tool.base.wire import Answer, Wire
from lti_tool.protocols.platforms import toolkeys
from lti_tool.protocols.platforms.models import AccessToken
from lti_tool.protocols.platforms.service import Platform

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
EARLY = timedelta(seconds=60)
ASKING = timedelta(seconds=20)
WAIT_S = 0.1


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    expires_at: datetime

    @property
    def is_good(self) -> bool:
        return clock.now() < self.expires_at - EARLY


class Connector:
    """One per process; threads share it."""

    def __init__(self, engine: Engine, wire: Wire, vault: Vault) -> None:
        self._engine, self._wire, self._vault = engine, wire, vault
        self._tokens: dict[tuple[int, str], _Token] = {}
        self._locks: defaultdict[tuple[int, str], threading.Lock] = defaultdict(threading.Lock)
        """One per token, so that a platform that hangs holds up no other."""

    def request(
        self, platform: Platform, scopes: tuple[str, ...], method: str, url: str, *, accept: str | None = None,
        content_type: str | None = None, body: bytes | None = None,
    ) -> Answer:  # fmt: skip
        """One call with a token for these scopes; after a 401 once more with a new token.

        Raises Upstream for a platform that cannot be reached or gives no token; returns every other answer.
        """
        headers = {"Accept": accept} if accept else {}
        if content_type:
            headers["Content-Type"] = content_type
        token = self._token(platform, scopes, None)
        answer = self._send(method, url, headers, token, body)
        if answer.status != 401:
            return answer
        return self._send(method, url, headers, self._token(platform, scopes, token), body)

    def _send(self, method: str, url: str, headers: dict[str, str], token: _Token, body: bytes | None) -> Answer:
        return self._wire.request(
            method, url, headers={**headers, "Authorization": f"Bearer {token.text}"}, body=body
        )

    def _token(self, platform: Platform, scopes: tuple[str, ...], refused: _Token | None) -> _Token:
        """A token that is good and not the refused one."""
        wanted = " ".join(sorted(scopes))
        kept = self._tokens.get((platform.id, wanted))
        if kept is not None and kept.is_good and kept != refused:
            return kept
        with self._locks[platform.id, wanted]:
            kept = self._tokens.get((platform.id, wanted))
            if kept is None or not kept.is_good or kept == refused:
                kept = self._shared(platform, wanted, refused)
                self._tokens[platform.id, wanted] = kept
        return kept

    def _shared(self, platform: Platform, wanted: str, refused: _Token | None) -> _Token:
        """The token of all workers, or a new one when there is none that is good."""
        give_up_at = time.monotonic() + ASKING.total_seconds()
        while True:
            stored, is_mine = self._look(platform.id, wanted, refused)
            if stored is not None:
                return stored
            if is_mine:
                return self._renew(platform, wanted)
            if time.monotonic() > give_up_at:
                raise Upstream("token-wait", retry=True)
            time.sleep(WAIT_S)

    def _look(self, registration_id: int, wanted: str, refused: _Token | None) -> tuple[_Token | None, bool]:
        """(the stored token if it is good, whether the caller is the one to ask for a new one)."""
        try:
            return self._look_in_row(registration_id, wanted, refused)
        except IntegrityError:  # another worker added the row and asks
            return None, False

    def _look_in_row(
        self, registration_id: int, wanted: str, refused: _Token | None
    ) -> tuple[_Token | None, bool]:
        with Session(self._engine) as session, session.begin():
            writing(session)
            row = session.query(AccessToken).filter_by(registration_id=registration_id, scopes=wanted).one_or_none()
            if row is None:
                session.add(AccessToken(registration_id=registration_id, scopes=wanted))
                session.flush()
            elif row.sealed_token and row.expires_at:
                stored = _Token(self._vault.open(row.sealed_token), row.expires_at)
                if stored.is_good and stored != refused:
                    return stored, False
            return None, self._claim(session, registration_id, wanted)

    def _claim(self, session: Session, registration_id: int, wanted: str) -> bool:
        now = clock.now()
        claimed = session.execute(
            update(AccessToken)
            .where(
                AccessToken.registration_id == registration_id,
                AccessToken.scopes == wanted,
                or_(AccessToken.asked_until.is_(None), AccessToken.asked_until < now),
            )
            .values(asked_until=now + ASKING)
        )
        return bool(claimed.rowcount)  # type: ignore[attr-defined]

    def _renew(self, platform: Platform, wanted: str) -> _Token:
        values: dict[str, Any] = {"asked_until": None}
        try:
            token = self._ask(platform, wanted)
            values |= {"sealed_token": self._vault.seal(token.text), "expires_at": token.expires_at}
            return token
        finally:
            with Session(self._engine) as session, session.begin():
                writing(session).execute(
                    update(AccessToken)
                    .where(AccessToken.registration_id == platform.id, AccessToken.scopes == wanted)
                    .values(**values)
                )

    def _ask(self, platform: Platform, wanted: str) -> _Token:
        form = urlencode(
            {
                "grant_type": "client_credentials",
                "client_assertion_type": ASSERTION_TYPE,
                "client_assertion": self._assertion(platform),
                "scope": wanted,
            }
        )
        answer = self._wire.request(
            "POST", platform.auth_token_url, body=form.encode(),
            headers={"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"},
        )  # fmt: skip
        if answer.status != 200:
            retry = answer.status == 429 or answer.status >= 500
            raise Upstream(
                "token-refused", retry=retry, after_s=answer.retry_after_s, status=answer.status,
                said=answer.body[:200].decode(errors="replace"),
            )  # fmt: skip
        document = answer.json()
        text = document.get("access_token") if isinstance(document, dict) else None
        if not isinstance(text, str):
            raise Upstream("token-format", retry=True)
        seconds = document.get("expires_in", 3600)
        lasting = seconds if isinstance(seconds, int | float) and seconds > 0 else 3600
        return _Token(text, clock.now() + timedelta(seconds=max(float(lasting), EARLY.total_seconds() + 1)))

    def _assertion(self, platform: Platform) -> str:
        with Session(self._engine) as session, session.begin():
            key = toolkeys.signing_key(writing(session), self._vault)
        now = int(clock.now().timestamp())
        claims = {
            "iss": platform.client_id, "sub": platform.client_id, "jti": new_public_id(),
            "aud": platform.audience or platform.auth_token_url, "iat": now, "exp": now + 300,
        }  # fmt: skip
        return jwt.encode({"alg": "RS256", "kid": key.kid, "typ": "JWT"}, claims, key.key)


def json_body(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
