"""The whole way by keyboard only, and always visible where you are."""

import pytest
from playwright.sync_api import expect

from tests.browser.seat import Seat

pytestmark = pytest.mark.browser
HERE = """() => {
  const here = document.activeElement;
  const shown = here.closest(".option, .offer") ?? here;
  const style = getComputedStyle(shown);
  const box = shown.getBoundingClientRect();
  const middle = document.elementFromPoint(box.x + box.width / 2, box.y + Math.min(box.height / 2, 40));
  return {
    text: (here.getAttribute("aria-label") ?? here.innerText ?? "") || (here.labels?.[0]?.innerText ?? ""),
    name: here.name ?? "", tag: here.tagName,
    isVisible: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    isUncovered: middle !== null && (shown.contains(middle) || middle.contains(shown)),
  };
}"""
MOST_STEPS = 60


def tab_to(seat: Seat, text: str) -> None:
    """Press Tab until this is where we are; every stop on the way shows its focus and is not covered."""
    for _ in range(MOST_STEPS):
        seat.page.keyboard.press("Tab")
        here = seat.document.evaluate(HERE)
        if here["tag"] == "BODY":
            continue
        assert here["isVisible"], here
        assert here["isUncovered"], here
        if text in (here["text"], here["name"]) or (text and text in here["text"]):
            return
    raise AssertionError(f"Tab does not lead to {text}")


def test_the_skip_link_comes_first_and_leads_to_the_heading(student: Seat) -> None:
    student.open_in_tab()
    tab_to(student, "Naar de inhoud")
    student.page.keyboard.press("Enter")
    assert student.document.evaluate("document.activeElement.id") == "title"


def test_read_answer_and_hand_in_by_keyboard(student: Seat) -> None:
    press = student.page.keyboard.press
    student.open_in_tab()
    for _ in range(2):
        tab_to(student, "Begin met: " if _ == 0 else "Volgende: ")
        press("Enter")
        student.tool.locator(".prose").wait_for()
        tab_to(student, "Ik heb deze pagina gelezen")
        press("Enter")
        student.tool.locator(".steps").wait_for()
    tab_to(student, "Volgende: Toets")
    press("Enter")
    student.tool.locator("form[action$='/begin']").wait_for()
    tab_to(student, "Begin met de toets")
    press("Space")
    student.tool.locator("#quiz").wait_for()

    tab_to(student, "q.scherpe-grijper")
    press("ArrowDown")
    expect(student.tool.locator("[name='q.scherpe-grijper'][value='false']")).to_be_checked()
    tab_to(student, "Inleveren")
    press("Enter")
    expect(student.tool.get_by_role("alert")).to_contain_text("Je hebt nog niet alle vragen beantwoord")
    press("Enter")
    expect(student.tool.locator(".result-number")).to_contain_text("van de 100 punten")
    assert student.document.evaluate("document.activeElement.id") == "title"
