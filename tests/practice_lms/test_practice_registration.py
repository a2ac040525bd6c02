"""A tool registers itself (Dynamic Registration 1.0)."""

from typing import Any

import pytest
import requests
from practice_double import SCORE, Platform

PART = "https://purl.imsglobal.org/spec/lti-tool-configuration"


def described(**changes: Any) -> dict[str, Any]:
    members = {
        "application_type": "web",
        "grant_types": ["implicit", "client_credentials"],
        "response_types": ["id_token"],
        "redirect_uris": ["https://tool.test/lti/launch"],
        "initiate_login_uri": "https://tool.test/lti/login",
        "client_name": "Tweede tool",
        "jwks_uri": "https://tool.test/lti/jwks.json",
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": f"{SCORE} https://elders.test/scope",
        PART: {
            "domain": "tool.test",
            "target_link_uri": "https://tool.test/lti/launch",
            "messages": [
                {"type": "LtiDeepLinkingRequest", "target_link_uri": "https://tool.test/lti/choose"}
            ],
        },
    } | changes
    return {name: value for name, value in members.items() if value is not None}


def register(platform: Platform, body: dict[str, Any], token: str = "") -> requests.Response:
    configuration = requests.get(f"{platform.url}/.well-known/openid-configuration", timeout=10).json()
    assert configuration["issuer"] == platform.url
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return requests.post(configuration["registration_endpoint"], json=body, headers=headers, timeout=10)


def test_a_registration_gives_client_and_deployment_and_only_known_scopes(platform: Platform) -> None:
    answer = register(platform, described())

    given = answer.json()
    assert answer.status_code == 201
    assert given["client_id"].startswith("client-")
    assert (given["scope"], given[PART]["deployment_id"]) == (SCORE, "1")
    launch = platform.control(
        "launch", client_id=given["client_id"], kind="deep_linking", course="mechatronica-4b"
    )
    assert launch["action"] == "https://tool.test/lti/login"
    assert launch["fields"]["target_link_uri"] == "https://tool.test/lti/choose"


def test_a_registration_token_is_good_once(platform: Platform) -> None:
    platform.misbehave(registration_needs_token=True)
    token = platform.control("registration_tokens")["registration_token"]

    statuses = [register(platform, described(), one).status_code for one in ("", "verzonnen", token, token)]

    assert statuses == [401, 401, 201, 401]


@pytest.mark.parametrize(
    "changes",
    [
        {"application_type": "native"},
        {"grant_types": ["implicit"]},
        {"response_types": ["code"]},
        {"redirect_uris": []},
        {"initiate_login_uri": "javascript:alert(1)"},
        {"jwks_uri": None},
        {"token_endpoint_auth_method": "client_secret_post"},
        {PART: None},
        {PART: {"domain": "elders.test", "target_link_uri": "https://tool.test/lti/launch"}},
    ],
)
def test_an_incomplete_registration_is_refused(platform: Platform, changes: dict[str, Any]) -> None:
    answer = register(platform, described(**changes))

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client_metadata")


def test_a_pending_tool_cannot_launch_until_it_is_activated(platform: Platform) -> None:
    platform.misbehave(registration_pending=True)
    client_id = register(platform, described()).json()["client_id"]
    begun = platform.control("launch", client_id=client_id, course="mechatronica-4b", kind="deep_linking")

    def page() -> str:
        sent = {
            "client_id": client_id, "redirect_uri": "https://tool.test/lti/launch", "scope": "openid",
            "response_type": "id_token", "response_mode": "form_post", "prompt": "none", "nonce": "n",
            "login_hint": "sanne", "lti_message_hint": begun["fields"]["lti_message_hint"],
        }  # fmt: skip
        return requests.get(
            f"{platform.url}/oidc/auth", params=sent, cookies=begun["cookie"], timeout=10
        ).text

    assert "unauthorized_client" in page()
    activated = requests.post(
        f"{platform.url}/tools/{client_id}/active", cookies={"practice_person": "mirjam"}, timeout=10
    )
    assert activated.ok
    assert "id_token" in page()


def test_an_answer_may_lack_its_deployment_and_grant_fewer_scopes(platform: Platform) -> None:
    platform.misbehave(registration_deployment=False, registration_scopes="fewer")
    fewer = register(platform, described()).json()
    platform.misbehave(registration_scopes="silent")
    silent = register(platform, described()).json()

    assert ("deployment_id" in fewer[PART], fewer["scope"]) == (False, SCORE)
    assert "scope" not in silent


def test_a_registration_may_be_refused_as_canvas_does(platform: Platform) -> None:
    platform.misbehave(registration_refuses=True)

    answer = register(platform, described())

    assert (answer.status_code, list(answer.json())) == (422, ["errors"])


def test_it_may_call_itself_another_family(platform: Platform) -> None:
    platform.misbehave(registration_family="moodle")
    told = requests.get(f"{platform.url}/.well-known/openid-configuration", timeout=10).json()

    assert told["https://purl.imsglobal.org/spec/lti-platform-configuration"]["product_family_code"] == "moodle"
