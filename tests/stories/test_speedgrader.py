"""Canvas has no submission review: its SpeedGrader launches the address that our score gave it with the grade."""

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from lti_tool.base.db import writing
from lti_tool.protocols.platforms.models import Registration
from tests.stories.conftest import Town
from tests.stories.test_student import BETTER, Person

EXTENSION = "https://canvas.instructure.com/lti/submission"


@pytest.fixture
def graded(town: Town) -> int:
    """A Canvas, where Sanne and Youssef finished; the id of their column."""
    with Session(town.worker.engine) as session, session.begin():
        writing(session).execute(update(Registration).values(family="canvas"))
    for subject in ("sanne", "youssef"):
        person = Person(town, subject).launch()
        person.read("samenwerkend")
        person.read("risico")
        person.hand_in(**BETTER)
    town.worker.run_until_idle()
    columns = town.control("gradebook")["lineitems"]
    return next(int(one["id"]) for one in columns if one.get("resourceLinkId") == "cobots")


def open_from_gradebook(town: Town, who: str, of: str, column: int) -> Person:
    person = Person(town, who)
    begun = town.control("launch", {"user": who, "link": "cobots", "submission_of": of, "lineitem": column})
    for name, value in begun["cookie"].items():
        person.browser.cookie(town.practice, name, value)
    fields = [(name, value) for name, value in begun["fields"].items() if name != "lti_storage_target"]
    person.browser.open(begun["action"], fields)
    person.browser.submit(person.browser.form(r"/lti/launch$"))
    return person


def test_speedgrader_opens_the_work_of_that_learner_for_the_teacher(town: Town, graded: int) -> None:
    for subject, name in (("sanne", "Sanne de Vries"), ("youssef", "Youssef")):
        teacher = open_from_gradebook(town, "fatima", subject, graded)
        assert teacher.browser.status == 200, teacher.browser.text
        assert "/class/" in teacher.browser.url
        assert name in teacher.browser.text.split("<h1", 1)[1][:200]


def test_a_student_does_not_come_to_the_work_of_another_by_that_address(town: Town, graded: int) -> None:
    assert open_from_gradebook(town, "youssef", "sanne", graded).browser.status == 403
    own = open_from_gradebook(town, "sanne", "sanne", graded)
    assert own.browser.status == 200
    assert "/class/" not in own.browser.url


def test_only_the_first_score_is_a_new_submission_and_all_name_the_work(town: Town, graded: int) -> None:
    sanne = Person(town, "sanne").launch()
    sanne.hand_in()  # a second, worse attempt takes nothing away and says nothing new
    town.worker.run_until_idle()
    columns = town.control("gradebook")["lineitems"]
    scores = next(one["scores"] for one in columns if one["id"] == graded)
    told = [score["body"][EXTENSION] for score in scores if score["user_id"] == "sanne"]
    assert [one["new_submission"] for one in told] == [True, *[False] * (len(told) - 1)]
    for one in told:
        assert one["submission_type"] == "basic_lti_launch"
        assert one["submission_data"].startswith(f"{town.tool}/lti/launch?review=")
