"""Moving a database: everything arrives, new ids follow on, and nothing is poured over what is there."""

from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.base.db import make_engine, writing
from lti_tool.learning.catalogue import service as catalogue
from lti_tool.learning.people import service as people
from lti_tool.learning.people.models import Person
from lti_tool.learning.people.service import Profile
from lti_tool.learning.progress import service as progress
from tests import factories
from tools import move


@pytest.fixture
def old(tmp_path: Path, sqlite_template: Path) -> str:
    """A database in use: a module, a platform, a link and two learners."""
    path = tmp_path / "old.db"
    path.write_bytes(sqlite_template.read_bytes())
    engine = make_engine(f"sqlite:///{path}")
    with Session(engine) as session, session.begin():
        factories.module(writing(session))
        school = factories.platform(session)
        placed = factories.link(session, school)
        for name in ("sanne", "daan"):
            factories.read(session, factories.learner(session, school, placed, name), "r1")
    engine.dispose()
    return f"sqlite:///{path}"


def test_everything_arrives_and_work_goes_on(old: str, database_url: str) -> None:
    copied = move.move(old, database_url)
    assert (copied["people"], copied["enrolments"], copied["modules"], copied["outbox"]) == (2, 2, 1, 4)
    catalogue.forget_syllabi()
    engine = make_engine(database_url)
    with Session(engine) as session, session.begin():
        assert progress.check_standings(writing(session)) == (2, [])
        assert [offer.public_id for offer in catalogue.offers(session)] == ["cobots"]
        people.recognise(session, "lti:1", "new", Profile(name="Nieuw"))
        assert session.scalar(select(func.count()).select_from(Person)) == 3
    engine.dispose()


def test_a_target_in_use_is_left_alone(old: str, database_url: str) -> None:
    move.move(old, database_url)
    with pytest.raises(move.NotMoved, match="holds rows"):
        move.move(old, database_url)


def test_a_mistyped_source_or_target_is_told_and_makes_no_file(
    old: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = tmp_path / "mistyped.db"
    for source, target, says in (
        (f"sqlite:///{nowhere}", f"sqlite:///{tmp_path}/new.db", f"There is no database {nowhere}"),
        (old, "postgresql+psycopg://nobody@127.0.0.1:1/nothing", "connection"),
        (old, "no address", "Could not parse"),
    ):
        monkeypatch.setattr("sys.argv", ["move", source, target])
        assert move.main() == 1
        told = capsys.readouterr().out
        assert told.startswith("Nothing was moved.")
        assert says in told
    assert not nowhere.exists()
