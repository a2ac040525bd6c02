"""A school connects: its administrator pastes the invitation's address, and a student launches and works."""

import re
from collections.abc import Iterator

import pytest
import requests
from sqlalchemy import Engine, delete
from sqlalchemy.orm import Session

from lti_tool.base.db import writing
from lti_tool.demo_check import CheckFailed
from lti_tool.protocols.platforms import invitations, service
from lti_tool.protocols.platforms.invitations import InvitationDraft
from lti_tool.protocols.platforms.models import Registration
from lti_tool.protocols.platforms.service import Status
from tests.stories.conftest import Town
from tests.stories.test_student import BETTER, Person


@pytest.fixture
def school(town: Town, engine: Engine) -> Iterator["School"]:
    """The practice platform, which the tool does not know yet."""
    with Session(engine) as session, session.begin():
        writing(session).execute(delete(Registration))
    yield School(town, engine)


class School:
    def __init__(self, town: Town, engine: Engine) -> None:
        self.town, self.engine, self.client_id = town, engine, ""

    def invite(self, **changes: object) -> str:
        with Session(self.engine) as session, session.begin():
            draft = InvitationDraft(**({"school": "Voorbeeld College"} | changes))  # type: ignore[arg-type]
            return "/" + invitations.make(writing(session), draft)[1]

    def register(self, code: str = "", *, token: bool = True) -> requests.Response:
        asked = self.town.control("registration_tokens", {})
        if not token:
            del asked["registration_token"]
        answer = requests.get(f"{self.town.tool}/lti/register{code}", params=asked, timeout=20)
        with Session(self.engine) as session:
            found = session.query(Registration).order_by(Registration.id.desc()).first()
            self.client_id = found.client_id if found else ""
        return answer

    def link(self, deployment_id: str = "1") -> str:
        fields = {
            "course": "mechatronica-4b", "client_id": self.client_id, "title": "Cobots", "score_maximum": 100,
            "custom": {"module": "cobots-veilig-inzetten"}, "deployment_id": deployment_id,
        }  # fmt: skip
        return str(self.town.control("links", fields)["id"])


@pytest.mark.parametrize("token", [True, False])
def test_an_invited_school_is_connected_and_its_students_work(school: School, town: Town, token: bool) -> None:
    town.control("misbehave", {"registration_needs_token": token})
    answer = school.register(school.invite(), token=token)
    assert answer.status_code == 200, answer.text
    assert "Voorbeeld College" in answer.text
    link = school.link()
    sanne = Person(town, "sanne").launch(link)
    sanne.read("samenwerkend")
    sanne.read("risico")
    sanne.hand_in(**BETTER)
    town.worker.run_until_idle()
    assert town.grades(link) == {"sanne": 20}


def test_without_an_invitation_the_hub_decides(school: School, town: Town, engine: Engine) -> None:
    assert school.register().status_code == 200
    sanne, link = Person(town, "sanne"), school.link()
    with pytest.raises(CheckFailed):
        sanne.launch(link)
    assert "wacht nog op de hub" in sanne.browser.text
    with Session(engine) as session, session.begin():
        (platform, _) = service.listing(writing(session))[0]
        service.decide(session, platform.public_id, Status.ACTIVE)
    Person(town, "sanne").launch(link)


def test_a_second_registration_leaves_links_and_work_in_place(school: School, town: Town) -> None:
    school.register(school.invite())
    sanne = Person(town, "sanne").launch(school.link())
    sanne.read("samenwerkend")
    assert school.register().status_code == 200
    again = Person(town, "sanne").launch(school.link())
    assert re.search("1 van de 3 onderdelen", again.browser.text)


@pytest.mark.parametrize(
    ("switches", "words"),
    [
        ({"registration_needs_token": True}, "registratietoken"),
        ({"registration_refuses": True}, "Invalid scopes (practice)"),
    ],
)
def test_what_the_platform_refuses_is_told(school: School, town: Town, switches: dict[str, bool], words: str) -> None:
    town.control("misbehave", switches)
    answer = school.register(token=False)
    assert answer.status_code == 400
    assert words in answer.text
    assert school.client_id == ""


def test_an_invitation_for_what_is_connected_says_that_nothing_agreed_has_changed(school: School) -> None:
    school.register(school.invite())
    again = school.register(school.invite(privacy_level="pseudonym"))
    assert "Deze leeromgeving was al gekoppeld." in again.text
    with Session(school.engine) as session:
        assert [one.privacy_level for one in session.query(Registration)] == ["name-and-email"]
