"""A student opens a module from the course, works through it, and the grade arrives."""

import base64
import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Seats
from tests.browser.seat import FULL, QUESTIONS, Seat
from tests.browser.stage import COURSE, Stage

pytestmark = pytest.mark.browser
PARTS = {
    "nl": ("Wat maakt", "Van idee"),
    "en": ("What makes", "From idea"),
}
WORDS: dict[str, dict[str, Any]] = {
    "nl": {
        "quiz": "Volgende: Toets", "begin": "Begin met de toets", "hand-in": "Inleveren",
        "result": "90 van de 100 punten", "passed": "Behaald", "overview": "Naar het overzicht",
        "receipts": "Je resultaat in je cursus", "sent": re.compile(r"Verzonden om \d{1,2}\.\d\d uur"),
    },
    "en": {
        "quiz": "Next: Quiz", "begin": "Begin the quiz", "hand-in": "Hand in",
        "result": "90 of 100 points", "passed": "Passed", "overview": "To the overview",
        "receipts": "Your result in your course", "sent": re.compile(r"Sent at \d\d:\d\d"),
    },
}  # fmt: skip


@pytest.mark.parametrize("language", ["nl", "en"])
def test_from_the_course_to_the_grade(seats: Seats, stage: Stage, language: str) -> None:
    user, words = stage.newcomer(), WORDS[language]
    seat = seats(user, language=language).open()
    expect(seat.tool.locator("html")).to_have_attribute("lang", language)
    expect(seat.tool.locator("html")).to_have_attribute("data-role", "learner")
    expect(seat.tool.locator(".who")).to_have_text("Noor de Wit")
    seat.read_pages(PARTS[language])
    seat.follow(words["quiz"])
    seat.press(words["begin"])
    seat.tool.locator("#quiz").wait_for()
    seat.answer_all(wrong=("scherpe-grijper",))
    seat.press(words["hand-in"])

    expect(seat.tool.locator(".result-number")).to_have_text(words["result"])
    expect(seat.tool.locator(".marked")).to_have_count(len(QUESTIONS))
    expect(seat.tool.locator(".marked-wrong .feedback")).to_have_text(QUESTIONS[0]["options"][0]["feedback"][language])
    seat.follow(words["overview"])
    expect(seat.tool.locator(".progress")).to_contain_text(words["passed"])
    receipts = seat.tool.get_by_role("region", name=words["receipts"])
    expect(receipts).to_contain_text(words["sent"])
    assert stage.grade(user) == pytest.approx(0.9 * FULL)


def test_the_teacher_sees_the_number_in_the_gradebook_of_the_course(seats: Seats, stage: Stage) -> None:
    student, link = seats(stage.newcomer("Femke")), stage.link(title="Cobots met komma")
    student.open(link).begin_quiz().answer_all(wrong=("scherpe-grijper", "werkwijze-kiezen")).hand_in()
    student.follow("Naar het overzicht")
    expect(student.tool.locator(".receipts")).to_contain_text("Verzonden om")

    teacher = seats(stage.newcomer("Karin", "teacher"))
    teacher.page.goto(f"{stage.practice}/courses/{COURSE}/gradebook")

    cell = teacher.page.get_by_role("link", name="Femke de Wit, Cobots met komma")
    expect(cell).to_contain_text("80")


def test_a_receipt_says_that_we_go_on_trying_and_later_that_it_was_sent(student: Seat, stage: Stage) -> None:
    stage.control("faults", {"group": "scores", "status": 503, "times": 2})
    student.open().begin_quiz().answer_all().hand_in()
    student.follow("Naar het overzicht")

    expect(student.tool.locator(".receipts")).to_contain_text("Verzonden om", timeout=30_000)


def test_the_chosen_language_stays_on_this_page_on_others_and_at_the_next_launch(student: Seat) -> None:
    student.open().follow("Wat maakt")
    student.press("English")
    expect(student.tool.locator("h1")).to_have_text("What makes a robot collaborative?")
    assert "/a/samenwerkend" in student.address

    student.follow("Using cobots safely")
    expect(student.tool.locator("html")).to_have_attribute("lang", "en")
    student.open()
    expect(student.tool.locator("html")).to_have_attribute("lang", "en")


def test_figures_show_and_have_room_kept_for_them(student: Seat) -> None:
    student.open().follow("Wat maakt")
    pictures = student.tool.locator(".prose img")
    expect(pictures).to_have_count(2)
    for picture in pictures.all():
        picture.scroll_into_view_if_needed()
        expect(picture).to_have_js_property("complete", True)
        assert picture.evaluate("(img) => img.naturalWidth > 0 && img.width > 100")
        assert picture.get_attribute("width") == "720"


LIGHTNESS = """async (address) => {
  const picture = new Image();
  picture.src = address;
  await picture.decode();
  const canvas = Object.assign(document.createElement("canvas"), {width: picture.width, height: picture.height});
  const brush = canvas.getContext("2d");
  brush.drawImage(picture, 0, 0);
  const pixels = brush.getImageData(0, 0, picture.width, picture.height).data;
  return pixels.reduce((sum, value, at) => sum + (at % 4 < 3 ? value : 0), 0) / (pixels.length * 3 / 4) / 255;
}"""


def test_drawings_are_light_by_day_and_dark_at_night(student: Seat) -> None:
    student.open_in_tab().follow("Wat maakt")
    picture, other = student.tool.locator(".prose img").first, student.page.context.new_page()
    picture.scroll_into_view_if_needed()
    expect(picture).to_have_js_property("complete", True)
    seen = {}
    for scheme in ("light", "dark"):
        student.page.emulate_media(color_scheme=scheme)
        shot = base64.b64encode(picture.screenshot()).decode()
        seen[scheme] = other.evaluate(LIGHTNESS, f"data:image/png;base64,{shot}")
    other.close()
    assert seen["light"] > 0.8
    assert seen["dark"] < 0.3


@pytest.mark.parametrize("width", [1280, 700, 390])
def test_the_way_back_to_the_course_stands_below_the_text(student: Seat, stage: Stage, width: int) -> None:
    student.open_in_tab()
    stage.have_read(student.visit)
    student.page.set_viewport_size({"width": width, "height": 900})
    home = student.address.partition("#")[0]
    for path in ("", "a/samenwerkend", "a/toets"):
        student.page.goto(home + path)
        title, back = (student.tool.locator(place).bounding_box() for place in ("h1", ".foot a"))
        assert back["x"] == pytest.approx(title["x"], abs=1), path


def test_reload_and_back_show_the_pages_again(student: Seat) -> None:
    student.open_in_tab().follow("Wat maakt")
    expect(student.tool.locator("h1")).to_have_text("Wat maakt een robot samenwerkend?")
    student.page.reload()
    expect(student.tool.locator("h1")).to_have_text("Wat maakt een robot samenwerkend?")
    student.page.go_back()
    expect(student.tool.locator("h1")).to_have_text("Cobots veilig inzetten")
    student.page.go_forward()
    expect(student.tool.locator("h1")).to_have_text("Wat maakt een robot samenwerkend?")
