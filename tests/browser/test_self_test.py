"""The administrator's story: open the self-test, begin a test launch, launch in another tab, see what came along."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.base.db import writing
from lti_tool.protocols.doctor import invite
from lti_tool.protocols.doctor.models import CheckRun
from lti_tool.protocols.platforms.models import Registration
from tests.browser.conftest import Seats
from tests.browser.seat import Seat
from tests.browser.stage import Stage

pytestmark = pytest.mark.browser
LIGHT = "li.light:has(h2:has-text('{}'))"


@pytest.fixture
def address(stage: Stage) -> str:
    """Of a self-test that may be checked at once."""
    with Session(stage.engine) as session, session.begin():
        writing(session).query(CheckRun).delete()
        return invite.make(session, session.scalars(select(Registration.id)).one(), stage.tool)


def light(page: Any, title: str) -> Any:
    return page.locator(LIGHT.format(title))


def test_from_the_self_test_to_a_launch_and_back(seats: Seats, stage: Stage, address: str) -> None:
    administrator = seats("mirjam")
    page = administrator.page
    page.goto(address)
    expect(page.locator(".outcome-words")).to_have_text("Nog niet gecontroleerd")
    expect(light(page, "Deze browser")).to_have_class(re.compile("light-green"))
    page.get_by_role("button", name="Begin een testlaunch").click()
    expect(page.get_by_text("we kijken mee tot")).to_be_visible()

    link = stage.link(title="Zelftest", url=f"{stage.tool}/lti/test", custom={})
    student = seats("sanne").open(link)
    expect(student.tool.locator("h1")).to_have_text("De testlaunch werkte")
    expect(student.tool.locator(".came")).to_contain_text("in een frame van de cursus")

    expect(light(page, "Testlaunch")).to_have_class(re.compile("light-green"), timeout=15_000)
    expect(page.locator(".came div").filter(has_text="E-mailadres")).to_contain_text("kwam mee")
    page.get_by_role("button", name="Controleer nu").click()
    # whether a teacher has chosen modules on this platform depends on which tests came before
    healthy = re.compile(r"^\s*(Alles werkt|Geen fouten; 1 ding is nog niet geprobeerd)\s*$")
    expect(page.locator(".outcome-words")).to_have_text(healthy, timeout=30_000)
    assert "Sanne" not in page.locator("body").inner_text()


def test_the_report_is_copied_also_where_the_clipboard_is_closed(seats: Seats, address: str) -> None:
    seat: Seat = seats("mirjam")
    seat.page.goto(address)
    expect(light(seat.page, "Deze browser")).to_have_class(re.compile("light-green"))
    seat.page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('closed')); }")
    seat.page.get_by_role("button", name="Kopieer het verslag").click()
    expect(seat.page.locator("[data-copy-told]")).to_have_text(re.compile("Gekopieerd|Geselecteerd"))
    selected = seat.page.evaluate("() => { const t = document.getElementById('report-text'); "
                                  "return t.value.slice(t.selectionStart, t.selectionEnd); }")  # fmt: skip
    assert "Technohub: verslag van de zelftest" in selected
    assert "Deze browser" in selected
    assert address.rpartition("/")[2] not in selected


def test_it_works_in_the_platforms_frame_and_in_no_other(seats: Seats, stage: Stage, address: str) -> None:
    seat = seats("mirjam")
    seat.page.goto(stage.practice)
    seat.page.evaluate(
        "(src) => document.body.append(Object.assign(document.createElement('iframe'), {src, width: 800, height: 900, "
        "className: 'tool'}))", address,
    )  # fmt: skip
    frame = seat.page.frame_locator("iframe.tool")
    expect(frame.locator(LIGHT.format("Deze browser"))).to_have_class(re.compile("light-green"))
    frame.get_by_role("button", name="Controleer nu").click()
    expect(frame.locator(".outcome-words")).not_to_have_text("Nog niet gecontroleerd", timeout=30_000)


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_sticks_out(seats: Seats, address: str, width: int) -> None:
    seat = seats("mirjam", viewport={"width": width, "height": 800})
    seat.page.goto(address)
    assert seat.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
