"""Nobody gets another platform's tokens: one client id at one token server is of one platform. On both databases.

A platform chooses its client id, its token address and its audience freely. With those of another it would be sent what
we sign for the other, or the other's tokens, as soon as it names a column at an address of its own.
"""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from lti_tool.base.errors import Conflict
from lti_tool.protocols.platforms import care, clients, registering, service
from lti_tool.protocols.platforms.configuration import Configuration
from lti_tool.protocols.platforms.models import Registration
from lti_tool.protocols.platforms.registering import Granted, Offer
from lti_tool.protocols.platforms.service import Platform, PlatformDraft
from tests import factories

SCHOOL, EVIL = "https://school.example", "https://kwaad.example"
OTHER_TOKEN_ADDRESSES = {
    "what we sign goes elsewhere": {"audience": f"{SCHOOL}/oauth/token"},
    "the issuer is an audience too": {"audience": SCHOOL},
    "in capital letters, with the usual port": {"audience": "https://SCHOOL.example:443/oauth/token?x"},
    "its tokens come to us": {"auth_token_url": f"{SCHOOL}/oauth/token"},
    "in another spelling": {"auth_token_url": "https://school.example.:443/oauth/token/"},
}


@pytest.fixture
def school(session: Session) -> Platform:
    return factories.platform(session, SCHOOL)


def offer(**changes: Any) -> Offer:
    fields: dict[str, Any] = {
        "url": f"{EVIL}/.well-known/openid-configuration", "issuer": EVIL, "name": "Kwaad", "family": "generic",
        "auth_login_url": f"{EVIL}/auth", "auth_token_url": f"{EVIL}/token", "key_set_url": f"{EVIL}/jwks",
        "registration_url": f"{EVIL}/register", "audience": None, "environment": None,
    }  # fmt: skip
    client_id = changes.pop("client_id", factories.CLIENT_ID)
    return Offer(Configuration(**(fields | changes)), Granted(client_id, "1", {}), None, sent_token=True)


def draft(**changes: Any) -> PlatformDraft:
    fields: dict[str, Any] = {
        "name": "Kwaad", "issuer": EVIL, "client_id": factories.CLIENT_ID, "deployment_ids": ["1"],
        "auth_login_url": f"{EVIL}/auth", "auth_token_url": f"{EVIL}/token", "key_set_url": f"{EVIL}/jwks",
    }  # fmt: skip
    return PlatformDraft(**(fields | changes))


@pytest.mark.parametrize("name", OTHER_TOKEN_ADDRESSES)
def test_no_platform_registers_with_the_credentials_of_another(session: Session, school: Platform, name: str) -> None:
    with pytest.raises(Conflict, match="client-of-another"):
        registering.keep(session, offer(**OTHER_TOKEN_ADDRESSES[name]))
    assert session.query(Registration).count() == 1


def test_nor_does_a_folder_of_the_same_host(session: Session, school: Platform) -> None:
    """A student's upload: its issuer is its own folder, and its tokens are the school's."""
    folder = f"{SCHOOL}/bestanden"
    with pytest.raises(Conflict, match="client-of-another"):
        registering.keep(
            session, offer(url=f"{folder}/x.json", issuer=folder, audience=f"{SCHOOL}/oauth/token")
        )


@pytest.mark.parametrize("host", ["sso.canvaslms.com", "roc.instructure.com", "sso.beta.canvaslms.com"])
def test_a_suppliers_token_server_is_named_by_its_own_schools_only(session: Session, host: str) -> None:
    for named in ("auth_token_url", "audience"):
        with pytest.raises(Conflict, match="client-of-another"):
            registering.keep(session, offer(**{named: f"https://{host}/login/oauth2/token"}))


@pytest.mark.parametrize("name", OTHER_TOKEN_ADDRESSES)
def test_no_staff_connect_with_them_by_hand(session: Session, school: Platform, name: str) -> None:
    with pytest.raises(Conflict, match="client-of-another"):
        care.connect(session, draft(**OTHER_TOKEN_ADDRESSES[name]))
    made = care.connect(session, draft())  # the same client id elsewhere is a mere coincidence
    with pytest.raises(Conflict, match="client-of-another"):
        care.edit(session, made.public_id, draft(**OTHER_TOKEN_ADDRESSES[name]))


def test_a_former_client_id_is_nobody_elses(session: Session, school: Platform) -> None:
    """Else who connects it would get the logins of all links that were placed under it."""
    registration = session.get_one(Registration, school.id)
    clients.keep(session, registration, "client-new")
    session.flush()
    with pytest.raises(Conflict, match="client-of-another"):
        care.connect(session, draft(issuer=SCHOOL))
    made = care.connect(session, draft(issuer=SCHOOL, client_id="client-other"))
    with pytest.raises(Conflict, match="client-of-another"):
        care.edit(session, made.public_id, draft(issuer=SCHOOL))
    assert service.for_login(session, SCHOOL, factories.CLIENT_ID).id == school.id


def test_a_platform_keeps_its_own(session: Session, school: Platform) -> None:
    own = {"auth_token_url": f"{SCHOOL}/oauth/token", "audience": f"{SCHOOL}/oauth/token"}
    care.edit(session, school.public_id, draft(issuer=SCHOOL, **own))
    care.edit(session, school.public_id, draft(issuer="https://verhuisd.example", **own))
    assert session.get_one(Registration, school.id).issuer == "https://verhuisd.example"
