"""The teacher chooses a module for a link; students wait for it."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Seats
from tests.browser.seat import Seat
from tests.browser.stage import Stage

pytestmark = pytest.mark.browser


def test_the_teacher_chooses_and_the_student_gets_that_module(student: Seat, seats: Seats, stage: Stage) -> None:
    link = stage.link(title="Nog te kiezen", custom={}, score_maximum=None)
    student.open(link)
    expect(student.tool.locator("h1")).to_have_text("Je docent heeft nog geen module gekozen")
    student.forgive("404")

    teacher = seats(stage.newcomer("Karin", "teacher")).open(link)
    expect(teacher.tool.locator("h1")).to_have_text("Kies een module")
    expect(teacher.tool.locator("html")).to_have_attribute("data-role", "teacher")
    teacher.press("Gebruik deze Lasersnijden en kanten")
    expect(teacher.tool.locator("h1")).to_contain_text("Lasersnijden en kanten")
    expect(teacher.tool.locator(".teacher-bar")).to_contain_text("Je bekijkt deze module als docent")

    student.open(link)
    expect(student.tool.locator("h1")).to_contain_text("Lasersnijden en kanten")


def test_a_teacher_looks_at_everything_without_owing_a_grade(seats: Seats, stage: Stage) -> None:
    teacher = seats(stage.newcomer("Karin", "teacher")).open(stage.link())
    teacher.follow("Toets")
    teacher.click("summary")
    expect(teacher.tool.locator(".key li").first).to_be_visible()
    expect(teacher.tool.locator(".receipts")).to_have_count(0)


def test_a_course_that_takes_no_grade_is_told_to_the_teacher_only(student: Seat, seats: Seats, stage: Stage) -> None:
    stage.control("misbehave", {"ags": "none"})
    link = stage.link(score_maximum=None)
    teacher = seats(stage.newcomer("Karin", "teacher")).open(link)
    expect(teacher.tool.locator(".teacher-bar")).to_contain_text("Deze cursus neemt voor deze link geen cijfer aan")
    teacher.click(".teacher-bar summary")
    expect(teacher.tool.locator(".teacher-bar details p")).to_be_visible()

    student.open(link)
    expect(student.tool.locator("h1")).to_have_text("Cobots veilig inzetten")
    expect(student.tool.locator("main")).not_to_contain_text("neemt voor deze link")
