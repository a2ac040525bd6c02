"""Staff see and change the learning environments of their hubs, and invite others."""

import html
import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from config.default import Settings
from lti_tool.app import create_app
from lti_tool.base.db import writing
from lti_tool.learning.audit import AuditNote
from lti_tool.learning.people.models import Person
from lti_tool.learning.people.staff import StaffRole
from lti_tool.protocols.platforms.models import Deployment, Invitation, Registration
from lti_tool.web.extensions import db
from tests import factories
from tests.screens.desk import Desk

MARKUP = "<script>alert(1)</script>"
COORDINATOR, TRAINER = StaffRole.HUB_COORDINATOR, StaffRole.HUB_TRAINER


@pytest.fixture
def desk(settings: Settings, database_url: str, engine: Engine) -> Iterator[Desk]:
    app = create_app(Settings(secret_keys=settings.secret_keys, var_dir=settings.var_dir, database_url=database_url))
    made = Desk(app, engine)
    made.module("de-smidse", "smeden")
    made.module("het-lab", "meten")
    yield made
    with app.app_context():
        db.engine.dispose()


def connected(desk: Desk, school: str, hubs: list[str], **values: Any) -> str:
    with Session(desk.engine) as session, session.begin():
        platform = factories.platform(writing(session), f"https://{school}.example", name=school.upper())
        registration = session.get_one(Registration, platform.id)
        for name, value in ({"hubs": hubs} | values).items():
            setattr(registration, name, value)
        return platform.public_id


def rows(desk: Desk, model: Any) -> list[Any]:
    with Session(desk.engine, expire_on_commit=False) as session:
        return list(session.scalars(select(model).order_by(model.id)))


AGREEMENT = {"school": "Voorbeeld College", "hubs": "de-smidse", "privacy_level": "name", "environment": "production"}


def test_the_list_holds_the_platforms_of_ones_hubs(desk: Desk) -> None:
    connected(desk, "alfa", ["de-smidse"])
    connected(desk, "bravo", ["het-lab"])
    connected(desk, "centrum", [])
    central, coordinator = desk.colleague(), desk.colleague(COORDINATOR, "de-smidse")
    seen = [[name for name in ("ALFA", "BRAVO", "CENTRUM") if name in who.get("platforms").text]
            for who in (central, coordinator)]  # fmt: skip
    assert seen == [["ALFA", "BRAVO", "CENTRUM"], ["ALFA"]]


@pytest.mark.parametrize("path", ["", "/status", "/deployments", "/agreement", "/addresses"])
def test_a_platform_of_another_hub_does_not_exist(desk: Desk, path: str) -> None:
    other = connected(desk, "bravo", ["het-lab"])
    coordinator = desk.colleague(COORDINATOR, "de-smidse")
    ask = coordinator.post if path else coordinator.get
    answer = ask(f"platforms/{other}{path}", decision="block")
    assert answer.status_code == 404


def test_one_that_serves_another_hub_too_is_seen_and_not_changed(desk: Desk) -> None:
    shared = connected(desk, "alfa", ["de-smidse", "het-lab"])
    coordinator = desk.colleague(COORDINATOR, "de-smidse")
    assert "ALFA" in coordinator.get(f"platforms/{shared}").text
    assert coordinator.post(f"platforms/{shared}/status", decision="block").status_code == 403


def test_a_trainer_only_looks(desk: Desk) -> None:
    mine = connected(desk, "alfa", ["de-smidse"])
    trainer = desk.colleague(TRAINER, "de-smidse")
    assert trainer.get(f"platforms/{mine}").status_code == 200
    assert trainer.post(f"platforms/{mine}/status", decision="block").status_code == 403
    assert "<form method=\"post\" class=\"fields\"" not in trainer.get(f"platforms/{mine}").text


@pytest.mark.parametrize(("decision", "status"), [("approve", "active"), ("block", "blocked")])
def test_staff_decide_and_the_audit_knows_who(desk: Desk, decision: str, status: str) -> None:
    mine = connected(desk, "alfa", ["de-smidse"], status="pending")
    answer = desk.colleague(COORDINATOR, "de-smidse").post(f"platforms/{mine}/status", decision=decision)
    assert answer.status_code == 303
    assert rows(desk, Registration)[0].status == status
    note = next(one for one in rows(desk, AuditNote) if one.verb == f"staff:platform:{status}")
    assert (note.object_id, note.actor_id is not None) == (mine, True)


def test_the_end_of_a_contract_is_not_undone_by_a_button(desk: Desk) -> None:
    mine = connected(desk, "alfa", ["de-smidse"], status="ended")
    assert desk.colleague().post(f"platforms/{mine}/status", decision="approve").status_code == 403
    assert rows(desk, Registration)[0].status == "ended"


def test_a_waiting_deployment_is_accepted(desk: Desk) -> None:
    mine = connected(desk, "alfa", ["de-smidse"])
    with Session(desk.engine) as session, session.begin():
        writing(session).add(Deployment(registration_id=1, deployment_id="7:a b", status="pending"))
    colleague = desk.colleague(COORDINATOR, "de-smidse")
    assert "7:a b" in colleague.get(f"platforms/{mine}").text
    assert colleague.post(f"platforms/{mine}/deployments", deployment="7:a b").status_code == 303
    assert rows(desk, Deployment)[-1].status == "active"
    assert colleague.post(f"platforms/{mine}/deployments", deployment="nothing").status_code == 404


def test_a_lower_privacy_level_removes_what_is_stored(desk: Desk) -> None:
    mine = connected(desk, "alfa", ["de-smidse"])
    with Session(desk.engine) as session, session.begin():
        school = factories.platform(writing(session), "https://alfa.example", name="ALFA")
        factories.learner(session, school, factories.link(session, school, "smeden"), "sanne")
        session.scalars(select(Person).where(Person.name == "sanne")).one().email = "sanne@alfa.test"
    lower = AGREEMENT | {"privacy_level": "pseudonym"}
    desk.colleague(COORDINATOR, "de-smidse").post(f"platforms/{mine}/agreement", **lower)
    assert [one for one in rows(desk, Person) if "sanne" in f"{one.name} {one.email}"] == []


def test_who_names_no_hub_is_told_to_choose_one(desk: Desk) -> None:
    fields = {name: value for name, value in AGREEMENT.items() if name != "hubs"}
    answer = desk.colleague(COORDINATOR, "de-smidse").post("invitations", uses="1", days="1", **fields)
    assert "Kies een hub" in answer.text


def test_staff_are_not_sent_to_a_course(desk: Desk) -> None:
    answer = desk.colleague().get("platforms/nergens")
    assert (answer.status_code, "cursus" in answer.text) == (404, False)


@pytest.mark.parametrize(("hubs", "status"), [("het-lab", 404), ("", 400)])
def test_a_coordinator_gives_no_modules_of_other_hubs(desk: Desk, hubs: str, status: int) -> None:
    mine = connected(desk, "alfa", ["de-smidse"])
    colleague = desk.colleague(COORDINATOR, "de-smidse")
    fields = {name: value for name, value in (AGREEMENT | {"hubs": hubs}).items() if value}
    assert colleague.post(f"platforms/{mine}/agreement", **fields).status_code == status
    assert colleague.post("invitations", uses="1", days="1", **fields).status_code == status
    assert rows(desk, Registration)[0].hubs == ["de-smidse"]


def test_other_credentials_keep_links_and_people(desk: Desk) -> None:
    mine = connected(desk, "alfa", ["de-smidse"], family="moodle")
    fields = {"name": "ALFA", "issuer": "https://nieuw.alfa.example", "client_id": "client-2", "deployment_ids": "2 3"}
    assert desk.colleague().post(f"platforms/{mine}/addresses", **fields).status_code == 303
    (found,) = rows(desk, Registration)
    assert (found.public_id, found.client_id, found.key_set_url) == (
        mine, "client-2", "https://nieuw.alfa.example/mod/lti/certs.php",
    )  # fmt: skip
    assert [one.deployment_id for one in rows(desk, Deployment)] == ["1", "2", "3"]


def test_the_credentials_of_another_platform_are_not_taken(desk: Desk) -> None:
    mine = connected(desk, "alfa", ["de-smidse"], family="moodle")
    connected(desk, "bravo", ["het-lab"])
    fields = {"name": "ALFA", "issuer": "https://bravo.example", "client_id": factories.CLIENT_ID}
    assert desk.colleague().post(f"platforms/{mine}/addresses", **fields).status_code == 409
    new = desk.colleague(COORDINATOR, "de-smidse").post("platforms/new/moodle", **(AGREEMENT | fields))
    assert new.status_code == 409


@pytest.mark.parametrize(
    ("family", "fields", "asked", "key_set"),
    [
        ("moodle", {"issuer": "https://m.example/moodle/"}, {"issuer", "client_id"},
         "https://m.example/moodle/mod/lti/certs.php"),
        ("canvas", {"issuer": "https://canvas.beta.instructure.com"}, {"issuer", "client_id"},
         "https://sso.beta.canvaslms.com/api/lti/security/jwks"),
        ("brightspace", {"issuer": "https://b.example", "auth_login_url": "https://b.example/a", "audience": "https://b/aud",
                         "auth_token_url": "https://b.example/t", "key_set_url": "https://b.example/k"},
         {"issuer", "client_id", "auth_login_url", "auth_token_url", "key_set_url", "audience"}, "https://b.example/k"),
    ],
)  # fmt: skip
def test_each_family_is_asked_only_what_it_needs(
    desk: Desk, family: str, fields: dict[str, str], asked: set[str], key_set: str
) -> None:
    colleague = desk.colleague(COORDINATOR, "de-smidse")
    page = colleague.get(f"platforms/new/{family}").text
    named = set(re.findall(r'name="([a-z_]+)"', page)) & {"issuer", "client_id", "auth_login_url", "auth_token_url",
                                                          "key_set_url", "audience"}  # fmt: skip
    assert named == asked
    answer = colleague.post(f"platforms/new/{family}", **(AGREEMENT | {"name": "School", "client_id": "c"} | fields))
    assert answer.status_code == 303, answer.text
    (found,) = rows(desk, Registration)
    assert (found.family, found.key_set_url, found.status, found.privacy_level) == (family, key_set, "active", "name")


@pytest.mark.parametrize(
    "changes", [{"issuer": "javascript:alert(1)"}, {"client_id": ""}, {"name": ""}, {"privacy_level": "x"}]
)
def test_what_cannot_be_right_connects_nothing(desk: Desk, changes: dict[str, str]) -> None:
    fields = AGREEMENT | {"name": "School", "client_id": "c", "issuer": "https://m.example"} | changes
    assert desk.colleague().post("platforms/new/moodle", **fields).status_code == 400
    assert rows(desk, Registration) == []


def test_an_invitation_is_made_shown_once_and_withdrawn(desk: Desk) -> None:
    colleague = desk.colleague(COORDINATOR, "de-smidse")
    made = colleague.post("invitations", uses="2", days="7", **AGREEMENT)
    address = re.search(r"http://localhost:8000/lti/register/[\w-]+", made.text)
    assert address
    assert address[0] not in colleague.get("invitations").text
    (kept,) = rows(desk, Invitation)
    assert (kept.hubs, kept.uses, kept.privacy_level) == (["de-smidse"], 2, "name")
    assert desk.app.test_client().get(address[0]).status_code == 200
    assert colleague.post(f"invitations/{kept.public_id}/withdraw").status_code == 303
    assert desk.app.test_client().get(address[0]).status_code == 403


def test_an_invitation_sent_twice_is_made_once_and_the_audit_names_it(desk: Desk) -> None:
    colleague = desk.colleague(COORDINATOR, "de-smidse")
    code = re.search(r'name="code" value="([\w-]+)"', colleague.get("invitations").text)
    assert code
    pages = [colleague.post("invitations", uses="1", days="7", code=code[1], **AGREEMENT).text for _ in range(2)]
    assert all(f"/lti/register/{code[1]}" in page for page in pages)
    assert len(rows(desk, Invitation)) == 1
    assert "uitnodiging voor" in colleague.get("audit").text
    assert colleague.post("invitations", uses="1", days="7", code="short", **AGREEMENT).status_code == 400


def test_an_invitation_of_another_hub_is_not_withdrawn(desk: Desk) -> None:
    desk.colleague().post("invitations", uses="1", days="7", **(AGREEMENT | {"hubs": "het-lab"}))
    (kept,) = rows(desk, Invitation)
    other = desk.colleague(COORDINATOR, "de-smidse")
    assert other.post(f"invitations/{kept.public_id}/withdraw").status_code == 404
    assert kept.public_id not in other.get("invitations").text


@pytest.mark.parametrize(
    "changes", [{"uses": "0"}, {"uses": "x"}, {"days": "9999"}, {"environment": "x"}, {"hubs": "x"}]
)
def test_terms_that_cannot_be_right_make_no_invitation(desk: Desk, changes: dict[str, str]) -> None:
    fields = AGREEMENT | {"uses": "1", "days": "7"} | changes
    assert desk.colleague().post("invitations", **fields).status_code in (400, 404)
    assert rows(desk, Invitation) == []


def test_markup_in_names_is_text(desk: Desk) -> None:
    mine = connected(desk, "alfa", [], name=MARKUP, client_id=MARKUP, granted={"scopes": [MARKUP]})
    colleague = desk.colleague()
    colleague.post("invitations", uses="1", days="7", **(AGREEMENT | {"school": MARKUP}))
    for path in ("platforms", f"platforms/{mine}", "invitations"):
        page = colleague.get(path).text
        assert MARKUP not in page
        assert html.escape(MARKUP) in page


def test_staff_pages_are_in_no_frame(desk: Desk) -> None:
    answer = desk.colleague().get("platforms")
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
