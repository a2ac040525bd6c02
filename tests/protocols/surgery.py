"""The doctor's surgery: a school with a real practice platform, launches into the tool, and a run of the checks."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from lti_tool.base.db import writing
from lti_tool.base.vault import Vault
from lti_tool.base.wire import Wire
from lti_tool.demo_check import Forms
from lti_tool.protocols.doctor import patient, service, trial
from lti_tool.protocols.doctor.lights import Light
from lti_tool.protocols.doctor.service import Kit
from lti_tool.protocols.lti.views import ADMITS
from lti_tool.protocols.platforms.models import Registration
from tests.protocols.conftest import School

TOOL = "http://localhost:8000"
COURSE, LINK = "mechatronica-4b", "zelftest"
TIMEOUT_S = 2.0


@dataclass
class Surgery:
    school: School
    app: Flask
    client: FlaskClient

    def __post_init__(self) -> None:
        self.grant(*ADMITS)

    def grant(self, *messages: str) -> None:
        """The platform registered itself and told that it sends these messages."""
        with Session(self.school.engine) as session, session.begin():
            registration = writing(session).get_one(Registration, self.school.platform.id)
            registration.granted = {"messages": list(messages)}

    def place_link(self, path: str = "/lti/test", link: str = LINK, **more: Any) -> None:
        """A link of ours in the course, as an administrator places it."""
        fields = {"course": COURSE, "id": link, "title": "Zelftest", "url": TOOL + path, "score_maximum": 100}
        self.school.control("links", fields | more)

    def launch(self, user: str = "sanne", link: str = LINK) -> TestResponse:
        """Open a link as somebody; the tool's answer to the launch."""
        site = _site(user)
        return self._follow(site, self._post(site.get(f"{self.school.lms.url}/launch/link/{link}", timeout=10).text))

    def choose(self, user: str) -> TestResponse:
        """Come to choose what to place in the course, as teachers do, and nobody else on a good platform."""
        begun = self.school.control("launch", {"kind": "deep_linking", "user": user, "course": COURSE})
        login = self.client.post("/lti/login", base_url=TOOL, data=begun["fields"])
        return self._follow(_site(user), login)

    def _follow(self, site: requests.Session, login: TestResponse) -> TestResponse:
        """From our answer to the login to our answer to the launch."""
        if "data-store" in login.text:  # the platform offers storage: that page leads on by a link
            address = next(one for one in Forms(login.text).links if "/oidc/auth" in one)
        else:
            address = login.location
        return self._post(site.get(address, timeout=10).text)

    def _post(self, page: str) -> TestResponse:
        form = Forms(page).forms[0]
        path = urlsplit(urljoin(TOOL, form.action)).path
        return self.client.post(path, base_url=TOOL, data=dict(form.fields), headers={"Origin": self.school.lms.url})

    def examine(self) -> dict[str, Light]:
        """A run of the checks, by topic."""
        with Session(self.school.engine) as session, session.begin():
            ill = patient.admit(session, self.school.platform.id)
        return {light.topic: light for light in service.examine(ill, self.kit())}

    def kit(self) -> Kit:
        settings = self.school.settings
        wire = Wire(allowed_private_hosts=settings.allowed_private_hosts, timeout_s=TIMEOUT_S)
        return Kit(self.school.engine, wire, Vault(settings.secret_keys), settings.leeway_s)

    def trials(self) -> list[dict[str, Any]]:
        """The throw-away columns that stand in the gradebook now."""
        items = self.school.control("gradebook", None, "GET")["lineitems"]
        return [item for item in items if item["label"] == trial.LABEL]

    def rows(self, model: Any) -> list[Any]:
        with Session(self.school.engine, expire_on_commit=False) as session:
            return list(session.scalars(select(model)))

    def sql(self, statement: str) -> None:
        """Change the tool's database behind its back."""
        with self.school.engine.begin() as connection:
            connection.execute(text(statement))

    def count(self, table: str) -> int:
        with self.school.engine.connect() as connection:
            return int(connection.scalar(text(f"SELECT COUNT(*) FROM {table}")) or 0)

    def watch(self) -> None:
        with Session(self.school.engine) as session, session.begin():
            service.watch.begin(writing(session), self.school.platform.id)


def _site(user: str) -> requests.Session:
    """The platform in the browser of this person."""
    site = requests.Session()
    site.cookies.update({"practice_person": user, "practice_person_frame": user, "practice_language": "nl"})
    return site


def states(lights: dict[str, Light]) -> dict[str, str]:
    return {str(topic): str(light.state) for topic, light in lights.items()}
