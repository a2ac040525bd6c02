"""Content comes back from the tool and is placed (Deep Linking 2.0, 4.5), once and only when believed."""

import time
import uuid
from typing import Any

import pytest
import requests
from practice_double import CLIENT_ID, Platform

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"
ITEM = {
    "type": "ltiResourceLink",
    "title": "Sensoren aansluiten",
    "url": "http://localhost:8000/lti/launch?x=1",
    "custom": {"module": "sensoren"},
    "lineItem": {"scoreMaximum": 20, "resourceId": "sensoren", "tag": "eind"},
    "submission": {"endDateTime": "2026-12-01T12:00:00Z"},
}


def settings(platform: Platform) -> dict[str, Any]:
    made = platform.control(
        "id_token", kind="deep_linking", user="fatima", course="mechatronica-4b", nonce="n"
    )
    claims = made["claims"]
    assert claims[CLAIM + "message_type"] == "LtiDeepLinkingRequest"
    assert CLAIM + "resource_link" not in claims
    return dict(claims[DL + "deep_linking_settings"])


def answered(platform: Platform, *items: Any, to: dict[str, Any], **changes: Any) -> requests.Response:
    now = int(time.time())
    claims = {
        "iss": CLIENT_ID,
        "aud": platform.url,
        "iat": now,
        "exp": now + 60,
        "nonce": uuid.uuid4().hex,
        CLAIM + "message_type": "LtiDeepLinkingResponse",
        CLAIM + "version": "1.3.0",
        CLAIM + "deployment_id": "1",
        DL + "data": to["data"],
        DL + "content_items": list(items),
    } | changes
    token = platform.tool.sign(claims)
    return requests.post(to["deep_link_return_url"], data={"JWT": token}, timeout=10)


def columns(platform: Platform) -> list[dict[str, Any]]:
    address = f"{platform.url}/control/gradebook?course=mechatronica-4b"
    return list(requests.get(address, timeout=10).json()["lineitems"])


def test_a_chosen_item_becomes_a_link_with_its_column(platform: Platform) -> None:
    answer = answered(platform, ITEM, to=settings(platform))

    assert answer.status_code == 200
    assert "Sensoren aansluiten" in answer.text
    links = requests.get(f"{platform.url}/control/links?course=mechatronica-4b", timeout=10).json()["links"]
    assert links[-1]["title"] == "Sensoren aansluiten"
    column = columns(platform)[-1]
    assert (column["label"], column["scoreMaximum"], column["tag"]) == ("Sensoren aansluiten", 20, "eind")
    launch = platform.control("id_token", link=column["resourceLinkId"], user="sanne", nonce="n")["claims"]
    assert launch[CLAIM + "custom"] == {"module": "sensoren"}
    assert launch[CLAIM + "target_link_uri"] == ITEM["url"]


def test_several_items_are_placed_and_the_unsound_left_out(platform: Platform) -> None:
    wrong = [
        {"type": "file"},
        ITEM | {"custom": {"module": 5}},
        ITEM | {"lineItem": {"scoreMaximum": 0}},
        ITEM | {"title": 5},
    ]
    before = len(columns(platform))

    answer = answered(platform, ITEM, *wrong, ITEM, to=settings(platform))

    assert answer.text.count("notice bad") == len(wrong)
    assert len(columns(platform)) == before + 2


def test_nothing_chosen_is_fine_and_the_words_of_the_tool_are_shown(platform: Platform) -> None:
    answer = answered(platform, to=settings(platform), **{DL + "msg": "Tot ziens <i>"})

    assert answer.status_code == 200
    assert "Tot ziens &lt;i&gt;" in answer.text


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "vreemd"},
        {"aud": "vreemd"},
        {"exp": 1},
        {"nonce": ""},
        {CLAIM + "message_type": "LtiResourceLinkRequest"},
        {CLAIM + "version": "1.2"},
        {CLAIM + "deployment_id": "2"},
        {DL + "data": "anders"},
        {DL + "content_items": "geen lijst"},
    ],
)
def test_an_answer_that_does_not_fit_places_nothing(platform: Platform, changes: dict[str, Any]) -> None:
    before = len(columns(platform))

    assert answered(platform, ITEM, to=settings(platform), **changes).status_code == 400
    assert len(columns(platform)) == before


def test_an_answer_is_taken_once(platform: Platform) -> None:
    to, nonce = settings(platform), uuid.uuid4().hex

    assert answered(platform, ITEM, to=to, nonce=nonce).status_code == 200
    assert answered(platform, ITEM, to=to, nonce=nonce).status_code == 400


def test_only_a_teacher_can_choose(platform: Platform) -> None:
    address = f"{platform.url}/launch/choose/mechatronica-4b/{CLIENT_ID}"

    def status(person: str) -> int:
        return requests.get(address, cookies={"practice_person": person}, timeout=10).status_code

    assert (status("fatima"), status("sanne")) == (200, 403)
