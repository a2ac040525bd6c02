"""Deep linking at the forging desk: requests, and answers as the browser would post them.

What is placed goes by the service of deep linking, so that these tests hold whatever the chooser's pages look like.
"""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jwt
from werkzeug.test import TestResponse

from lti_tool.protocols.deep_linking import sending
from lti_tool.protocols.deep_linking import service as deep_linking
from lti_tool.protocols.deep_linking.items import Item
from lti_tool.protocols.deep_linking.settings import Wanted
from lti_tool.protocols.resource_links.rules import Terms
from lti_tool.web import visits
from lti_tool.web.transaction import session
from lti_tool.web.visits import Visit

DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"
SETTINGS = DL + "deep_linking_settings"
MODULE = "cobots-veilig-inzetten"


def wanting(**changes: Any) -> dict[str, Any]:
    """The settings of a platform that takes several links with columns. A change to None takes one out."""
    settings = {
        "deep_link_return_url": "https://lms.test/choices?course=1&session=2",
        "accept_types": ["ltiResourceLink"], "accept_presentation_document_targets": ["iframe", "window"],
        "accept_multiple": True, "accept_lineitem": True, "auto_create": True, **changes,
    }  # fmt: skip
    return {name: value for name, value in settings.items() if value is not None}


def request(desk: Any, /, claims: dict[str, Any] | None = None, **settings: Any) -> dict[str, Any]:
    """The claims in which a deep linking request differs from a launch."""
    return {
        "message_type": "LtiDeepLinkingRequest", "resource_link": None, "custom": None, "roles": [desk.INSTRUCTOR],
        SETTINGS: wanting(**settings), **(claims or {}),
    }  # fmt: skip


def choose(desk: Any, /, claims: dict[str, Any] | None = None, **settings: Any) -> TestResponse:
    """A deep linking launch by a teacher."""
    return desk.launch(request(desk, claims, **settings))  # type: ignore[no-any-return]


def item(**changes: Any) -> Item:
    """A whole module with its column; terms by their own names."""
    terms = {name: changes.pop(name) for name in list(changes) if name in Terms.__dataclass_fields__}
    facts = {"placement": "placement-1", "title": "Cobots veilig inzetten", "maximum": 10, **changes}
    return Item(terms=Terms(**{"module": MODULE, **terms}), **facts)


@dataclass
class Sent:
    """An answer as the platform gets it."""

    url: str
    fields: set[str]
    token: str
    page: str
    policy: str
    claims: dict[str, Any]
    header: dict[str, Any]

    @property
    def items(self) -> list[dict[str, Any]]:
        return list(self.claims[DL + "content_items"])

    @property
    def sends_itself(self) -> bool:
        return "data-answer" in self.page


def place(desk: Any, launched: TestResponse, items: Sequence[Item] = (), **words: Any) -> Sent:
    """The answer of the visit to which a launch led. Raises ToolError."""
    with desk.app.test_request_context(base_url=desk.TOOL, method="POST"):
        visit = _visit(launched)
        answer = sending.sent(visit, deep_linking.answer(session(), visit, items, **words))
        response = desk.app.process_response(answer)
    return read(desk, response.get_data(as_text=True), response.headers["Content-Security-Policy"])


def wanted(desk: Any, launched: TestResponse) -> Wanted:
    with desk.app.test_request_context(base_url=desk.TOOL):
        return deep_linking.wanted(session(), _visit(launched))


def _visit(launched: TestResponse) -> Visit:
    assert launched.status_code == 303, launched.text
    record = visits.find(session(), launched.location.split("/")[2])
    assert record is not None
    return visits.visit_of(record)


def read(desk: Any, page: str, policy: str) -> Sent:
    """What the one form of the page posts; the signature is verified with the keys that the tool publishes."""
    (url,) = re.findall(r'<form method="post" action="([^"]*)"', page)
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
    token = html.unescape(fields["JWT"])
    keys = {key["kid"]: key for key in desk.open("/lti/jwks.json").json["keys"]}
    header = jwt.get_unverified_header(token)
    claims = jwt.decode(token, jwt.PyJWK(keys[header["kid"]]), algorithms=["RS256"], options={"verify_aud": False})
    return Sent(html.unescape(url), set(fields), token, page, policy, claims, header)
