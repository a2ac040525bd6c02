"""/staff/keys: for the central administrator, who sees what happens next and rotates after a question."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.base.db import writing
from lti_tool.base.vault import Vault
from lti_tool.learning.audit import AuditNote
from lti_tool.learning.people.staff import StaffRole
from lti_tool.protocols.platforms import keylife
from lti_tool.protocols.platforms.models import ToolKey
from tests.screens.desk import Desk


@pytest.fixture
def kids(desk: Desk) -> list[str]:
    """An active key and a next one."""
    with Session(desk.engine) as session, session.begin():
        vault = Vault(desk.app.extensions["tool"].settings.secret_keys)
        keylife.upkeep(writing(session), vault, None, iter(()))
        return list(session.scalars(select(ToolKey.kid).order_by(ToolKey.id)))


def states(desk: Desk) -> dict[str, str]:
    with Session(desk.engine) as session:
        return {key.kid: key.state for key in session.query(ToolKey)}


def test_the_page_shows_keys_and_what_comes(desk: Desk, kids: list[str]) -> None:
    page = desk.colleague().get("keys").text
    assert all(text in page for text in (*kids, "Volgende", "Tekent", "de nieuwste geheime sleutel"))
    assert "gaat niet open" not in page


def test_a_key_that_does_not_open_is_told(desk: Desk, kids: list[str]) -> None:
    with Session(desk.engine) as session, session.begin():
        sealed = Vault(["a-key-that-nobody-has"]).seal("x")
        writing(session).query(ToolKey).filter_by(kid=kids[0]).update({"sealed_private_key": sealed})
    assert "gaat niet open" in desk.colleague().get("keys").text


def test_asking_changes_nothing_and_rotation_waits_for_its_day(desk: Desk, kids: list[str]) -> None:
    central = desk.colleague()
    before = states(desk)
    assert "nog geen 24 uur" in central.get("keys/rotate").text
    assert central.get("keys/replace").status_code == 200
    assert central.post("keys/rotate").status_code == 303
    assert states(desk) == before
    assert "De volgende sleutel begint te tekenen" in central.get("keys").text


def test_after_a_leak_all_are_replaced_and_that_is_noted(desk: Desk, kids: list[str]) -> None:
    assert desk.colleague().post("keys/replace").status_code == 303
    after = states(desk)
    assert [after[kid] for kid in kids] == ["retired", "retired"]
    assert sorted(after.values()) == ["active", "next", "retired", "retired"]
    with Session(desk.engine) as session:
        note = session.scalars(select(AuditNote).where(AuditNote.verb == "staff:tool-key:replace")).one()
    assert note.actor_id is not None


@pytest.mark.parametrize("role", [StaffRole.HUB_COORDINATOR, StaffRole.HUB_TRAINER])
def test_staff_of_hubs_have_no_business_here(desk: Desk, kids: list[str], role: StaffRole) -> None:
    colleague = desk.colleague(role, "de-smidse")
    looks = [colleague.get("keys"), colleague.get("keys/rotate"), colleague.get("keys/replace")]
    changes = [colleague.post("keys/rotate"), colleague.post("keys/replace")]
    assert [answer.status_code for answer in looks + changes] == [403] * 5
    assert list(states(desk).values()) == ["active", "next"]
