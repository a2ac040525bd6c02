"""The doctor for staff: who sees which platform, who may watch it and hand out its address."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from config.default import Settings
from lti_tool.app import create_app
from lti_tool.base.db import writing
from lti_tool.learning.people.staff import StaffRole
from lti_tool.protocols.doctor.models import CheckRun, SelfTestLink
from lti_tool.protocols.platforms.models import Registration
from lti_tool.web.extensions import db
from tests import factories
from tests.screens.desk import Colleague, Desk


@dataclass
class Clinic:
    desk: Desk
    platform: str

    def rows(self, model: type) -> int:
        with Session(self.desk.engine) as session:
            return session.query(model).count()


@pytest.fixture
def clinic(settings: Settings, database_url: str, engine: Engine) -> Iterator[Clinic]:
    """A platform of the hub Smidse, whose server refuses every connection."""
    app = create_app(
        Settings(secret_keys=settings.secret_keys, var_dir=settings.var_dir, database_url=database_url,
                 allowed_private_hosts=("127.0.0.1",))
    )  # fmt: skip
    with Session(engine) as session, session.begin():
        platform = factories.platform(writing(session), "http://127.0.0.1:9", name="ROC Het Baken")
        session.get_one(Registration, platform.id).hubs = ["smidse"]
        public_id = platform.public_id
    yield Clinic(Desk(app, engine), public_id)
    with app.app_context():
        db.engine.dispose()


def of(clinic: Clinic, role: StaffRole, hub: str | None) -> Colleague:
    return clinic.desk.colleague(role, hub)


SEES = [
    (StaffRole.CENTRAL_ADMIN, None, True), (StaffRole.HUB_COORDINATOR, "smidse", True),
    (StaffRole.HUB_TRAINER, "smidse", True), (StaffRole.HUB_COORDINATOR, "plaatwerk", False),
    (StaffRole.HUB_TRAINER, "plaatwerk", False),
]  # fmt: skip


@pytest.mark.parametrize(("role", "hub", "sees"), SEES)
def test_staff_see_and_check_the_platforms_of_their_hubs(
    clinic: Clinic, role: StaffRole, hub: str | None, sees: bool
) -> None:
    colleague = of(clinic, role, hub)
    assert colleague.get(f"platforms/{clinic.platform}/doctor").status_code == (200 if sees else 404)
    assert ("ROC Het Baken" in colleague.get("self-tests").text) is sees
    assert colleague.post(f"platforms/{clinic.platform}/doctor/check").status_code == (303 if sees else 404)
    assert clinic.rows(CheckRun) == int(sees)


def test_a_platform_that_is_gone_is_red_and_says_why(clinic: Clinic) -> None:
    colleague = of(clinic, StaffRole.CENTRAL_ADMIN, None)
    colleague.post(f"platforms/{clinic.platform}/doctor/check")
    page = colleague.get(f"platforms/{clinic.platform}/doctor").text
    assert "keys-unreachable" in page
    assert "access-unreachable" in page
    assert "Er moeten 2 dingen hersteld worden" in page
    assert "state-bad" in colleague.get("self-tests").text


@pytest.mark.parametrize("action", ["watch", "link", "withdraw"])
@pytest.mark.parametrize(
    ("role", "hub", "status"),
    [(StaffRole.HUB_TRAINER, "smidse", 403), (StaffRole.HUB_COORDINATOR, "plaatwerk", 404)],
)
def test_who_does_not_run_a_platform_changes_nothing(
    clinic: Clinic, role: StaffRole, hub: str, status: int, action: str
) -> None:
    assert of(clinic, role, hub).post(f"platforms/{clinic.platform}/doctor/{action}").status_code == status
    assert clinic.rows(SelfTestLink) == 0


def test_a_coordinator_hands_out_an_address_once_and_ends_it(clinic: Clinic) -> None:
    colleague = of(clinic, StaffRole.HUB_COORDINATOR, "smidse")
    path = f"platforms/{clinic.platform}/doctor"
    made = colleague.post(f"{path}/link").text
    address = made.partition('copyable">')[2].partition("<")[0]
    assert "/self-test/" in address
    assert address not in colleague.get(path).text
    stranger = clinic.desk.app.test_client()
    local = address.partition("//")[2].partition("/")[2]
    assert stranger.get(f"/{local}", base_url="http://localhost:8000").status_code == 200
    assert colleague.post(f"{path}/withdraw").status_code == 303
    assert stranger.get(f"/{local}", base_url="http://localhost:8000").status_code == 404


def test_a_platform_that_nobody_knows_is_no_page(clinic: Clinic) -> None:
    colleague = of(clinic, StaffRole.CENTRAL_ADMIN, None)
    assert colleague.get("platforms/nothing/doctor").status_code == 404
    assert colleague.post("platforms/nothing/doctor/check").status_code == 404
