"""Somebody at a browser in the practice platform, and what their browser complained about meanwhile."""

import contextlib
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Error

from tests.browser.stage import Stage

SEEDS = Path(__file__).parents[2] / "lti_tool" / "seeds" / "modules"
QUESTIONS = tomllib.loads((SEEDS / "cobots-veilig-inzetten" / "3-toets.toml").read_text())["questions"]
FULL = sum(question["points"] for question in QUESTIONS)
SETTLED = """() => document.readyState === "complete" && (parent === window || (toldHeight > 0 &&
  (Math.abs(innerHeight - toldHeight) < 3 || toldHeight < innerHeight && innerHeight <= 512)))"""
"""The frame has the height that its page asked for; before that, a click may land beside it."""
ARRIVED = "main:not(:has([data-store], [data-relaunch], [data-ticket])) #title"
"""The heading of the page to which a launch leads, and of none on the way there."""
REPORT_VIOLATIONS = """addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));"""


@dataclass
class Seat:
    """One page of one browser, and the tool in it: in the platform's frame, or in a tab of its own."""

    stage: Stage
    page: Any
    complaints: list[str] = field(default_factory=list)
    frame: Any = None
    """The page itself when the tool has a tab of its own."""

    def __post_init__(self) -> None:
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))

    def _hear(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text} ({message.location.get('url', '')})")

    def told(self) -> str:
        """Addresses, complaints and text, for the report of a failure."""
        places = []
        for frame in self.page.frames:
            places.append(frame.url)
            with contextlib.suppress(Error):
                places.append(frame.locator("body").inner_text(timeout=5000))
        return "\n".join([*places, *self.complaints])

    def forgive(self, pattern: str) -> None:
        """Drop the complaints that this test provoked; there must be some."""
        left = [one for one in self.complaints if not re.search(pattern, one)]
        assert len(left) < len(self.complaints), f"nobody complained of {pattern}"
        self.complaints[:] = left

    @property
    def tool(self) -> Any:
        """Where the tool's page is."""
        return self.frame or self.page.frame_locator("iframe.tool")

    @property
    def document(self) -> Any:
        """The tool's frame itself, to run scripts in."""
        if self.frame:
            return self.page.main_frame
        self.tool.locator("body").wait_for()
        return self.page.query_selector("iframe.tool").content_frame()

    def become(self, user: str, language: str = "nl") -> "Seat":
        """Sign in at the platform, as the page "who are you" does."""
        site = {"url": self.stage.practice, "httpOnly": True}
        self.page.context.add_cookies(
            [
                {**site, "name": "practice_person", "value": user, "sameSite": "Lax"},
                {**site, "name": "practice_person_frame", "value": user, "sameSite": "None", "secure": True},
                {**site, "name": "practice_language", "value": language, "httpOnly": False, "sameSite": "Lax"},
            ]
        )
        return self

    def open(self, link: str = "cobots") -> "Seat":
        """Open a link of the course, in the frame."""
        self.frame = None
        self.page.goto(f"{self.stage.practice}/links/{link}")
        self.tool.locator(ARRIVED).wait_for()
        return self

    def open_in_tab(self, link: str = "cobots") -> "Seat":
        """Open a link as a page of its own."""
        self.frame = self.page
        self.page.goto(f"{self.stage.practice}/launch/link/{link}?target=window")
        self.page.wait_for_url(f"{self.stage.tool}/v/**")
        self.tool.locator("#title").wait_for()
        return self

    @property
    def address(self) -> str:
        return str(self.document.url)

    @property
    def visit(self) -> str:
        """The public id of the visit."""
        return urlsplit(self.address).path.split("/")[2]

    def settle(self) -> "Seat":
        """Wait until the frame has the height of its page. A page behind another is not drawn, so it comes forward."""
        if len(self.page.context.pages) > 1:
            self.page.bring_to_front()
        self.document.wait_for_function(SETTLED)
        return self

    def heading(self) -> str:
        return str(self.tool.locator("h1").inner_text())

    def click(self, what: Any) -> None:
        """Click on what this selector or locator finds in the tool."""
        place = self.tool.locator(what) if isinstance(what, str) else what
        place.wait_for()
        self.settle()
        place.click()

    def press(self, name: str) -> None:
        self.click(self.tool.get_by_role("button", name=name))

    def follow(self, name: str) -> None:
        self.click(self.tool.get_by_role("link", name=name).first)

    def read_pages(self, names: tuple[str, ...] = ("Wat maakt", "Van idee")) -> "Seat":
        """Open both pages from the overview and say that they are read."""
        for name in names:
            self.click(self.tool.locator(".step").get_by_role("link", name=name))
            self.click("form[action$='/read'] button")
        self.tool.locator(".steps").wait_for()
        return self

    def begin_quiz(self) -> "Seat":
        """Begin the quiz; whoever has not read the pages has done so now."""
        self.stage.have_read(self.visit)
        self.document.goto(self.address.partition("#")[0] + "a/toets")
        self.click("form[action$='/begin'] button")
        self.tool.locator("#quiz").wait_for()
        return self.settle()

    def answer(self, question_id: str, value: str) -> None:
        self.settle()
        field = self.tool.locator(f"[name='q.{question_id}']")
        if field.first.get_attribute("type") == "text":
            field.fill(value)
        else:
            # by script: on a busy machine the frame grows between finding the place and clicking on it
            self.tool.locator(f"[name='q.{question_id}'][value='{value}']").evaluate("(input) => input.click()")

    def answer_all(self, *, wrong: tuple[str, ...] = ()) -> "Seat":
        """The right answers, but for these questions; numbers with a comma."""
        for question in QUESTIONS:
            name = question["id"]
            for value in _values(question, is_right=name not in wrong):
                self.answer(name, value)
        return self

    def hand_in(self) -> "Seat":
        self.press("Inleveren")
        self.tool.locator(".result-number").wait_for()
        return self


def _values(question: dict[str, Any], *, is_right: bool) -> list[str]:
    if question["kind"] == "number":
        return [f"{question['answer']}".replace(".", ",") if is_right else "999"]
    options = [option["id"] for option in question["options"] if option["correct"] is is_right]
    return options if question["kind"] == "multiple" and is_right else options[:1]
