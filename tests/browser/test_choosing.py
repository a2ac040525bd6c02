"""What a teacher chose leaves our page for the platform, in a real browser: by itself, once, also without cookies."""

import secrets

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Seats
from tests.browser.seat import Seat
from tests.browser.stage import COURSE, Stage

pytestmark = pytest.mark.browser
CLIENT = "technohub-oefen"


def choose(teacher: Seat) -> Seat:
    """Open the chooser in the course, in the frame."""
    teacher.frame = None
    teacher.page.goto(f"{teacher.stage.practice}/courses/{COURSE}/choose/{CLIENT}")
    teacher.tool.locator("#found").wait_for()
    return teacher


def place(teacher: Seat) -> None:
    """Place the first module that is shown, with what is proposed."""
    teacher.click(teacher.tool.locator(".module-card form button").first)


def links(stage: Stage, teacher: Seat) -> int:
    teacher.page.goto(f"{stage.practice}/courses/{COURSE}")
    addresses = teacher.page.locator("a[href^='/links/']").evaluate_all("(all) => all.map((one) => one.pathname)")
    return len(set(addresses))


@pytest.fixture
def teacher(seats: Seats, stage: Stage) -> Seat:
    return seats(stage.newcomer("Karin", "teacher"))


def test_what_a_teacher_places_goes_to_the_course_by_itself(teacher: Seat, stage: Stage) -> None:
    """R-DL-2: the page with the answer posts itself to the other site; our policy lets that form go there."""
    before = links(stage, teacher)
    place(choose(teacher))
    expect(teacher.tool.locator("ul li")).to_have_count(1)
    assert "/lti/deep_linking/" in teacher.address
    assert links(stage, teacher) == before + 1


def test_who_goes_back_places_nothing_twice(teacher: Seat, stage: Stage) -> None:
    before = links(stage, teacher)
    place(choose(teacher))
    expect(teacher.tool.locator("ul li")).to_have_count(1)
    teacher.document.evaluate("history.back()")
    expect(teacher.tool.locator("html")).to_have_attribute("data-theme", "auto")
    teacher.page.wait_for_timeout(1000)
    assert "/v/" in teacher.address, "it stays with us, and sends nothing by itself"
    assert links(stage, teacher) == before + 1


def test_without_scripts_there_is_a_button(seats: Seats, stage: Stage) -> None:
    teacher = seats(stage.newcomer("Karin", "teacher"), java_script_enabled=False)
    before = links(stage, teacher)
    stage.control("misbehave", {"storage": False})
    page = teacher.page
    page.goto(f"{stage.practice}/launch/choose/{COURSE}/{CLIENT}?target=window")
    for _ in range(2):
        page.locator("form button").first.click()
    page.locator(".module-card form button").first.click()
    page.get_by_role("button", name="Ga verder").click()
    page.wait_for_url("**/lti/deep_linking/**")
    assert links(stage, teacher) == before + 1


def test_without_cookies_the_choice_arrives_too(cookieless: Seat, stage: Stage) -> None:
    """The pages come into the place of the one that asked the platform's storage, and so does the answer."""
    cookieless.become(stage.newcomer("Karin" + secrets.token_hex(2), "teacher"))
    before = links(stage, cookieless)
    place(choose(cookieless))
    expect(cookieless.tool.locator("ul li")).to_have_count(1)
    assert links(stage, cookieless) == before + 1
