"""A tool of a few lines for the platform to talk to, and the platform as it is seen from outside."""

import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

import requests
from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT_ID = "technohub-oefen"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
SCORE, LINE_ITEM, LINE_ITEM_READ = AGS + "score", AGS + "lineitem", AGS + "lineitem.readonly"
RESULT = AGS + "result.readonly"
MEMBERS = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
SCORE_TYPE = "application/vnd.ims.lis.v1.score+json"
LINE_ITEM_TYPE = "application/vnd.ims.lis.v2.lineitem+json"
LINE_ITEMS_TYPE = "application/vnd.ims.lis.v2.lineitemcontainer+json"
RESULTS_TYPE = "application/vnd.ims.lis.v2.resultcontainer+json"
MEMBERS_TYPE = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"


Page = str | Callable[[dict[str, str]], str]


@dataclass
class ToolDouble:
    """The tool; `keys` is what it publishes, the last one signs. `pages` answers GET and POST by path,
    with a text or with what a function makes of the fields that came."""

    url: str = ""
    keys: dict[str, RSAKey] = field(default_factory=dict)
    pages: dict[str, Page] = field(default_factory=dict)
    fetched: int = 0

    def rotate(self) -> str:
        """Publish one more key and sign with it."""
        kid = f"tool-{uuid.uuid4().hex[:8]}"
        self.keys[kid] = RSAKey.generate_key(2048)
        return kid

    def key_set(self) -> dict[str, Any]:
        return {"keys": [{**key.as_dict(private=False), "kid": kid} for kid, key in self.keys.items()]}

    def sign(self, claims: dict[str, Any], **header: Any) -> str:
        """A JWT of this tool; a header member of None is left out."""
        kid, key = list(self.keys.items())[-1]
        full = {"alg": "RS256", "kid": kid} | header
        return jwt.encode({name: value for name, value in full.items() if value is not None}, claims, key)

    def assertion_claims(self, platform_url: str, **changes: Any) -> dict[str, Any]:
        now = int(time.time())
        claims = {
            "iss": CLIENT_ID, "sub": CLIENT_ID, "aud": f"{platform_url}/oauth/token", "iat": now,
            "exp": now + 60, "jti": uuid.uuid4().hex,
        } | changes  # fmt: skip
        return {name: value for name, value in claims.items() if value is not None}

    def ask_token(
        self, platform_url: str, *scopes: str, assertion: str = "", **form: str
    ) -> requests.Response:
        """The answer of the token endpoint."""
        sent = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion or self.sign(self.assertion_claims(platform_url)),
            "scope": " ".join(scopes or (SCORE,)),
        } | form
        return requests.post(f"{platform_url}/oauth/token", data=sent, timeout=10)

    def bearer(self, platform_url: str, *scopes: str) -> dict[str, str]:
        """The Authorization header with a new token."""
        token = self.ask_token(platform_url, *scopes).json()["access_token"]
        return {"Authorization": f"Bearer {token}"}


def _handler(tool: ToolDouble) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(self.path.partition("?")[2])

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())

        def _answer(self, fields: str) -> None:
            path = self.path.partition("?")[0]
            if path == "/lti/jwks.json":
                tool.fetched += 1
                self._say(json.dumps(tool.key_set()), "application/json")
            else:
                page = tool.pages.get(path, "<!doctype html><title>tool</title>")
                given = dict(parse_qsl(fields)) or {"body": fields}
                self._say(page if isinstance(page, str) else page(given), "text/html")

        def _say(self, text: str, content_type: str) -> None:
            body = text.encode()
            self.send_response(200)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            return

    return Handler


@contextmanager
def running_tool() -> Iterator[ToolDouble]:
    """The tool at an address of its own (localhost, so another site than the platform's 127.0.0.1)."""
    tool = ToolDouble()
    tool.rotate()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(tool))
    tool.url = f"http://localhost:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield tool
    finally:
        server.shutdown()
        server.server_close()


@dataclass
class Platform:
    """The platform as seen from outside, with the tool's identity at hand."""

    url: str
    tool: ToolDouble

    def control(self, path: str, **body: Any) -> dict[str, Any]:
        answer = requests.post(f"{self.url}/control/{path}", json=body, timeout=10)
        assert answer.status_code < 300, answer.text
        return dict(answer.json())

    def misbehave(self, **switches: Any) -> None:
        self.control("misbehave", **switches)

    def column(self, link: str = "cobots") -> dict[str, Any]:
        """The line item of a link, as /control/gradebook tells it."""
        items = requests.get(f"{self.url}/control/gradebook", timeout=10).json()["lineitems"]
        return next(item for item in items if item.get("resourceLinkId") == link)

    def send_score(self, score: dict[str, Any], link: str = "cobots", **headers: str) -> requests.Response:
        address = self.column(link)["url"].replace("?", "/scores?")
        sent = self.tool.bearer(self.url, SCORE) | {"Content-Type": SCORE_TYPE} | headers
        return requests.post(address, json=score, headers=sent, timeout=10)


def score(user: str = "sanne", at: str = "2026-11-20T10:00:00.000Z", **members: Any) -> dict[str, Any]:
    """A sound final score of 8 out of 10; a member of None is left out."""
    full = {
        "userId": user, "timestamp": at, "scoreGiven": 8, "scoreMaximum": 10, "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
    } | members  # fmt: skip
    return {name: value for name, value in full.items() if value is not None}
