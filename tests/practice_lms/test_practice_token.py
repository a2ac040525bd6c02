"""The token endpoint gives tokens only for what the specification allows (SEC 4.1.1, RFC 6749 5.2)."""

import time
from typing import Any

import pytest
from joserfc.jwk import RSAKey
from practice_double import MEMBERS, SCORE, Platform, score


def test_a_signed_assertion_gives_a_token_for_the_allowed_scopes(platform: Platform) -> None:
    answer = platform.tool.ask_token(platform.url, SCORE, MEMBERS, "https://elders.test/scope")

    assert answer.status_code == 200
    given = answer.json()
    assert (given["token_type"], given["expires_in"]) == ("Bearer", 3600)
    assert set(given["scope"].split()) == {SCORE, MEMBERS}
    assert answer.headers["Cache-Control"] == "no-store"


def test_no_allowed_scope_is_an_invalid_scope(platform: Platform) -> None:
    answer = platform.tool.ask_token(platform.url, "https://elders.test/scope")

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")


NOW = int(time.time())


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "vreemd"},
        {"sub": "vreemd"},
        {"aud": "https://elders.test/token"},
        {"exp": NOW - 3600},
        {"exp": NOW + 100_000},
        {"exp": None},
        {"iat": NOW + 5000},
        {"iat": NOW - 20_000},
        {"iat": None},
        {"jti": None},
    ],
)
def test_an_unsound_assertion_is_an_invalid_client(platform: Platform, changes: dict[str, Any]) -> None:
    assertion = platform.tool.sign(platform.tool.assertion_claims(platform.url, **changes))

    answer = platform.tool.ask_token(platform.url, assertion=assertion)

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize("header", [{"kid": None}, {"kid": "onbekend"}])
def test_a_kid_that_is_not_published_is_refused(platform: Platform, header: dict[str, Any]) -> None:
    assertion = platform.tool.sign(platform.tool.assertion_claims(platform.url), **header)

    assert platform.tool.ask_token(platform.url, assertion=assertion).json()["error"] == "invalid_client"


def test_a_signature_of_another_key_is_refused(platform: Platform) -> None:
    kid, key = list(platform.tool.keys.items())[-1]
    platform.tool.ask_token(platform.url)
    platform.tool.keys[kid] = RSAKey.generate_key(2048)
    try:
        answer = platform.tool.ask_token(platform.url)
    finally:
        platform.tool.keys[kid] = key

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_an_assertion_is_taken_once(platform: Platform) -> None:
    assertion = platform.tool.sign(platform.tool.assertion_claims(platform.url))

    assert platform.tool.ask_token(platform.url, assertion=assertion).status_code == 200
    assert platform.tool.ask_token(platform.url, assertion=assertion).status_code == 401


def test_a_new_key_of_the_tool_is_fetched_when_it_is_seen(platform: Platform) -> None:
    platform.tool.ask_token(platform.url)
    before = platform.tool.fetched
    platform.tool.rotate()

    assert platform.tool.ask_token(platform.url).status_code == 200
    assert platform.tool.ask_token(platform.url).status_code == 200
    assert platform.tool.fetched == before + 1


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": ""}, "invalid_request"),
        ({"client_assertion_type": "jwt"}, "invalid_request"),
        ({"client_assertion": "geen.jwt"}, "invalid_client"),
    ],
)
def test_a_wrong_form_gets_the_error_word_of_rfc_6749(
    platform: Platform, form: dict[str, str], error: str
) -> None:
    answer = platform.tool.ask_token(platform.url, **form)

    assert answer.json()["error"] == error


def test_a_token_ends_after_its_lifetime(platform: Platform) -> None:
    platform.misbehave(token_lifetime_s=0)

    assert platform.send_score(score()).status_code == 401
