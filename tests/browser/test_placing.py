"""A teacher places hub content from a course: two clicks, several in order, one part, nothing; looks; and edits."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Seats
from tests.browser.seat import Seat
from tests.browser.stage import COURSE, Stage

pytestmark = pytest.mark.browser
CLIENT = "technohub-oefen"


@pytest.fixture
def teacher(seats: Seats, stage: Stage) -> Seat:
    """A teacher in the chooser, in the platform's frame."""
    return choosing(seats(stage.newcomer("Karin", "teacher")), stage)


def choosing(seat: Seat, stage: Stage) -> Seat:
    seat.page.goto(f"{stage.practice}/courses/{COURSE}/choose/{CLIENT}")
    seat.tool.locator("#found").wait_for()
    return seat


def placed(stage: Stage, count: int) -> list[dict[str, Any]]:
    """The newest links of the course."""
    return list(stage.control(f"links?course={COURSE}", None, "GET")["links"])[-count:]


def arrived(seat: Seat) -> None:
    """The platform shows what was placed."""
    seat.tool.locator("a[target=_top]").wait_for()


def card(seat: Seat, title: str) -> Any:
    return seat.tool.locator(".module-card").filter(has_text=title)


def test_two_clicks_place_a_module(teacher: Seat, student: Seat, stage: Stage) -> None:
    """The first opened the chooser."""
    teacher.click(card(teacher, "Cobots veilig inzetten").get_by_role("button", name="Plaatsen"))
    arrived(teacher)
    (link,) = placed(stage, 1)
    assert link["title"] == "Cobots veilig inzetten"
    student.open(link["id"])
    expect(student.tool.locator("h1")).to_have_text("Cobots veilig inzetten")


def test_several_come_into_the_course_in_the_chosen_order(teacher: Seat, stage: Stage) -> None:
    teacher.click(card(teacher, "Cobots veilig inzetten").get_by_role("button", name="Zet in een lijst"))
    expect(teacher.tool.locator("#chosen")).to_contain_text("1 onderdeel in je lijst")
    teacher.click(card(teacher, "Lasersnijden").get_by_role("button", name="Zet in de lijst"))
    expect(teacher.tool.locator("#chosen")).to_contain_text("2 onderdelen in je lijst")
    teacher.follow("Bekijk en plaats")
    teacher.click(teacher.tool.get_by_role("button", name="Omhoog Lasersnijden"))
    expect(teacher.tool.locator(".piece h2").first).to_contain_text("Lasersnijden")
    teacher.click(teacher.tool.get_by_role("link", name="Instellen Cobots"))
    teacher.tool.get_by_label("Titel in je cursus").fill("Cobots, week 12")
    teacher.press("Opslaan")
    teacher.press("Plaats 2 onderdelen in je cursus")
    arrived(teacher)
    assert [link["title"][:16] for link in placed(stage, 2)] == ["Lasersnijden en ", "Cobots, week 12"]


def test_one_part_of_a_module_opens_that_part_only(teacher: Seat, student: Seat, stage: Stage) -> None:
    teacher.follow("Cobots veilig inzetten")
    teacher.click(teacher.tool.get_by_role("button", name="Plaatsen Toets"))
    arrived(teacher)
    (link,) = placed(stage, 1)
    student.open(link["id"])
    expect(student.tool.locator(".step")).to_have_count(1)
    student.follow("Toets")
    expect(student.tool.locator("form[action$='/begin']")).to_be_visible()


def test_cancelling_places_nothing(teacher: Seat, stage: Stage) -> None:
    before = [link["id"] for link in placed(stage, 1)]
    teacher.press("Annuleren")
    expect(teacher.tool.locator("body")).to_contain_text("Er is niets gekozen.")
    assert [link["id"] for link in placed(stage, 1)] == before


def test_searching_shows_what_fits_while_typing(teacher: Seat) -> None:
    teacher.tool.get_by_label("Wat zoek je?").fill("kobots")
    expect(teacher.tool.locator("#found-title")).to_have_text("1 module")
    expect(card(teacher, "Cobots veilig inzetten")).to_be_visible()
    teacher.tool.get_by_label("Wat zoek je?").fill("")
    teacher.tool.get_by_label("Hub").select_option("plaatwerk-noord")
    expect(card(teacher, "Lasersnijden")).to_be_visible()
    expect(teacher.tool.locator(".module-card")).to_have_count(1)
    teacher.press("Zoek")
    expect(teacher.tool.locator(".module-card")).to_have_count(1)


def test_a_preview_shows_what_participants_see_and_leads_back(teacher: Seat) -> None:
    teacher.follow("Cobots veilig inzetten")
    teacher.press("Bekijk als deelnemer")
    expect(teacher.tool.locator(".preview-bar")).to_contain_text("Voorbeeld: niets wordt bewaard.")
    teacher.click(teacher.tool.locator(".step a").first)
    teacher.click("form[action$='/read'] button")
    expect(teacher.tool.locator(".progress-words")).to_contain_text("1 van de 3")
    expect(teacher.tool.locator(".preview-bar")).to_be_visible()
    teacher.press("Stop het voorbeeld")
    expect(teacher.tool.locator("h1")).to_contain_text("Kies voor")


def test_of_two_teachers_the_second_sees_both_and_chooses(seats: Seats, stage: Stage) -> None:
    link = stage.link()
    karin, joost = (seats(stage.newcomer(name, "teacher")).open(link) for name in ("Karin", "Joost"))
    for seat in (karin, joost):
        seat.follow("Instellingen")
        seat.tool.locator("form.fields").wait_for()
    karin.click(karin.tool.get_by_label("Een cijfer van 1 tot 10"))
    karin.press("Opslaan")
    expect(karin.tool.get_by_label("Een cijfer van 1 tot 10")).to_be_checked()
    joost.click(joost.tool.get_by_label("Kan na de inleverdatum niet meer"))
    joost.press("Opslaan")
    expect(joost.tool.locator("h1")).to_have_text("Iemand anders heeft dit intussen gewijzigd")
    joost.forgive("409")
    joost.follow("Laat het zoals het nu is")
    expect(joost.tool.get_by_label("Een cijfer van 1 tot 10")).to_be_checked()


def test_it_works_without_cookies(cookieless: Seat, stage: Stage) -> None:
    """One ticket opens the chooser and its preview; the answer reaches the platform from there too."""
    seat = cookieless.become(stage.newcomer("Karin", "teacher"))
    choosing(seat, stage)
    seat.follow("Cobots veilig inzetten")
    seat.press("Bekijk als deelnemer")
    expect(seat.tool.locator(".preview-bar")).to_be_visible()
    seat.press("Stop het voorbeeld")
    expect(seat.tool.locator("h1")).to_contain_text("Kies voor")
    seat.click(card(seat, "Lasersnijden").get_by_role("button", name="Plaatsen"))
    arrived(seat)
    assert placed(stage, 1)[0]["title"].startswith("Lasersnijden")


def test_it_works_without_scripts(seats: Seats, stage: Stage) -> None:
    """The practice platform needs scripts for its launch; from there on nothing does."""
    seat = seats(stage.newcomer("Karin", "teacher"))
    seat.page.goto(f"{stage.practice}/launch/choose/{COURSE}/{CLIENT}?target=window")
    seat.page.wait_for_url(f"{stage.tool}/v/**/place*")
    plain = seat.page.context.browser.new_context(java_script_enabled=False, locale="nl-NL")
    plain.add_cookies(seat.page.context.cookies())
    page = plain.new_page()
    page.goto(seat.page.url)
    page.get_by_label("Wat zoek je?").fill("kobots")
    page.get_by_role("button", name="Zoek").click()
    expect(page.locator(".module-card")).to_have_count(1)
    page.get_by_role("button", name="Plaatsen").click()
    expect(page.get_by_role("button", name="Ga verder")).to_be_visible()
    plain.close()


def test_a_field_that_is_wrong_is_red_and_keeps_what_was_typed(teacher: Seat) -> None:
    teacher.click(card(teacher, "Cobots veilig inzetten").get_by_role("button", name="Zet in een lijst"))
    teacher.follow("Bekijk en plaats")
    teacher.follow("Instellen")
    for label, typed in (("Punten van de kolom", "veel"), ("Procent per dag", "0")):
        teacher.tool.get_by_label(label).fill(typed)
    teacher.tool.get_by_label("Verliest punten per dag die is begonnen").check()
    teacher.press("Opslaan")
    teacher.tool.locator(".callout[role=alert]").wait_for()
    teacher.forgive("400")
    bad = teacher.document.evaluate(
        "() => Object.assign(document.body.appendChild(document.createElement('p')),"
        " {className: 'field-problem'}) && getComputedStyle(document.body.lastChild).color"
    )
    for label, typed in (("Punten van de kolom", "veel"), ("Procent per dag", "0")):
        field = teacher.tool.get_by_label(label)
        expect(field).to_have_value(typed)
        expect(field).to_have_css("border-top-color", bad)


def test_what_a_result_becomes_follows_what_is_chosen(teacher: Seat) -> None:
    teacher.click(card(teacher, "Cobots veilig inzetten").get_by_role("button", name="Zet in een lijst"))
    teacher.follow("Bekijk en plaats")
    teacher.follow("Instellen")
    table = teacher.tool.locator("#mapping")
    expect(table).to_contain_text("55 van 100")
    teacher.tool.get_by_label("Punten van de kolom").fill("40")
    expect(table).to_contain_text("22 van 40")
    teacher.tool.get_by_label("Onvoldoende, voldoende of goed").check()
    expect(table).to_contain_text("6 van 10")
    expect(teacher.tool.get_by_label("Punten van de kolom")).to_have_value("40")
    teacher.tool.get_by_label("Geen kolom").check()
    expect(table).to_contain_text("er wordt geen kolom gevuld")


def test_without_script_a_button_shows_what_a_result_becomes(seats: Seats, stage: Stage) -> None:
    seat = seats(stage.newcomer("Karin", "teacher"))
    seat.frame = seat.page
    seat.page.goto(f"{stage.practice}/launch/choose/{COURSE}/{CLIENT}?target=window")
    seat.page.wait_for_url(f"{stage.tool}/v/**/place*")
    teacher = seat
    teacher.click(card(teacher, "Cobots veilig inzetten").get_by_role("button", name="Zet in een lijst"))
    teacher.follow("Bekijk en plaats")
    teacher.follow("Instellen")
    bare = seat.page.context.browser.new_context(
        java_script_enabled=False, storage_state=seat.page.context.storage_state()
    )
    page = bare.new_page()
    page.goto(seat.address)
    page.get_by_label("Onvoldoende, voldoende of goed").check()
    page.get_by_role("button", name="Laat zien wat het wordt").click()
    expect(page.locator("#mapping")).to_contain_text("6 van 10")
    expect(page.get_by_label("Onvoldoende, voldoende of goed")).to_be_checked()
    bare.close()
