"""The staff pages by Flask's test client, with a worker beside them and, where asked for, a mail server."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from config.default import Settings
from lti_tool.base.db import writing
from lti_tool.learning.catalogue import service as catalogue
from lti_tool.learning.people import staff as appointments
from lti_tool.learning.people.models import Appointment
from lti_tool.learning.people.staff import Post, StaffRole
from lti_tool.protocols.sso import links
from lti_tool.worker import Worker

TOOL = "http://localhost:8000"
HUBS = {"de-smidse": "De Smidse", "sensorhuis": "Sensorhuis"}
CENTRAL, COORDINATOR, TRAINER = StaffRole.CENTRAL_ADMIN, StaffRole.HUB_COORDINATOR, StaffRole.HUB_TRAINER


@dataclass
class Desk:
    """A browser, signed in or not."""

    client: FlaskClient

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.client.get(path, base_url=TOOL, headers=headers)

    def post(self, path: str, fields: dict[str, str] | None = None, **headers: str) -> TestResponse:
        """A form of our own page, as browsers send it."""
        return self.client.post(path, base_url=TOOL, data=fields or {}, headers={"Origin": TOOL} | headers)

    @property
    def cookie(self) -> str | None:
        found = self.client.get_cookie("technohub_staff")
        return found.value if found else None


@dataclass
class Office:
    app: Flask
    engine: Engine
    settings: Settings
    worker: Worker

    @contextmanager
    def writing(self) -> Iterator[Session]:
        with Session(self.engine) as session, session.begin():
            yield writing(session)

    def hubs(self) -> "Office":
        with self.writing() as session:
            for public_id, name in HUBS.items():
                catalogue.seed_hub(session, public_id, name, "", {"nl": "Techniek"})
        return self

    def appoint(self, email: str, role: StaffRole = CENTRAL, hub: str | None = None, name: str = "Joke Postma") -> str:
        """The id of the post."""
        with self.writing() as session:
            return appointments.appoint(session, email, name, Post(role, hub)).public_id

    def person_of(self, post_id: str) -> int:
        with Session(self.engine) as session:
            return session.scalars(select(Appointment.person_id).where(Appointment.public_id == post_id)).one()

    def desk(self) -> Desk:
        return Desk(self.app.test_client())

    def link_for(self, post_id: str) -> str:
        with self.writing() as session:
            return f"/sign-in/link/{links.make(session, self.person_of(post_id))}"

    def signed_in(self, post_id: str, **headers: str) -> Desk:
        """A new browser in which this member of staff used a link."""
        desk = self.desk()
        assert desk.post(self.link_for(post_id), **headers).status_code == 303
        return desk

    @contextmanager
    def counting(self) -> Iterator[list[str]]:
        """The statements that the pages ask meanwhile."""
        statements: list[str] = []

        def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            statements.append(statement)

        engine = self.app.extensions["tool"].engine
        event.listen(engine, "before_cursor_execute", note)
        yield statements
        event.remove(engine, "before_cursor_execute", note)


Offices = Callable[..., Office]
