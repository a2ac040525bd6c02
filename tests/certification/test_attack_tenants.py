"""A message of one tenant enters no other: other platforms, other deployments, other clients of one issuer.

Core 1.3, 3.1. In a hosted learning environment all schools have one issuer and one key set, so the signature and the
issuer prove nothing there: client and deployment do.
"""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.orm import Session

from lti_tool.base.db import writing
from lti_tool.learning.people.models import Identity, Person
from lti_tool.protocols.contracts import ending
from lti_tool.protocols.platforms import service as platforms
from lti_tool.protocols.platforms.models import Deployment, Registration
from lti_tool.protocols.resource_links.models import Context, ResourceLink
from lti_tool.web.visits import VisitRecord

OTHER = "https://other.test"


def attempt(desk: Any, *, key: Any = None, kid: str | None = None, login: Any = None, **claims: Any) -> Any:
    """A launch begun with the platform of the desk (or as `login` says), answered with these claims."""
    begun = desk.login(**(login or {}))
    return desk.post(begun.state, desk.sign(desk.claims(begun.nonce, **claims), key, **({"kid": kid} if kid else {})))


def nobody_came(desk: Any) -> bool:
    return not any(desk.rows(model) for model in (Person, Context, ResourceLink, VisitRecord))


def test_a_message_of_another_platform_is_refused(desk: Any, other_key: Any) -> None:
    """R-JWT-1, R-JWT-6, CORE 3.1: whatever it calls itself, its key is not one of this platform's."""
    desk.register(issuer=OTHER, client_id="other-client")
    desk.must_refuse(attempt(desk, key=other_key, iss=OTHER, aud="other-client", azp=None), 401, "token-key")
    desk.must_refuse(attempt(desk, key=other_key), 401, "token-key")
    desk.must_refuse(attempt(desk, key=other_key, kid=desk.key.kid), 401, "token-signature")
    assert nobody_came(desk)


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"iss": OTHER, "aud": "other-client", "azp": None}, "token-issuer"),
        ({"iss": OTHER}, "token-issuer"),
        ({"aud": "other-client", "azp": None}, "token-audience"),
        ({"aud": ["client-1", "other-client"]}, "token-audience"),
        ({"azp": "other-client"}, "token-audience"),
        ({"deployment_id": "other-deployment"}, "unknown-deployment"),
    ],
)
def test_a_shared_key_set_opens_no_other_tenant(desk: Any, claims: dict[str, Any], code: str) -> None:
    """R-JWT-6, R-JWT-7, R-CLAIM-3: both tenants publish the same keys; each claim alone gives the stranger away."""
    desk.register(issuer=OTHER, client_id="other-client", deployment_ids=["other-deployment"])
    response = attempt(desk, **claims)
    desk.must_refuse(response, 403 if code == "unknown-deployment" else 401, code)
    assert nobody_came(desk)


def test_a_message_for_another_client_of_the_same_issuer_is_refused(desk: Any) -> None:
    """R-JWT-7, R-LOGIN-6: same issuer, key set and deployment id; the login's client decides, either way round."""
    desk.register(client_id="client-2")
    desk.must_refuse(attempt(desk, aud="client-2", azp="client-2"), 401, "token-audience")
    desk.must_refuse(attempt(desk, login={"client_id": "client-2"}), 401, "token-audience")
    assert nobody_came(desk)
    assert attempt(desk, login={"client_id": "client-2"}, aud="client-2", azp=None).status_code == 303


def test_a_deployment_of_another_client_of_the_same_issuer_is_refused(desk: Any) -> None:
    """R-CLAIM-3, CORE 3.1.3: a deployment belongs to issuer and client together; here it waits for staff."""
    desk.register(client_id="client-2", deployment_ids=["deployment-2"])
    desk.must_refuse(attempt(desk, deployment_id="deployment-2"), 403, "unknown-deployment")
    named = attempt(desk, login={"lti_deployment_id": "deployment-2"}, deployment_id="deployment-2")
    desk.must_refuse(named, 403, "deployment-pending")
    assert [row.status for row in desk.rows(Deployment)] == ["active", "active", "pending"]
    assert nobody_came(desk)


def test_the_signed_deployment_decides_and_not_that_of_the_login(desk: Any) -> None:
    """R-CLAIM-3, CORE 4.1.2: the unsigned parameter gives nobody another deployment's link."""
    desk.register(deployment_ids=["deployment-1", "deployment-2"])
    for signed in ("deployment-1", "deployment-2"):
        assert attempt(desk, login={"lti_deployment_id": "deployment-1"}, deployment_id=signed).status_code == 303
    assert len({row.deployment_id for row in desk.rows(Context)}) == 2
    assert len(desk.rows(ResourceLink)) == len(desk.rows(Context)) == 2


@pytest.mark.parametrize(
    "spelling", ["DEPLOYMENT-1", " deployment-1", "deployment-1 ", "deployment-1\u200b", "ｄeployment-1"]
)
def test_a_deployment_is_compared_letter_by_letter(desk: Any, spelling: str) -> None:
    """R-CLAIM-3, CORE 5.3.3: case, spaces and look-alikes make another deployment."""
    desk.must_refuse(attempt(desk, deployment_id=spelling), 403, "unknown-deployment")
    assert nobody_came(desk)


SPELLINGS = [
    "person-1", "PERSON-1", "person-1 ", " person-1", "person-1\u200b", "é", "e\u0301", "ｐerson-1", "person-1.",
]  # fmt: skip


def test_people_courses_and_links_are_told_apart_letter_by_letter(desk_on_each: Any) -> None:
    """R-CLAIM-6, CORE 5.3.6: ids that only look alike, on SQLite and on PostgreSQL, are of different people."""
    desk = desk_on_each
    for spelling in SPELLINGS:
        browser = desk.new_browser()
        claims = {"sub": spelling, "context": {"id": spelling}, "resource_link": {"id": spelling}}
        assert desk.launch(claims, browser=browser).status_code == 303
    for model in (Person, Identity, Context, ResourceLink):
        assert len(desk.rows(model)) == len(SPELLINGS), model
    assert {row.subject for row in desk.rows(Identity)} == set(SPELLINGS)


def test_an_id_of_a_course_that_is_too_long_is_not_cut_into_anothers(desk: Any) -> None:
    """R-CLAIM-12, CORE 5.4.1: it counts as absent."""
    for number in range(2):
        assert attempt(desk, context={"id": "c" * 255 + str(number)}).status_code == 303
    assert desk.rows(Context) == []


def other_issuer(desk: Any) -> dict[str, Any]:
    desk.register(issuer=OTHER, client_id="other-client")
    return {"iss": OTHER, "client_id": "other-client", "aud": "other-client"}


def other_client(desk: Any) -> dict[str, Any]:
    desk.register(client_id="client-2")
    return {"iss": desk.ISSUER, "client_id": "client-2", "aud": "client-2"}


@pytest.mark.parametrize("make", [other_issuer, other_client])
def test_the_same_ids_at_two_tenants_are_two_people_two_courses_and_two_links(
    desk: Any, make: Callable[[Any], dict[str, Any]]
) -> None:
    """R-DR-9, CORE 3.1: nothing of one is seen at the other, though every id and the e-mail address are the same."""
    other = make(desk)
    assert attempt(desk).status_code == 303
    login = {name: other[name] for name in ("iss", "client_id")}
    launched = attempt(desk, login=login, iss=other["iss"], aud=other["aud"], azp=None, name="Bilal Aziz",
                       given_name="Bilal", family_name="Aziz")  # fmt: skip
    assert launched.status_code == 303
    assert "Sanne" not in desk.open(launched.location).text
    for model in (Person, Identity, Context, ResourceLink):
        assert len(desk.rows(model)) == 2, model
    assert len({row.cohort_id for row in desk.rows(ResourceLink)}) == 2


def close(desk: Any, status: str) -> None:
    (platform,) = desk.rows(Registration)
    with Session(desk.engine) as session, session.begin():
        platforms.decide(writing(session), platform.public_id, platforms.Status(status))


@pytest.mark.parametrize("status", ["blocked", "pending", "ended"])
def test_nobody_goes_on_in_a_platform_that_was_closed(desk: Any, status: str) -> None:
    """Visits last for hours; a block counts at once, and for its own people only."""
    mine, other = desk.launch().location, desk.new_browser()
    desk.register(issuer=OTHER, client_id="other-client")
    begun = desk.login(browser=other, iss=OTHER, client_id="other-client")
    body = desk.claims(begun.nonce, iss=OTHER, aud="other-client", azp=None)
    theirs = desk.post(begun.state, desk.sign(body), other).location
    (mine_id, _) = [row.public_id for row in desk.rows(Registration)]
    with Session(desk.engine) as session, session.begin():
        if status == "ended":
            ending.end(writing(session), mine_id)
        else:
            platforms.decide(writing(session), mine_id, platforms.Status(status))
    assert desk.open(mine).status_code == 401
    assert desk.open(theirs, other).status_code in (200, 303)


@pytest.mark.parametrize("status", ["blocked", "pending"])
def test_a_platform_that_was_closed_meanwhile_enters_no_more(desk: Any, status: str) -> None:
    """R-LOGIN-6: the login was begun while it was active."""
    begun = desk.login()
    close(desk, status)
    desk.must_refuse(desk.post(begun.state, desk.sign(desk.claims(begun.nonce))), 403, f"platform-{status}")
    assert desk.ask_login().status_code == 403
    assert nobody_came(desk)
