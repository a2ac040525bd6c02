"""Pictures of the doctor's page, for a look or for a note: `python -m tools.pictures FOLDER`.

Starts the demo's set-up on free ports, makes a test launch as a student, breaks the practice platform in one way at a
time, and takes pictures at two widths in both languages. Needs Chromium (LTI_TOOL_CHROMIUM names one).
"""

import json
import os
import shutil
import socket
import sys
import tempfile
import urllib.request
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import select
from sqlalchemy.orm import Session

import lti_tool.tables  # noqa: F401  # foreign keys between packages
from lti_tool.base.db import make_engine, writing
from lti_tool.demo import Demo
from lti_tool.protocols.doctor import invite
from lti_tool.protocols.doctor.models import CheckRun
from lti_tool.protocols.platforms.models import Registration

WIDTHS = (1280, 390)
LANGUAGES = ("nl", "en")
GOOD = {"clock_skew_s": 0, "withheld": "nothing", "jwks": "ok"}
CASES: dict[str, dict[str, Any]] = {
    "healthy": {}, "clock": {"clock_skew_s": 300}, "scope": {"withheld": "score"}, "key-set": {"jwks": "error"},
}  # fmt: skip
FAMILY = "moodle"
"""Whose menus the page names; the practice platform stands for it."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def control(demo: Demo, path: str, body: dict[str, Any]) -> None:
    request = urllib.request.Request(
        f"{demo.practice}/control/{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    urllib.request.urlopen(request, timeout=10).close()


def self_test(demo: Demo) -> str:
    """An address of the practice platform's self-test."""
    engine = make_engine(f"sqlite:///{demo.folder / 'tool.db'}")
    with Session(engine) as session, session.begin():
        school = writing(session).scalars(select(Registration)).one()
        school.name, school.family = "Voorbeeld College", FAMILY
        address = invite.make(session, school.id, demo.tool)
    engine.dispose()
    return address


def forget_runs(demo: Demo) -> None:
    """Let the next check be made at once."""
    engine = make_engine(f"sqlite:///{demo.folder / 'tool.db'}")
    with Session(engine) as session, session.begin():
        writing(session).query(CheckRun).delete()
    engine.dispose()


def launch(browser: Browser, demo: Demo) -> None:
    """A test launch as a student, in a window."""
    control(demo, "links", {
        "course": "mechatronica-4b", "id": "zelftest", "title": "Zelftest", "url": f"{demo.tool}/lti/test",
    })  # fmt: skip
    context = browser.new_context(locale="nl-NL")
    context.add_cookies([{"name": "practice_person", "value": "sanne", "url": demo.practice}])
    page = context.new_page()
    page.goto(f"{demo.practice}/launch/link/zelftest?target=window")
    page.wait_for_url(f"{demo.tool}/lti/test/**")
    context.close()


def check(page: Page, address: str) -> None:
    page.goto(address)
    page.locator("form[action*='/check'] button").click()
    page.wait_for_load_state()


def shoot(browser: Browser, address: str, folder: Path, case: str) -> None:
    for width in WIDTHS:
        for language in LANGUAGES:
            context = browser.new_context(viewport={"width": width, "height": 900})
            page = context.new_page()
            page.goto(f"{address}?language={language}")
            page.locator("[data-browser].light-green, [data-browser].light-amber").wait_for()
            path = folder / f"doctor-{case}-{width}-{language}.png"
            page.screenshot(path=path, full_page=True)
            print(path)
            context.close()


def chromium() -> str:
    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get("LTI_TOOL_CHROMIUM") or next(filter(None, map(shutil.which, names)), "")


def main() -> int:
    if len(sys.argv) != 2:
        print("Say where to: python -m tools.pictures FOLDER")
        return 2
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data, sync_playwright() as playwright:
        demo = Demo(Path(data), free_port(), free_port())
        try:
            demo.prepare()
            demo.start()
            browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
            address = self_test(demo)
            launch(browser, demo)
            for case, switches in CASES.items():
                control(demo, "misbehave", GOOD | switches)
                forget_runs(demo)
                check(browser.new_page(), address)
                shoot(browser, address, folder, case)
            browser.close()
        finally:
            demo.stop()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
