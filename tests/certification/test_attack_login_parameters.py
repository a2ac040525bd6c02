"""Every parameter of a login against every hostile text: no open redirect, no header of the sender's, no markup.

OAuth Security BCP 4.11; CWE-79, CWE-113, CWE-601. Each text is tried by GET and by POST; what comes back is judged by
one rule, whatever it is: a redirect to the registered address, a page of ours, or the page for the platform's storage.
"""

import re
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from lti_tool.web import cookies

PARAMETERS = [
    "iss", "login_hint", "target_link_uri", "client_id", "lti_deployment_id", "lti_message_hint", "lti_storage_target",
    "redirect_uri", "state", "nonce", "scope", "response_mode", "response_type", "prompt", "next", "locale", "<b>",
]  # fmt: skip
EVIL = "https://evil.test/steal"
TEXTS = [
    EVIL, "http://evil.test", "//evil.test", "///evil.test", "/\\evil.test", "\\\\evil.test", "https:evil.test",
    "https://lms.test@evil.test/", "https://lms.test.evil.test/auth?", "https://lms.test/auth?x=" + EVIL,
    "https://lms.test/auth#" + EVIL, "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)",
    "data:text/html,<script>alert(1)</script>", "vbscript:x", "blob:https://evil.test/1",
    "x\r\nLocation: https://evil.test", "x\r\nSet-Cookie: __Host-lti_visits=evil", "x\n\n<script>alert(1)</script>",
    "x\rSet-Cookie: a=b", "%0d%0aSet-Cookie:%20a=b", "%250d%250aSet-Cookie: a=b", "嘍嘊Set-Cookie: a=b",
    "x\u2028Set-Cookie: a=b", "x\u2029y", "x\u0085Set-Cookie: a=b", "x\x0bSet-Cookie: a=b", "x\x0cy", "x\x1fy",
    "x\x7fy", "\x00", "x\x00y", "\ufeff" + EVIL, "\u202e" + EVIL, "\ud800", "x" * 20_000,
    '"><script>alert(1)</script>', "'><script>alert(1)</script>", "</title><script>alert(1)</script>",
    '" onload="alert(1)', "' autofocus onfocus=alert(1) x='", "<svg/onload=alert(1)>", "{{ 7919*6841 }}", "%(error)s",
    "${7919*6841}", "*", "'; DROP TABLE login_attempts;--", "a&redirect_uri=" + EVIL, "a#" + EVIL, "a?b=c;d",
]  # fmt: skip
MARKUP = ("<script>alert", "<svg/onload", str(7919 * 6841))
ATTRIBUTES = ("href", "src", "action", "formaction", "data-origin", "data-next", "content", "srcdoc", "poster", "data")
COOKIE = re.compile(
    re.escape(cookies.LAUNCH) + r"[\w-]{16}=[\w-]*; "
    r"Expires=[\w, :]+; Max-Age=\d+; Secure; HttpOnly; Path=/; SameSite=None; Partitioned"
)


class Elements(HTMLParser):
    """Every element of a page with its attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def must_lead_to_the_platform(desk: Any, location: str) -> None:
    """The registered address, our own return address, and state and nonce of ours."""
    parts = urlsplit(location)
    assert location.startswith(desk.ISSUER + "/auth?"), location
    assert (parts.scheme, parts.netloc, parts.path, parts.fragment) == ("https", "lms.test", "/auth", "")
    assert location.isascii()
    assert location.isprintable()
    assert " " not in location
    query = parse_qsl(parts.query, keep_blank_values=True)
    named = dict(query)
    assert len(query) == len(named), "a parameter stands there twice"
    assert set(named) <= {
        "scope", "response_type", "response_mode", "prompt", "client_id", "redirect_uri", "login_hint",
        "lti_message_hint", "state", "nonce",
    }  # fmt: skip
    assert named["redirect_uri"] == desk.TOOL + "/lti/launch"
    assert (named["scope"], named["response_type"]) == ("openid", "id_token")
    assert (named["response_mode"], named["prompt"], named["client_id"]) == ("form_post", "none", desk.CLIENT)
    assert named["state"].startswith("state-")
    assert min(len(named["state"]), len(named["nonce"])) >= 32


def must_be_a_harmless_page(desk: Any, page: str) -> None:
    assert not any(markup in page for markup in MARKUP)
    for tag, attributes in Elements(page).found:
        assert tag not in ("iframe", "object", "embed", "base", "form"), tag
        assert not any(name.startswith("on") or name in ("style", "autofocus") for name in attributes), attributes
        assert tag != "script" or (attributes.get("src") or "").startswith("/static/"), attributes
        for name in ATTRIBUTES:
            value = attributes.get(name) or ""
            is_link = tag != "meta" and name in ("href", "src", "action", "formaction", "srcdoc", "poster", "data")
            assert not is_link or leads_home(desk, value), (tag, value)
        assert attributes.get("data-origin") in (None, desk.ISSUER)


def leads_home(desk: Any, value: str) -> bool:
    """An address on this site, or the platform's registered one."""
    on_this_site = value.startswith(("/", "#")) and not value.startswith(("//", "/\\"))
    return not value or on_this_site or value.startswith(desk.ISSUER + "/auth?")


def must_be_our_own_headers(response: Any, usual: dict[str, set[str]]) -> None:
    """No header that a harmless login does not get, none with a break in it, and only our own cookies."""
    for name, value in response.headers:
        assert name in usual["names"], name
        assert value.isprintable(), (name, value)
        assert value.isascii(), (name, value)
    assert response.headers["Content-Security-Policy"] in usual["policies"]
    for cookie in response.headers.getlist("Set-Cookie"):
        assert COOKIE.fullmatch(cookie), cookie


def usual_headers(desk: Any) -> dict[str, set[str]]:
    """What answers to harmless logins carry: a redirect, the page for the storage, refusals."""
    answers = [
        desk.ask_login(), desk.ask_login(lti_storage_target="_parent"), desk.ask_login(iss="https://stranger.test"),
        desk.ask_login(login_hint=None),
    ]  # fmt: skip
    assert [answer.status_code for answer in answers] == [302, 200, 404, 400]
    return {
        "names": {name for answer in answers for name, _ in answer.headers},
        "policies": {answer.headers["Content-Security-Policy"] for answer in answers},
    }


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("name", PARAMETERS)
def test_no_text_in_any_parameter_leads_elsewhere_or_into_a_header_or_page(desk: Any, name: str, method: str) -> None:
    """R-LOGIN-9, R-LOGIN-4, R-ERR-2, OAuth Security BCP 4.11: every text in this parameter."""
    usual = usual_headers(desk)
    for text in TEXTS:
        sent = text.encode("utf-8", "surrogatepass")
        response = desk.ask_login(method, **{name: sent})
        assert response.status_code in (200, 302, 400, 404), (text, response.status_code)
        must_be_our_own_headers(response, usual)
        if response.status_code == 302:
            must_lead_to_the_platform(desk, response.location)
        else:
            assert "Location" not in response.headers
            must_be_a_harmless_page(desk, response.text)


@pytest.mark.parametrize("name", ["login_hint", "lti_message_hint", "target_link_uri", "lti_deployment_id"])
def test_the_link_that_begins_again_is_as_harmless(desk: Any, name: str) -> None:
    """R-LOGIN-9, R-WEB-5: the refusal in another browser repeats the login's parameters, in its own address only."""
    for text in TEXTS:
        begun = desk.ask_login("POST", **{name: text.encode("utf-8", "surrogatepass")})
        if begun.status_code != 302:
            continue
        state = dict(parse_qsl(urlsplit(begun.location).query))["state"]
        refused = desk.post(state, "a.b.c", desk.new_browser())
        assert refused.status_code == 401
        must_be_a_harmless_page(desk, refused.text)
        links = [attributes.get("href") or "" for _, attributes in Elements(refused.text).found]
        (again,) = (link for link in links if link.startswith("/lti/"))
        assert urlsplit(again).path == "/lti/login"
        must_lead_to_the_platform(desk, desk.open(again).location)


@pytest.mark.parametrize("name", ["iss", "login_hint", "target_link_uri", "client_id"])
def test_of_a_parameter_given_twice_one_counts_and_nothing_is_smuggled(desk: Any, name: str) -> None:
    """R-LOGIN-9, CWE-235: the address's and the form's are not mixed, and the first of two counts."""
    evil = {name: EVIL}
    mixed = desk.browser.post("/lti/login", base_url=desk.TOOL, query_string=evil, data=desk.parameters())
    must_lead_to_the_platform(desk, mixed.location)
    twice = [*desk.parameters().items(), (name, EVIL)]
    must_lead_to_the_platform(desk, desk.browser.get("/lti/login", base_url=desk.TOOL, query_string=twice).location)
