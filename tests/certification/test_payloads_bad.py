"""The known bad payloads of the certification guide (6.1.1), by an instructor and by a student.

Each is sent as the guide's suite sends it: signed by the platform's own key, in a login that was begun rightly.
https://www.imsglobal.org/spec/lti/v1p3/cert/
"""

import re
from typing import Any

import pytest

from lti_tool.learning.people.models import Identity, Person
from lti_tool.protocols.platforms.models import Deployment
from lti_tool.protocols.resource_links.models import Context, Member, ResourceLink
from lti_tool.web.visits import VisitRecord

VOCABULARY = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
ROLES = {"instructor": [VOCABULARY + "Instructor"], "student": [VOCABULARY + "Learner"]}
MADE_BY_A_LAUNCH = (Person, Identity, Context, ResourceLink, Member, VisitRecord)
NOT_LTI = {"name": "badltilaunch"}
HOUR = 3600

Case = tuple[dict[str, Any], dict[str, Any], int, str]
CASES: dict[str, Case] = {
    "no KID sent in JWT header": ({}, {"kid": None}, 401, "token-header"),
    "incorrect KID in JWT header": ({}, {"kid": "imstester_66067"}, 401, "token-key"),
    "wrong LTI version": ({"version": "11.3"}, {}, 400, "claim-version"),
    "no LTI version": ({"version": None}, {}, 400, "claim-version"),
    "invalid LTI message: no LTI in the JSON": (NOT_LTI, {}, 401, "token-issuer"),
    "missing LTI claims": (
        dict.fromkeys(("message_type", "version", "deployment_id", "target_link_uri", "resource_link", "roles")),
        {}, 400, "claim-missing",
    ),
    "timestamps incorrect: expired": ({"exp": -HOUR, "iat": -HOUR - 60}, {}, 401, "token-expired"),
    "timestamps incorrect: issued tomorrow": ({"exp": 25 * HOUR, "iat": 24 * HOUR}, {}, 401, "token-time"),
    "timestamps incorrect: issued last year": ({"iat": -365 * 24 * HOUR}, {}, 401, "token-time"),
    "timestamps incorrect: exp missing": ({"exp": None}, {}, 401, "claim-missing"),
    "timestamps incorrect: iat missing": ({"iat": None}, {}, 401, "claim-missing"),
    "message_type claim missing": ({"message_type": None}, {}, 400, "claim-missing"),
    "role claim missing": ({"roles": None}, {}, 400, "claim-missing"),
    "deployment_id claim missing": ({"deployment_id": None}, {}, 400, "claim-missing"),
    "resource_link_id claim missing": ({"resource_link": {"title": "Cobots"}}, {}, 400, "claim-missing"),
    "resource_link claim missing": ({"resource_link": None}, {}, 400, "claim-missing"),
    "user claim missing": ({"sub": None}, {}, 403, "anonymous-launch"),
    "target_link_uri claim missing": ({"target_link_uri": None}, {}, 400, "claim-missing"),
}  # fmt: skip


def launched(desk: Any, role: str, changes: dict[str, Any], header: dict[str, Any]) -> Any:
    begun = desk.login()
    claims = desk.claims(begun.nonce, roles=ROLES[role])
    now = claims["iat"]
    moments = {name: now + value for name, value in changes.items() if name in ("exp", "iat") and value is not None}
    claims = desk.claims(begun.nonce, **{"roles": ROLES[role]} | changes | moments)
    return desk.post(begun.state, desk.sign(NOT_LTI if changes is NOT_LTI else claims, **header))


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", CASES)
def test_a_bad_payload_is_refused_in_words_and_leaves_nothing(desk: Any, name: str, role: str) -> None:
    """R-JWT-2, R-JWT-9, R-JWT-10, R-CLAIM-1 to R-CLAIM-8, R-ERR-1; CERT 6.1.1."""
    changes, header, status, code = CASES[name]
    deployments = len(desk.rows(Deployment))
    response = launched(desk, role, changes, header)
    desk.must_refuse(response, status, code)
    assert [model.__tablename__ for model in MADE_BY_A_LAUNCH if desk.rows(model)] == []
    assert len(desk.rows(Deployment)) == deployments
    assert desk.begun() == 0
    assert re.search(r"<h1[^>]*>\w", response.text), "no words for the person"
    assert re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}", response.text), "no reference"
    assert desk.launch({"roles": ROLES[role]}).status_code == 303, "the next, good one enters"


@pytest.mark.parametrize("body", [NOT_LTI, {}, {"iss": "https://lms.test"}], ids=str)
def test_json_that_is_no_lti_is_refused(desk: Any, body: dict[str, Any]) -> None:
    """R-CLAIM-8, CERT 6.1.1 (invalid LTI message)."""
    begun = desk.login()
    assert desk.post(begun.state, desk.sign(body)).status_code in (400, 401)
    assert not desk.rows(Person)


def test_a_sound_token_without_any_lti_claim_is_refused(desk: Any) -> None:
    """R-CLAIM-8, CERT 6.1.1 (invalid LTI message): an OpenID Connect sign-in of the same platform is no launch."""
    begun = desk.login()
    plain = {name: value for name, value in desk.claims(begun.nonce).items() if not name.startswith(desk.CLAIM)}
    desk.must_refuse(desk.post(begun.state, desk.sign(plain)), 400, "claim-missing")
    assert not desk.rows(Person)


SEVERAL = [
    ("message_type", "version"), ("deployment_id", "resource_link"), ("roles", "sub"), ("version", "roles"),
    ("message_type", "version", "deployment_id", "target_link_uri", "resource_link", "roles", "sub"),
]  # fmt: skip


@pytest.mark.parametrize("names", SEVERAL, ids="+".join)
def test_several_missing_claims_are_refused(desk: Any, names: tuple[str, ...]) -> None:
    """R-CLAIM-8, CERT 6.1.1 (missing LTI claims)."""
    assert desk.launch(dict.fromkeys(names)).status_code == 400
    assert not desk.rows(Person)
