"""What we send to a platform's token and grade services, byte for byte, as a server on loopback hears it.

Security Framework 1.0, 4.1.1; Core 1.3, 6; Assignment and Grade Services 2.0, 3.
"""

import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import jwt
import pytest

from lti_tool.base import clock
from lti_tool.base.vault import Vault
from lti_tool.base.wire import Wire
from lti_tool.protocols.grades import ags, results
from lti_tool.protocols.grades.ags import Column, Score
from lti_tool.protocols.platforms import service as platforms
from lti_tool.protocols.platforms.connector import Connector
from lti_tool.protocols.platforms.models import Registration
from lti_tool.protocols.platforms.service import Platform

MEDIA = "application/vnd.ims.lis.{}+json"
SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/"
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(Z|\+00:00)")
OF_A_SCORE = {
    "userId", "timestamp", "activityProgress", "gradingProgress", "comment", "scoreGiven", "scoreMaximum", "submission",
}  # fmt: skip


@dataclass
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), strict_parsing=True))

    @property
    def json(self) -> dict[str, Any]:
        return dict(json.loads(self.body))


@dataclass
class Services:
    """The platform's token and grade services; they keep what they were asked."""

    url: str = ""
    heard: list[Asked] = field(default_factory=list)
    lifetime_s: int = 3600
    refuses: int = 0
    """So many service calls get a 401."""

    def of(self, path: str) -> list[Asked]:
        return [one for one in self.heard if urlsplit(one.path).path == path]

    def answer(self, asked: Asked) -> tuple[int, Any]:
        if asked.path == "/token":
            number = len(self.of("/token"))
            return 200, {"access_token": f"opaque.{number}.~", "token_type": "Bearer", "expires_in": self.lifetime_s}
        if self.refuses:
            self.refuses -= 1
            return 401, {}
        return (201, {"id": f"{self.url}/lineitems/1"}) if asked.path == "/lineitems" else (200, [])


@pytest.fixture
def services() -> Iterator[Services]:
    made = Services()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            asked = Asked(self.command, self.path, dict(self.headers), self.rfile.read(length))
            made.heard.append(asked)
            status, document = made.answer(asked)
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_PUT = do_DELETE = do_POST

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()
    thread.join(timeout=5)


def platform_of(desk: Any, services: Services, **changes: Any) -> Platform:
    desk.register(auth_token_url=f"{services.url}/token", **changes)
    (row,) = desk.rows(Registration)
    return platforms.platform_of([getattr(row, name) for name in platforms.FIELDS])


def connector(desk: Any) -> Connector:
    return Connector(desk.engine, Wire(allowed_private_hosts=("127.0.0.1",)), Vault(desk.settings.secret_keys))


def score(**changes: Any) -> Score:
    at = datetime(2026, 9, 1, 10, 0, 0, 123456, tzinfo=UTC)
    facts: dict[str, Any] = {
        "subject": "person-1", "activity_progress": "Completed", "grading_progress": "FullyGraded", "points": 90.0,
        "maximum": 100.0, "comment": "Afgerond & behaald <90>", "timestamp": at, "started_at": at,
        "submitted_at": at - timedelta(minutes=5), "is_first_number": True,
    }  # fmt: skip
    return Score(**{**facts, **changes})


def soon() -> datetime:
    return clock.now() + timedelta(seconds=30)


def post(desk: Any, services: Services, platform: Platform, path: str = "/lineitems/1", **changes: Any) -> Any:
    return ags.post_score(connector(desk), platform, services.url + path, score(**changes), start_by=soon())


@pytest.mark.parametrize("audience", [None, "https://api.lms.test/auth"])
def test_a_token_is_asked_for_by_a_signed_assertion_and_no_secret(
    desk: Any, services: Services, audience: str | None
) -> None:
    """R-TOK-1, R-TOK-2, R-TOK-3, R-TOK-4; SEC 4.1.1, CORE 6.2: a form of four fields, and our published key."""
    platform = platform_of(desk, services, audience=audience)
    post(desk, services, platform)
    (asked,) = services.of("/token")
    assert (asked.method, asked.headers["Content-Type"]) == ("POST", "application/x-www-form-urlencoded")
    assert set(asked.form) == {"grant_type", "client_assertion_type", "client_assertion", "scope"}
    assert asked.form["grant_type"] == "client_credentials"
    assert asked.form["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    assert asked.form["scope"] == SCOPE + "score"
    assert "Authorization" not in asked.headers
    header = jwt.get_unverified_header(asked.form["client_assertion"])
    published = {key["kid"]: key for key in desk.open("/lti/jwks.json").json["keys"]}
    assert header["alg"] == "RS256"
    wanted = audience or f"{services.url}/token"
    key = jwt.PyJWK(published[header["kid"]])
    claims = jwt.decode(asked.form["client_assertion"], key, algorithms=["RS256"], audience=wanted)
    assert claims["iss"] == claims["sub"] == desk.CLIENT
    assert claims["aud"] == wanted
    assert claims["iat"] <= clock.now().timestamp() < claims["exp"] <= claims["iat"] + 600
    assert claims["jti"]
    assert claims[desk.CLAIM + "deployment_id"] == desk.DEPLOYMENT


def test_no_two_assertions_have_one_id(desk: Any, services: Services) -> None:
    """R-TOK-2, SEC 4.1.1: jti."""
    platform = platform_of(desk, services)
    tokens = connector(desk)._tokens
    ids = {jwt.decode(tokens._assertion(platform), options={"verify_signature": False})["jti"] for _ in range(20)}
    assert len(ids) == 20


def test_a_token_is_opaque_reused_and_renewed_after_a_401(desk: Any, services: Services) -> None:
    """R-TOK-5, SEC 4.1 and 7.1.1: sent as it came; one for many calls; another one after a refusal."""
    platform, sender = platform_of(desk, services), connector(desk)
    for _ in range(3):
        ags.post_score(sender, platform, services.url + "/lineitems/1", score(), start_by=soon())
    services.refuses = 1
    ags.post_score(sender, platform, services.url + "/lineitems/1", score(), start_by=soon())
    sent = [one.headers["Authorization"] for one in services.of("/lineitems/1/scores")]
    assert sent == ["Bearer opaque.1.~"] * 4 + ["Bearer opaque.2.~"]
    assert len(services.of("/token")) == 2


def test_a_score_goes_to_scores_below_the_line_item_with_its_query_kept(desk: Any, services: Services) -> None:
    """R-AGS-1, R-AGS-2; AGS 3.4.1 and 3.4.3."""
    post(desk, services, platform_of(desk, services), "/lineitems/1/lineitem?type_id=3&x=%2F")
    asked = services.heard[-1]
    assert (asked.method, asked.path) == ("POST", "/lineitems/1/lineitem/scores?type_id=3&x=%2F")
    assert asked.headers["Content-Type"] == MEDIA.format("v1.score")


@pytest.mark.parametrize("family", ["generic", "moodle", "brightspace", "itslearning", "canvas"])
def test_a_score_message_holds_what_the_service_knows_and_extensions_under_addresses_only(
    desk: Any, services: Services, family: str
) -> None:
    """R-AGS-3, R-AGS-4, R-AGS-5, R-AGS-7, R-AGS-8, R-AGS-9; AGS 3.1.2 and 3.4."""
    post(desk, services, platform_of(desk, services, family=family))
    body = services.heard[-1].json
    assert all(name in OF_A_SCORE or name.startswith("https://") for name in body)
    assert (body["userId"], body["activityProgress"], body["gradingProgress"]) == (
        "person-1", "Completed", "FullyGraded",
    )  # fmt: skip
    assert (body["scoreGiven"], body["scoreMaximum"]) == (90, 100)
    assert body["comment"] == "Afgerond & behaald <90>"
    for moment in (body["timestamp"], *body["submission"].values()):
        assert MOMENT.fullmatch(moment), moment
    assert body["submission"]["startedAt"] <= body["submission"]["submittedAt"]


def test_a_message_without_a_number_names_no_maximum(desk: Any, services: Services) -> None:
    """R-AGS-3, AGS 3.4.4."""
    post(desk, services, platform_of(desk, services), points=None, grading_progress="NotReady")
    assert {"scoreGiven", "scoreMaximum"} & set(services.heard[-1].json) == set()


def column(services: Services) -> Column:
    scopes = (SCOPE + "lineitem",)
    return Column(f"{services.url}/lineitems", scopes, "link 1/é", "cobots", "  Cobots veilig inzetten ", 100.0)


def test_a_column_is_looked_for_by_link_resource_and_tag(desk: Any, services: Services) -> None:
    """R-AGS-2, R-AGS-12; AGS 3.2.1 and 3.2.4."""
    ags.find_column(connector(desk), platform_of(desk, services), column(services), start_by=soon())
    asked = services.heard[-1]
    assert (asked.method, asked.headers["Accept"]) == ("GET", MEDIA.format("v2.lineitemcontainer"))
    query = parse_qs(urlsplit(asked.path).query)
    assert query == {"resource_link_id": ["link 1/é"], "resource_id": ["cobots"], "tag": ["technohub"]}


def test_a_new_column_is_a_whole_line_item(desk: Any, services: Services) -> None:
    """R-AGS-2, R-AGS-10; AGS 3.2.1 and 3.2.5-3.2.14."""
    ags.make_column(connector(desk), platform_of(desk, services), column(services), start_by=soon())
    asked = services.heard[-1]
    assert (asked.method, asked.path) == ("POST", "/lineitems")
    assert asked.headers["Content-Type"] == asked.headers["Accept"] == MEDIA.format("v2.lineitem")
    assert asked.json == {
        "label": "Cobots veilig inzetten", "scoreMaximum": 100, "tag": "technohub", "resourceId": "cobots",
        "resourceLinkId": "link 1/é",
    }  # fmt: skip
    assert services.of("/token")[0].form["scope"] == SCOPE + "lineitem"


def test_a_result_is_read_by_its_own_media_type_and_scope(desk: Any, services: Services) -> None:
    """R-AGS-2, R-AGS-14; AGS 3.3."""
    column = f"{services.url}/lineitems/1?a=1"
    results.shows(connector(desk), platform_of(desk, services), column, score(subject="p/é 1"))
    asked = services.heard[-1]
    assert (asked.method, asked.headers["Accept"]) == ("GET", MEDIA.format("v2.resultcontainer"))
    assert asked.path == "/lineitems/1/results?a=1&user_id=p%2F%C3%A9%201"
    assert services.of("/token")[0].form["scope"] == SCOPE + "result.readonly"
