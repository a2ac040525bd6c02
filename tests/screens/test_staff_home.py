"""The first page of staff says what waits for them, and for nobody else."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from config.default import Settings
from lti_tool.app import create_app
from lti_tool.base import clock
from lti_tool.base.db import writing
from lti_tool.learning.people.staff import StaffRole
from lti_tool.protocols.lti.models import RefusedLaunch
from lti_tool.protocols.platforms.models import Deployment, Registration
from lti_tool.web.extensions import db
from tests import factories
from tests.screens.desk import Desk


@pytest.fixture
def desk(settings: Settings, database_url: str, engine: Engine) -> Iterator[Desk]:
    app = create_app(Settings(secret_keys=settings.secret_keys, var_dir=settings.var_dir, database_url=database_url))
    made = Desk(app, engine)
    made.module("de-smidse", "smeden")
    made.module("het-lab", "meten")
    yield made
    with app.app_context():
        db.engine.dispose()


def connected(desk: Desk, school: str, hub: str, status: str = "active") -> int:
    with Session(desk.engine) as session, session.begin():
        platform = factories.platform(writing(session), f"https://{school}.example", name=school.upper())
        registration = session.get_one(Registration, platform.id)
        registration.hubs, registration.status = [hub], status
        return platform.id


def test_nothing_waits(desk: Desk) -> None:
    connected(desk, "alfa", "de-smidse")
    page = desk.colleague().get("").text
    assert "1 leeromgeving is gekoppeld." in page
    assert "Niets. Alles wat hier te zien is, is in orde." in page


def test_each_kind_is_told_to_those_whose_it_is(desk: Desk) -> None:
    connected(desk, "alfa", "de-smidse", "pending")
    bravo = connected(desk, "bravo", "het-lab")
    with Session(desk.engine) as session, session.begin():
        writing(session).add_all([
            Deployment(registration_id=bravo, deployment_id="two", status="pending"),
            RefusedLaunch(at=clock.now(), reference="R", registration_id=bravo, code="token-key", facts={}),
        ])  # fmt: skip
    told = {
        "ALFA wil gekoppeld worden": "de-smidse",
        "BRAVO: een deployment wacht op toelating": "het-lab",
        "BRAVO: in de laatste 24 uur zijn starts geweigerd": "het-lab",
    }
    for who, hub in ((desk.colleague(), None), *((desk.colleague(StaffRole.HUB_COORDINATOR, h), h) for h in
                     ("de-smidse", "het-lab"))):  # fmt: skip
        page = who.get("").text
        assert {text for text in told if text in page} == {text for text, whose in told.items() if hub in (None, whose)}
