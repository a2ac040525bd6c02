"""Custom parameters that somebody typed, or that a platform fills in oddly: no launch fails for them, nor any page."""

from typing import Any

import pytest

from lti_tool.protocols.resource_links.models import ResourceLink

LAST_DAY, FIRST_DAY = "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"
"""What some platforms write for "no date"."""
PAGES = {"l": ("",), "t": ("", "settings", "class", "grades", "class/figures", "place", "class.csv", "class.xlsx")}


@pytest.mark.parametrize(
    "typed",
    [
        {"late": "deduct", "late_percent": "0001" + "9" * 20},
        {"late": "deduct", "late_percent": "0001" + "9" * 250},
        {"activity": "x" * 65, "placement": "x" * 65, "language": "nederlands"},
        {"activity": "a\x00b", "placement": "\ud800", "language": "\x00"},
        {"opens": LAST_DAY, "closes": "9999-12-31T23:59:59-12:00"},
        {"opens": FIRST_DAY, "closes": LAST_DAY, "due": LAST_DAY},
        {"opens_there": FIRST_DAY, "closes_there": "9999-12-31T23:59:59.9999999Z", "due_there": LAST_DAY},
        {"context_history": "1," * 5000 + "%00,%ff", "link_history": "%ED%A0%80,\x00,link-1"},
    ],
)
def test_no_typed_term_breaks_a_launch_or_a_page(desk_on_each: Any, typed: dict[str, str]) -> None:
    desk = desk_on_each
    for subject, role in (("l", desk.LEARNER), ("t", desk.INSTRUCTOR)):
        browser = desk.new_browser()
        given = {"sub": subject, "roles": [role], "custom": {"module": desk.MODULE, **typed}}
        launched = desk.launch(given, browser=browser)
        assert launched.status_code == 303, launched.text
        for page in PAGES[subject]:
            answer = desk.open(launched.location + page, browser)
            assert answer.status_code in (200, 303) or "module niet heeft" in answer.text, page


@pytest.mark.parametrize("never", [LAST_DAY, FIRST_DAY])
def test_a_day_that_no_course_knows_is_no_date(desk: Any, never: str) -> None:
    """Else a platform that writes the first day for "none" would have closed the link before anybody came."""
    custom = {"module": desk.MODULE, "opens_there": never, "closes_there": never, "due_there": never}
    assert desk.launch({"custom": custom}).status_code == 303
    (link,) = desk.rows(ResourceLink)
    assert (link.opens_at, link.closes_at, link.due_at) == (None, None, None)
