"""An administrator pastes the invitation into their platform, in its frame; it connects, and a student works."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.base.db import writing
from lti_tool.protocols.platforms import invitations
from lti_tool.protocols.platforms.invitations import InvitationDraft
from lti_tool.protocols.platforms.models import Registration
from tests.browser.seat import Seat
from tests.browser.stage import Stage, set_up

pytestmark = pytest.mark.browser
STEPS = 6


@pytest.fixture
def strangers(tmp_path: Path) -> Iterator[Stage]:
    """A tool and a platform that do not know each other."""
    with set_up(tmp_path) as stage:
        stage.sql("DELETE FROM registrations")
        yield stage


def seat_of(chromium: Any, stage: Stage, user: str) -> Seat:
    context = chromium.new_context(locale="nl-NL", viewport={"width": 700, "height": 900})
    context.set_default_timeout(20_000)
    return Seat(stage, context.new_page()).become(user)


def register(seat: Seat, address: str) -> Any:
    seat.page.goto(f"{seat.stage.practice}/tools")
    seat.page.fill("input[name=address]", address)
    seat.page.locator("form[action='/tools/register'] button").click()
    seat.tool.locator("#title").wait_for()
    return seat.tool


def test_from_the_invitation_to_a_student_at_work(chromium: Any, strangers: Stage) -> None:
    with Session(strangers.engine) as session, session.begin():
        _, code = invitations.make(writing(session), InvitationDraft(school="Voorbeeld College"))
    strangers.control("misbehave", {"registration_needs_token": True, "registration_pending": True})
    mirjam = seat_of(chromium, strangers, "mirjam")

    page = register(mirjam, f"{strangers.tool}/lti/register/{code}")
    assert page.locator("h1").inner_text() == "Je leeromgeving is gekoppeld"
    assert page.locator(".check-done").count() == STEPS
    assert re.search("/self-test/", page.locator("#self-test").inner_text())
    page.locator("[data-close]").click()
    mirjam.page.wait_for_url(f"{strangers.practice}/tools")
    with Session(strangers.engine) as session:
        client_id = session.scalars(select(Registration.client_id)).one()
    mirjam.page.locator(f"form[action='/tools/{client_id}/active'] button").click()

    link = strangers.link(client_id=client_id)
    student = seat_of(chromium, strangers, strangers.newcomer()).open(link)
    student.read_pages()
    assert student.tool.locator(".step-done").count() == 2
    assert (mirjam.complaints, student.complaints) == ([], [])


def test_a_refusal_can_be_read_in_the_frame(chromium: Any, strangers: Stage) -> None:
    mirjam = seat_of(chromium, strangers, "mirjam")
    page = register(mirjam, f"{strangers.tool}/lti/register/verzonnen")
    assert page.locator("h1").inner_text() == "Deze uitnodiging bestaat niet"
    assert page.locator("[data-close]").count() == 0
    mirjam.forgive("400")
    assert mirjam.complaints == []
