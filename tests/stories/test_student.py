"""A student's story over HTTP, without a browser: from the course to the grade, and once more for a better one."""

import re
from dataclasses import dataclass, field

import pytest

from lti_tool.demo_check import Browser
from tests.stories.conftest import Town

QUIZ = "a/toets"
BETTER = {"scherpe-grijper": "false", "afstand-berekenen": "2,14"}


@dataclass
class Person:
    """Somebody with a browser of their own."""

    town: Town
    subject: str
    browser: Browser = field(default_factory=Browser)

    def launch(self, link: str = "cobots") -> "Person":
        begun = self.town.control("launch", {"user": self.subject, "link": link})
        for name, value in begun["cookie"].items():
            self.browser.cookie(self.town.practice, name, value)
        fields = [(name, value) for name, value in begun["fields"].items() if name != "lti_storage_target"]
        self.browser.open(begun["action"], fields)
        self.browser.submit(self.browser.form(r"/lti/launch$"))
        assert self.browser.status == 200, self.browser.text
        assert self.browser.url.startswith(f"{self.town.tool}/v/")
        return self

    def go(self, path: str = "") -> str:
        home = re.match(r".*/v/[^/]+/", self.browser.url)
        assert home
        self.browser.open(home[0] + path)
        return self.browser.text

    def submit(self, action: str) -> str:
        self.browser.submit(self.browser.form(action))
        return self.browser.text

    def read(self, key: str) -> str:
        self.go(f"a/{key}")
        return self.submit(r"/read$")

    def hand_in(self, **answers: str) -> float:
        """Begin an attempt and hand in these answers; returns the points that the page tells."""
        self.go(QUIZ)
        self.submit(r"/begin$")
        form = self.browser.form(r"/hand-in$")
        kept = [(name, value) for name, value in form.fields if not name.startswith("q.")]
        self.browser.open(
            self.town.tool + form.action, [*kept, *((f"q.{name}", value) for name, value in answers.items())]
        )
        found = re.search(r'data-points="([\d.]+)"', self.browser.text)
        assert found, self.browser.text
        return float(found[1])


@pytest.fixture
def sanne(town: Town) -> Person:
    return Person(town, "sanne").launch()


def test_from_the_course_to_the_grade_and_to_a_better_one(town: Town, sanne: Person) -> None:
    assert "Sanne de Vries" in sanne.browser.text
    assert "0 van de 3 onderdelen" in sanne.browser.text
    assert "1 van de 3 onderdelen" in sanne.read("samenwerkend")
    assert "2 van de 3 onderdelen" in sanne.read("risico")
    town.worker.run_until_idle()
    assert town.grades().get("sanne") is None

    assert sanne.hand_in(**{"scherpe-grijper": "false"}) == 10
    assert "Wordt verzonden" in sanne.go() or "Je cursus weet dat je bezig bent" in sanne.go()
    town.worker.run_until_idle()
    assert town.grades() == {"sanne": 10}
    assert re.search(r"Verzonden om \d{1,2}\.\d\d uur", sanne.go())

    assert sanne.hand_in(**BETTER) == 20
    town.worker.run_until_idle()
    assert town.grades() == {"sanne": 20}
    assert "3 van de 3 onderdelen" in sanne.go()


def test_a_worse_second_attempt_takes_nothing_away(town: Town, sanne: Person) -> None:
    sanne.read("samenwerkend")
    sanne.read("risico")
    sanne.hand_in(**BETTER)
    sanne.hand_in()
    town.worker.run_until_idle()
    assert town.grades() == {"sanne": 20}


def test_two_links_to_one_module_show_one_progress_and_each_gets_its_grade(town: Town, sanne: Person) -> None:
    sanne.read("samenwerkend")
    sanne.launch("cobots-3a")
    assert "1 van de 3 onderdelen" in sanne.browser.text
    sanne.read("risico")
    sanne.hand_in(**BETTER)
    town.worker.run_until_idle()
    assert town.grades("cobots") == town.grades("cobots-3a") == {"sanne": 20}


def test_everybody_has_their_own_work_and_a_teacher_owes_none(town: Town, sanne: Person) -> None:
    sanne.read("samenwerkend")
    youssef, fatima = Person(town, "youssef").launch(), Person(town, "fatima").launch()
    assert "0 van de 3 onderdelen" in youssef.browser.text
    assert "Je bekijkt deze module als docent" in fatima.browser.text
    for person in (sanne, fatima):
        for key in ("samenwerkend", "risico"):
            if person is fatima or key == "risico":
                person.read(key)
        person.hand_in(**BETTER)
    town.worker.run_until_idle()
    assert town.grades() == {"sanne": 20}


def test_a_platform_that_fails_for_a_while_gets_the_grade_later(town: Town, sanne: Person) -> None:
    sanne.read("samenwerkend")
    sanne.read("risico")
    town.worker.run_until_idle()
    town.control("faults", {"group": "scores", "status": 503, "times": 1, "retry_after": 1})
    sanne.hand_in(**BETTER)
    town.worker.run_until_idle()
    assert "lukt nog niet" in sanne.go()
