"""A desk for tests of staff pages: the tool on a database, two hubs with a module each, and staff who sign in."""

from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from lti_tool.base.db import writing
from lti_tool.learning.catalogue import service as catalogue
from lti_tool.learning.people.staff import StaffRole
from lti_tool.protocols.grades import planning
from lti_tool.protocols.grades.models import Delivery
from tests import factories
from tests.learning import drafts

TOOL = "http://localhost:8000"


@dataclass
class Colleague:
    """A member of staff at their browser."""

    client: FlaskClient

    def get(self, path: str, **query: str) -> TestResponse:
        return self.client.get(f"/staff/{path}", base_url=TOOL, query_string=query)

    def post(self, path: str, **fields: str) -> TestResponse:
        return self.client.post(f"/staff/{path}", base_url=TOOL, headers={"Origin": TOOL}, data=fields)


@dataclass
class Desk:
    app: Flask
    engine: Engine

    def colleague(self, role: StaffRole = StaffRole.CENTRAL_ADMIN, hub: str | None = None) -> Colleague:
        with Session(self.engine) as session, session.begin():
            secret = factories.staff(writing(session), role, hub, email=f"{role}-{hub}@desmidse.test")
        client = self.app.test_client()
        client.set_cookie("technohub_staff", secret)
        return Colleague(client)

    def module(self, hub: str, module: str) -> None:
        with Session(self.engine) as session, session.begin():
            catalogue.seed_hub(writing(session), hub, f"Hub {hub}", "Oost", {"nl": "Techniek"})
            catalogue.publish(session, module, hub, drafts.version_draft())

    def parked(self, school: str, module: str, subject: str, **values: Any) -> str:
        """A grade that was set aside, of somebody at the school; its public id."""
        with Session(self.engine) as session, session.begin():
            platform = factories.platform(writing(session), f"https://{school}.example", name=school.upper())
            link = factories.link(session, platform, module, resource_link_id=module, title=f"Link {module}")
            enrolment_id = factories.learner(session, platform, link, subject)
            factories.read(session, enrolment_id, "lezen")
            planning.plan(session, enrolment_id)
            delivery = session.query(Delivery).filter_by(enrolment_id=enrolment_id).one()
            for name, value in ({"state": "parked", "reason": "score-refused"} | values).items():
                setattr(delivery, name, value)
            return delivery.public_id

    def states(self) -> dict[str, str]:
        with Session(self.engine) as session:
            return {one.public_id: one.state for one in session.query(Delivery)}
