"""lti-tool platforms end, export, erase, merge, as docs/operate.md tells them."""

import json
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from config.default import Settings
from lti_tool.base.db import make_engine, writing
from lti_tool.cli.words import in_words
from lti_tool.learning.catalogue import service as catalogue
from lti_tool.protocols.grades import planning
from tests import factories

MARKER = "Zonnebloemveld"


@pytest.fixture
def engine(run: Any, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """The command's database, with a school of forty learners and another school."""
    monkeypatch.setenv("LTI_TOOL_DATABASE_URL", database_url)
    catalogue.forget_syllabi()
    made = make_engine(database_url)
    with Session(made) as session, session.begin():
        factories.module(writing(session), extras=0)
        for school, marker in (("gaat", MARKER), ("blijft", "Blijvend")):
            platform = factories.platform(session, f"https://{school}.example", name=f"School {school}")
            link = factories.link(session, platform, title=f"Link {marker}", context_title=f"Klas {marker}")
            for number in range(40):
                enrolment_id = factories.learner(session, platform, link, f"{marker}-{number}")
                factories.read(session, enrolment_id, "r1")
                planning.plan(session, enrolment_id)
    yield made
    made.dispose()
    catalogue.forget_syllabi()


@pytest.fixture
def school(engine: Engine, ask: Any) -> str:
    return str(next(row["id"] for row in ask("platforms", "list") if row["name"] == "School gaat"))


def test_the_end_is_asked_for_and_told(school: str, run: Any, ask: Any) -> None:
    refused = run("platforms", "end", school, input="n\n")
    assert (refused.exit_code, ask("platforms", "list")[1]["status"]) == (1, "active")
    assert "40 grades are not sent" in run("platforms", "end", school, input="y\n").output
    assert next(row["status"] for row in ask("platforms", "list") if row["id"] == school) == "ended"
    assert {row["reason"] for row in ask("deliveries", "list", "--platform", school)} == {"platform-ended"}


def test_an_export_is_for_its_owner_only_and_never_overwrites(school: str, run: Any, tmp_path: Path) -> None:
    file = tmp_path / "school.zip"
    assert run("platforms", "export", school, file).exit_code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with zipfile.ZipFile(file) as archive:
        assert len(json.loads(archive.read("personen.json"))) == 40
    again = run("platforms", "export", school, file)
    assert (again.exit_code, "exists already" in again.output) == (1, True)
    assert run("platforms", "export", "nobody", tmp_path / "x.zip").exit_code != 0
    assert not (tmp_path / "x.zip").exists()


def test_erasing_needs_an_end_first(school: str, run: Any) -> None:
    refused = in_words(run("platforms", "erase", school, "--yes").exception)
    assert refused.startswith("The contract with this environment has not ended.")


def test_an_erasure_leaves_a_report_without_names(school: str, ask: Any, settings: Settings) -> None:
    ask("platforms", "end", school, "--yes")
    done = ask("platforms", "erase", school, "--yes")
    report = Path(done["report"]).read_text()
    assert json.loads(report)["rows_erased"]["people"] == done["erased"]["people"] == 40
    assert MARKER not in report
    again = ask("platforms", "erase", school, "--yes")
    assert sum(again["erased"].values()) == 0


def test_no_name_is_left_in_the_raw_files(school: str, engine: Engine, ask: Any) -> None:
    """Free pages and the journal are searched too. (PostgreSQL overwrites what VACUUM freed in its own time.)"""
    if engine.dialect.name != "sqlite":
        pytest.skip("the files of a PostgreSQL server are not ours to read")
    path = Path(str(engine.url.database))
    engine.dispose()
    files = [path, path.with_name(path.name + "-wal")]
    assert MARKER.encode() in b"".join(one.read_bytes() for one in files if one.exists())
    ask("platforms", "end", school, "--yes")
    assert ask("platforms", "erase", school, "--yes")["journal_emptied"] is True
    left = b"".join(one.read_bytes() for one in files if one.exists())
    assert (MARKER.encode() in left, b"Blijvend" in left) == (False, True)
