"""What a teacher's pages take at 30, 500 and 10,000 learners or modules: for the bench, in this process."""

import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from flask import Flask
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from config.default import Settings
from lti_tool.app import create_app
from lti_tool.base import clock, migrations
from lti_tool.base.db import make_engine, writing
from lti_tool.base.files import Shelf
from lti_tool.base.vault import fingerprint
from lti_tool.cli import seed_format
from lti_tool.learning.people import service as people
from lti_tool.learning.people.models import Person
from lti_tool.learning.people.service import Profile
from lti_tool.protocols.deep_linking import service as deep_linking
from lti_tool.protocols.deep_linking.settings import Settings as Asked
from lti_tool.protocols.platforms import service as platforms
from lti_tool.protocols.platforms.service import Platform, PlatformDraft
from lti_tool.protocols.resource_links import service as links
from lti_tool.protocols.resource_links.models import ResourceLink
from lti_tool.protocols.resource_links.service import Arrival, Coming
from lti_tool.web import cookies
from lti_tool.web.observability import set_up_logging
from lti_tool.web.visits import VisitRecord
from tools import catalogues, classes, rosters
from tools.statements import counting

HERE, MODULE = "https://tool.test", "cobots-veilig-inzetten"
ROUNDS = 7
PAGES = {"class view": "class", "class narrowed": "class?only=stuck&sort=last", "class pictures": "class/figures",
         "class as CSV": "class.csv"}  # fmt: skip
CHOOSER = {
    "chooser": "place",
    "chooser, a search": "place?words=cobbot+veilig",
    "one module to choose": f"place/m/{MODULE}",
}


@dataclass(frozen=True, slots=True)
class Budget:
    """How many learners, members or modules; CPU ms that a page and a reading of the roster may take."""

    count: int
    page: str
    roster: str

    def of(self, size: float) -> int:
        """A smaller bench cuts the largest only."""
        return self.count if self.count <= 500 else int(self.count * size)


BUDGETS = Budget(30, "25", "50"), Budget(500, "100", "250"), Budget(10_000, "1500", "5000")


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
    settings = Settings(
        secret_keys=(secrets.token_hex(20),), var_dir=folder, public_url=HERE, database_url=url, log_level="WARNING"
    )
    set_up_logging(settings)
    migrations.upgrade(url)
    engine = make_engine(url)
    with Session(engine) as session, session.begin():
        seed_format.seed(writing(session), Path(seed_format.__file__).parents[1] / "seeds", Shelf(folder / "files"))
    app = create_app(settings)
    for number, budget in enumerate(BUDGETS):
        visit, secret = _class_of(engine, number, count := budget.of(size))
        for name, path in PAGES.items():
            yield _measured(app, f"{name}, {count} learners", f"/v/{visit}/{path}", secret, budget.page)
        for name, cpu, wall, queries in rosters.readings(engine, _link_with_roster(engine, number), count):
            yield Measured(f"{name}, {count} members", round(cpu, 1), wall, queries, 0, budget.roster)
    for number, budget in enumerate(BUDGETS):
        with Session(engine) as session, session.begin():
            catalogues.fill(writing(session), count := budget.of(size))
        visit, secret = _chooser_of(engine, number)
        for name, path in CHOOSER.items():
            yield _measured(app, f"{name}, {count} modules", f"/v/{visit}/{path}", secret, budget.page)
    engine.dispose()


def _class_of(engine: Engine, number: int, count: int) -> tuple[str, str]:
    """A platform of its own with one link and this many learners; the visit of its teacher, and the cookie's secret."""
    with Session(engine) as session, session.begin():
        school = _school(writing(session), f"school-{number}")
        link, teacher = _link(session, school), _teacher(session, school)
        links.join(session, Coming(link.id, teacher.id, "fatima", "teacher", False), None)
        classes.fill(session, link, count, first=(number + 1) * 1_000_000)
        return _visit(session, teacher, link)


def _link_with_roster(engine: Engine, number: int) -> int:
    with Session(engine) as session, session.begin():
        link = _link(session, _school(writing(session), f"roster-{number}"))
        link.memberships_url = "https://school.test/members"
        return link.id


def _chooser_of(engine: Engine, number: int) -> tuple[str, str]:
    """The visit of a teacher whom a platform sent to choose, and the cookie's secret."""
    with Session(engine) as session, session.begin():
        school = _school(writing(session), f"chooser-{number}")
        visit, secret = _visit(session, _teacher(session, school), None)
        record_id = session.scalars(select(VisitRecord.id).where(VisitRecord.public_id == visit)).one()
        deep_linking.begin(session, record_id, school, "1", Asked(
            issuer=school.issuer, return_url=f"{school.issuer}/choices", accept_types=("ltiResourceLink",),
            targets=("iframe",), accept_multiple=True, accept_lineitem=True, course="Mechatronica 4B",
        ))  # fmt: skip
        return visit, secret


def _school(session: Session, name: str) -> Platform:
    issuer = f"https://{name}.test"
    return platforms.add(session, PlatformDraft(
        name="School", issuer=issuer, client_id="bench", deployment_ids=["1"], auth_login_url=f"{issuer}/auth",
        auth_token_url=f"{issuer}/token", key_set_url=f"{issuer}/keys", family="practice",
    ))  # fmt: skip


def _link(session: Session, school: Platform) -> ResourceLink:
    return links.arrive(session, Arrival(
        registration_id=school.id, client_id="bench", deployment_id="1", resource_link_id="1", title="Cobots",
        context_id="1", context_title="Mechatronica 4B", named={"module": MODULE}, lineitem_url=f"{school.issuer}/1",
        lineitems_url=None, ags_scopes=(),
    ))  # fmt: skip


def _teacher(session: Session, school: Platform) -> Person:
    return people.recognise(session, f"lti:{school.id}", "fatima", Profile(name="Fatima Yıldız"))


def _visit(session: Session, teacher: Person, link: ResourceLink | None) -> tuple[str, str]:
    """(public id, secret of the browser's cookie)"""
    now, public_id, secret = clock.now(), secrets.token_urlsafe(12), secrets.token_urlsafe(24)
    session.add(VisitRecord(
        public_id=public_id, browser=fingerprint(secret), ticket=fingerprint(secret), state=public_id,
        storage_origin=HERE, frame_ancestors="'self'", person_id=teacher.id, role="teacher",
        cohort_id=link.cohort_id if link else None, resource_link_id=link.id if link else None, language="nl",
        began_at=now, seen_at=now,
    ))  # fmt: skip
    session.flush()
    return public_id, secret


def _measured(app: Flask, name: str, address: str, secret: str, budget: str) -> Measured:
    client, headers = app.test_client(use_cookies=False), {"Cookie": f"{cookies.BROWSER}={secret}"}
    cpu, wall, size = [], [], 0
    with counting(app.extensions["tool"].engine) as statements:
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
