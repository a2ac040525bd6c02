"""Deep linking at the forging desk: requests, and answers read back out of the page as the browser would post them."""

import html
import re
from dataclasses import dataclass
from typing import Any

import jwt
from werkzeug.test import TestResponse

DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"
SETTINGS = DL + "deep_linking_settings"


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


@dataclass
class Sent:
    """An answer as the platform gets it."""

    url: str
    fields: set[str]
    token: str
    page: TestResponse
    claims: dict[str, Any]
    header: dict[str, Any]

    @property
    def items(self) -> list[dict[str, Any]]:
        return list(self.claims[DL + "content_items"])


def place(desk: Any, visit: str, *modules: str, **form: str) -> Sent:
    """Press the button of the chooser; what the page that follows would post."""
    chosen = {"module": list(modules), **form}
    page = desk.browser.post(visit, data=chosen, base_url=desk.TOOL, headers={"Origin": desk.TOOL})
    assert page.status_code == 200, page.text
    return sent_by(desk, page)


def sent_by(desk: Any, page: TestResponse) -> Sent:
    (url,) = re.findall(r'<form method="post" action="([^"]*)"', page.text)
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.text))
    token = html.unescape(fields["JWT"])
    keys = {key["kid"]: key for key in desk.open("/lti/jwks.json").json["keys"]}
    header = jwt.get_unverified_header(token)
    key = jwt.PyJWK(keys[header["kid"]])
    claims = jwt.decode(token, key, algorithms=["RS256"], audience=desk.ISSUER, issuer=desk.CLIENT)
    return Sent(html.unescape(url), set(fields), token, page, claims, header)
