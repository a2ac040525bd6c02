"""The console command on a database of its own."""

import json
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from click.testing import CliRunner, Result

from config.default import Settings
from lti_tool.__main__ import lti_tool
from lti_tool.base import migrations

Run = Callable[..., Result]


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Run:
    """run("platforms", "list"): what the command printed, and its exit code. The database has its tables."""
    monkeypatch.setenv("LTI_TOOL_SECRET_KEYS", settings.secret_keys[0])
    monkeypatch.setenv("LTI_TOOL_VAR_DIR", str(settings.var_dir))
    settings.var_dir.mkdir(parents=True, exist_ok=True)
    migrations.upgrade(settings.database)
    return lambda *arguments, **more: CliRunner().invoke(lti_tool, [str(one) for one in arguments], **more)


@pytest.fixture
def ask(run: Run) -> Callable[..., Any]:
    """The same with --json, read."""

    def read(*arguments: Any) -> Any:
        result = run(*arguments, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.output)

    return read


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        yield held.getsockname()[1]
