"""A teacher in a copied course, in the frame of the platform: asked once, for all links."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Seats
from tests.browser.stage import Stage

pytestmark = pytest.mark.browser
MODULE = "cobots-veilig-inzetten"


def test_the_first_teacher_of_a_copy_moves_all_dates_and_is_asked_once(seats: Seats, stage: Stage) -> None:
    dates = {"opens": "2025-09-01T06:00:00Z", "due": "2025-10-31T21:00:00Z"}
    link = stage.link(title="Van vorig jaar", custom={"module": MODULE, "placement": "p-browser", **dates})
    teacher = seats("fatima").open(link)
    copy = stage.control("copies", {"course": "mechatronica-4b"})["links"][link]
    teacher.open(copy)
    expect(teacher.tool.locator("h1")).to_have_text("Deze cursus is een kopie")
    teacher.tool.locator("#first").fill("2026-08-31")
    teacher.press("Schuif alle datums")
    mine = teacher.tool.locator(".copied-links li").filter(has_text="Van vorig jaar")
    due = mine.locator("input[name^=due_at]")
    expect(due).to_have_value("2026-10-30T22:00")
    teacher.press("Opslaan voor alle links")
    expect(teacher.tool.locator("[role=status]")).to_contain_text("Opgeslagen")
    teacher.open(copy)
    expect(teacher.tool.locator("h1")).to_contain_text("Cobots veilig inzetten")
