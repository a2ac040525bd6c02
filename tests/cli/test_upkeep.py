"""lti-tool seed, modules, keys, standings, db: the tool's own upkeep."""

import re
import shutil
import stat
from pathlib import Path
from typing import Any

import click
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from config.default import SettingError, Settings
from lti_tool.__main__ import lti_tool
from lti_tool.base import schema
from lti_tool.base.db import make_engine, writing
from lti_tool.cli.admin import SEEDS
from lti_tool.cli.words import in_words
from practice_lms.state.seed import PEOPLE

ROOT = Path(__file__).parents[2]
MODULES = ["cobots-veilig-inzetten", "lasersnijden-en-kanten"]


def every_command(group: click.Group = lti_tool, *path: str) -> list[tuple[str, ...]]:
    found = []
    for name, command in group.commands.items():
        found.append((*path, name))
        if isinstance(command, click.Group):
            found += every_command(command, *path, name)
    return found


@pytest.mark.parametrize("path", every_command(), ids=" ".join)
def test_every_command_explains_itself(run: Any, path: tuple[str, ...]) -> None:
    result = run(*path, "--help")
    assert result.exit_code == 0
    assert len(result.output.splitlines()) >= 5


def test_every_tool_is_named_where_people_look() -> None:
    pages = [ROOT / "Makefile", ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    told = "".join(page.read_text() for page in pages)
    tools = [path.stem for path in (ROOT / "tools").glob("*.py") if "__name__ ==" in path.read_text()]
    assert [name for name in tools if f"tools.{name}" not in told] == []


def test_the_examples_keep_their_ids_however_often_they_come(run: Any, ask: Any) -> None:
    for _ in range(2):
        assert run("seed").exit_code == 0
        assert sorted(row["id"] for row in ask("modules", "list")) == MODULES


def test_every_example_is_brought_in_and_those_who_can_exist_are_in_the_practice_school(
    run: Any, settings: Settings
) -> None:
    """The hubs, organisations and people of the examples; staff and company people enter with later features."""
    run("seed")
    assert {path.name for path in SEEDS.glob("*.toml")} == {"hubs.toml", "organisations.toml"}
    engine = make_engine(settings.database)
    with Session(engine) as session:
        counted = [session.scalar(text(f"SELECT count(*) FROM {table}")) for table in ("hubs", "organisations")]
    engine.dispose()
    assert counted == [12, 7]
    assert {f"{one.given} {one.family}" for one in PEOPLE if not one.is_test} == {
        "Sanne de Vries", "Youssef Amrani", "Lotte Bakker", "Fatima Yıldız", "Mirjam Visser",
    }  # fmt: skip


def test_a_module_goes_out_and_comes_in_again(run: Any, ask: Any, tmp_path: Path) -> None:
    run("seed")
    first, second = tmp_path / "first", tmp_path / "second"
    assert run("modules", "export", MODULES[0], first).exit_code == 0
    assert "was there already" in run("modules", "import", first).output
    rewrite(first / "module.toml", r"version = \d+", "version = 99")
    assert "version 99 published" in run("modules", "import", first).output
    assert run("modules", "export", MODULES[0], second).exit_code == 0
    assert contents(first) == contents(second)
    assert len(contents(first)) == len(list((SEEDS / "modules" / MODULES[0]).rglob("*.*")))


def test_a_version_is_a_draft_then_published_then_withdrawn(run: Any, ask: Any, tmp_path: Path) -> None:
    folder = tmp_path / "module"
    run("seed")
    run("modules", "export", MODULES[0], folder)
    rewrite(folder / "module.toml", r"version = \d+", "version = 99")
    assert ask("modules", "import", folder, "--draft") == {"id": MODULES[0], "version": 99, "state": "draft"}
    assert offered(ask) != 99
    assert states(ask)[99] == "draft"
    assert ask("modules", "publish", MODULES[0]) == {"id": MODULES[0], "version": 99}
    assert (offered(ask), states(ask)[99]) == (99, "published")
    assert ask("modules", "import", folder) == {"id": MODULES[0], "version": 99, "state": None}
    assert ask("modules", "withdraw", MODULES[0])["version"] == 99
    assert offered(ask) == min(states(ask))
    last = run("modules", "withdraw", MODULES[0], "--version", str(offered(ask)))
    assert "Newcomers are refused: no version is published." in last.output
    assert set(states(ask).values()) == {"withdrawn"}
    refused = run("modules", "export", MODULES[0], tmp_path / "nothing")
    assert in_words(refused.exception).startswith(f"No version of {MODULES[0]} is published.")


def offered(ask: Any) -> int:
    return int(next(row["version"] for row in ask("modules", "list") if row["id"] == MODULES[0]))


def states(ask: Any) -> dict[int, str]:
    return {row["version"]: row["state"] for row in ask("modules", "list", "--all") if row["id"] == MODULES[0]}


def test_what_goes_out_and_comes_in_is_told_to_machines(ask: Any, tmp_path: Path) -> None:
    brought = ask("seed")["modules"]
    assert [(one["id"], one["state"]) for one in brought] == [(name, "published") for name in MODULES]
    assert {one["state"] for one in ask("seed")["modules"]} == {None}
    out = ask("modules", "export", MODULES[0], tmp_path / "out")
    assert (out["id"], out["files"] > 3) == (MODULES[0], True)


def rewrite(path: Path, before: str, after: str) -> None:
    """Replace what the pattern finds, which must be there."""
    text, found = re.subn(before, lambda _: after, path.read_text())
    assert found
    path.write_text(text)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.*")}


@pytest.mark.parametrize(
    ("file", "before", "after", "says"),
    [
        ("module.toml", 'hub = "de-smidse"', 'hub = "elders"', "elders"),
        ("module.toml", r"version = \d+", "version = 0", "version"),
        ("module.toml", 'kind = "quiz"', 'kind = "scorm"', "scorm"),
        ("module.toml", r"\[title\]", "[title", "module.toml"),
        ("module.toml", r'after = \["samenwerkend"\]', 'after = ["nergens"]', "comes after something unknown"),
        ("3-toets.toml", 'kind = "single"', 'kind = "essay"', "essay"),
        ("1-samenwerkend.nl.md", r"\(media/", "(media/weg-", "media/"),
    ],
)
def test_a_module_that_is_not_right_is_refused(
    run: Any, ask: Any, tmp_path: Path, file: str, before: str, after: str, says: str
) -> None:
    run("seed")
    folder = tmp_path / "module"
    shutil.copytree(SEEDS / "modules" / MODULES[0], folder)
    rewrite(folder / "module.toml", f'id = "{MODULES[0]}"', 'id = "proef"')
    rewrite(folder / file, before, after)
    refused = run("modules", "import", folder)
    assert refused.exit_code != 0
    assert says in f"{refused.output}{refused.exception}"
    assert "proef" not in [row["id"] for row in ask("modules", "list")]


def test_nothing_to_tell(run: Any, ask: Any) -> None:
    assert ask("deliveries", "list") == []
    assert "no differences" in run("standings", "check").output
    assert run("modules", "export", "nergens", "somewhere").exit_code != 0


@pytest.fixture
def any_database(run: Any, database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The commands work on SQLite, and on PostgreSQL where there is one."""
    monkeypatch.setenv("LTI_TOOL_DATABASE_URL", database_url)
    run("db", "upgrade")
    run("seed")
    return database_url


def change(database_url: str, *statements: str) -> None:
    engine = make_engine(database_url)
    with Session(engine) as session, session.begin():
        writing(session)
        for statement in statements:
            session.execute(text(statement))
    engine.dispose()


def test_a_backup_holds_everything_for_its_owner_and_is_not_overwritten(
    run: Any, ask: Any, tmp_path: Path, any_database: str
) -> None:
    copy = tmp_path / "copy"
    assert run("db", "backup", copy).exit_code == 0
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert run("db", "backup", copy).exit_code == 1
    change(any_database, "UPDATE modules SET public_id = 'weg-' || public_id")
    assert run("db", "restore", copy, "--yes").exit_code == 0
    assert sorted(row["id"] for row in ask("modules", "list")) == MODULES


def test_a_restore_leaves_nothing_of_a_later_version(run: Any, ask: Any, tmp_path: Path, any_database: str) -> None:
    copy = tmp_path / "copy"
    run("db", "backup", copy)
    later = "CREATE TABLE later (id integer PRIMARY KEY, hub_id integer REFERENCES hubs (id))"
    change(any_database, later, "UPDATE alembic_version SET version_num = '9999'")
    assert run("db", "restore", copy, "--yes").exit_code == 0
    assert run("db", "upgrade").exit_code == 0
    assert run("seed").exit_code == 0
    change(any_database, later)


def test_upkeep_of_the_database_is_told_to_machines(ask: Any, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    assert ask("db", "upgrade") == {"migration": schema.known()[-1]}
    assert ask("db", "backup", copy) == {"written": str(copy)}
    assert ask("db", "restore", copy, "--yes") == {"restored": str(copy)}


def test_a_place_where_nothing_can_be_restored_is_told(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy, nowhere = tmp_path / "copy", tmp_path / "nowhere" / "tool.db"
    run("db", "backup", copy)
    monkeypatch.setenv("LTI_TOOL_DATABASE_URL", f"sqlite:///{nowhere}")
    refused = run("db", "restore", copy, "--yes")
    assert (refused.exit_code, type(refused.exception)) == (1, SystemExit)
    assert f"{copy} cannot be copied to {nowhere}: unable to open" in refused.output


@pytest.mark.parametrize("content", [b"", b"no backup at all"])
def test_what_is_no_backup_replaces_nothing(
    run: Any, ask: Any, tmp_path: Path, any_database: str, content: bytes
) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_bytes(content)
    refused = run("db", "restore", wrong, "--yes")
    assert (refused.exit_code, type(refused.exception)) == (1, SystemExit)
    assert sorted(row["id"] for row in ask("modules", "list")) == MODULES


def test_a_backup_that_cannot_be_made_says_why_and_leaves_no_file(
    run: Any, tmp_path: Path, settings: Settings
) -> None:
    assert "No such file or directory" in run("db", "backup", tmp_path / "nowhere" / "copy").output
    (settings.var_dir / "tool.db").unlink()
    refused = run("db", "backup", tmp_path / "copy")
    assert (refused.exit_code, (tmp_path / "copy").exists()) == (1, False)
    assert not (settings.var_dir / "tool.db").exists()


@pytest.mark.parametrize("command", [("serve",), ("worker",), ("modules", "list"), ("db", "upgrade")])
def test_a_setting_that_cannot_be_right_is_told_before_anything_starts(
    run: Any, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.setenv("LTI_TOOL_TRUSTED_PROXIES", "localhost")
    refused = run(*command)
    assert isinstance(refused.exception, SettingError)
    assert "LTI_TOOL_TRUSTED_PROXIES holds 'localhost'" in str(refused.exception)


def test_without_a_secret_nothing_runs(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LTI_TOOL_SECRET_KEYS")
    for command in (("serve",), ("worker",), ("modules", "list")):
        refused = run(*command)
        assert refused.exit_code != 0
        assert "LTI_TOOL_SECRET_KEYS is not set" in str(refused.exception)


@pytest.mark.parametrize(
    ("tool", "practice", "says"),
    [("abc", "9001", "LTI_TOOL_DEMO_PORT is 'abc'; it must be a port from 1 to 65535."),
     ("8001", "99999", "LTI_TOOL_PRACTICE_PORT is '99999'; it must be"),
     ("8001", "8001", "Give each its own: LTI_TOOL_DEMO_PORT=8000 LTI_TOOL_PRACTICE_PORT=9000 make demo")],
)  # fmt: skip
def test_ports_of_the_demo_that_cannot_be_are_told(
    run: Any, monkeypatch: pytest.MonkeyPatch, tool: str, practice: str, says: str
) -> None:
    monkeypatch.setenv("LTI_TOOL_DEMO_PORT", tool)
    monkeypatch.setenv("LTI_TOOL_PRACTICE_PORT", practice)
    refused = run("demo")
    assert (refused.exit_code, says in refused.output) == (1, True)


def test_a_setting_of_the_demo_that_cannot_be_right_is_told_at_once(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LTI_TOOL_LOG_LEVEL", "LOUD")
    monkeypatch.setenv("LTI_TOOL_DEMO_PORT", "1")
    assert "LTI_TOOL_LOG_LEVEL is 'LOUD'" in str(run("demo").exception)


def test_a_taken_port_is_told(run: Any, taken_port: int) -> None:
    refused = run("serve", "--bind", f"127.0.0.1:{taken_port}")
    assert refused.exit_code == 1
    assert f"Port {taken_port} is taken" in refused.output
