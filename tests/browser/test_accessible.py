"""Every kind of page: axe (WCAG 2.2 AA), at three widths, light and dark, in both languages; nothing sticks out.

`make test` looks four times at each page; with TEST_EVERY_LOOK set, in every language, width and light.
"""

import os
from collections.abc import Callable
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from lti_tool.base import clock
from tests.browser.conftest import Seats
from tests.browser.deciding import decide, link_of, person_of
from tests.browser.seat import Seat
from tests.browser.stage import Stage

pytestmark = pytest.mark.browser
AXE = (Path(__file__).parent / "vendor" / "axe-core-4.14.1" / "axe.min.js").read_text()
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = """async (tags) => (await axe.run(document, {runOnly: tags, resultTypes: ["violations"]})).violations
  .map(({id, nodes}) => `${id}: ${nodes.map((one) => one.target.join(" ") + " " + one.failureSummary).join("; ")}`)"""
USUAL = (("nl", 1280, "light"), ("nl", 390, "dark"), ("en", 700, "dark"), ("en", 390, "light"))
LANGUAGES, WIDTHS, SCHEMES = ("nl", "en"), (1280, 700, 390), ("light", "dark")
LOOKS = tuple(product(LANGUAGES, WIDTHS, SCHEMES)) if "TEST_EVERY_LOOK" in os.environ else USUAL


def _overview(seat: Seat, stage: Stage) -> None:
    seat.open_in_tab()


def _page(seat: Seat, stage: Stage) -> None:
    seat.open_in_tab().click(".step a")
    seat.tool.locator(".prose").wait_for()


def _quiz_start(seat: Seat, stage: Stage) -> None:
    seat.open_in_tab()
    stage.have_read(seat.visit)
    seat.page.goto(seat.address.partition("#")[0] + "a/toets")


def _quiz(seat: Seat, stage: Stage) -> None:
    seat.open_in_tab().begin_quiz()
    seat.answer("scherpe-grijper", "false")
    seat.answer("afstand-berekenen", "1,2,3")
    seat.page.wait_for_function("() => !isUnsaved()")
    seat.page.reload()


def _result(seat: Seat, stage: Stage) -> None:
    _quiz(seat, stage)
    seat.answer("afstand-berekenen", "2,14")
    seat.click("[data-hand-in]")
    seat.tool.locator(".hand-in [role=alert]").wait_for()
    seat.click("[data-hand-in]")
    seat.tool.locator(".result-number").wait_for()


def _done(seat: Seat, stage: Stage) -> None:
    _result(seat, stage)
    seat.page.goto(f"{stage.tool}/v/{seat.visit}/")
    seat.tool.locator(".receipt-sent .icon").first.wait_for(timeout=15_000)


def _refusal(seat: Seat, stage: Stage) -> None:
    seat.frame = seat.page
    seat.page.goto(f"{stage.practice}/launch/link/{stage.link(deployment_id='onbekend')}?target=window")
    seat.tool.locator(".code").wait_for()
    seat.forgive("403")


def _no_module(seat: Seat, stage: Stage) -> None:
    seat.frame = seat.page
    seat.page.goto(f"{stage.practice}/launch/link/{stage.link(custom={}, score_maximum=None)}?target=window")
    seat.tool.locator(".code").wait_for()
    seat.forgive("404")


def _chooser(seat: Seat, stage: Stage) -> None:
    seat.become(stage.newcomer("Karin", "teacher")).open_in_tab(stage.link(custom={}, score_maximum=None))


def _placing(seat: Seat, stage: Stage) -> None:
    """The chooser for a course, with something in the list."""
    seat.become(stage.newcomer("Karin", "teacher")).frame = seat.page
    seat.page.goto(f"{stage.practice}/launch/choose/mechatronica-4b/technohub-oefen?target=window")
    seat.page.wait_for_url(f"{stage.tool}/v/**/place*")
    seat.page.get_by_role("button", name="Zet in een lijst").first.click()
    seat.page.locator(".chosen-some").wait_for()


def _list(seat: Seat, stage: Stage) -> None:
    _placing(seat, stage)
    seat.page.get_by_role("link", name="Bekijk en plaats").first.click()
    seat.page.locator(".piece").wait_for()


def _piece(seat: Seat, stage: Stage) -> None:
    _list(seat, stage)
    seat.page.get_by_role("link", name="Instellen").click()
    seat.page.get_by_label("Procent per dag").wait_for()


def _piece_wrong(seat: Seat, stage: Stage) -> None:
    _piece(seat, stage)
    seat.page.get_by_label("Titel in je cursus").fill(" ")
    seat.page.get_by_role("button", name="Opslaan").click()
    seat.page.locator(".field-problem").wait_for()
    seat.forgive("400")


def _module(seat: Seat, stage: Stage) -> None:
    _placing(seat, stage)
    seat.page.get_by_role("link", name="Cobots veilig inzetten").first.click()
    seat.page.locator(".module-parts").wait_for()


def _preview(seat: Seat, stage: Stage) -> None:
    _module(seat, stage)
    seat.page.get_by_role("button", name="Bekijk als deelnemer").click()
    seat.page.locator(".preview-bar").wait_for()


def _settings(seat: Seat, stage: Stage) -> None:
    seat.become(stage.newcomer("Karin", "teacher")).open_in_tab(stage.link())
    seat.follow("Instellingen")
    seat.click("summary")


def _teacher(seat: Seat, stage: Stage) -> None:
    seat.become(stage.newcomer("Karin", "teacher")).open_in_tab(stage.link())
    seat.follow("Toets")
    seat.click("summary")


def _class(seat: Seat, stage: Stage) -> None:
    seat.become(stage.newcomer("Karin", "teacher")).open_in_tab(link := stage.link())
    stage.fill_class(link, 40)
    seat.follow("Klas")
    seat.tool.locator(".class-table").wait_for()


def _class_pictures(seat: Seat, stage: Stage) -> None:
    _class(seat, stage)
    seat.follow("Voortgang en vragen in beeld")
    seat.tool.locator(".bar").first.wait_for()
    for number in range(seat.tool.locator("summary").count()):
        seat.tool.locator("summary").nth(number).click()


def _class_learner(seat: Seat, stage: Stage) -> None:
    _class(seat, stage)
    seat.page.goto(f"{stage.tool}/v/{seat.visit}/class?only=done")
    seat.click(seat.tool.locator(".class-table tbody th a").first)
    seat.tool.locator(".happened").wait_for()


def _late(seat: Seat, stage: Stage) -> None:
    """An overview with dates, an excused part, a set result and more time."""
    due = (clock.now() - timedelta(days=2)).isoformat()
    terms = {"module": "cobots-veilig-inzetten", "due": due, "late": "deduct", "run": "own"}
    link = stage.link(custom=terms)
    seat.open_in_tab(link).begin_quiz().answer_all(wrong=("scherpe-grijper",)).hand_in()
    decide(stage, seat.visit)
    seat.page.goto(f"{stage.tool}/v/{seat.visit}/")


def _set(seat: Seat, stage: Stage) -> None:
    _late(seat, stage)
    seat.page.goto(f"{stage.tool}/v/{seat.visit}/a/toets")


def _closed(seat: Seat, stage: Stage) -> None:
    """A quiz with answers that were not handed in before the link closed."""
    closes = (clock.now() + timedelta(days=2)).isoformat()
    link = stage.link(custom={"module": "cobots-veilig-inzetten", "closes": closes, "run": "own"})
    seat.open_in_tab(link).begin_quiz()
    seat.answer("scherpe-grijper", "false")
    seat.page.wait_for_function("() => !isUnsaved()")
    stage.sql("UPDATE resource_links SET closes_at = '2026-01-05 12:00:00' WHERE closes_at IS NOT NULL")
    seat.page.reload()


def _decide(seat: Seat, stage: Stage) -> None:
    """The page where a teacher decides, with all of its forms open."""
    _late(seat, stage)
    person, visit, link = person_of(stage, seat.visit), seat.visit, link_of(stage, seat.visit)
    seat.become(stage.newcomer("Karin", "teacher")).open_in_tab(link)
    seat.page.goto(f"{stage.tool}/v/{seat.visit}/class/{person}/toets")
    assert visit != seat.visit
    seat.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")


def _decide_wrong(seat: Seat, stage: Stage) -> None:
    _decide(seat, stage)
    seat.tool.locator("form[action$='/correct'] [name=points]").fill("veel")
    seat.tool.locator("form[action$='/correct'] [name=reason]").fill("Mondeling toegelicht")
    seat.click("form[action$='/correct'] button")
    seat.tool.locator(".field-problem").wait_for()
    seat.forgive("400")


KINDS: dict[str, Callable[[Seat, Stage], None]] = {
    "overview": _overview, "page": _page, "quiz-start": _quiz_start, "quiz": _quiz, "result": _result, "done": _done,
    "refusal": _refusal, "no-module": _no_module, "chooser": _chooser, "teacher": _teacher,
    "placing": _placing, "list": _list, "piece": _piece, "piece-wrong": _piece_wrong, "module": _module,
    "preview": _preview, "settings": _settings,
    "class": _class, "class-pictures": _class_pictures, "class-learner": _class_learner,
    "late": _late, "set": _set, "closed": _closed, "decide": _decide, "decide-wrong": _decide_wrong,
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_everybody_can_use_it(seats: Seats, stage: Stage, kind: str) -> None:
    seat = seats(stage.newcomer())
    KINDS[kind](seat, stage)
    page = seat.page
    found: list[str] = []
    for language in LANGUAGES:
        _speak(seat, language)
        page.evaluate(AXE)
        for width, scheme in ((width, scheme) for spoken, width, scheme in LOOKS if spoken == language):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (language, width)
            assert page.evaluate("document.querySelectorAll('[style]').length") == 0
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            found += [f"{language} {width} {scheme} {problem}" for problem in page.evaluate(RUN, TAGS)]
    assert found == []


def _speak(seat: Seat, language: str) -> None:
    """Switch the page's language, where it has a switch."""
    switch: Any = seat.tool.locator(f".languages button[value={language}]")
    if switch.count():
        switch.click()
        seat.tool.locator(f"html[lang={language}]").wait_for()
