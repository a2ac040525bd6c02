"""Line items (AGS 2.0, 3.2) and the roster (NRPS 2.0): filters, pages, strict addresses."""

from typing import Any

import pytest
import requests
from practice_double import (
    LINE_ITEM,
    LINE_ITEM_READ,
    LINE_ITEM_TYPE,
    LINE_ITEMS_TYPE,
    MEMBERS,
    MEMBERS_TYPE,
    Platform,
)


def container(platform: Platform) -> str:
    return f"{platform.url}/lti/ags/mechatronica-4b/lineitems?type_id=7"


def writing(platform: Platform) -> dict[str, str]:
    token = platform.tool.bearer(platform.url, LINE_ITEM)
    return token | {"Content-Type": LINE_ITEM_TYPE, "Accept": LINE_ITEM_TYPE}


def reading(platform: Platform) -> dict[str, str]:
    return platform.tool.bearer(platform.url, LINE_ITEM_READ) | {"Accept": LINE_ITEMS_TYPE}


def create(platform: Platform, **members: Any) -> requests.Response:
    sent = {"label": "Praktijk", "scoreMaximum": 10} | members
    return requests.post(container(platform), json=sent, headers=writing(platform), timeout=10)


def everything(address: str, headers: dict[str, str]) -> list[Any]:
    """All pages, by the Link headers."""
    found: list[Any] = []
    following: str | None = address
    while following:
        answer = requests.get(following, headers=headers, timeout=10)
        body = answer.json()
        found.append(body["members"] if isinstance(body, dict) else body)
        following = answer.links.get("next", {}).get("url")
    return found


def test_a_line_item_is_made_read_changed_and_removed(platform: Platform) -> None:
    made = create(platform, resourceId="praktijk", tag="eind", endDateTime="2026-12-01T12:00:00+01:00")
    assert made.status_code == 201
    address = made.json()["id"]
    changed = made.json() | {"label": "Praktijkdag"}

    assert requests.put(address, json=changed, headers=writing(platform), timeout=10).status_code == 200
    read = requests.get(address, headers=writing(platform), timeout=10).json()
    assert (read["label"], read["tag"], read["endDateTime"]) == (
        "Praktijkdag",
        "eind",
        "2026-12-01T12:00:00+01:00",
    )
    assert requests.delete(address, headers=writing(platform), timeout=10).status_code == 204
    assert requests.get(address, headers=writing(platform), timeout=10).status_code == 404


@pytest.mark.parametrize(
    "members",
    [
        {"label": " "},
        {"scoreMaximum": 0},
        {"scoreMaximum": "10"},
        {"endDateTime": "2026-12-01T12:00:00"},
        {"tag": 5},
        {"gradesReleased": "ja"},
    ],
)
def test_an_unsound_line_item_is_refused(platform: Platform, members: dict[str, Any]) -> None:
    assert create(platform, **members).status_code == 400


def test_a_put_may_not_move_a_line_item_to_another_link(platform: Platform) -> None:
    made = create(platform, resourceLinkId="cobots").json()

    moved = requests.put(
        made["id"], json=made | {"resourceLinkId": "lasersnijden"}, headers=writing(platform), timeout=10
    )

    assert moved.status_code == 400


@pytest.mark.parametrize(
    ("query", "labels"),
    [
        ("&resource_link_id=cobots", ["Cobots veilig inzetten"]),
        ("&resource_id=praktijk", ["Praktijk"]),
        ("&tag=eind", ["Praktijk"]),
        ("&tag=anders", []),
    ],
)
def test_the_container_filters(platform: Platform, query: str, labels: list[str]) -> None:
    create(platform, resourceId="praktijk", tag="eind")

    found = requests.get(container(platform) + query, headers=reading(platform), timeout=10).json()

    assert [item["label"] for item in found] == labels


def test_the_container_comes_in_pages(platform: Platform) -> None:
    for number in range(3):
        create(platform, label=f"Toets {number}")

    pages = everything(container(platform) + "&limit=2", reading(platform))

    assert [len(page) for page in pages] == [2, 2, 1]
    assert len({item["id"] for page in pages for item in page}) == 5


def test_the_container_wants_its_query_and_its_media_type(platform: Platform) -> None:
    headers = reading(platform)

    assert requests.get(container(platform).partition("?")[0], headers=headers, timeout=10).status_code == 404
    assert (
        requests.get(container(platform), headers=headers | {"Accept": "*/*"}, timeout=10).status_code == 406
    )


def roster(
    platform: Platform, query: str = "", course: str = "mechatronica-4b"
) -> list[list[dict[str, Any]]]:
    headers = platform.tool.bearer(platform.url, MEMBERS) | {"Accept": MEMBERS_TYPE}
    return everything(f"{platform.url}/lti/nrps/{course}/memberships{query}", headers)


def test_the_roster_holds_everyone_of_the_course(platform: Platform) -> None:
    [members] = roster(platform)

    assert {one["user_id"] for one in members} == {"fatima", "sanne", "youssef", "lotte", "teststudent"}
    sanne = next(one for one in members if one["user_id"] == "sanne")
    assert (sanne["name"], sanne["status"]) == ("Sanne de Vries", "Active")
    assert sanne["roles"] == ["http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"]


def test_the_roster_comes_in_pages_of_fifty_at_most(platform: Platform) -> None:
    platform.control("bulk", students=120, links=0)

    pages = roster(platform, "?limit=500", "bulk")

    assert [len(page) for page in pages] == [50, 50, 21]


def test_the_roster_filters_by_role_and_tells_what_a_link_says(platform: Platform) -> None:
    [teachers] = roster(platform, "?role=Instructor")
    [seen] = roster(platform, "?rlid=cobots&role=Instructor")

    assert [one["user_id"] for one in teachers] == ["fatima"]
    custom = seen[0]["message"][0]["https://purl.imsglobal.org/spec/lti/claim/custom"]
    assert custom == {"module": "cobots-veilig-inzetten"}


def test_a_cursor_is_case_sensitive(platform: Platform) -> None:
    headers = platform.tool.bearer(platform.url, MEMBERS) | {"Accept": MEMBERS_TYPE}
    first = requests.get(
        f"{platform.url}/lti/nrps/mechatronica-4b/memberships?limit=2", headers=headers, timeout=10
    )
    address = first.links["next"]["url"]
    head, _, cursor = address.partition("cursor=")

    assert requests.get(address, headers=headers, timeout=10).status_code == 200
    assert requests.get(f"{head}cursor={cursor.swapcase()}", headers=headers, timeout=10).status_code == 400


def test_third_page_missing_no_names_and_short_roles(platform: Platform) -> None:
    platform.misbehave(roster_third_page=False, names=False, roles="short")
    headers = platform.tool.bearer(platform.url, MEMBERS) | {"Accept": MEMBERS_TYPE}
    following = f"{platform.url}/lti/nrps/mechatronica-4b/memberships?limit=1&role=Learner"
    statuses = []
    for _ in range(3):
        answer = requests.get(following, headers=headers, timeout=10)
        statuses.append(answer.status_code)
        following = answer.links.get("next", {}).get("url", "")
        if answer.ok:
            assert answer.json()["members"][0].keys() == {"user_id", "roles", "status"}
            assert answer.json()["members"][0]["roles"] == ["Learner"]

    assert statuses == [200, 200, 404]
