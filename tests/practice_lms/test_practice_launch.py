"""The launch as the browser sees it (SEC 5.1.1; LTI Core 1.3, 5), and messages that ought to be refused."""

import re
from html import unescape
from typing import Any

import pytest
import requests
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from practice_double import Platform

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
AGS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
NRPS = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"


def fields_of(page: str) -> dict[str, str]:
    return {
        unescape(name): unescape(value) for name, value in re.findall(r'name="([^"]+)" value="([^"]*)"', page)
    }


def action_of(page: str) -> str:
    found = re.search(r'action="([^"]+)"', page)
    assert found is not None
    return unescape(found[1])


def asked(platform: Platform, begun: dict[str, Any], **changes: str | None) -> requests.Response:
    """What the tool asks of the authentication endpoint, in the browser of the person."""
    request = {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": begun["fields"]["client_id"],
        "redirect_uri": f"{platform.tool.url}/lti/launch",
        "login_hint": begun["fields"]["login_hint"],
        "lti_message_hint": begun["fields"]["lti_message_hint"],
        "nonce": "n-1",
        "state": "s-1",
    } | changes
    sent = {name: value for name, value in request.items() if value is not None}
    return requests.get(f"{platform.url}/oidc/auth", params=sent, cookies=begun["cookie"], timeout=10)


def believed(platform: Platform, token: str) -> dict[str, Any]:
    keys = KeySet.import_key_set(requests.get(f"{platform.url}/lti/jwks.json", timeout=10).json())
    return dict(jwt.decode(token, keys, algorithms=["RS256"]).claims)


def launched(platform: Platform, **launch: Any) -> dict[str, Any]:
    answer = asked(platform, platform.control("launch", **launch))
    return believed(platform, fields_of(answer.text)["id_token"])


def test_the_course_page_sends_the_browser_to_the_login_of_the_tool(platform: Platform) -> None:
    page = requests.get(
        f"{platform.url}/launch/link/cobots", cookies={"practice_person": "sanne"}, timeout=10
    ).text

    assert action_of(page) == f"{platform.tool.url}/lti/login"
    fields = fields_of(page)
    assert (fields["iss"], fields["login_hint"]) == (platform.url, "sanne")
    assert fields["lti_storage_target"] == "_parent"


def test_a_launch_posts_state_and_a_signed_id_token_to_the_tool(platform: Platform) -> None:
    answer = asked(platform, platform.control("launch", user="sanne", link="cobots"))

    assert action_of(answer.text) == f"{platform.tool.url}/lti/launch"
    assert fields_of(answer.text)["state"] == "s-1"
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    claims = believed(platform, fields_of(answer.text)["id_token"])
    assert (claims["iss"], claims["aud"], claims["sub"], claims["nonce"]) == (
        platform.url,
        "technohub-oefen",
        "sanne",
        "n-1",
    )


def test_the_id_token_says_who_where_and_what(platform: Platform) -> None:
    claims = launched(platform, user="sanne", link="cobots")

    assert claims["name"] == "Sanne de Vries"
    assert "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner" in claims[CLAIM + "roles"]
    assert claims[CLAIM + "context"]["title"] == "Mechatronica 4B"
    assert claims[CLAIM + "resource_link"] == {"id": "cobots", "title": "Cobots veilig inzetten"}
    assert claims[CLAIM + "custom"] == {"module": "cobots-veilig-inzetten"}
    assert claims[CLAIM + "launch_presentation"]["locale"] == "nl-NL"
    assert claims[CLAIM + "tool_platform"]["product_family_code"] == "practice-lms"
    assert claims[AGS]["lineitem"] == platform.column()["url"]
    assert claims[NRPS]["context_memberships_url"].startswith(platform.url)


def test_a_link_without_a_column_has_no_lineitem(platform: Platform) -> None:
    assert "lineitem" not in launched(platform, link="nog-te-kiezen")[AGS]


@pytest.mark.parametrize(
    ("style", "members"),
    [
        ("full", {"scope", "lineitem", "lineitems"}),
        ("lineitems_only", {"scope", "lineitems"}),
        ("lineitem_only", {"scope", "lineitem"}),
        ("none", None),
    ],
)
def test_the_grade_service_claim_may_be_incomplete(
    platform: Platform, style: str, members: set[str] | None
) -> None:
    platform.misbehave(ags=style)

    endpoint = launched(platform).get(AGS)

    assert (set(endpoint) if endpoint is not None else None) == members


def test_no_names_skewed_clock_and_no_storage(platform: Platform) -> None:
    true_time = launched(platform)["iat"]
    platform.misbehave(names=False, clock_skew_s=-500, storage=False)

    claims = launched(platform)

    assert not {"name", "given_name", "family_name", "email"} & claims.keys()
    assert claims["iat"] <= true_time - 490
    assert "lti_storage_target" not in platform.control("launch")["fields"]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"scope": "profile"}, "invalid_scope"),
        ({"response_type": "code"}, "unsupported_response_type"),
        ({"response_mode": None}, "invalid_request"),
        ({"prompt": "login"}, "invalid_request"),
        ({"nonce": None}, "invalid_request"),
        ({"login_hint": "youssef"}, "login_required"),
        ({"lti_message_hint": None}, "invalid_request"),
        ({"lti_message_hint": '{"launchid":"x"}'}, "invalid_request"),
    ],
)
def test_an_unsound_request_is_answered_with_an_error_to_the_tool(
    platform: Platform, changes: dict[str, str | None], error: str
) -> None:
    answer = asked(platform, platform.control("launch"), **changes)

    fields = fields_of(answer.text)
    assert action_of(answer.text) == f"{platform.tool.url}/lti/launch"
    assert (fields["error"], fields["state"]) == (error, "s-1")
    assert "id_token" not in fields


@pytest.mark.parametrize("changes", [{"client_id": "vreemd"}, {"redirect_uri": "https://elders.test/"}])
def test_an_unknown_client_or_address_gets_nothing(platform: Platform, changes: dict[str, str]) -> None:
    answer = asked(platform, platform.control("launch"), **changes)

    assert answer.status_code == 400
    assert "elders.test" not in answer.text
    assert "id_token" not in answer.text


def test_someone_else_in_the_browser_does_not_get_the_launch(platform: Platform) -> None:
    begun = platform.control("launch", user="sanne") | {"cookie": {"practice_person": "youssef"}}

    assert fields_of(asked(platform, begun).text)["error"] == "login_required"


def test_a_browser_that_held_its_cookie_back_is_asked_once_more(platform: Platform) -> None:
    begun = platform.control("launch")
    sent = {
        "client_id": "technohub-oefen",
        "redirect_uri": f"{platform.tool.url}/lti/launch",
        "lti_message_hint": begun["fields"]["lti_message_hint"],
    }
    address, across = f"{platform.url}/oidc/auth", {"Sec-Fetch-Site": "cross-site"}

    first = requests.get(address, params=sent, headers=across, timeout=10).text
    second = requests.get(address, params=fields_of(first), headers=across, timeout=10).text

    assert action_of(first) == "/oidc/auth"
    assert fields_of(first)["lti_message_hint"] == sent["lti_message_hint"]
    assert action_of(second) == sent["redirect_uri"]


def test_review_and_privacy_launches_name_their_person(platform: Platform) -> None:
    column = platform.column()["id"]
    review = launched(
        platform, kind="review", user="fatima", link="cobots", for_user="sanne", lineitem=column
    )
    privacy = launched(platform, kind="privacy", user="mirjam", link="")

    assert review[CLAIM + "message_type"] == "LtiSubmissionReviewRequest"
    assert review[CLAIM + "for_user"] == {"user_id": "sanne"}
    assert privacy[CLAIM + "message_type"] == "DataPrivacyLaunchRequest"
    assert not {CLAIM + "context", CLAIM + "resource_link", AGS} & privacy.keys()


@pytest.mark.parametrize(("keep_old", "kids"), [(True, 2), (False, 1)])
def test_a_new_key_signs_and_the_old_one_stays_or_goes(platform: Platform, keep_old: bool, kids: int) -> None:
    platform.control("keys/rotate", keep_old=False)
    old = platform.control("id_token", nonce="n")["id_token"]
    platform.control("keys/rotate", keep_old=keep_old)

    answer = requests.get(f"{platform.url}/lti/jwks.json", timeout=10)

    assert len(answer.json()["keys"]) == kids
    assert "max-age" in answer.headers["Cache-Control"]
    assert all("d" not in key for key in answer.json()["keys"])
    believed(platform, platform.control("id_token", nonce="n")["id_token"])
    if not keep_old:
        with pytest.raises((JoseError, ValueError)):
            believed(platform, old)


@pytest.mark.parametrize("signer", ["stranger", "hs256", "none", "garbled"])
def test_forged_messages_do_not_verify(platform: Platform, signer: str) -> None:
    token = platform.control("id_token", nonce="n", sign_with=signer)["id_token"]

    with pytest.raises((JoseError, ValueError)):
        believed(platform, token)


def test_a_forged_message_says_what_was_asked(platform: Platform) -> None:
    made = platform.control(
        "id_token", nonce="n", claims={"sub": None, "aud": ["a", "b"]}, header={"kid": None}
    )

    assert "sub" not in made["claims"]
    assert made["claims"]["aud"] == ["a", "b"]


def test_the_return_page_shows_words_as_text(platform: Platform) -> None:
    page = requests.get(
        f"{platform.url}/return", params={"lti_errormsg": "<b>mis</b>", "lti_msg": "Tot later"}, timeout=10
    ).text

    assert "&lt;b&gt;mis&lt;/b&gt;" in page
    assert "Tot later" in page
