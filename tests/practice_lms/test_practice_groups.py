"""Groups of a course (Course Groups Service 1.0), people who leave, and rosters that go on for ever."""

from typing import Any

import pytest
import requests
from practice_double import MEMBERS, MEMBERS_TYPE, Platform

GROUPS = "https://purl.imsglobal.org/spec/lti-gs/scope/contextgroup.readonly"
GROUPS_TYPE = "application/vnd.ims.lti-gs.v1.contextgroupcontainer+json"
SETS_TYPE = "application/vnd.ims.lti-gs.v1.contextgroupsetcontainer+json"
COURSE = "mechatronica-4b"


def asked(platform: Platform, path: str, scope: str, kind: str) -> requests.Response:
    headers = platform.tool.bearer(platform.url, scope) | {"Accept": kind}
    return requests.get(path if "://" in path else f"{platform.url}{path}", headers=headers, timeout=10)


def roster(platform: Platform, query: str = "") -> requests.Response:
    return asked(platform, f"/lti/nrps/{COURSE}/memberships{query}", MEMBERS, MEMBERS_TYPE)


def placed(platform: Platform) -> dict[str, Any]:
    return platform.control(
        "groups", id="team-a", course=COURSE, name="Team A", set="Projectteams", members=["sanne", "lotte"]
    )


def test_groups_and_their_sets_are_told(platform: Platform) -> None:
    placed(platform)
    groups = asked(platform, f"/lti/gs/{COURSE}/groups", GROUPS, GROUPS_TYPE).json()["groups"]
    assert groups == [{"id": "team-a", "name": "Team A", "set_id": "set-projectteams"}]
    sets = asked(platform, f"/lti/gs/{COURSE}/groupsets", GROUPS, SETS_TYPE).json()["sets"]
    assert sets == [{"id": "set-projectteams", "name": "Projectteams"}]


def test_groups_need_their_own_scope_and_media_type(platform: Platform) -> None:
    assert asked(platform, f"/lti/gs/{COURSE}/groups", MEMBERS, GROUPS_TYPE).status_code == 403
    assert asked(platform, f"/lti/gs/{COURSE}/groups", GROUPS, "*/*").status_code == 406
    assert asked(platform, "/lti/gs/nergens/groups", GROUPS, GROUPS_TYPE).status_code == 404


def test_the_roster_tells_who_is_in_which_group_only_when_asked(platform: Platform) -> None:
    placed(platform)
    told = {one["user_id"]: one for one in roster(platform, "?groups=true").json()["members"]}
    assert told["sanne"]["group_enrollments"] == [{"group_id": "team-a"}]
    assert told["youssef"]["group_enrollments"] == []
    assert all("group_enrollments" not in one for one in roster(platform).json()["members"])


@pytest.mark.parametrize("offered", [True, False])
def test_a_launch_offers_groups_unless_told_otherwise(platform: Platform, offered: bool) -> None:
    platform.misbehave(groups=offered)
    claims = platform.control("id_token", user="sanne", link="cobots", nonce="n")["claims"]
    claim = claims.get("https://purl.imsglobal.org/spec/lti-gs/claim/groupsservice", {})
    assert ("context_groups_url" in claim, "context_group_sets_url" in claim) == (offered, offered)


def test_who_leaves_stands_in_the_roster_no_more(platform: Platform) -> None:
    platform.control("leave", course=COURSE, user="lotte")
    assert "lotte" not in {one["user_id"] for one in roster(platform).json()["members"]}


def test_a_roster_can_refuse_or_ignore_the_question_for_one_link(platform: Platform) -> None:
    platform.misbehave(roster_rlid="refused")
    assert roster(platform, "?rlid=cobots").status_code == 400
    platform.misbehave(roster_rlid="ignored")
    assert all("message" not in one for one in roster(platform, "?rlid=cobots").json()["members"])


def test_a_roster_can_loop_go_on_for_ever_and_lead_elsewhere(platform: Platform) -> None:
    platform.misbehave(roster_next="loops", roster_page=3)
    first = roster(platform)
    second = asked(platform, first.links["next"]["url"], MEMBERS, MEMBERS_TYPE)
    assert second.links["next"]["url"] == f"{platform.url}/lti/nrps/{COURSE}/memberships"
    platform.misbehave(roster_next="never_ends", roster_page=50)
    seen = {address := roster(platform).links["next"]["url"]}
    for _ in range(5):
        address = asked(platform, address, MEMBERS, MEMBERS_TYPE).links["next"]["url"]
        seen.add(address)
    assert len(seen) == 6
    platform.misbehave(roster_next="elsewhere")
    assert not roster(platform).links["next"]["url"].startswith(platform.url)


def test_a_roster_can_offer_differences_and_be_empty(platform: Platform) -> None:
    platform.misbehave(roster_differences=True, roster_empty=True)
    answer = roster(platform)
    assert (set(answer.links), answer.json()["members"]) == ({"differences"}, [])


def test_pages_can_be_as_long_as_a_platform_likes(platform: Platform) -> None:
    platform.control("bulk", students=120, links=0)
    platform.misbehave(roster_page=1000)
    answer = asked(platform, "/lti/nrps/bulk/memberships", MEMBERS, MEMBERS_TYPE)
    assert (len(answer.json()["members"]), answer.links) == (121, {})
