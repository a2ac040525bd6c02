"""Launches where the browser keeps cookies back: partitioned ones, the platform's storage, or a tab of its own."""

import time

import pytest
from playwright.sync_api import Route, expect

from tests.browser.seat import Seat
from tests.browser.stage import Stage

pytestmark = pytest.mark.browser


def test_third_party_cookies_are_blocked_here_and_ours_live_in_their_partition(student: Seat, stage: Stage) -> None:
    student.open()
    blocked = "(() => { try { sessionStorage.length; return false } catch (error) { return error.name } })()"
    assert student.document.evaluate(blocked) == "SecurityError"

    ours = [cookie for cookie in student.page.context.cookies(stage.tool) if cookie["name"].startswith("__Host-lti_")]
    assert {cookie["name"] for cookie in ours} >= {"__Host-lti_visits"}
    for cookie in ours:
        assert cookie["secure"]
        assert cookie["httpOnly"]
        assert cookie["sameSite"] == "None"
        assert cookie.get("partitionKey")


def test_without_cookies_the_storage_of_the_platform_carries_the_whole_visit(cookieless: Seat, stage: Stage) -> None:
    cookieless.open()
    expect(cookieless.tool.locator("#title")).to_have_text("Cobots veilig inzetten")
    expect(cookieless.tool.locator(".who")).to_have_text("Noor de Wit")
    assert cookieless.page.context.cookies(stage.tool) == []

    cookieless.read_pages()
    cookieless.follow("Volgende: Toets")
    cookieless.press("Begin met de toets")
    cookieless.tool.locator("#quiz").wait_for()
    cookieless.answer_all(wrong=("scherpe-grijper",))
    expect(cookieless.tool.locator("#saved")).to_contain_text("Opgeslagen om")
    cookieless.hand_in()
    expect(cookieless.tool.locator(".result-number")).to_have_text("90 van de 100 punten")
    cookieless.follow("Naar het overzicht")
    expect(cookieless.tool.locator(".receipts")).to_contain_text("Verzonden om")
    assert "ticket" not in cookieless.address


def test_without_cookies_reload_back_and_language_go_on_working(cookieless: Seat) -> None:
    cookieless.open()
    cookieless.follow("Wat maakt")
    expect(cookieless.tool.locator("h1")).to_have_text("Wat maakt een robot samenwerkend?")
    assert cookieless.document.evaluate("document.activeElement.id") == "title"
    cookieless.page.evaluate("history.back()")
    expect(cookieless.tool.locator("#title")).to_have_text("Cobots veilig inzetten")
    cookieless.press("English")
    expect(cookieless.tool.locator("html")).to_have_attribute("lang", "en")
    expect(cookieless.tool.locator("#title")).to_have_text("Using cobots safely")
    cookieless.document.evaluate("location.reload()")
    expect(cookieless.tool.locator("#title")).to_have_text("Using cobots safely")


def test_with_neither_one_button_begins_again_in_a_new_tab(cookieless: Seat, stage: Stage) -> None:
    stage.control("misbehave", {"storage": False})
    cookieless.open()
    expect(cookieless.tool.locator("h1")).to_have_text("Je browser laat ons je hier niet herkennen")
    cookieless.forgive("401")
    expect(cookieless.tool.get_by_role("link", name="Open in een nieuw tabblad")).to_have_count(1)
    expect(cookieless.tool.locator("main button")).to_have_count(0)

    with cookieless.page.context.expect_page() as opened:
        cookieless.follow("Open in een nieuw tabblad")

    tab = Seat(stage, opened.value)
    tab.frame = tab.page
    expect(tab.tool.locator("h1")).to_have_text("Cobots veilig inzetten")
    expect(tab.tool.locator(".who")).to_have_text("Noor de Wit")
    tab.page.reload()
    expect(tab.tool.locator(".who")).to_have_text("Noor de Wit")
    assert tab.complaints == []


def test_a_platform_whose_page_is_late_is_asked_again(cookieless: Seat) -> None:
    def late(route: Route) -> None:
        time.sleep(1.2)
        route.continue_()

    cookieless.page.route("**/static/platform.js", late)
    cookieless.open()
    expect(cookieless.tool.locator("#title")).to_have_text("Cobots veilig inzetten")


def test_without_cookies_a_form_carries_the_ticket_as_soon_as_it_stands_there(cookieless: Seat) -> None:
    """It is pressed in the very turn in which it is swapped in."""
    cookieless.open()
    cookieless.document.evaluate("""() => new MutationObserver((_, self) => {
      const button = document.querySelector("form[action$='/read'] button");
      if (button) { self.disconnect(); button.click(); }
    }).observe(document.body, { childList: true, subtree: true })""")
    cookieless.follow("Wat maakt")
    expect(cookieless.tool.locator(".progress-words")).to_have_text("1 van de 3 onderdelen afgerond")
