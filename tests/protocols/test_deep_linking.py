"""What a teacher places, as practice_lms takes it: it verifies answers with our published keys, and makes the links."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from lti_tool.app import create_app
from lti_tool.protocols.deep_linking.items import Item
from lti_tool.protocols.resource_links.models import ResourceLink
from lti_tool.protocols.resource_links.rules import Columns, Scale
from lti_tool.web.extensions import db
from tests.certification.choosing import DL, Sent, item, place
from tests.protocols.conftest import School
from tests.protocols.surgery import COURSE, TOOL, Surgery
from tools.drill import MODULE

DUE = datetime(2027, 1, 24, 22, 0, tzinfo=UTC)


class Course(Surgery):
    """A course on the practice platform, and a teacher who places something in it."""

    TOOL = TOOL

    def open(self, path: str) -> TestResponse:
        return self.client.get(path, base_url=TOOL)

    def send(self, sent: Sent) -> requests.Response:
        """What the page that carries the answer posts."""
        return requests.post(sent.url, data={"JWT": sent.token}, timeout=10)

    def place(self, *items: Item, **words: Any) -> requests.Response:
        return self.send(place(self, self.choose("fatima"), items, **words))

    def links(self) -> list[str]:
        """The links of the course, in its order."""
        teacher = {"practice_person": "fatima"}
        page = requests.get(f"{self.school.lms.url}/courses/{COURSE}", cookies=teacher, timeout=10)
        return list(dict.fromkeys(re.findall(r"/links/([\w-]+)", page.text)))

    def placed(self, link: str) -> ResourceLink:
        """What the tool knows of a link after a student opened it."""
        assert self.launch("sanne", link).status_code == 303
        with Session(self.school.engine, expire_on_commit=False) as session:
            return session.scalars(select(ResourceLink).where(ResourceLink.resource_link_id == link)).one()


@pytest.fixture
def course(school: School) -> Iterator[Course]:
    app = create_app(school.settings)
    client: FlaskClient = app.test_client()
    yield Course(school, app, client)
    with app.app_context():
        db.engine.dispose()


def test_what_a_teacher_places_stands_in_the_course_and_opens(course: Course) -> None:
    """R-DL-3 to R-DL-8: three items in their order, with the column, dates and terms that were chosen."""
    before = course.links()
    answer = course.place(
        item(module=MODULE, title="Hele module", maximum=20, scale=Scale.GRADE),
        item(module=MODULE, title="Zonder cijfer", columns=Columns.NONE, placement="placement-2"),
        item(module=MODULE, title="Alleen de toets", activity="toets", due_at=DUE, placement="placement-3"),
    )
    assert answer.status_code == 200, answer.text
    assert "notice bad" not in answer.text
    whole, ungraded, test = course.links()[len(before) :]
    (column,) = course.school.columns(whole)
    told = (column["label"], column["scoreMaximum"], column["tag"], column["resourceId"])
    assert told == ("Hele module", 20, "technohub", MODULE)
    assert course.school.columns(ungraded) == []
    opened = course.placed(whole)
    assert (opened.placement, opened.scale, opened.columns, opened.due_at) == ("placement-1", "grade", "one", None)
    assert opened.lineitem_url == column["url"], "the column that came along is the one that is filled"
    assert course.placed(ungraded).columns == "none"
    only = course.placed(test)
    assert (only.activity_key, only.due_at) == ("toets", DUE)


def test_an_answer_that_is_posted_again_places_nothing_more(course: Course) -> None:
    """R-DL-3: whether the browser sends it twice, or the teacher presses again: the platform knows the nonce."""
    launched, before = course.choose("fatima"), len(course.links())
    first, again = (place(course, launched, [item(module=MODULE)]) for _ in range(2))
    codes = [course.send(sent).status_code for sent in (first, first, again)]
    assert codes == [200, 400, 400]
    assert len(course.links()) == before + 1


def test_an_answer_that_was_lost_on_its_way_arrives_when_it_is_sent_again(course: Course) -> None:
    launched = course.choose("fatima")
    place(course, launched, [item(module=MODULE)])
    assert course.send(place(course, launched, [item(module=MODULE)])).status_code == 200


def test_nothing_chosen_places_nothing_and_is_told(course: Course) -> None:
    """R-DL-2, R-DL-9."""
    before = course.links()
    answer = course.place(message="Er is niets gekozen <i>")
    assert answer.status_code == 200
    assert "Er is niets gekozen &lt;i&gt;" in answer.text
    assert course.links() == before


def test_the_answer_of_one_request_is_none_to_another(course: Course) -> None:
    """R-DL-4: `data` binds an answer to its request."""
    first, second = (place(course, course.choose("fatima"), [item(module=MODULE)]) for _ in range(2))
    assert first.claims[DL + "data"] != second.claims[DL + "data"]
    first.url = second.url
    assert course.send(first).status_code == 400
