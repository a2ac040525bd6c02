"""Calls to a platform's services, with a bearer token that all workers share. Security Framework 1.0, 4.1.

`Connector` sends; `tokens` keeps and renews the tokens. No transaction is open while the network is used.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine

from lti_tool.base import clock
from lti_tool.base.errors import Upstream
from lti_tool.base.vault import Vault
from lti_tool.base.wire import Answer, Wire
from lti_tool.protocols.platforms.service import Platform
from lti_tool.protocols.platforms.tokens import Token, TokenStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request to a service. `scopes` are those it needs and the platform granted."""

    scopes: tuple[str, ...]
    method: str
    url: str
    accept: str | None = None
    content_type: str | None = None
    body: bytes | None = None
    needs_answer: bool = True
    """False where the status says all; of a body that is too large or broken only the beginning is read then."""


class Connector:
    """One per process; threads share it."""

    def __init__(self, engine: Engine, wire: Wire, vault: Vault) -> None:
        self._wire = wire
        self._tokens = TokenStore(engine, wire, vault)
        self.timeout_s = wire.timeout_s

    def request(self, platform: Platform, call: Call, *, start_by: datetime | None = None) -> Answer:
        """The platform's answer to a call; after a 401 the call is made once more with a new token.

        Nothing is sent after `start_by`: whoever holds a lease on the work may have lost it by then.
        Raises Upstream for a platform that cannot be reached or gives no token, Upstream("too-late").
        """
        token = self._tokens.token(platform, call.scopes)
        answer = self._send(call, token, start_by)
        if answer.status != 401:
            return answer
        renewed = self._tokens.instead_of(platform, call.scopes, token)
        return answer if renewed is None else self._send(call, renewed, start_by)

    def _send(self, call: Call, token: Token, start_by: datetime | None) -> Answer:
        if start_by is not None and clock.now() > start_by:
            raise Upstream("too-late", retry=True)
        headers = {"Authorization": f"Bearer {token.text}"}
        if call.accept:
            headers["Accept"] = call.accept
        if call.content_type:
            headers["Content-Type"] = call.content_type
        return self._wire.request(
            call.method, call.url, headers=headers, body=call.body, needs_body=call.needs_answer
        )


json_text: Callable[[Any], str] = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


def json_body(value: Any) -> bytes:
    return json_text(value).encode()
