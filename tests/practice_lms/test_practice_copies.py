"""A copied course, with and without histories; and the notices that tools are sent of it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from joserfc import jwt
from joserfc.jwk import KeySet
from practice_double import Platform

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
SERVICE = CLAIM + "platformnotificationservice"
SCOPE = "https://purl.imsglobal.org/spec/lti/scope/noticehandlers"
HISTORIES = {"context_history": "$Context.id.history", "link_history": "$ResourceLink.id.history"}


@pytest.fixture
def placed(platform: Platform) -> str:
    made = platform.control(
        "links", course="mechatronica-4b", title="Sensoren", custom={"placement": "p-1", **HISTORIES}, score_maximum=10
    )
    return str(made["id"])


def custom(platform: Platform, link: str) -> dict[str, str]:
    made = platform.control("id_token", user="fatima", link=link, nonce="n")
    return dict(made["claims"][CLAIM + "custom"])


def test_a_copy_has_new_ids_and_the_same_settings_and_says_of_what_it_is_one(platform: Platform, placed: str) -> None:
    first = platform.control("copies", course="mechatronica-4b")
    second = platform.control("copies", course=first["id"])
    link = second["links"][first["links"][placed]]
    assert custom(platform, link) == {
        "placement": "p-1", "link_history": f"{first['links'][placed]},{placed}",
        "context_history": f"{first['id']},mechatronica-4b",
    }  # fmt: skip
    assert custom(platform, placed)["link_history"] == ""
    platform.control("misbehave", copy_history=False)
    assert custom(platform, link) == {"placement": "p-1", **HISTORIES}


def test_columns_come_along_empty_and_so_does_nobody_but_the_teacher(platform: Platform, placed: str) -> None:
    copy = platform.control("copies", course="mechatronica-4b")
    columns = requests.get(f"{platform.url}/control/gradebook?course={copy['id']}", timeout=10).json()["lineitems"]
    mine = next(item for item in columns if item["resourceLinkId"] == copy["links"][placed])
    assert (mine["scoreMaximum"], mine["results"]) == (10, [])
    roster = requests.get(
        f"{platform.url}/lti/nrps/{copy['id']}/memberships",
        headers=platform.tool.bearer(
            platform.url, "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
        ) | {"Accept": "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"},
        timeout=10,
    )  # fmt: skip
    assert [one["user_id"] for one in roster.json()["members"]] == ["fatima"]


def test_a_teacher_copies_by_a_button_and_a_student_has_none(platform: Platform) -> None:
    for person, status in (("fatima", 302), ("sanne", 403)):
        cookie = platform.control("launch", user=person, link="cobots")["cookie"]
        answer = requests.post(
            f"{platform.url}/courses/mechatronica-4b/copy", cookies=cookie, timeout=10, allow_redirects=False,
            headers={"Origin": platform.url},
        )  # fmt: skip
        assert answer.status_code == status


@pytest.fixture
def service(platform: Platform) -> Iterator[str]:
    """The address of the notification service, offered."""
    assert SERVICE not in platform.control("id_token", user="fatima", link="cobots", nonce="n")["claims"]
    platform.control("misbehave", notices=True)
    claim: dict[str, Any] = platform.control("id_token", user="fatima", link="cobots", nonce="n")["claims"][SERVICE]
    assert claim["scope"] == [SCOPE]
    assert "LtiContextCopyNotice" in claim["notice_types_supported"]
    yield claim["platform_notification_service_url"]


def put(platform: Platform, service: str, **body: str) -> requests.Response:
    return requests.put(service, json=body, headers=platform.tool.bearer(platform.url, SCOPE), timeout=10)


def test_a_handler_is_kept_and_told_of_a_copied_course(platform: Platform, service: str) -> None:
    received: list[str] = []
    address = f"{platform.tool.url}/notices"
    kept = {"notice_type": "LtiContextCopyNotice", "handler": address}
    assert put(platform, service, **kept).json() == kept
    listed = requests.get(service, headers=platform.tool.bearer(platform.url, SCOPE), timeout=10).json()
    assert kept in listed["notice_handlers"]

    def keep(fields: dict[str, str]) -> str:
        received.extend(one["jwt"] for one in json.loads(fields["body"])["notices"])
        return "ok"

    platform.tool.pages["/notices"] = keep
    copy = platform.control("copies", course="mechatronica-4b")
    assert copy["notices"] == [200]
    keys = KeySet.import_key_set(requests.get(f"{platform.url}/lti/jwks.json", timeout=10).json())
    claims = jwt.decode(received[0], keys, algorithms=["RS256"]).claims
    assert claims[CLAIM + "notice"]["type"] == "LtiContextCopyNotice"
    assert claims[CLAIM + "context"]["id"] == copy["id"]
    assert claims[CLAIM + "origin_contexts"] == ["mechatronica-4b"]


@pytest.mark.parametrize(
    "body", [{"handler": "https://tool.test/n"}, {"notice_type": "Other", "handler": "https://tool.test/n"}]
)
def test_a_handler_that_cannot_be_is_refused(platform: Platform, service: str, body: dict[str, str]) -> None:
    assert put(platform, service, **body).status_code == 400


def test_without_the_scope_or_for_another_deployment_no_handler_is_kept(platform: Platform, service: str) -> None:
    body = {"notice_type": "LtiContextCopyNotice", "handler": "https://tool.test/n"}
    other = platform.tool.bearer(platform.url)
    assert requests.put(service, json=body, headers=other, timeout=10).status_code == 403
    assert requests.put(service, json=body, timeout=10).status_code == 401
    assert put(platform, service.removesuffix("1") + "77", **body).status_code == 404


def test_a_student_reviews_own_work_only(platform: Platform) -> None:
    number = platform.column("cobots")["id"]
    cookie = platform.control("launch", user="sanne", link="cobots")["cookie"]
    for user, status in (("sanne", 200), ("youssef", 403)):
        address = f"{platform.url}/launch/review/mechatronica-4b/{number}/{user}"
        assert requests.get(address, cookies=cookie, timeout=10).status_code == status
