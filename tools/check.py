"""Every check that is no test: `python -m tools.check` (make check). Exit code 1 if any fails."""

import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from hashlib import sha256
from json import loads
from pathlib import Path

from alembic import command
from alembic.util import CommandError

from lti_tool.base.migrations import alembic_config

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent


def run(*arguments: str) -> str | None:
    """None if the command is content, else what it printed."""
    done = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=False)
    return None if done.returncode == 0 else (done.stdout + done.stderr).strip()


def migrations_in_step() -> str | None:
    """The migrations lead to exactly the tables of the models."""
    with tempfile.TemporaryDirectory() as folder:
        config = alembic_config(f"sqlite:///{folder}/fresh.db")
        command.upgrade(config, "head")
        try:
            command.check(config)
        except CommandError as error:
            return str(error)
    return None


def vendored_unchanged() -> str | None:
    """Third-party files are those whose hashes were written down."""
    wrong = []
    for listing in (*(ROOT / "lti_tool").rglob("vendored.json"), *(ROOT / "tests").rglob("vendored.json")):
        for package in _packages(loads(listing.read_text())):
            for name, wanted in package["files"].items():
                path = next(iter(listing.parent.rglob(name)), None)
                if path is None or sha256(path.read_bytes()).hexdigest() != wanted:
                    wrong.append(name)
    return f"changed or missing: {', '.join(wrong)}" if wrong else None


def _packages(document: object) -> Sequence[dict[str, dict[str, str]]]:
    return document if isinstance(document, list) else [document]  # type: ignore[list-item]


def locks_name_no_address() -> str | None:
    named = [path.name for path in ROOT.glob("*.lock") if "://" in path.read_text()]
    return f"addresses in {', '.join(named)}" if named else None


CHECKS: dict[str, Callable[[], str | None]] = {
    "ruff": lambda: run(str(BIN / "ruff"), "check", "."),
    "mypy": lambda: run(str(BIN / "mypy"), "--config-file", "setup.cfg"),
    "import contracts": lambda: run(str(BIN / "lint-imports"), "--config", "setup.cfg"),
    "migrations in step": migrations_in_step,
    "vendored files": vendored_unchanged,
    "translations": lambda: run(sys.executable, "-m", "tools.messages", "--check"),
    "made pages": lambda: run(sys.executable, "-m", "tools.docs", "--check"),
    "lock files": locks_name_no_address,
}


def main() -> int:
    failed = 0
    for name, check in CHECKS.items():
        problem = check()
        print(f"{'ok' if problem is None else 'FAILED':7} {name}", flush=True)
        if problem is not None:
            failed += 1
            print(problem)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
