"""lti-tool days: planned, listed, cancelled and marked; what cannot be is refused in plain words."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy.orm import Session

from config.default import Settings
from lti_tool.base import clock
from lti_tool.base.db import make_engine, writing
from lti_tool.base.errors import Conflict
from lti_tool.cli.words import in_words
from lti_tool.learning.catalogue import service as catalogue
from lti_tool.learning.people import service as people
from lti_tool.learning.people.service import Profile
from lti_tool.learning.progress import service as progress
from lti_tool.learning.sessions import booking
from lti_tool.learning.sessions.booking import Asked
from lti_tool.learning.sessions.rules import HERE
from tests.learning.drafts import page_draft, version_draft
from tests.learning.hub import day_draft


@pytest.fixture
def module(run: Callable[..., Any], settings: Settings) -> int:
    """A module with a day at the hub, and the examples; its id."""
    assert run("seed").exit_code == 0
    engine = make_engine(settings.database)
    with Session(engine) as session, session.begin():
        draft = version_draft(page_draft(points=50.0), day_draft(points=50.0))
        catalogue.publish(writing(session), "hubdag", "de-smidse", draft)
        found = catalogue.module_id(session, "hubdag")
    engine.dispose()
    return found


def wanted(days: int = 21) -> tuple[str, ...]:
    begins = (clock.now() + timedelta(days=days)).astimezone(HERE).strftime("%Y-%m-%d 09:00")
    options = ("--begins", begins, "--hours", "7", "--place", "Hal 1", "--seats", "8")
    return ("days", "plan", "hubdag", "praktijkdag", *options)


def booked(settings: Settings, module: int, day: str) -> str:
    """Sanne books; her public id."""
    engine = make_engine(settings.database)
    with Session(engine) as session, session.begin():
        sanne = people.recognise(writing(session), "lti:1", "sanne", Profile(name="Sanne de Vries"))
        place = progress.enrol(session, progress.cohort(session, "run", module), sanne.id, module)
        step = progress.syllabus_of(session, place).step("praktijkdag")
        booking.book(session, Asked(place.enrolment_id, step, None), day)
        found = sanne.public_id
    engine.dispose()
    return found


def test_days_are_planned_listed_and_cancelled(ask: Callable[..., Any], run: Callable[..., Any], module: int) -> None:
    made = ask(*wanted(), "--weeks", "2", "--room", "Hal 1", "--quota", "voorbeeld-college=3", "--safety", "Bril op.")
    assert len(made) == 2
    listed = ask("days", "list")
    assert [one["public_id"] for one in listed] == [one["id"] for one in made]
    assert (listed[0]["hub"], listed[0]["most"], listed[0]["taken"], listed[0]["waiting"]) == ("de-smidse", 8, 0, 0)
    assert run("days", "cancel", made[0]["id"], "--reason", "Storing").exit_code == 0
    assert [one["state"] for one in ask("days", "list", "--hub", "de-smidse")] == ["cancelled", "planned"]
    assert ask("days", "list", "--hub", "plaatwerk-noord") == []


def test_a_room_in_use_is_refused_in_plain_words(run: Callable[..., Any], module: int) -> None:
    assert run(*wanted(), "--room", "Hal 1").exit_code == 0
    refused = run(*wanted(), "--room", "Hal 1").exception
    assert isinstance(refused, Conflict)
    assert "takes up the same room (Hal 1)" in in_words(refused)
    assert run(*wanted()[:3], "lezen", *wanted()[4:]).exit_code == 1
    assert run(*wanted(), "--quota", "voorbeeld-college").exit_code == 2
    assert run(*wanted(), "--quota", "verzonnen=2").exit_code == 1


def test_who_was_there_is_marked_and_corrected(
    ask: Callable[..., Any], run: Callable[..., Any], settings: Settings, module: int
) -> None:
    (day,) = ask(*wanted())
    sanne = booked(settings, module, day["id"])
    assert run("days", "mark", day["id"], sanne, "present").exit_code == 1, "three weeks too early"
    with time_machine.travel(clock.now() + timedelta(days=21, hours=12)):
        for word in ("absent", "late"):
            assert run("days", "mark", day["id"], sanne, word, "--reason", "Lijst op papier").exit_code == 0
        (found,) = ask("days", "people", day["id"])
    assert (found["name"], found["seat"]) == ("Sanne de Vries", "over")
    assert (found["mark"], found["mark_revision"]) == ("late", 2)
    assert run("days", "mark", day["id"], "iemand", "late").exit_code == 2
