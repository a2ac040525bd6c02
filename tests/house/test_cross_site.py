"""A page of another site changes nothing: every route that may change something refuses a foreign origin."""

import pytest

from lti_tool.learning.people.staff import StaffRole
from tests.house.town import TOOL, Town

SAFE = {"GET", "HEAD", "OPTIONS"}
POSTED_BY_PLATFORMS = {
    "lti.begin": "a platform may begin a login by a form; its state is bound to this browser by a cookie",
    "lti.launch": "the platform posts the launch; state, nonce and the browser's cookie prove who began it",
    "notices.take_notices": "platforms post notices from server to server; no cookie counts, each is signed",
}
FOREIGN: tuple[dict[str, str], ...] = (
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://tool.test"},
    {"Origin": TOOL + ".evil.example"},
    {"Origin": "https://alfa.example"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
)
"""The last but three: the platform that frames the visit is another site too."""


@pytest.mark.parametrize("who", ["learner", "teacher", "staff"])
def test_every_form_refuses_another_site(town: Town, who: str) -> None:
    """Asked by the browser to which all belongs, with its cookies."""
    own = town.schools[0]
    browser = town.staff(own, StaffRole.CENTRAL_ADMIN) if who == "staff" else town.visitor(own, who)
    before, wrong, seen = town.snapshot(), [], 0
    for rule, method in town.routes():
        if method in SAFE or rule.endpoint in POSTED_BY_PLATFORMS:
            continue
        address, fields = next(town.addresses(rule, own, own)), list(town.forms(own))[1]
        for headers in FOREIGN:
            asking = {"Accept": "application/json", **headers}
            answer = browser.open(address, method=method, base_url=TOOL, data=fields, headers=asking)
            code = (answer.json or {}).get("code") if answer.is_json else None
            seen += 1
            if (answer.status_code, code) != (403, "cross-site"):
                wrong.append(f"{method} {rule.rule} with {headers}: {answer.status_code} {code}")
    assert wrong == [], "guard it with needs(...) or needs_staff(...), or call must_come_from_us() first"
    assert seen >= 8 * len(FOREIGN)
    assert town.snapshot() == before


def test_only_what_platforms_post_to_is_exempt(town: Town) -> None:
    posted = {rule.endpoint for rule, method in town.routes() if method not in SAFE}
    assert set(POSTED_BY_PLATFORMS) <= posted
