"""What the page tells the frame that holds it."""

import pytest
from playwright.sync_api import expect

from tests.browser.seat import Seat

pytestmark = pytest.mark.browser
LISTEN = """if (window.parent === window) { window.heard = [];
  addEventListener("message", (event) => window.heard.push(event.data)); }"""


def test_the_frame_hears_the_height_of_every_page(student: Seat) -> None:
    student.page.add_init_script(LISTEN)
    student.open().settle()
    first = int(student.page.get_attribute("iframe.tool", "height"))
    student.follow("Wat maakt")
    student.tool.locator(".prose").wait_for()
    student.settle()

    height = student.document.evaluate("Math.ceil(document.body.getBoundingClientRect().height)")
    heard = student.page.evaluate("heard.filter((one) => one.subject === 'lti.frameResize')")
    assert heard[-1]["height"] == height != first
    assert all(isinstance(one["height"], int) and one["message_id"] for one in heard)
    expect(student.page.locator("iframe.tool")).to_have_attribute("height", str(height))


def test_a_new_page_asks_the_frame_to_scroll_to_its_top(student: Seat) -> None:
    student.page.add_init_script(LISTEN)
    student.open().follow("Wat maakt")
    student.tool.locator(".prose").wait_for()
    student.settle()
    assert student.page.evaluate("heard.some((one) => one.subject === 'lti.scrollToTop')")
    assert student.document.evaluate("document.activeElement.id") == "title"


def test_a_page_of_its_own_tells_nobody(student: Seat) -> None:
    student.page.add_init_script(LISTEN)
    student.open_in_tab()
    assert student.page.evaluate("heard") == []


def test_only_the_platform_may_frame_us(student: Seat) -> None:
    student.open_in_tab()
    policy = student.page.reload().headers["content-security-policy"]
    ancestors = next(part for part in policy.split(";") if part.strip().startswith("frame-ancestors"))
    assert student.stage.practice in ancestors
    assert "*" not in ancestors
