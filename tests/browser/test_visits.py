"""Visits in one browser: tabs that do not mix, shared computers, visits that are over."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Seats
from tests.browser.seat import Seat
from tests.browser.stage import Stage

pytestmark = pytest.mark.browser


def test_two_tabs_with_two_modules_do_not_mix(student: Seat, seats: Seats) -> None:
    student.open("cobots")
    other = seats(beside=student).open("lasersnijden")
    student.follow("Wat maakt")
    other.click(".step >> nth=0 >> a")

    student.press("Ik heb deze pagina gelezen")
    expect(student.tool.locator(".brand")).to_have_text("De Smidse")
    expect(student.tool.locator(".progress-words")).to_have_text("1 van de 3 onderdelen afgerond")
    other.click(".crumbs a")
    expect(other.tool.locator("h1")).to_contain_text("Lasersnijden en kanten")
    expect(other.tool.locator(".progress-words")).to_have_text("0 van de 3 onderdelen afgerond")


def test_another_person_in_the_same_browser_ends_the_visits_of_the_first(
    student: Seat, seats: Seats, stage: Stage
) -> None:
    student.open_in_tab()
    other = seats(stage.newcomer("Bilal"), beside=student).open_in_tab()
    expect(other.tool.locator(".who")).to_have_text("Bilal de Wit")

    student.page.reload()

    expect(student.tool.locator("h1")).to_have_text("Je werk is opgeslagen")
    expect(student.tool.locator(".who")).to_have_count(0)
    student.forgive("401")
    other.page.reload()
    expect(other.tool.locator(".who")).to_have_text("Bilal de Wit")


def test_a_visit_that_is_over_says_that_the_work_is_saved_and_how_to_go_on(student: Seat, stage: Stage) -> None:
    student.open().begin_quiz()
    student.answer("scherpe-grijper", "false")
    expect(student.tool.locator("#saved")).to_contain_text("Opgeslagen om")
    long_ago = datetime.now(UTC).replace(tzinfo=None) - timedelta(hours=9)
    stage.sql("UPDATE visits SET began_at = :at WHERE public_id = :id", at=str(long_ago), id=student.visit)

    student.answer("scherpe-grijper", "true")

    expect(student.tool.locator("h1")).to_have_text("Je werk is opgeslagen")
    expect(student.tool.locator("main")).to_contain_text("open de module opnieuw")
    expect(student.tool.locator(".code")).not_to_be_empty()
    student.forgive("401")
    student.open().follow("Toets")
    expect(student.tool.locator("[name='q.scherpe-grijper'][value='false']")).to_be_checked()


def test_the_address_alone_opens_nothing_in_another_browser(student: Seat, seats: Seats) -> None:
    student.open_in_tab().follow("Wat maakt")
    stranger = seats()
    stranger.frame = stranger.page
    stranger.page.goto(student.address)

    expect(stranger.tool.get_by_role("heading", level=1)).to_have_text("We herkennen je hier niet")
    expect(stranger.tool.locator("body")).not_to_contain_text("Noor")
    expect(stranger.tool.locator("body")).not_to_contain_text("samenwerkend")
