"""lti-tool platforms: add, import, list, approve, block."""

import json
from pathlib import Path
from typing import Any

import pytest

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
    second = {**ONE, "client_id": "def", "deployment_id": ["7", "8"], "frame_origin": "https://f.test", "extra": 1}
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


def test_an_unknown_id_is_told(run: Any) -> None:
    assert run("platforms", "block", "nobody").exit_code != 0
