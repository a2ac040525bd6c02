"""A module whose versions were withdrawn: who began goes on, newcomers read why they cannot."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from lti_tool.base.db import writing
from lti_tool.learning.catalogue import service as catalogue
from lti_tool.learning.progress.models import Enrolment


def withdraw(desk: Any) -> None:
    with Session(desk.engine) as session, session.begin():
        catalogue.withdraw(writing(session), desk.MODULE)


@pytest.mark.parametrize("link", ["link-1", "another-link"])
@pytest.mark.parametrize(("locale", "says"), [("nl", "wordt nu niet aangeboden"), ("en", "is not offered now")])
def test_a_newcomer_reads_that_the_module_is_not_offered(desk: Any, link: str, locale: str, says: str) -> None:
    desk.launch({"sub": "known", "resource_link": {"id": "link-1"}})
    withdraw(desk)
    refused = desk.launch({"sub": "newcomer", "resource_link": {"id": link}, "launch_presentation": {"locale": locale}})
    assert (refused.status_code, says in refused.text) == (404, True)
    assert len(desk.rows(Enrolment)) == 1


def test_who_began_goes_on(desk: Any) -> None:
    claims = {"sub": "known", "resource_link": {"id": "link-1"}}
    desk.launch(claims)
    withdraw(desk)
    assert desk.launch(claims).status_code == 303
    assert len(desk.rows(Enrolment)) == 1
