"""The teacher's walk in pictures: `python -m tools.walk FOLDER [nl|en] [WIDTH]`.

Starts the demo's set-up on free ports. A teacher chooses two modules and places them, students work, the teacher looks
at the class, decides of one result, sees the grades arrive, and copies the course. Needs Chromium.
"""

import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.base.db import make_engine, writing
from lti_tool.demo import Demo
from lti_tool.protocols.resource_links.models import ResourceLink
from tools import classes
from tools.pictures import chromium, free_port

COURSE, TOOL, TEACHER = "mechatronica-4b", "technohub-oefen", "fatima"
HEIGHT = 900
LOCALES = {"nl": "nl-NL", "en": "en-GB"}
Browser = Any


@dataclass
class Walk:
    demo: Demo
    browser: Browser
    folder: Path
    language: str
    width: int
    taken: list[Path] = field(default_factory=list)
    link: str = ""
    """The first of the links that the teacher placed."""

    def come_as(self, person: str) -> Page:
        """Somebody signed in at the practice platform, in a browser of their own."""
        screen = {"width": self.width, "height": HEIGHT}
        context = self.browser.new_context(viewport=screen, locale=LOCALES[self.language])
        for name, value in (("practice_person", person), ("practice_language", self.language)):
            context.add_cookies([{"name": name, "value": value, "url": self.demo.practice}])
        page: Page = context.new_page()
        page.set_default_timeout(20_000)
        return page

    def shoot(self, page: Page, name: str) -> None:
        path = self.folder / f"teacher-{len(self.taken) + 1:02}-{name}-{self.width}-{self.language}.png"
        page.screenshot(path=path, full_page=True)
        self.taken.append(path)
        print(path, flush=True)


def choose(walk: Walk) -> None:
    """Search, look at one, put two in the list with their settings, place them."""
    page = walk.come_as(TEACHER)
    page.goto(f"{walk.demo.practice}/launch/choose/{COURSE}/{TOOL}?target=window")
    page.locator(".shelf").wait_for()
    walk.shoot(page, "choose")
    chooser = page.url
    page.goto(f"{chooser}?words=kobot+inzeten")
    walk.shoot(page, "search")
    page.goto(chooser)
    for number in (0, 1):
        page.locator(".module-card").nth(number).locator("button[formaction$='/place/add']").click()
        page.wait_for_load_state()
    page.locator(".chosen-bar a.button").click()
    page.locator(".piece").first.wait_for()
    walk.shoot(page, "list")
    page.locator(".piece a.button").first.click()
    page.locator("#title-field").wait_for()
    walk.shoot(page, "set-up")
    page.goto(f"{chooser}/list")
    page.locator("form[action$='/place/answer'] button").click()
    page.wait_for_url(f"{walk.demo.practice}/**")
    walk.shoot(page, "placed")
    page.goto(f"{walk.demo.practice}/courses/{COURSE}")
    walk.link = links_on(page)[-2]
    page.context.close()


def links_on(page: Page) -> list[str]:
    """The ids of a course's links, in their order."""
    found = page.locator("a[href^='/links/']").evaluate_all("all => all.map((one) => one.getAttribute('href'))")
    return [str(address).rpartition("/")[2] for address in found]


def follow(walk: Walk) -> None:
    """The class of thirty, one learner, a decision, and the gradebook."""
    work(walk.demo, walk.link)
    page = walk.come_as(TEACHER)
    page.goto(f"{walk.demo.practice}/launch/link/{walk.link}?target=window")
    page.locator(".teacher-menu").wait_for()
    home = page.url.partition("#")[0].rstrip("/")
    for name, path in (("class", "/class"), ("stuck", "/class?only=stuck"), ("figures", "/class/figures")):
        page.goto(home + path)
        walk.shoot(page, name)
    page.goto(f"{home}/class")
    page.locator(".class-table tbody th a").nth(4).click()
    page.locator("#acts-title").wait_for()
    walk.shoot(page, "learner")
    page.locator("a[href*='/toets']").first.click()
    page.locator(".decide").wait_for()
    page.locator("details", has=page.locator("form[action$='/correct']")).locator("summary").click()
    walk.shoot(page, "correct")
    for name, path in (("grades", "/grades"), ("settings", "/settings")):
        page.goto(home + path)
        walk.shoot(page, name)
    page.context.close()


def work(demo: Demo, link_id: str) -> None:
    """Thirty learners have worked through the link for some weeks."""
    engine = make_engine(f"sqlite:///{demo.folder / 'tool.db'}")
    with Session(engine) as session, session.begin():
        writing(session)
        link = session.scalars(select(ResourceLink).where(ResourceLink.resource_link_id == link_id)).one()
        classes.fill(session, link, 30)
    engine.dispose()


def visit(walk: Walk) -> None:
    """A student and the teacher come in, so that the link is there."""
    for person in ("sanne", TEACHER):
        page = walk.come_as(person)
        page.goto(f"{walk.demo.practice}/launch/link/{walk.link}?target=window")
        page.locator("main h1").wait_for()
        page.context.close()


def again(walk: Walk) -> None:
    """Next year: the course is copied, and the teacher is asked once what that means."""
    page = walk.come_as(TEACHER)
    page.goto(f"{walk.demo.practice}/courses/{COURSE}")
    page.locator("form[action$='/copy'] button").click()
    page.wait_for_load_state()
    walk.shoot(page, "copied-course")
    page.goto(f"{walk.demo.practice}/launch/link/{links_on(page)[-2]}?target=window")
    page.locator("main h1").wait_for()
    walk.shoot(page, "copy")
    page.context.close()


def main() -> int:
    if len(sys.argv) < 2:
        print("Say where to: python -m tools.walk FOLDER [nl|en] [WIDTH]")
        return 2
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    language, width = (sys.argv[2:3] or ["nl"])[0], int((sys.argv[3:4] or ["1280"])[0])
    steps: tuple[Callable[[Walk], None], ...] = (choose, visit, follow, again)
    with tempfile.TemporaryDirectory() as data, sync_playwright() as playwright:
        demo = Demo(Path(data), free_port(), free_port())
        try:
            demo.prepare()
            demo.start()
            browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
            walk = Walk(demo, browser, folder, language, width)
            for step in steps:
                step(walk)
            browser.close()
        finally:
            demo.stop()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
