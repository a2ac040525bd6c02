"""The contract page: all we hold is given out, an end is typed, a merger is looked at first; hubs keep to their own."""

import io
import json
import zipfile

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.base.db import writing
from lti_tool.learning.audit import AuditNote
from lti_tool.learning.people.staff import StaffRole
from lti_tool.protocols.platforms.models import Registration
from tests import factories
from tests.screens.desk import Desk

COORDINATOR, TRAINER = StaffRole.HUB_COORDINATOR, StaffRole.HUB_TRAINER


@pytest.fixture
def schools(desk: Desk) -> dict[str, str]:
    """ALFA, twice registered, of the smithy's hub; BRAVO of the harbour's: name -> public id."""
    desk.module("de-smidse", "cobots")
    desk.parked("alfa", "cobots", "sanne")
    desk.parked("bravo", "cobots", "milan")
    with Session(desk.engine) as session, session.begin():
        factories.platform(writing(session), "https://alfa.example", name="ALFA nieuw", client_id="new")
        found = {one.name: one for one in session.scalars(select(Registration))}
        for name, one in found.items():
            one.hubs = ["de-haven"] if name == "BRAVO" else ["de-smidse"]
        return {name: one.public_id for name, one in found.items()}


def statuses(desk: Desk) -> dict[str, str]:
    with Session(desk.engine) as session:
        return {one.name: one.status for one in session.scalars(select(Registration))}


def test_a_contract_ends_when_its_name_is_typed(desk: Desk, schools: dict[str, str]) -> None:
    coordinator, address = desk.colleague(COORDINATOR, "de-smidse"), f"platforms/{schools['ALFA']}/contract"
    assert coordinator.post(f"{address}/end", typed="BRAVO").status_code == 400
    assert statuses(desk)["ALFA"] == "active"
    assert coordinator.post(f"{address}/end", typed=" ALFA ").status_code == 303
    assert statuses(desk) == {"ALFA": "ended", "ALFA nieuw": "active", "BRAVO": "active"}
    assert f"lti-tool platforms erase {schools['ALFA']}" in coordinator.get(address).text


def test_what_we_hold_is_given_out_and_that_is_noted(desk: Desk, schools: dict[str, str]) -> None:
    answer = desk.colleague(COORDINATOR, "de-smidse").post(f"platforms/{schools['ALFA']}/contract/export")
    assert (answer.status_code, answer.is_streamed, answer.headers["Cache-Control"]) == (200, True, "no-store")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert [one["name"] for one in json.loads(archive.read("personen.json"))] == ["sanne"]
    with Session(desk.engine) as session:
        note = session.scalars(select(AuditNote).where(AuditNote.verb == "staff:platform:export")).one()
    assert (note.object_id, note.actor_id is None) == (schools["ALFA"], False)


def test_a_merger_is_looked_at_before_it_is_done(desk: Desk, schools: dict[str, str]) -> None:
    coordinator, address = desk.colleague(COORDINATOR, "de-smidse"), f"platforms/{schools['ALFA']}/contract/merge"
    look = coordinator.get(address, platform=schools["ALFA nieuw"])
    assert (look.status_code, "1 persoon" in look.text, set(statuses(desk))) == (200, True, set(schools))
    assert coordinator.post(address, platform=schools["ALFA nieuw"], typed="x").status_code == 400
    assert coordinator.post(address, platform=schools["ALFA nieuw"], typed="ALFA").status_code == 303
    assert set(statuses(desk)) == {"ALFA nieuw", "BRAVO"}


def test_two_learning_environments_are_not_merged(desk: Desk, schools: dict[str, str]) -> None:
    address = f"platforms/{schools['ALFA']}/contract/merge"
    assert desk.colleague().post(address, platform=schools["BRAVO"], typed="ALFA").status_code == 409
    assert set(statuses(desk)) == set(schools)


@pytest.mark.parametrize(("role", "hub", "status"), [(COORDINATOR, "de-haven", 404), (TRAINER, "de-smidse", 403)])
def test_a_contract_of_others_is_not_touched(
    desk: Desk, schools: dict[str, str], role: StaffRole, hub: str, status: int
) -> None:
    colleague, address = desk.colleague(role, hub), f"platforms/{schools['ALFA']}/contract"
    looks = [colleague.get(address), colleague.get(f"{address}/merge", platform=schools["BRAVO"])]
    into = schools["ALFA nieuw"]
    changes = [
        colleague.post(f"{address}/end", typed="ALFA"), colleague.post(f"{address}/export"),
        colleague.post(f"{address}/merge", platform=into, typed="ALFA"),
    ]  # fmt: skip
    assert [answer.status_code for answer in looks + changes] == [status] * 5
    assert set(statuses(desk).values()) == {"active"}


def test_a_platform_is_not_merged_into_one_of_another_hub(desk: Desk, schools: dict[str, str]) -> None:
    address = f"platforms/{schools['ALFA']}/contract/merge"
    answer = desk.colleague(COORDINATOR, "de-smidse").post(address, platform=schools["BRAVO"], typed="ALFA")
    assert (answer.status_code, set(statuses(desk))) == (404, set(schools))
