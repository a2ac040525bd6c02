"""lti-tool platforms: add, import, list, approve, block."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from config.default import Settings
from lti_tool.base.db import make_engine, writing
from lti_tool.cli.words import in_words
from lti_tool.protocols.lti import service as launches
from lti_tool.protocols.platforms import service

ONE = {
    "name": "ROC Voorbeeld", "issuer": "https://lms.test", "client_id": "abc", "auth_login_url": "https://lms.test/auth",
    "auth_token_url": "https://lms.test/token", "key_set_url": "https://lms.test/jwks",
}  # fmt: skip


def options(**changes: Any) -> list[str]:
    given = {**ONE, "deployment_id": ["1"], **changes}
    found = []
    for name, value in given.items():
        for one in value if isinstance(value, list) else [value]:
            found += [f"--{name.replace('_', '-')}", one]
    return found


def test_added_platforms_are_active_at_once_and_not_doubled(ask: Any) -> None:
    first = ask("platforms", "add", *options(deployment_id=["1", "2"], frame_origin=["https://a.test"]))[0]
    again = ask("platforms", "add", *options(name="ROC Ander", family="moodle", audience="https://aud.test"))[0]
    assert (first["status"], again["id"]) == ("active", first["id"])
    assert [(row["name"], row["family"], row["deployment_id"]) for row in ask("platforms", "list")] == [
        ("ROC Ander", "moodle", ["1", "2"])
    ]


def test_block_and_approve(ask: Any, run: Any) -> None:
    platform = ask("platforms", "add", *options())[0]["id"]
    for command, status in (("block", "blocked"), ("approve", "active")):
        assert run("platforms", command, platform).exit_code == 0
        assert ask("platforms", "list")[0]["status"] == status


def test_a_file_of_platforms(ask: Any, tmp_path: Path) -> None:
    file = tmp_path / "platforms.json"
    second = {**ONE, "client_id": "def", "deployment_id": ["7", "8"], "frame_origin": "https://f.test"}
    file.write_text(json.dumps([{**ONE, "deployment_id": "1"}, second]))
    for _ in range(2):
        ask("platforms", "import", file)
    rows = sorted(ask("platforms", "list"), key=lambda row: row["client_id"])
    assert [(row["client_id"], row["deployment_id"]) for row in rows] == [("abc", ["1"]), ("def", ["7", "8"])]


@pytest.mark.parametrize(
    "text", ["", "{", "[1]", '[{"name": "x"}]', '"x"', json.dumps([{**ONE, "issuer": 5, "deployment_id": "1"}])]
)
def test_a_file_that_cannot_be_read_changes_nothing(run: Any, ask: Any, tmp_path: Path, text: str) -> None:
    file = tmp_path / "platforms.json"
    file.write_text(text)
    refused = run("platforms", "import", file)
    assert refused.exit_code == 1
    assert "cannot be read" in refused.output
    assert ask("platforms", "list") == []


@pytest.mark.parametrize(
    "change",
    [{"issuer": "lms.test"}, {"key_set_url": "ftp://lms.test"}, {"frame_origin": ["https://*"]},
     {"frame_origin": ["https://a.test/path"]}, {"frame_origin": ["https://bücher.test"]}, {"name": ""}],
)  # fmt: skip
def test_what_cannot_be_right_is_refused(run: Any, ask: Any, change: dict[str, Any]) -> None:
    assert run("platforms", "add", *options(**change)).exit_code != 0
    assert ask("platforms", "list") == []


@pytest.mark.parametrize(
    ("change", "says"),
    [({"issuer": "lms.test"}, "issuer must be a web address, such as https://lms.example.nl/path."),
     ({"frame_origin": ["https://a.test/path"]}, "A frame origin must be a web address without a path, such as"),
     ({"name": ""}, "The name, the client id and the deployment ids must not be empty.")],
)  # fmt: skip
def test_a_refusal_is_a_sentence(run: Any, change: dict[str, Any], says: str) -> None:
    assert in_words(run("platforms", "add", *options(**change)).exception).startswith(says)


def test_an_unknown_id_is_told(run: Any) -> None:
    refused = run("platforms", "block", "nobody")
    assert in_words(refused.exception) == "There is no environment with this id. All ids: lti-tool platforms list."


def test_a_member_that_is_not_known_is_named(run: Any, ask: Any, tmp_path: Path) -> None:
    file = tmp_path / "platforms.json"
    file.write_text(json.dumps([{**ONE, "deployment_id": "1"}, {**ONE, "deployment_id": "1", "key_set": "x"}]))
    refused = run("platforms", "import", file)
    assert (refused.exit_code, "entry 2 key_set: Unknown field." in refused.output) == (1, True)
    assert ask("platforms", "list") == []


def test_one_that_was_blocked_stays_so_and_that_is_said(run: Any, ask: Any) -> None:
    platform = ask("platforms", "add", *options())[0]["id"]
    assert ask("platforms", "block", platform)["status"] == "blocked"
    again = run("platforms", "add", *options(name="ROC Ander"), "--json")
    assert (again.exit_code, json.loads(again.stdout)[0]["status"]) == (0, "blocked")
    assert "ROC Ander is blocked and stays so: its launches are refused. To let it in: lti-tool" in again.stderr
    assert ask("platforms", "approve", platform)["status"] == "active"
    assert run("platforms", "add", *options()).stderr == ""


def test_what_launches_taught_is_kept_when_a_platform_is_added_again(run: Any, settings: Settings) -> None:
    run("platforms", "add", *options(frame_origin=["https://a.test/"]))
    engine = make_engine(settings.database)
    with Session(engine) as session, session.begin():
        platform, _ = service.listing(writing(session))[0]
        service.learn_frame_origin(session, platform, "https://learned.test/course")
    run("platforms", "add", *options())
    run("platforms", "add", *options(frame_origin=["https://a.test", "https://b.test"]))
    with Session(engine) as session:
        platform, _ = service.listing(session)[0]
    engine.dispose()
    assert platform.frame_origins == ("https://a.test", "https://learned.test", "https://b.test")


@pytest.mark.parametrize(
    ("url", "allowed", "is_told"),
    [
        ("https://lms.test/token", "", False), ("https://8.8.8.8/token", "", False),
        ("http://lms.test/token", "", True), ("https://10.0.0.7/token", "", True), ("http://8.8.8.8/token", "", True),
        ("https://localhost/token", "", True), ("https://[::1]/token", "", True), ("https://lms.local/t", "", True),
        ("http://lms.test/token", "lms.test", False), ("http://lms.test:81/token", "lms.test:80", True),
        ("http://lms.test:81/token", "lms.test:81", False), ("https://10.0.0.7/token", "10.0.0.0/8", False),
        ("http://lms/token", "10.0.0.0/8", False),
    ],
)  # fmt: skip
def test_an_address_that_may_never_be_called_is_added_and_told(
    run: Any, monkeypatch: pytest.MonkeyPatch, url: str, allowed: str, is_told: bool
) -> None:
    monkeypatch.setenv("LTI_TOOL_ALLOWED_PRIVATE_HOSTS", allowed)
    added = run("platforms", "add", *options(auth_token_url=url))
    assert (added.exit_code, f"The tool may not call {url}:" in added.stderr) == (0, is_told)


def test_refused_launches_are_shown_without_people(ask: Any, run: Any, settings: Settings) -> None:
    platform = ask("platforms", "add", *options())[0]["id"]
    ask("platforms", "add", *options(client_id="other"))
    engine = make_engine(settings.database)
    with Session(engine) as session, session.begin():
        known = service.for_login(writing(session), ONE["issuer"], "abc").id
        launches.note_refusal(session, "K7Q2-9MPX", known, "unknown-deployment", {"deployment": "7"})
        launches.note_refusal(session, "AAAA-2222", None, "state-unknown", {})
    engine.dispose()
    every, of_one = ask("platforms", "refused"), ask("platforms", "refused", platform)
    assert [(row["reference"], row["platform"]) for row in every] == [("AAAA-2222", None), ("K7Q2-9MPX", platform)]
    assert [(row["code"], row["facts"]) for row in of_one] == [("unknown-deployment", {"deployment": "7"})]
    assert "deployment 7" in run("platforms", "refused").output
