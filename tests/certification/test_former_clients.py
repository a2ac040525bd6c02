"""A registration that got a new client id: what was placed under the former one goes on (R-JWT-7, R-DR-9)."""

import pytest
from sqlalchemy.orm import Session

from lti_tool.base.db import writing
from lti_tool.learning.people.models import Person
from lti_tool.protocols.platforms import clients
from lti_tool.protocols.platforms import service as platforms
from lti_tool.protocols.platforms.models import Registration
from lti_tool.protocols.resource_links.models import ResourceLink
from tests.certification.conftest import CLIENT, Desk

NEW = "client-new"


@pytest.fixture
def replaced(desk: Desk) -> Desk:
    desk.enter()
    with Session(desk.engine) as session, session.begin():
        registration = writing(session).get_one(Registration, 1)
        clients.keep(session, registration, NEW)
    return desk


def test_both_client_ids_launch_the_same_people_and_links(replaced: Desk) -> None:
    replaced.enter()
    begun = replaced.login(client_id=NEW)
    body = replaced.claims(begun.nonce, aud=NEW, azp=NEW, resource_link={"id": "link-2"})
    assert replaced.post(begun.state, replaced.sign(body)).status_code == 303
    assert len(replaced.rows(Person)) == 1
    assert [link.client_id for link in replaced.rows(ResourceLink)] == [CLIENT, NEW]


def test_the_authentication_request_names_the_client_that_came(replaced: Desk) -> None:
    assert [replaced.login(client_id=name).query["client_id"] for name in (CLIENT, NEW)] == [CLIENT, NEW]


def test_a_login_that_names_no_client_gets_the_present_one(replaced: Desk) -> None:
    assert replaced.login(client_id=None).query["client_id"] == NEW


@pytest.mark.parametrize(("began", "signed"), [(CLIENT, NEW), (NEW, CLIENT)])
def test_a_message_for_the_one_is_none_for_the_other(replaced: Desk, began: str, signed: str) -> None:
    begun = replaced.login(client_id=began)
    token = replaced.sign(replaced.claims(begun.nonce, aud=signed, azp=signed))
    replaced.must_refuse(replaced.post(begun.state, token), 401, "token-audience")


def test_the_former_client_of_a_blocked_platform_is_blocked(replaced: Desk) -> None:
    with Session(replaced.engine) as session, session.begin():
        writing(session).get_one(Registration, 1).status = platforms.Status.BLOCKED
    assert replaced.ask_login(client_id=CLIENT).status_code == 403


def test_the_former_client_comes_back(replaced: Desk) -> None:
    with Session(replaced.engine) as session, session.begin():
        registration = writing(session).get_one(Registration, 1)
        clients.keep(session, registration, CLIENT)
        assert (registration.client_id, list(clients.former(session, 1))) == (CLIENT, [NEW])
