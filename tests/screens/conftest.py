"""A room: the tool on a seeded SQLite file of its own, and guests to walk in."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from config.default import Settings
from lti_tool.app import create_app
from lti_tool.base.db import make_engine, writing
from lti_tool.base.files import Shelf
from lti_tool.cli import seed_format
from lti_tool.learning.catalogue import service as catalogue
from lti_tool.web.extensions import db
from lti_tool.worker import Worker
from tests import factories
from tests.screens.desk import Desk
from tests.screens.office import Office, Offices
from tests.screens.room import TOOL, Room

SEEDS = Path(seed_format.__file__).parents[1] / "seeds"


@pytest.fixture(scope="session")
def seeded(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a seeded database and its pictures."""
    folder = tmp_path_factory.mktemp("seeded")
    shutil.copyfile(sqlite_template, folder / "tool.db")
    engine = make_engine(f"sqlite:///{folder / 'tool.db'}")
    with Session(engine) as session, session.begin():
        seed_format.seed(writing(session), SEEDS, Shelf(folder / "files"))
    with engine.connect() as connection:
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    engine.dispose()
    return folder


@pytest.fixture
def desk(settings: Settings, database_url: str) -> Iterator[Desk]:
    catalogue.forget_syllabi()
    app = create_app(Settings(secret_keys=settings.secret_keys, var_dir=settings.var_dir, database_url=database_url))
    engine = make_engine(database_url)
    yield Desk(app, engine)
    engine.dispose()
    with app.app_context():
        db.engine.dispose()
    catalogue.forget_syllabi()


@pytest.fixture
def room(seeded: Path, tmp_path: Path) -> Iterator[Room]:
    catalogue.forget_syllabi()
    shutil.copytree(seeded, tmp_path / "var")
    settings = Settings(secret_keys=("a secret for tests, long enough",), var_dir=tmp_path / "var", public_url=TOOL)
    app = create_app(settings)
    engine = make_engine(settings.database)
    with Session(engine) as session, session.begin():
        platform = factories.platform(writing(session))
    yield Room(app, engine, platform)
    engine.dispose()
    with app.app_context():
        db.engine.dispose()
    catalogue.forget_syllabi()


@pytest.fixture
def offices(settings: Settings, database_url: str, engine: Engine) -> Iterator[Offices]:
    """Makes offices on the test's database, with settings of their own."""
    made: list[Office] = []

    def make(**changes: Any) -> Office:
        chosen = replace(settings, database_url=database_url, http_timeout_s=3.0, person_waits_s=2.0, **changes)
        office = Office(create_app(chosen), engine, chosen, Worker(chosen, engine)).hubs()
        made.append(office)
        return office

    yield make
    for office in made:
        office.worker.close()
        with office.app.app_context():
            db.engine.dispose()
