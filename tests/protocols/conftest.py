"""A school with a real practice platform, a tiny module, one learner, and a worker to deliver grades."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from config.default import Settings
from lti_tool.base import clock
from lti_tool.base.db import make_engine, writing
from lti_tool.base.vault import Vault
from lti_tool.learning.catalogue import service as catalogue
from lti_tool.learning.kinds import Proof, page
from lti_tool.learning.progress import service as progress
from lti_tool.protocols.grades.models import Delivery, Pace
from lti_tool.protocols.platforms import toolkeys
from lti_tool.protocols.platforms.models import ToolKey
from lti_tool.protocols.platforms.service import Platform
from lti_tool.protocols.platforms.toolkeys import KeyState
from lti_tool.worker import Worker
from practice_lms import PracticeConfig
from practice_lms.server import Running, running
from tools import drill
from tools.drill import Entry

LINKS = "cobots"
SECRET = "s" * 40


@dataclass
class School:
    """The tool's side (engine, workers, learners) and the platform as it is seen from outside."""

    engine: Engine
    settings: Settings
    lms: Running
    platform: Platform
    workers: list[Worker] = field(default_factory=list)
    is_slow: bool = False
    """The platform was made slow: what it still does may come in after the test."""
    _attempts: dict[int, int] = field(default_factory=dict)

    # The platform.

    def control(self, path: str, body: dict[str, Any] | None = None, method: str = "POST") -> dict[str, Any]:
        answer = requests.request(method, f"{self.lms.url}/control/{path}", json=body, timeout=10)
        assert answer.status_code < 300, answer.text
        return dict(answer.json())

    def misbehave(self, **switches: Any) -> None:
        self.is_slow |= "slow_ms" in switches
        self.control("misbehave", switches)

    def fail(self, group: str = "scores", **fault: Any) -> None:
        self.control("faults", {"group": group, **fault})

    def column(self, link: str = LINKS) -> dict[str, Any]:
        items = self.control("gradebook", None, "GET")["lineitems"]
        return dict(next(item for item in items if item.get("resourceLinkId") == link))

    def columns(self, link: str) -> list[dict[str, Any]]:
        items = self.control("gradebook", None, "GET")["lineitems"]
        return [item for item in items if item.get("resourceLinkId") == link]

    def scores(self, link: str = LINKS, user: str | None = None) -> list[dict[str, Any]]:
        """The messages that the platform was sent, in order, also the refused ones."""
        return [s for s in self.column(link)["scores"] if user in (None, s["user_id"])]

    def given(self, link: str = LINKS) -> list[float | None]:
        return [score["body"].get("scoreGiven") for score in self.scores(link)]

    def grade(self, user: str = "sanne", link: str = LINKS) -> float | None:
        return next((r["score"] for r in self.column(link)["results"] if r["user_id"] == user), None)

    def counts(self) -> dict[str, Any]:
        return self.control("counts", None, "GET")

    # The tool.

    def enter(self, subject: str = "sanne", link: str = LINKS, **changes: Any) -> int:
        """Launch as somebody; the link's own column unless told otherwise."""
        entry = {"lineitem_url": self.column(link)["url"]} if "lineitem_url" not in changes else {}
        with Session(self.engine) as session, session.begin():
            return drill.enter(writing(session), self.platform, Entry(subject, link, **entry, **changes))

    def read(self, enrolment_id: int) -> None:
        """The page is read: work begun, no number yet."""
        with Session(self.engine) as session, session.begin():
            place = progress.place_by_id(writing(session), enrolment_id)
            step = progress.syllabus_of(session, place).step("lezen")
            progress.record(session, enrolment_id, step, Proof(page.READ, clock.now(), {}), key="read")

    def earn(self, enrolment_id: int, points: int) -> None:
        """Read the page and hand in a next attempt worth these points; the last attempt counts."""
        self.read(enrolment_id)
        self._attempts[enrolment_id] = self._attempts.get(enrolment_id, 0) + 1
        with Session(self.engine) as session, session.begin():
            drill.hand_in(writing(session), enrolment_id, self._attempts[enrolment_id], points)

    def worker(self, **changes: Any) -> Worker:
        """A worker of its own, as another process would be."""
        made = Worker(replace(self.settings, **changes), self.engine)
        self.workers.append(made)
        return made

    def deliver(self) -> int:
        """What one worker has to do now; what is read back comes later (see `read_back`)."""
        worker = self.workers[0] if self.workers else self.worker()
        return worker.run_until_idle()

    def delivery(self, subject: str = "sanne", link: str = LINKS) -> Delivery:
        found = [d for d in self.deliveries() if d.subject == subject]
        return found[0] if len(found) == 1 else found[[LINKS, link].index(link)]

    def deliveries(self) -> list[Delivery]:
        with Session(self.engine) as session:
            return list(session.scalars(select(Delivery).order_by(Delivery.id)))

    def has_failed_for_long(self) -> None:
        """Let what fails have failed for as long as the setting gives it."""
        with Session(self.engine) as session, session.begin():
            long_ago = clock.now() - timedelta(hours=self.settings.give_up_hours)
            writing(session).execute(update(Delivery).values(failing_since=long_ago))
        self.hurry()

    def hurry(self) -> None:
        """Let what is being held or waited for come due now (instead of sleeping)."""
        with Session(self.engine) as session, session.begin():
            past = clock.now() - timedelta(milliseconds=1)  # taking counts whole milliseconds
            writing(session).execute(update(Delivery).values(due_at=past))
            session.execute(update(Pace).values(not_before=None))


class Platforms:
    """Practice platforms that run, lent to one test at a time: a start costs more than a reset."""

    def __init__(self) -> None:
        self._free: list[Running] = []
        self._started = ExitStack()

    def lend(self) -> Running:
        if self._free:
            lms = self._free.pop()
            requests.post(f"{lms.url}/control/reset", timeout=10).raise_for_status()
            return lms
        return self._started.enter_context(running(PracticeConfig(tool="http://localhost:8000")))

    def take_back(self, lms: Running) -> None:
        self._free.append(lms)

    def end(self) -> None:
        self._started.close()


@pytest.fixture(scope="session")
def platforms() -> Iterator[Platforms]:
    made = Platforms()
    yield made
    made.end()


@pytest.fixture(scope="session")
def tool_key(sqlite_template: Path) -> dict[str, Any]:
    """The row of a signing key, made once; sealed with SECRET."""
    engine = make_engine(f"sqlite:///{sqlite_template}")
    with Session(engine) as session:
        row = toolkeys.keep(writing(session), Vault((SECRET,)), toolkeys.new_pair(), KeyState.ACTIVE)
        names = ("kid", "state", "sealed_private_key", "public_jwk", "created_at", "activated_at")
        found = {name: getattr(row, name) for name in names}
        session.rollback()
    engine.dispose()
    return found


@pytest.fixture
def make_school(
    tmp_path: Path, database_url: str, sqlite_template: Path, platforms: Platforms, tool_key: dict[str, Any]
) -> Iterator[Callable[..., School]]:
    """Makes schools; each has a database and a platform of its own. The first is on the database of the test."""
    made: list[School] = []

    def make(family: str = "practice", **settings: Any) -> School:
        catalogue.forget_syllabi()
        folder = tmp_path / f"school-{len(made)}"
        folder.mkdir()
        url = database_url
        if made:
            shutil.copyfile(sqlite_template, folder / "tool.db")
            url = f"sqlite:///{folder / 'tool.db'}"
        given = {"secret_keys": (SECRET,), "var_dir": folder, "allowed_private_hosts": ("127.0.0.1",)}
        chosen = Settings(**given | {"database_url": url} | settings)
        engine, lms = make_engine(chosen.database), platforms.lend()
        with Session(engine) as session, session.begin():
            drill.seed_module(writing(session), page_first=True)
            platform = drill.seed_platform(session, lms.url, family=family)
            session.add(ToolKey(**tool_key))
            session.flush()
            drill.publish_keys(session, chosen, lms.url)
        made.append(School(engine, chosen, lms, platform))
        return made[-1]

    yield make
    for one in made:
        for worker in one.workers:
            worker.close()
        if not one.is_slow:
            platforms.take_back(one.lms)
        one.engine.dispose()
    catalogue.forget_syllabi()


@pytest.fixture
def school(make_school: Callable[..., School]) -> School:
    """A school of the practice family."""
    return make_school()


@pytest.fixture
def moodle(make_school: Callable[..., School]) -> School:
    """A school whose platform behaves as Moodle: seconds count, numberless messages erase."""
    made = make_school("moodle")
    made.misbehave(timestamps="moodle", numberless_erases=True)
    return made
