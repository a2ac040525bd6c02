"""Every check that is no test: `python -m tools.check` (make check). Exit code 1 if any fails."""

import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from hashlib import sha256
from importlib import metadata
from json import loads
from pathlib import Path

from alembic import command
from alembic.util import CommandError
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from lti_tool.base.migrations import alembic_config

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
PLACES = [
    {"python_version": version.rpartition(".")[0], "python_full_version": version, "sys_platform": system}
    for version in ("3.11.0", "3.11.9", "3.12.3", "3.13.5", "3.14.0")
    for system in ("linux", "darwin")
]
"""Debian 12 has Python 3.11.2, Ubuntu 24.04 has 3.12.3, Debian 13 has 3.13.5."""


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


def locks() -> str | None:
    """The lock files name no address, and hold all that any Python and system of PLACES asks for."""
    named = [path.name for path in ROOT.glob("*.lock") if "://" in path.read_text()]
    if named:
        return f"addresses in {', '.join(named)}"
    held = {name.lower() for name in re.findall(r"^([\w.-]+)==", (ROOT / "requirements.lock").read_text(), re.M)}
    lacking = {f"{one} (for {name})" for name in sorted(held) for one in _asked_by(name) - held}
    return f"not locked: {', '.join(sorted(lacking))}; run make lock" if lacking else None


def _asked_by(package: str) -> set[str]:
    """The packages that this one needs on some Python and system that we serve, those of extras left out."""
    try:
        texts = metadata.requires(package) or ()
    except metadata.PackageNotFoundError:
        return set()  # of another Python or system than this
    asked = [Requirement(text) for text in texts]
    return {
        canonicalize_name(one.name) for one in asked
        if one.marker is None or any(one.marker.evaluate({**place, "extra": ""}) for place in PLACES)
    }  # fmt: skip


CHECKS: dict[str, Callable[[], str | None]] = {
    "ruff": lambda: run(str(BIN / "ruff"), "check", "."),
    "mypy": lambda: run(str(BIN / "mypy"), "--config-file", "setup.cfg"),
    "import contracts": lambda: run(str(BIN / "lint-imports"), "--config", "setup.cfg"),
    "migrations in step": migrations_in_step,
    "vendored files": vendored_unchanged,
    "translations": lambda: run(sys.executable, "-m", "tools.messages", "--check"),
    "made pages": lambda: run(sys.executable, "-m", "tools.docs", "--check"),
    "lock files": locks,
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
