"""The tool's pages by Flask's test client: people come in with an open visit, as a launch would leave it."""

import contextlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from lti_tool.base import clock
from lti_tool.base.db import writing
from lti_tool.base.vault import fingerprint
from lti_tool.learning.kinds import Proof
from lti_tool.learning.kinds.page import READ
from lti_tool.learning.people import service as people
from lti_tool.learning.people.service import Profile
from lti_tool.learning.progress import service as progress
from lti_tool.protocols.platforms.service import Platform
from lti_tool.web import cookies
from lti_tool.web.visits import VisitRecord
from tests import factories

TOOL = "https://tool.test"
MODULE = "cobots-veilig-inzetten"


@dataclass
class Guest:
    """Somebody in a visit of their own browser."""

    room: "Room"
    client: FlaskClient
    visit: str
    enrolment_id: int | None

    def get(self, path: str = "", **headers: str) -> TestResponse:
        return self.client.get(f"/v/{self.visit}/{path}", base_url=TOOL, headers=headers)

    def post(self, path: str, fields: Any = None, **headers: str) -> TestResponse:
        """A form of our own page, as browsers send it."""
        sent = {"Origin": TOOL} | headers
        return self.client.post(f"/v/{self.visit}/{path}", base_url=TOOL, data=fields or {}, headers=sent)

    def read_pages(self) -> "Guest":
        assert self.enrolment_id is not None
        with self.room.writing() as session:
            place = progress.place_by_id(session, self.enrolment_id)
            for step in progress.syllabus_of(session, place).steps:
                if step.kind == "page":
                    progress.record(session, self.enrolment_id, step, Proof(READ, clock.now(), {}), key=READ)
        return self


@dataclass
class Room:
    app: Flask
    engine: Engine
    platform: Platform

    @contextlib.contextmanager
    def writing(self) -> Iterator[Session]:
        with Session(self.engine) as session, session.begin():
            yield writing(session)

    def guest(
        self, role: str = "learner", *, subject: str = "", module: str | None = MODULE, language: str | None = "nl",
        link: str = "link-1", client: FlaskClient | None = None, course: str = "course-1",
        terms: dict[str, str] | None = None,
    ) -> Guest:  # fmt: skip
        """Somebody who comes in through a link."""
        subject = subject or f"{role}-{secrets.token_hex(4)}"
        browser, public_id = secrets.token_urlsafe(24), secrets.token_urlsafe(12)
        with self.writing() as session:
            where = {"resource_link_id": link, "context_id": course, "terms": terms or {}}
            placed = factories.link(session, self.platform, module, **where)  # type: ignore[arg-type]
            has_module = placed.cohort_id is not None
            enrolment_id = factories.learner(session, self.platform, placed, subject, role=role) if has_module else None
            person = people.recognise(session, f"lti:{self.platform.id}", subject, Profile(name="Sanne de Vries"))
            session.add(
                VisitRecord(
                    public_id=public_id, browser=fingerprint(browser), ticket=fingerprint("t"), state=public_id,
                    storage_frame=None, storage_origin="https://school.example", frame_ancestors="'self'",
                    return_url="https://school.example/course", person_id=person.id, role=role,
                    cohort_id=placed.cohort_id, resource_link_id=placed.id, language=language,
                    began_at=clock.now(), seen_at=clock.now(),
                )
            )  # fmt: skip
        client = client or self.app.test_client()
        client.set_cookie(cookies.BROWSER, browser, domain="tool.test", secure=True)
        return Guest(self, client, public_id, enrolment_id)

    @contextlib.contextmanager
    def counting(self) -> Iterator[list[str]]:
        """The statements that reach the database meanwhile."""
        seen: list[str] = []
        engine = self.app.extensions["tool"].engine

        def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            seen.append(statement)

        event.listen(engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            event.remove(engine, "before_cursor_execute", note)
