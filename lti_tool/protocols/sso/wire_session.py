"""Authlib's OAuth 2 client, sent over our wire: the two methods of a requests session that it calls, and no more.

So its calls have our timeouts and size limits and reach no private address. docs/decisions/0013.
"""

from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import urlencode

from lti_tool.base.errors import Upstream
from lti_tool.base.wire import Answer, Wire


class ClientAuth(Protocol):
    """What Authlib puts beside a request for a token: who we are."""

    def prepare(self, method: str, uri: str, headers: dict[str, str], body: str) -> tuple[str, dict[str, str], str]: ...


class WireAnswer:
    """An answer as Authlib reads it."""

    def __init__(self, answer: Answer) -> None:
        self._answer, self.status_code = answer, answer.status

    def json(self) -> Any:
        """Raises Upstream("upstream-not-json")."""
        return self._answer.json()

    def raise_for_status(self) -> None:
        """Raises Upstream("upstream-status")."""
        if self.status_code >= 400:
            raise Upstream("upstream-status", retry=self.status_code >= 500, status=self.status_code)


class WireSession:
    """Hand it to authlib.oauth2.OAuth2Client as its session."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def post(self, url: str, *, data: Mapping[str, str], headers: Mapping[str, str], auth: ClientAuth) -> WireAnswer:
        url, sent, body = auth.prepare("POST", url, dict(headers), urlencode(data))
        return WireAnswer(self._wire.request("POST", url, headers=sent, body=body.encode()))
