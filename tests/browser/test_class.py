"""The class view in a browser: by keyboard, after a reload and Back, in the frame, and without cookies."""

import csv
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from lti_tool.base import clock
from tests.browser.conftest import Seats
from tests.browser.seat import Seat
from tests.browser.stage import Stage

pytestmark = pytest.mark.browser


def opened(seat: Seat, stage: Stage, count: int = 30, *, in_tab: bool = True) -> Seat:
    link = stage.link()
    seat.become(stage.newcomer("Karin", "teacher"))
    (seat.open_in_tab if in_tab else seat.open)(link)
    stage.fill_class(link, count)
    seat.follow("Klas")
    seat.tool.locator(".class-table").wait_for()
    return seat


def names(seat: Seat) -> list[str]:
    found: list[str] = seat.tool.locator(".class-table tbody th a").all_inner_texts()
    return found


def test_what_is_shown_stays_after_a_reload_and_comes_back_with_back(seats: Seats, stage: Stage) -> None:
    seat = opened(seats(), stage)
    everybody = names(seat)
    seat.click(".narrow a:has-text('Afgerond')")
    seat.click(".class-table thead a:has-text('Naam')")
    expect(seat.tool.locator("th[aria-sort=descending]")).to_have_count(1)
    done = names(seat)
    assert done == sorted(done, key=everybody.index, reverse=True)
    assert 0 < len(done) < len(everybody)
    seat.page.reload()
    assert names(seat) == done
    seat.page.go_back()
    seat.page.go_back()
    seat.tool.locator("th[aria-sort=ascending]").wait_for()
    assert names(seat) == everybody


def test_the_table_is_used_by_keyboard_and_traps_nobody(seats: Seats, stage: Stage) -> None:
    page = opened(seats(), stage).page
    page.set_viewport_size({"width": 700, "height": 700})
    page.locator("#find").fill("zoe")
    page.keyboard.press("Enter")
    page.locator(".found", has_text="Toon iedereen").wait_for()
    assert all("Zo" in one for one in page.locator(".class-table tbody th a").all_inner_texts())
    page.locator(".class-scroll").focus()
    page.keyboard.press("End")
    for _ in range(200):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('.class-more') !== null"):
            break
    assert page.evaluate("document.activeElement.closest('.class-more') !== null")


def test_head_and_names_stay_in_sight(seats: Seats, stage: Stage) -> None:
    page = opened(seats(), stage, 60).page
    page.set_viewport_size({"width": 700, "height": 800})
    place = page.locator(".class-scroll")
    place.evaluate("(box) => box.scrollTo(300, 600)")
    box = place.bounding_box()
    head, name = page.locator(".class-table thead th").first, page.locator(".class-table tbody th").nth(15)
    assert abs(head.bounding_box()["x"] - box["x"]) <= 2
    assert abs(head.bounding_box()["y"] - box["y"]) <= 2
    assert abs(name.bounding_box()["x"] - box["x"]) <= 2


SEEN = """() => { const one = document.activeElement, box = one.getBoundingClientRect();
  const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  return top === one || one.contains(top); }"""


def test_what_has_the_focus_is_never_behind_the_head_or_the_names(seats: Seats, stage: Stage) -> None:
    """WCAG 2.4.11; backwards, for that is where things that stay in sight cover what one comes to."""
    page = opened(seats(), stage).page
    page.set_viewport_size({"width": 700, "height": 700})
    place = page.locator(".class-scroll")
    page.locator(".class-table tbody th a").last.focus()
    place.evaluate("(box) => { box.scrollLeft = 200; }")
    heads = page.locator(".class-table thead a").count()
    for _ in range(len(page.locator(".class-table tbody tr").all()) + heads - 1):
        assert page.evaluate(SEEN), page.evaluate("document.activeElement.innerText")
        page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.closest('thead') !== null")


def test_the_whole_class_is_printed_and_no_buttons(seats: Seats, stage: Stage) -> None:
    page = opened(seats(), stage).page
    page.emulate_media(media="print")
    assert page.locator(".class-scroll").evaluate("(box) => box.scrollHeight <= box.clientHeight")
    expect(page.locator(".class-table tbody tr").last).to_be_visible()
    for part in (".narrow", ".class-form", ".class-more", ".teacher-menu"):
        expect(page.locator(part)).to_be_hidden()


def test_on_a_phone_everybody_is_a_card_and_still_a_row(seats: Seats, stage: Stage) -> None:
    page = opened(seats(), stage).page
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    expect(page.get_by_role("table").get_by_role("row").nth(0)).to_be_visible()
    expect(page.locator(".class-table .lbl").first).to_be_visible()
    page.locator("#sort").select_option("last")
    page.get_by_role("button", name="Toon").click()
    page.wait_for_url("**sort=last**")


def test_in_the_frame_the_class_opens_and_a_learner_of_it(seats: Seats, stage: Stage) -> None:
    seat = opened(seats(), stage, in_tab=False)
    name = names(seat)[0]
    seat.click(".class-table tbody th a >> nth=0")
    expect(seat.tool.locator("h1")).to_have_text(name)


def test_the_file_comes_without_cookies_too(cookieless: Seat, stage: Stage, tmp_path: Path) -> None:
    seat = opened(cookieless, stage, in_tab=False)
    with seat.page.expect_download() as waiting:
        seat.click("a[download]:has-text('CSV')")
    waiting.value.save_as(tmp_path / "klas.csv")
    assert waiting.value.suggested_filename.startswith("mechatronica-4b-")
    rows = list(csv.reader((tmp_path / "klas.csv").open(encoding="utf-8-sig", newline=""), delimiter=";"))
    assert [row[0] for row in rows[1:]] == names(seat)


def test_an_open_page_shows_a_new_list_once_it_is_there(seats: Seats, stage: Stage) -> None:
    """What was typed meanwhile, and where somebody stands in the table, stay."""
    seat = opened(seats(), stage)
    link = int(stage.value("SELECT max(id) FROM resource_links"))
    stage.sql("UPDATE resource_links SET memberships_url = 'https://school.test/m' WHERE id = :link", link=link)
    stage.sql(
        "INSERT INTO rosters (resource_link_id, attempts, is_of_course, asked_at) VALUES (:link, 0, 0, :at)",
        link=link, at="2026-01-01 00:00:00.000000",
    )  # fmt: skip
    seat.page.reload()
    expect(seat.tool.locator("#class-known")).to_contain_text("We halen een nieuwe lijst op")
    seat.tool.locator("#find").fill("Anna")
    seat.tool.locator(".class-table tbody th a").first.focus()
    before = seat.page.evaluate("document.activeElement.id")
    stage.sql(
        "UPDATE rosters SET asked_at = NULL, complete_at = :at WHERE resource_link_id = :link", link=link,
        at=f"{clock.now():%Y-%m-%d %H:%M:%S.%f}",
    )  # fmt: skip
    expect(seat.tool.locator("#class-known")).to_contain_text("opgehaald om", timeout=15_000)
    expect(seat.tool.locator("#find")).to_have_value("Anna")
    assert seat.page.evaluate("document.activeElement.id") == before
    assert seat.page.locator("[hx-get]").count() == 0


def test_the_grades_of_an_open_page_come_along_by_themselves(seats: Seats, stage: Stage) -> None:
    seat = opened(seats(), stage)
    link = int(stage.value("SELECT max(id) FROM resource_links"))
    later = f"{clock.now() + timedelta(days=1):%Y-%m-%d %H:%M:%S.%f}"
    queued = "UPDATE deliveries SET state = 'queued', due_at = :at WHERE resource_link_id = :link"
    stage.sql(queued, link=link, at=later)
    seat.follow("Cijfers")
    expect(seat.tool.locator("#stand")).to_contain_text("onderweg")
    stage.sql("UPDATE deliveries SET state = 'settled' WHERE resource_link_id = :link", link=link)
    expect(seat.tool.locator("#stand")).to_contain_text("er is nu niets onderweg", timeout=15_000)
