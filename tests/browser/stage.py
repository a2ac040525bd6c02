"""The whole set-up on one machine, as `lti-tool demo` starts it: tool, worker and practice platform, two sites."""

import contextlib
import secrets
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from sqlalchemy import Engine, delete, select, text
from sqlalchemy.orm import Session

import lti_tool.tables  # noqa: F401  # foreign keys between packages
from lti_tool.base import clock
from lti_tool.base.db import make_engine, writing
from lti_tool.demo import Demo
from lti_tool.learning.catalogue import service as catalogue
from lti_tool.learning.kinds import Proof
from lti_tool.learning.kinds.page import READ
from lti_tool.learning.progress import service as progress
from lti_tool.protocols.resource_links.models import ResourceLink, Roster
from lti_tool.web.visits import VisitRecord
from tools import classes

COURSE = "mechatronica-4b"


@dataclass
class Stage:
    """What runs, seen from outside: addresses, the platform's control address, and the tool's database."""

    tool: str
    practice: str
    engine: Engine

    def control(self, path: str, body: dict[str, Any] | None = None, method: str = "POST") -> dict[str, Any]:
        answer = requests.request(method, f"{self.practice}/control/{path}", json=body, timeout=10)
        assert answer.status_code < 300, answer.text
        return dict(answer.json())

    def newcomer(self, given: str = "Noor", role: str = "student") -> str:
        """Somebody new in both courses; their id at the platform."""
        user = f"{given.lower()}-{secrets.token_hex(4)}"
        courses = {COURSE: role, "plaatbewerking-3a": role}
        self.control("users", {"id": user, "given": given, "family": "de Wit", "courses": courses})
        return user

    def link(self, **changes: Any) -> str:
        """A new link in the course, to the cobots module with a column of 100 unless told otherwise."""
        fields = {
            "course": COURSE, "id": f"link-{secrets.token_hex(4)}", "title": "Cobots veilig inzetten",
            "custom": {"module": "cobots-veilig-inzetten"}, "score_maximum": 100,
        }  # fmt: skip
        return str(self.control("links", fields | changes)["id"])

    def grade(self, user: str, link: str = "cobots") -> float | None:
        """What the platform's gradebook holds."""
        columns = self.control(f"gradebook?user={user}", None, "GET")["lineitems"]
        results = next(column["results"] for column in columns if column.get("resourceLinkId") == link)
        return results[0]["score"] if results else None

    def have_read(self, visit: str) -> None:
        """Let the person of this visit have read every page of their module."""
        with Session(self.engine) as session, session.begin():
            writing(session)
            record = session.scalars(select(VisitRecord).where(VisitRecord.public_id == visit)).one()
            assert record.cohort_id is not None
            place = progress.place(session, record.cohort_id, record.person_id)
            assert place is not None
            for step in progress.syllabus_of(session, place).steps:
                if step.kind == "page":
                    progress.record(session, place.enrolment_id, step, Proof(READ, clock.now(), {}), key=READ)

    def fill_class(self, link: str, count: int) -> None:
        """Put this many learners, with work of all sorts, in the class of a link that was opened before."""
        with Session(self.engine) as session, session.begin():
            writing(session)
            placed = session.scalars(select(ResourceLink).where(ResourceLink.resource_link_id == link)).one()
            placed.memberships_url = None  # its roster knows nobody of them
            session.execute(delete(Roster).where(Roster.resource_link_id == placed.id))
            classes.fill(session, placed, count, first=1_000_000 * (placed.id + 1))

    def value(self, query: str) -> Any:
        """What stands in the tool's database."""
        with self.engine.connect() as connection:
            return connection.execute(text(query)).scalar_one()

    def sql(self, statement: str, **values: Any) -> None:
        """Change the tool's database behind its back."""
        with self.engine.begin() as connection:
            connection.execute(text(statement), values)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def set_up(folder: Path) -> Iterator[Stage]:
    """Everything running and ready, until the block ends."""
    demo = Demo(folder, free_port(), free_port())
    try:
        demo.prepare()
        demo.start()
        engine = make_engine(f"sqlite:///{folder / 'tool.db'}")
        catalogue.forget_syllabi()
        yield Stage(demo.tool, demo.practice, engine)
        catalogue.forget_syllabi()
        engine.dispose()
    finally:
        demo.stop()
