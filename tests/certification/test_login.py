"""Login initiation. Security Framework 1.0, 5.1.1; Core 1.3, 4.1."""

import re
from typing import Any

import pytest


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_login_is_taken_by_get_and_post(desk: Any, method: str) -> None:
    """R-LOGIN-1, SEC 5.1.1.1."""
    assert desk.login(method).query["client_id"] == desk.CLIENT


def test_authentication_request_is_whole(desk: Any) -> None:
    """R-LOGIN-2, SEC 5.1.1.2."""
    begun = desk.login()
    fixed = {
        "scope": "openid", "response_type": "id_token", "response_mode": "form_post", "prompt": "none",
        "client_id": desk.CLIENT, "redirect_uri": desk.TOOL + "/lti/launch", "login_hint": "hint-1",
        "lti_message_hint": "message-1",
    }  # fmt: skip
    assert {name: begun.query.get(name) for name in fixed} == fixed
    assert set(begun.query) == {*fixed, "state", "nonce"}
    assert begun.response.location.startswith(desk.ISSUER + "/auth?")


@pytest.mark.parametrize(
    "hint",
    ["a b&c=d#e%20+", "é漢字🤖", '{"a":"<b>"}', "x" * 4000, "%2541"],
    ids=["marks", "wide", "json", "long", "pct"],
)
def test_hints_return_unaltered(desk: Any, hint: str) -> None:
    """R-LOGIN-3, SEC 5.1.1.2; CORE 4.1.1."""
    begun = desk.login("POST", login_hint=hint, lti_message_hint=hint)
    assert begun.query["login_hint"] == begun.query["lti_message_hint"] == hint


@pytest.mark.parametrize("target", ["https://evil.test/", "https://tool.test/v/x/", "javascript:alert(1)"])
def test_redirect_uri_is_the_registered_one(desk: Any, target: str) -> None:
    """R-LOGIN-4, SEC 5.1.1.2."""
    assert desk.login(target_link_uri=target).query["redirect_uri"] == desk.TOOL + "/lti/launch"


@pytest.mark.parametrize("value", [None, ""])
@pytest.mark.parametrize("name", ["iss", "login_hint", "target_link_uri"])
def test_required_parameters(desk: Any, name: str, value: str | None) -> None:
    """R-LOGIN-5, SEC 5.1.1.1."""
    response = desk.ask_login(**{name: value})
    assert response.status_code == 400
    assert name in response.text
    assert desk.begun() == 0


@pytest.mark.parametrize(
    "changes", [{"iss": "https://stranger.test"}, {"client_id": "other"}, {"iss": "https://lms.test/"}]
)
def test_only_known_platforms_are_served(desk: Any, changes: dict[str, str]) -> None:
    """R-LOGIN-6, SEC 5.1.1; CORE 4.1.3."""
    assert desk.ask_login(**changes).status_code == 404
    assert desk.begun() == 0


@pytest.mark.parametrize("name", ["client_id", "lti_deployment_id", "lti_message_hint"])
def test_optional_parameters_may_be_absent(desk: Any, name: str) -> None:
    """R-LOGIN-7, CORE 4.1.1-4.1.3."""
    begun = desk.login(**{name: None})
    assert begun.query["client_id"] == desk.CLIENT
    assert ("lti_message_hint" in begun.query) == (name != "lti_message_hint")


def test_unknown_parameters_are_tolerated(desk: Any) -> None:
    """R-LOGIN-7, SEC 5.1.1.1."""
    assert "canvas_region" not in desk.login(canvas_region="eu", redirect_uri="https://evil.test").query


def test_state_and_nonce_are_fresh_and_long(desk: Any) -> None:
    """R-LOGIN-8, SEC 5.1.1.2; OIDC Core 15.5.2."""
    begun = [desk.login() for _ in range(20)]
    values = {b.state for b in begun} | {b.nonce for b in begun}
    assert len(values) == 40
    assert all(len(value) >= 32 for value in values)


@pytest.mark.parametrize("text", ["x\r\nSet-Cookie: a=b", "x\nLocation: https://evil.test", "\x00", "//evil.test"])
@pytest.mark.parametrize(
    "name", ["iss", "login_hint", "target_link_uri", "client_id", "lti_message_hint", "lti_deployment_id"]
)
def test_no_open_redirect_and_no_header_injection(desk: Any, name: str, text: str) -> None:
    """R-LOGIN-9, OAuth Security BCP 4.11; CWE-113, CWE-601."""
    response = desk.ask_login(**{name: text})
    assert response.status_code in (302, 400, 404)
    if response.status_code == 302:
        assert response.location.startswith(desk.ISSUER + "/auth?")
        assert "\r" not in response.location
        assert "\n" not in response.location
    assert all(cookie.startswith("__Host-lti_launch_") for cookie in response.headers.getlist("Set-Cookie"))


@pytest.mark.parametrize("name", ["login_hint", "lti_message_hint"])
@pytest.mark.parametrize("text", ["x" * 9000, "a\x00b"])
def test_a_parameter_that_cannot_be_read_is_not_called_missing(desk: Any, name: str, text: str) -> None:
    """R-LOGIN-9."""
    refused = desk.ask_login(**{name: text})
    assert refused.status_code == 400
    assert f"niet kunnen lezen: {name}" in refused.text
    assert desk.begun() == 0


def test_parallel_launches_do_not_disturb_one_another(desk: Any) -> None:
    """R-LOGIN-10, RFC 6265 6.1."""
    begun = [desk.login() for _ in range(5)]
    for number in (3, 0, 4, 1, 2):
        claims = desk.claims(begun[number].nonce, resource_link={"id": f"link-{number}"})
        response = desk.post(begun[number].state, desk.sign(claims))
        assert response.status_code == 303
        assert desk.open(response.location).status_code == 200


def test_begun_launches_do_not_fill_the_cookie_jar(desk: Any) -> None:
    """R-LOGIN-10, RFC 6265 6.1."""
    begun = [desk.login() for _ in range(60)]
    names = re.findall(r"lti_launch_[\w-]+", str(desk.browser._cookies))
    assert 1 <= len(set(names)) <= 20
    assert desk.post(begun[-1].state, desk.sign(desk.claims(begun[-1].nonce))).status_code == 303


def test_login_address_that_holds_a_query_keeps_it(desk: Any) -> None:
    """R-LOGIN-2, SEC 5.1.1.2: an address with a query stays one."""
    desk.register(issuer="https://q.test", client_id="q", auth_login_url="https://q.test/auth?tenant=7")
    begun = desk.login(iss="https://q.test", client_id="q")
    assert begun.response.location.count("?") == 1
    assert begun.query["tenant"] == "7"
    assert begun.query["scope"] == "openid"
