"""/staff/deliveries: what waits and why, without names; each hub's staff see and resend their own modules' only."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.learning.audit import AuditNote
from lti_tool.learning.people.staff import StaffRole
from tests.screens.desk import Desk

COORDINATOR, TRAINER = StaffRole.HUB_COORDINATOR, StaffRole.HUB_TRAINER


@pytest.fixture
def grades(desk: Desk) -> dict[str, str]:
    """Set aside: two of the smithy's module at two schools, one of the harbour's module."""
    desk.module("de-smidse", "cobots")
    desk.module("de-haven", "lassen")
    return {
        "smidse": desk.parked("alfa", "cobots", "sanne"),
        "smidse-bravo": desk.parked("bravo", "cobots", "milan", reason="line-item-gone"),
        "haven": desk.parked("alfa", "lassen", "jesse"),
    }


def test_the_centre_sees_all_and_no_names(desk: Desk, grades: dict[str, str]) -> None:
    page = desk.colleague().get("deliveries").text
    assert all(text in page for text in ("ALFA", "BRAVO", "Link cobots", "Link lassen", *grades.values()))
    assert not any(name in page for name in ("sanne", "milan", "jesse"))


def test_a_hub_sees_grades_of_its_own_modules(desk: Desk, grades: dict[str, str]) -> None:
    page = desk.colleague(TRAINER, "de-haven").get("deliveries").text
    assert grades["haven"] not in page, "a trainer gets no button"
    assert ("Link lassen" in page, "Link cobots" in page, "BRAVO" in page) == (True, False, False)


def test_the_filters_narrow_down(desk: Desk, grades: dict[str, str]) -> None:
    central = desk.colleague()
    with Session(desk.engine) as session:
        platform = session.execute(select(AuditNote.object_id).where(AuditNote.verb == "staff:platform:add")).first()
    assert platform is not None
    of_alfa = central.get("deliveries", platform=platform.object_id).text
    assert (grades["smidse"] in of_alfa, grades["smidse-bravo"] in of_alfa) == (True, False)
    assert grades["smidse"] not in central.get("deliveries", state="settled").text
    assert central.get("deliveries", state="nonsense").status_code == 400


def test_one_is_sent_again_and_that_is_noted(desk: Desk, grades: dict[str, str]) -> None:
    coordinator = desk.colleague(COORDINATOR, "de-smidse")
    assert coordinator.post("deliveries/resend", delivery=grades["smidse"]).status_code == 303
    assert desk.states() == {grades["smidse"]: "queued", grades["smidse-bravo"]: "parked", grades["haven"]: "parked"}
    with Session(desk.engine) as session:
        note = session.scalars(select(AuditNote).where(AuditNote.verb == "staff:delivery:resend")).one()
    assert (note.object_id, note.facts["count"], note.actor_id is None) == (grades["smidse"], 1, False)


def test_all_of_a_platform_are_sent_again_as_far_as_they_are_ours(desk: Desk, grades: dict[str, str]) -> None:
    coordinator = desk.colleague(COORDINATOR, "de-haven")
    with Session(desk.engine) as session:
        notes = session.scalars(select(AuditNote.object_id).where(AuditNote.verb == "staff:platform:add")).all()
    alfa = notes[0]
    assert coordinator.post("deliveries/resend", platform=alfa).status_code == 303
    assert desk.states()[grades["haven"]] == "queued"
    assert desk.states()[grades["smidse"]] == "parked"
    assert desk.colleague().post("deliveries/resend", platform=alfa).status_code == 303
    assert desk.states()[grades["smidse"]] == "queued"
    assert desk.states()[grades["smidse-bravo"]] == "parked", "of another platform"


@pytest.mark.parametrize(
    ("role", "hub", "status"), [(COORDINATOR, "de-haven", 404), (TRAINER, "de-smidse", 403), (COORDINATOR, "x", 404)]
)
def test_grades_of_others_are_not_sent(
    desk: Desk, grades: dict[str, str], role: StaffRole, hub: str, status: int
) -> None:
    answer = desk.colleague(role, hub).post("deliveries/resend", delivery=grades["smidse"])
    assert (answer.status_code, set(desk.states().values())) == (status, {"parked"})


def test_nothing_named_sends_nothing(desk: Desk, grades: dict[str, str]) -> None:
    assert desk.colleague().post("deliveries/resend").status_code == 400
    assert set(desk.states().values()) == {"parked"}
