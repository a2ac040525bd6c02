"""What the teacher's class view takes at 30, 500 and 10,000 learners: for the bench, in this process."""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from flask import Flask
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from config.default import Settings
from lti_tool.app import create_app
from lti_tool.base import clock, migrations
from lti_tool.base.db import make_engine, writing
from lti_tool.base.files import Shelf
from lti_tool.base.vault import fingerprint
from lti_tool.cli import seed_format
from lti_tool.learning.people import service as people
from lti_tool.learning.people.service import Profile
from lti_tool.protocols.platforms import service as platforms
from lti_tool.protocols.platforms.service import PlatformDraft
from lti_tool.protocols.resource_links import service as links
from lti_tool.protocols.resource_links.models import ResourceLink
from lti_tool.protocols.resource_links.service import Arrival, Coming
from lti_tool.web import cookies
from lti_tool.web.visits import VisitRecord
from tools import classes

HERE, MODULE = "https://tool.test", "cobots-veilig-inzetten"
SIZES = (30, 500, 10_000)
ROUNDS = 7
PAGES = {"class view": "class", "class narrowed": "class?only=stuck&sort=last", "class pictures": "class/figures",
         "class as CSV": "class.csv"}  # fmt: skip
BUDGETS = {30: "25", 500: "100", 10_000: "1500"}


@dataclass(frozen=True, slots=True)
class Measured:
    name: str
    cpu_ms: float
    wall_ms: float
    queries: int
    size_bytes: int
    budget: str


def measure(url: str, folder: Path, size: float) -> Iterator[Measured]:
    """Each page at each size; below 1.0 the largest class is as much smaller."""
    settings = Settings(secret_keys=(secrets.token_hex(20),), var_dir=folder, public_url=HERE, database_url=url)
    migrations.upgrade(url)
    engine = make_engine(url)
    with Session(engine) as session, session.begin():
        seed_format.seed(writing(session), Path(seed_format.__file__).parents[1] / "seeds", Shelf(folder / "files"))
    app = create_app(settings)
    for number, count in enumerate(SIZES):
        visit, secret = _class_of(engine, number, max(30, int(count * size)) if count == SIZES[-1] else count)
        for name, path in PAGES.items():
            yield _measured(app, f"{name}, {count} learners", f"/v/{visit}/{path}", secret, BUDGETS[count])
    engine.dispose()


def _class_of(engine: Engine, number: int, count: int) -> tuple[str, str]:
    """A platform of its own with one link and this many learners; the visit of its teacher, and the cookie's secret."""
    issuer, secret, visit = f"https://school-{number}.test", secrets.token_urlsafe(24), f"bench-{number}"
    with Session(engine) as session, session.begin():
        school = platforms.add(writing(session), PlatformDraft(
            name="School", issuer=issuer, client_id="bench", deployment_ids=["1"], auth_login_url=f"{issuer}/auth",
            auth_token_url=f"{issuer}/token", key_set_url=f"{issuer}/keys", family="practice",
        ))  # fmt: skip
        link = links.arrive(session, Arrival(
            registration_id=school.id, client_id="bench", deployment_id="1", resource_link_id="1", title="Cobots",
            context_id="1", context_title="Mechatronica 4B", named={"module": MODULE}, lineitem_url=f"{issuer}/1",
            lineitems_url=None, ags_scopes=(),
        ))  # fmt: skip
        teacher = people.recognise(session, f"lti:{school.id}", "fatima", Profile(name="Fatima Yıldız"))
        links.join(session, Coming(link.id, teacher.id, "fatima", "teacher", False), None)
        classes.fill(session, link, count, first=(number + 1) * 1_000_000)
        session.add(_visit(visit, secret, link, teacher.id))
    return visit, secret


def _visit(public_id: str, secret: str, link: ResourceLink, person_id: int) -> VisitRecord:
    now = clock.now()
    return VisitRecord(
        public_id=public_id, browser=fingerprint(secret), ticket=fingerprint(secret), state=public_id,
        storage_origin=HERE, frame_ancestors="'self'", person_id=person_id, role="teacher", cohort_id=link.cohort_id,
        resource_link_id=link.id, language="nl", began_at=now, seen_at=now,
    )  # fmt: skip


def _measured(app: Flask, name: str, address: str, secret: str, budget: str) -> Measured:
    client, headers = app.test_client(use_cookies=False), {"Cookie": f"{cookies.BROWSER}={secret}"}
    cpu, wall, size = [], [], 0
    with _counting(app.extensions["tool"].engine) as statements:
        for _ in range(ROUNDS):
            statements.clear()
            begun = time.process_time(), time.perf_counter()
            answer = client.get(address, base_url=HERE, headers=headers)
            size = len(answer.get_data())
            if answer.status_code != 200:
                raise RuntimeError(f"{address} answered {answer.status_code}")
            cpu.append((time.process_time() - begun[0]) * 1000)
            wall.append((time.perf_counter() - begun[1]) * 1000)
        return Measured(name, round(median(cpu), 1), median(wall), len(statements), size, budget)


@contextmanager
def _counting(engine: Engine) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)
