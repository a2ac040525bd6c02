"""The quiz in unfriendly circumstances: no network, two windows, hasty clicks, odd numbers. Nothing is lost."""

import re

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import Seats
from tests.browser.seat import QUESTIONS, Seat

pytestmark = pytest.mark.browser
SAVED = re.compile(r"Opgeslagen om \d{1,2}\.\d\d uur")
NUMBER = next(question["id"] for question in QUESTIONS if question["kind"] == "number")


def test_answers_are_kept_as_they_are_given(student: Seat) -> None:
    student.open().begin_quiz()
    student.answer("scherpe-grijper", "false")
    student.answer(NUMBER, "2,14")
    expect(student.tool.locator("#saved")).to_contain_text(SAVED)

    student.open_in_tab().follow("Toets")

    expect(student.tool.locator("[name='q.scherpe-grijper'][value='false']")).to_be_checked()
    expect(student.tool.locator(f"[name='q.{NUMBER}']")).to_have_value("2,14")


def test_an_answer_that_is_sooner_than_the_page_s_script_is_kept(student: Seat) -> None:
    student.open_in_tab().begin_quiz()
    held: list[Route] = []
    student.page.route("**/static/app.js*", lambda route: held.append(route))
    student.page.reload(wait_until="commit")
    student.page.locator("[name='q.scherpe-grijper'][value='false']").check()

    held[0].continue_()

    expect(student.tool.locator("#saved")).to_contain_text(SAVED)


def test_a_dropped_network_loses_no_answer_and_the_page_says_so(student: Seat) -> None:
    student.open().begin_quiz()
    student.page.context.set_offline(True)
    student.answer("scherpe-grijper", "false")
    expect(student.tool.locator("#saved")).to_contain_text("Nog niet opgeslagen")
    student.answer(NUMBER, "2,14")
    expect(student.tool.locator("#saved")).to_contain_text("Nog niet opgeslagen")

    student.page.context.set_offline(False)

    expect(student.tool.locator("#saved")).to_contain_text(SAVED, timeout=10_000)
    student.forgive("ERR_INTERNET_DISCONNECTED|htmx:sendError|htmx:afterRequest")
    student.open_in_tab().follow("Toets")
    expect(student.tool.locator("[name='q.scherpe-grijper'][value='false']")).to_be_checked()
    expect(student.tool.locator(f"[name='q.{NUMBER}']")).to_have_value("2,14")


def test_handing_in_without_network_keeps_the_page_and_its_answers(student: Seat) -> None:
    student.open_in_tab().begin_quiz().answer_all()
    expect(student.tool.locator("#saved")).to_contain_text(SAVED)
    student.page.context.set_offline(True)
    student.press("Inleveren")

    expect(student.tool.locator("#saved")).to_contain_text("Nog niet ingeleverd: er is geen verbinding")
    student.forgive("ERR_INTERNET_DISCONNECTED|htmx:sendError|htmx:afterRequest")
    expect(student.tool.locator("[name='q.scherpe-grijper'][value='false']")).to_be_checked()
    student.page.context.set_offline(False)
    student.hand_in()
    expect(student.tool.locator(".result-number")).to_have_text("100 van de 100 punten")
    student.complaints.clear()


def test_a_double_click_hands_in_once(student: Seat) -> None:
    student.open().begin_quiz().answer_all()
    student.settle().tool.get_by_role("button", name="Inleveren").dblclick()
    expect(student.tool.locator(".result-number")).to_have_text("100 van de 100 punten")
    expect(student.tool.locator(".result")).to_contain_text("Je hebt nog 1 poging")


def test_an_older_window_overwrites_nothing_unseen(student: Seat, seats: Seats) -> None:
    student.open_in_tab().begin_quiz()
    other = seats(beside=student)
    other.frame = other.page
    other.page.goto(student.address)
    student.answer(NUMBER, "2,14")
    expect(student.tool.locator("#saved")).to_contain_text(SAVED)

    other.answer(NUMBER, "9")
    expect(other.tool.locator("#saved")).to_contain_text("Er zijn nieuwere antwoorden")
    student.page.reload()
    expect(student.tool.locator(f"[name='q.{NUMBER}']")).to_have_value("2,14")

    other.press("Bewaar toch de antwoorden")
    expect(other.tool.locator("#saved")).to_contain_text(SAVED)
    student.page.reload()
    expect(student.tool.locator(f"[name='q.{NUMBER}']")).to_have_value("9")


def test_handing_in_elsewhere_is_told_in_the_window_that_is_behind(student: Seat, seats: Seats) -> None:
    student.open_in_tab().begin_quiz()
    other = seats(beside=student)
    other.frame = other.page
    other.page.goto(student.address)
    student.answer_all().hand_in()

    other.answer(NUMBER, "9")

    expect(other.tool.locator(".result-number")).to_have_text("100 van de 100 punten")
    other.forgive("409")


def test_open_questions_are_named_once_before_handing_in(student: Seat) -> None:
    student.open().begin_quiz()
    student.answer("scherpe-grijper", "false")
    student.press("Inleveren")
    expect(student.tool.get_by_role("alert")).to_contain_text("Je hebt nog niet alle vragen beantwoord")
    student.hand_in()
    expect(student.tool.locator(".result-number")).to_have_text("10 van de 100 punten")


def test_a_number_that_cannot_be_read_is_told_instead_of_marked_wrong(student: Seat) -> None:
    student.open().begin_quiz().answer_all()
    student.answer(NUMBER, "2,1,4")
    student.press("Inleveren")

    expect(student.tool.get_by_role("alert")).to_contain_text("Schrijf het zoals 4,4")
    field = student.tool.locator(f"[name='q.{NUMBER}']")
    student.click(".unread a")
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_value("2,1,4")
    student.answer(NUMBER, "2,14")
    student.hand_in()
    expect(student.tool.locator(".result-number")).to_have_text("100 van de 100 punten")


def test_the_best_of_two_attempts_counts_and_both_can_be_seen(student: Seat) -> None:
    student.open().begin_quiz().answer_all().hand_in()
    student.press("Maak de toets opnieuw")
    student.answer_all(wrong=(NUMBER,)).hand_in()

    expect(student.tool.locator(".result")).to_contain_text("Poging 1 telt: 100 punten.")
    expect(student.tool.locator(".marked-wrong")).to_contain_text("2,14")
    student.follow("Bekijk poging 1")
    expect(student.tool.locator(".result-number")).to_have_text("100 van de 100 punten")
    expect(student.tool.locator("form[action$='/begin']")).to_have_count(0)
