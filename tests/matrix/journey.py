"""What somebody does in one cell of the matrix, step by step, and what each step gave.

Every step ends in one of the words of `cells`: the tool works (by its cookie, or by the storage of the platform), or it
offers one button that goes on in a new tab, or it refuses in plain words with a way out. All else fails the test.
"""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.browser.stage import COURSE
from tests.matrix.cells import BUTTON, REFUSAL, STEPS, STORAGE, WORKS, Cell
from tests.matrix.driven import Browser, Gone, NeverSo, Tab, until
from tests.matrix.servers import Place

COBOTS, LASER = "Cobots veilig inzetten", "Lasersnijden en kanten"
PAGE, QUIZ = "a[href*='/a/samenwerkend']", "a[href*='/a/toets']"
RIGHT, WRONG = (f"[name='q.scherpe-grijper'][value='{value}']" for value in ("false", "true"))
READ, BEGIN = "form[action$='/read'] button", "form[action$='/begin'] button"
BUTTON_OUT = "a[href^='/lti/login'][target='_blank']"
LOOK = """const find = (selector) => document.querySelector(selector);
const seen = (element) => element && element.checkVisibility() ? element : null;
if (!document.body) return null;
return {
  tool: arguments[0] === location.origin && !!find("main#main"), old: "seenBefore" in document.documentElement.dataset,
  ready: document.readyState === "complete", path: location.pathname, role: document.documentElement.dataset.role,
  title: seen(find("h1:not([hidden] *)"))?.innerText, who: find(".who")?.innerText,
  boosted: document.body.hasAttribute("hx-boost"),
  button: !!seen(find("a[href^='/lti/login'][target='_blank']")), code: !!seen(find(".code")),
  refused: !!seen(find("[data-when-refused]")),
  way: !!seen(find("[data-leaves], [data-try-again], main a.button")), text: find("main")?.innerText,
}"""


@dataclass
class Walker:
    """Somebody at a tab with the tool in it."""

    place: Place
    browser: Browser
    cell: Cell
    tab: Tab
    framed: bool = False
    seen: list[str] = field(default_factory=list)

    # --- looking
    def look(self) -> dict[str, Any]:
        found = self.tab.run(LOOK, self.place.tool, framed=self.framed)
        if not found:
            raise Gone("no page")
        return dict(found)

    def arrived(self) -> dict[str, Any] | None:
        """What stands there, once the way to it is over and it is no page that was there before."""
        found = self.look()
        over = found.get("role") in ("learner", "teacher") or found["code"] or found["refused"]
        return found if found["tool"] and found["ready"] and over and not found["old"] else None

    def end(self) -> str:
        """The word for where this step ended."""
        found = until(self.arrived, "an end of the step")
        self.seen.append(f"{found['path']} {found['title']}")
        if found.get("role") == "learner":
            return STORAGE if found["boosted"] else WORKS
        assert found["way"], f"no way out: {found}"
        return BUTTON if found["button"] else REFUSAL

    def mark(self) -> None:
        """Know again the pages that stand there now."""
        for framed in {False, self.framed}:
            self.tab.run("document.documentElement.dataset.seenBefore = 1", framed=framed)

    def reads(self, title: str) -> None:
        until(lambda: title in (self.look()["title"] or ""), f"the page {title}")

    # --- doing
    def press(self, selector: str, then: str) -> None:
        """Press it until that stands there: a page that moved meanwhile was not hit."""
        until(lambda: self._finds(selector), f"{selector} to press")
        until(lambda: self._pressed(selector, then), f"{selector}, then {then}")

    def _pressed(self, selector: str, then: str) -> bool:
        self.tab.press(selector, framed=self.framed)
        try:
            return bool(until(lambda: self._finds(then), then, patience_s=4))
        except NeverSo as never:
            raise Gone(str(never)) from None

    def _finds(self, selector: str) -> bool:
        return bool(self.tab.run("return !!document.querySelector(arguments[0])", selector, framed=self.framed))

    def launch(self, link: str, title: str) -> str:
        """Open a link of the course as this cell has it; returns how that ended."""
        with suppress(Gone):
            self.mark()
        if self.cell.place == "frame":
            self.framed = True
            self.tab.go(f"{self.place.url}/links/{link}")
        else:
            self.framed = False
            self.tab.go(f"{self.place.url}/courses/{COURSE}")
            self._out(f"a[href='/launch/link/{link}?target=window']")
        ended = self.end()
        if ended == BUTTON:
            self._out(BUTTON_OUT)
            inside = self.end()
            ended = BUTTON if inside == WORKS else f"{BUTTON}, then {inside}"
        if ended in (WORKS, STORAGE, BUTTON):
            self.reads(title)
        return ended

    def _out(self, selector: str) -> None:
        """Press what opens a new tab, and go on there."""
        until(lambda: self._finds(selector), selector)

        def pressed() -> Tab:
            self.tab.press(selector, framed=self.framed)
            try:
                return until(self.browser.opened, "a new tab", patience_s=4)
            except NeverSo as never:
                raise Gone(str(never)) from None

        self.tab, self.framed = until(pressed, "a new tab"), False

    @property
    def visit(self) -> str:
        return str(self.look()["path"]).split("/")[2]


class Journey:
    """The steps of a cell; `results` holds a word for each."""

    def __init__(self, place: Place, browser: Browser, cell: Cell) -> None:
        self.place, self.browser, self.cell = place, browser, cell
        self.results: dict[str, str] = dict.fromkeys(STEPS, "")
        self.walkers: list[Walker] = []

    def run(self) -> dict[str, str]:
        self.place.control("misbehave", {"storage": self.cell.storage})
        self.link = self.place.link(title=COBOTS)
        self.become(self.place.newcomer())
        self.one = self.walker()
        for step in STEPS:
            self.results[step] = getattr(self, f"_{step}")()
            if step == "launch" and self.results[step].endswith(REFUSAL):
                break
        return self.results

    def walker(self) -> Walker:
        made = Walker(self.place, self.browser, self.cell, self.browser.tab())
        self.walkers.append(made)
        return made

    def become(self, user: str) -> None:
        for name, same_site in (("practice_person", "Lax"), ("practice_person_frame", "None")):
            self.browser.keep(name, user, self.place.url, same_site=same_site)
        self.browser.keep("practice_language", "nl", self.place.url, same_site="Lax")

    def told(self) -> str:
        """Results so far and what stands in the tabs, for the report of a failure."""
        lines = [f"{step}: {result}" for step, result in self.results.items()]
        for one in self.walkers:
            try:
                standing = f"{one.tab.run('return location.href', framed=False)} {one.look()}"
            except Gone as gone:
                standing = repr(gone)
            lines += [f"a tab came by {one.seen}", f"and shows {standing}"]
        return "\n".join(lines)

    # --- the steps
    def _launch(self) -> str:
        return self.one.launch(self.link, COBOTS)

    def _work(self) -> str:
        """Read a page, begin the quiz, answer a question: it is saved."""
        one = self.one
        one.press(PAGE, READ)
        one.press(READ, ".steps")
        self.begin_quiz()
        self.answers(RIGHT)
        return one.end()

    def begin_quiz(self) -> None:
        """Whoever has not read all pages has done so now."""
        self.place.have_read(self.one.visit)
        self.one.press(PAGE, ".prose")
        self.one.press(".crumbs a", QUIZ)
        self.one.press(QUIZ, BEGIN)
        self.one.press(BEGIN, "#quiz")

    def answers(self, choice: str) -> None:
        one = self.one
        until(lambda: one._finds(choice), choice)
        one.press(choice, f"{choice}:checked")
        until(self._saved, "the answer is saved")

    def _saved(self) -> bool:
        words = "return document.querySelector('#saved').innerText"
        return "Opgeslagen om" in str(self.one.tab.run(words, framed=self.one.framed))

    def _reload(self) -> str:
        """The whole tab; the answer stands there again."""
        self.one.mark()
        self.one.tab.reload()
        ended = self.one.end()
        if not self.one._finds("#quiz"):
            self.one.press(QUIZ, "#quiz")
        assert self.one._finds(f"{RIGHT}:checked"), "the answer is gone"
        return ended

    def _back(self) -> str:
        """To the overview by a link, then back to the quiz: the answer stands there."""
        self.one.press(".crumbs a", ".steps")
        self.one.tab.back()
        until(lambda: self.one._finds(f"{RIGHT}:checked"), "the quiz with the answer")
        return self.one.end()

    def _course(self) -> str:
        """The same person opens another module in a second tab; then goes on in the first."""
        two = self.walker()
        ended = two.launch("lasersnijden", LASER)
        self.one.tab.front()
        self.one.press(".crumbs a", ".steps")
        self.one.reads(COBOTS)
        two.tab.front()
        two.press(".step a", ".crumbs a")
        two.press(".crumbs a", ".steps")
        two.reads(LASER)
        return ended

    def _person(self) -> str:
        """Somebody else signs in at the platform and opens the module in a tab; how does the first person's end?"""
        first = self.one
        self.become(self.place.newcomer("Bilal"))
        self.one = self.walker()
        ended = self.one.launch(self.link, COBOTS)
        assert self.one.look()["who"] == "Bilal de Wit"
        first.tab.front()
        first.mark()
        first.press(PAGE, ".prose, .code")
        after = first.end() if ended != STORAGE else self._still(first)
        self.one.tab.front()
        return f"{ended}; the first: {after}"

    def _still(self, first: Walker) -> str:
        """By storage a page is swapped in and its document stays."""
        found = first.look()
        assert found["who"] == "Noor de Wit"
        return STORAGE

    def _day(self) -> str:
        """Seven hours and 59 minutes after the launch the page works; after eight it refuses, and nothing is lost."""
        self.begin_quiz()
        self._began(hours=7, minutes=59)
        self.answers(WRONG)
        self._began(hours=8, minutes=1)
        self.one.mark()
        self.one.press(RIGHT, ".code")
        within = until(lambda: self.one.look() if self.one.look()["code"] else None, "a refusal")
        assert within["title"] == "Je werk is opgeslagen", within
        assert within["way"], within
        ended = self.one.launch(self.link, COBOTS)
        self.one.press(QUIZ, "#quiz")
        assert self.one._finds(f"{WRONG}:checked"), "the answer is gone"
        return f"{REFUSAL}; then {ended}"

    def _began(self, **ago: int) -> None:
        began = datetime.now(UTC).replace(tzinfo=None) - timedelta(**ago)
        self.place.sql("UPDATE visits SET began_at = :at WHERE public_id = :id", at=str(began), id=self.one.visit)

    def _restart(self) -> str:
        """While the platform is away the answers are saved; when it is back, a new launch works."""
        self.place.demo.stop_platform()
        try:
            self.answers(RIGHT)
            within = self.one.end()
        finally:
            self.place.demo.start_platform()
        self.place.control("misbehave", {"storage": self.cell.storage})
        ended = self.one.launch(self.link, COBOTS)
        self.one.press(QUIZ, "#quiz")
        assert self.one._finds(f"{RIGHT}:checked"), "the answer is gone"
        assert within in (WORKS, STORAGE)
        return ended
