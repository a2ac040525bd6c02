"""A teacher sets a result on the page, and the student and the gradebook get it."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Seats
from tests.browser.deciding import person_of
from tests.browser.seat import FULL, Seat
from tests.browser.stage import Stage

pytestmark = pytest.mark.browser
REASON = "Mondeling goed toegelicht"


def test_a_result_that_a_teacher_sets_reaches_student_and_gradebook(student: Seat, seats: Seats, stage: Stage) -> None:
    link = stage.link(title="Cobots, nagekeken")
    student.open(link).begin_quiz().answer_all(wrong=("scherpe-grijper", "werkwijze-kiezen")).hand_in()

    teacher = seats(stage.newcomer("Karin", "teacher")).open(link)
    teacher.document.goto(f"{stage.tool}/v/{teacher.visit}/class/{person_of(stage, student.visit)}/toets")
    teacher.click(teacher.tool.get_by_text("Het resultaat zelf bepalen"))
    form = teacher.tool.locator("form[action$='/correct']")
    form.get_by_label("Punten, van 100").fill("veel")
    form.get_by_label("Reden").fill(REASON)
    teacher.press("Resultaat bepalen")
    expect(form.locator(".field-problem")).to_have_text("Vul een getal in van 0 tot en met 100.")
    expect(form.get_by_label("Reden")).to_have_value(REASON)
    teacher.forgive("400")
    form.get_by_label("Punten, van 100").fill("95")
    teacher.press("Resultaat bepalen")
    expect(teacher.tool.get_by_role("status")).to_have_text("Het resultaat staat er.")
    expect(teacher.tool.locator("main")).to_contain_text(re.compile(r"Eerst: \d+ van de 100 punten"))

    student.follow("Naar het overzicht")
    expect(student.tool.locator(".progress")).to_contain_text("Je hebt 95 van de 100 punten.")
    expect(student.tool.locator(".receipts")).to_contain_text("95 van de 100 punten", timeout=20_000)
    assert stage.grade(student_id(student), link) == pytest.approx(0.95 * FULL)
    student.follow("Toets")
    expect(student.tool.locator(".decided")).to_contain_text(REASON)


def student_id(seat: Seat) -> str:
    """Who is signed in at the platform."""
    cookies = seat.page.context.cookies(seat.stage.practice)
    return str(next(one["value"] for one in cookies if one["name"] == "practice_person"))
