"""The journeys of learners and teachers in headless Chromium: tool in the frame of another site."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.seat import REPORT_VIOLATIONS, Seat
from tests.browser.stage import Stage, set_up
from tests.conftest import BROWSER_OPTIONS, BROWSERS


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """After a failure, tell what stood on the screens."""
    report = yield
    if report.when == "call" and report.failed:
        for seat in getattr(item, "funcargs", {}).values():
            if isinstance(seat, Seat):
                report.sections.append(("on screen", seat.told()))
    return report


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Tool, worker and practice platform: one set for all tests of this process."""
    with set_up(tmp_path_factory.mktemp("stage")) as running:
        yield running


@pytest.fixture(autouse=True)
def good_platform(stage: Stage) -> None:
    """Every test begins with a platform that does nothing wrong."""
    stage.control("faults", None, "DELETE")
    stage.control("misbehave", {"storage": True, "ags": "full", "names": True, "initiation": "post"})


Seats = Callable[..., Seat]


@pytest.fixture
def seats(chromium: Any, stage: Stage) -> Iterator[Seats]:
    """Makes seats, each a browser profile of its own unless it shares another's. No complaints may be left."""
    contexts, made = [], []

    def make(user: str | None = None, *, language: str = "nl", beside: Seat | None = None, **options: Any) -> Seat:
        if beside is None:
            context = chromium.new_context(locale="nl-NL", **options)
            context.set_default_timeout(20_000)
            context.add_init_script(REPORT_VIOLATIONS)
            contexts.append(context)
        else:
            context = beside.page.context
        seat = Seat(stage, context.new_page())
        made.append(seat)
        return seat.become(user, language) if user else seat

    yield make
    for context in contexts:
        context.close()
    assert [complaint for seat in made for complaint in seat.complaints] == []


@pytest.fixture
def student(seats: Seats, stage: Stage) -> Seat:
    """A new student at a browser, signed in at the platform."""
    return seats(stage.newcomer())


@pytest.fixture
def cookieless(stage: Stage, chromium: Any, tmp_path: Path) -> Iterator[Seat]:
    """A new student whose browser keeps no cookie of the tool inside the platform's frame, partitioned or not."""
    profile = tmp_path / "profile" / "Default"
    profile.mkdir(parents=True)
    blocked = {f"{stage.tool},{stage.practice}": {"setting": 2}}
    (profile / "Preferences").write_text(
        json.dumps({"profile": {"content_settings": {"exceptions": {"cookies": blocked}}}})
    )
    context = chromium.browser_type.launch_persistent_context(
        str(profile.parent), executable_path=_chromium(), args=BROWSER_OPTIONS, locale="nl-NL"
    )
    context.set_default_timeout(20_000)
    context.add_init_script(REPORT_VIOLATIONS)
    seat = Seat(stage, context.new_page()).become(stage.newcomer())
    yield seat
    context.close()
    assert seat.complaints == []


def _chromium() -> str:
    return os.environ.get("LTI_TOOL_CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), "")
