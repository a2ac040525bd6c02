"""The audit of packages never says that all is well where nothing was known."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tools import audit
from tools.audit import Finding, NotAsked

WELL: dict[str, Any] = {"name": "flask", "version": "3.1.3", "vulns": []}
WEAK = {"name": "jinja2", "version": "3.0", "vulns": [{"id": "CVE-1", "fix_versions": ["3.1"], "aliases": []}]}
UNKNOWN = {"name": "redis", "skip_reason": "Dependency not found and could not be audited"}


@pytest.mark.parametrize(
    ("packages", "code", "says"),
    [
        ([WELL], 0, "1 packages audited, 0 known weaknesses."),
        ([WELL, WEAK], 1, "jinja2 3.0: CVE-1 (mended in: 3.1)"),
        ([WELL, UNKNOWN], 2, "NOT AUDITED: 1 packages"),
        ([WEAK, UNKNOWN], 1, "redis"),
        ([UNKNOWN], 2, "0 packages audited"),
        ([], 2, "0 packages audited"),
    ],
)
def test_what_it_says_and_its_exit_code(packages: list[Any], code: int, says: str) -> None:
    found = audit.read(json.dumps({"dependencies": packages, "fixes": []}))
    assert found.exit_code == code
    assert says in "\n".join(audit.lines(found))


@pytest.mark.parametrize("answer", ["", "Traceback", "{}", "[]"])
def test_no_answer_is_no_good_answer(answer: str) -> None:
    with pytest.raises(NotAsked):
        audit.read(answer)


def test_the_answer_that_knows_more_counts() -> None:
    little, much = Finding(1, (), ("a",)), Finding(2, ("b",), ())
    assert audit._better(little, much) is much
    assert audit._better(little, None) is little
    with pytest.raises(NotAsked):
        audit._better(None, None)


@pytest.mark.slow
def test_without_a_network_it_says_so() -> None:
    """An index at a closed port of this machine stands for no network."""
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:1", "PIP_CONFIG_FILE": os.devnull, "PIP_RETRIES": "0"}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    command = [sys.executable, "-m", "tools.audit"]
    done = subprocess.run(command, env={**kept, **nowhere}, cwd=audit.ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout.startswith("NOT AUDITED: pip-audit could not be installed. Is there a network")
    assert "Traceback" not in done.stderr
