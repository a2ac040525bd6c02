"""The message that closes a platform's dialog after a registration, in a frame and in a window. DR 3.7."""

from pathlib import Path
from typing import Any

import pytest

from lti_tool import web

pytestmark = pytest.mark.browser

SCRIPT = (Path(web.__path__[0]) / "static" / "close.js").read_text()
PLATFORM, TOOL = "https://lms.test", "https://tool.test"
HEAR = "<!doctype html><script>heard = []; addEventListener('message', (e) => heard.push([e.origin, e.data]))</script>"
PAGES = {
    f"{PLATFORM}/": f'{HEAR}<iframe name="tool" src="{TOOL}/"></iframe>',
    f"{PLATFORM}/opens": f"{HEAR}<button onclick=\"window.open('{TOOL}/')\">open</button>",
    f"{TOOL}/": f"<!doctype html><button data-close hidden>close</button><script>{SCRIPT}</script>",
}


@pytest.fixture
def context(chromium: Any) -> Any:
    made = chromium.new_context()
    made.route("**/*", lambda route: route.fulfill(body=PAGES[route.request.url], content_type="text/html"))
    yield made
    made.close()


@pytest.mark.parametrize("way", ["frame", "window"])
def test_the_platform_is_told_once_when_the_administrator_closes(context: Any, way: str) -> None:
    """R-DR-6: to the parent of a frame and to the opener of a window; nothing before the button is pressed."""
    page = context.new_page()
    if way == "frame":
        page.goto(f"{PLATFORM}/")
        tool = page.frame("tool")
    else:
        page.goto(f"{PLATFORM}/opens")
        with page.expect_popup() as opened:
            page.get_by_role("button").click()
        tool = opened.value
    assert page.evaluate("heard") == []
    tool.get_by_role("button").click()
    page.wait_for_function("heard.length")
    assert page.evaluate("heard") == [[TOOL, {"subject": "org.imsglobal.lti.close"}]]


def test_a_page_that_nobody_opened_offers_no_closing(context: Any) -> None:
    """R-DR-6."""
    page = context.new_page()
    page.goto(f"{TOOL}/")
    assert page.get_by_role("button").count() == 0
