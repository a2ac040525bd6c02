"""Launches that are refused: what the person reads, in the frame."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.seat import Seat
from tests.browser.stage import Stage

pytestmark = pytest.mark.browser


def test_an_unknown_deployment_names_the_identifier_for_the_hub(student: Seat, stage: Stage) -> None:
    student.open(stage.link(deployment_id="afdeling-techniek-7"))
    expect(student.tool.locator("h1")).to_have_text("Dit deel van de leeromgeving is nog niet bekend")
    expect(student.tool.locator("main")).to_contain_text("afdeling-techniek-7")
    assert len(student.tool.locator(".code").inner_text()) == 9
    way_back = student.tool.get_by_role("link", name="Terug naar je cursus")
    expect(way_back).to_have_attribute("href", re.compile("lti_errormsg"))
    student.forgive("403")


def test_a_platform_that_nobody_knows_is_told_so_inside_its_frame(student: Seat, stage: Stage) -> None:
    stage.control("tools", {"client_id": "not-at-the-hub", "deployment_id": "1"})
    student.open(stage.link(client_id="not-at-the-hub"))
    expect(student.tool.locator("h1")).to_have_text("Deze leeromgeving is niet gekoppeld")
    assert len(student.tool.locator(".code").inner_text()) == 9
    student.forgive("404")


def test_the_way_back_from_a_refusal_carries_the_reference(student: Seat, stage: Stage) -> None:
    student.open(stage.link(custom={"module": "bestaat-niet"}))
    expect(student.tool.locator("h1")).to_have_text("Deze module bestaat niet")
    reference = student.tool.locator(".code").inner_text()
    student.forgive("404")

    student.follow("Terug naar je cursus")

    expect(student.tool.locator("body")).to_contain_text(reference)


def test_a_platform_whose_clock_is_wrong_is_told_by_how_much(student: Seat, stage: Stage) -> None:
    stage.control("misbehave", {"clock_skew_s": 4000})
    try:
        student.open()
    finally:
        stage.control("misbehave", {"clock_skew_s": 0})
    expect(student.tool.locator("h1")).to_have_text("De klok van je leeromgeving loopt niet gelijk")
    student.forgive("400|401|403")
