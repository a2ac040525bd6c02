"""Are the packages that we pin known to be weak? `python -m tools.audit` (make audit) asks, with pip-audit.

pip-audit gets an environment of its own that is thrown away afterwards, so that nothing of it enters the locks. It
judges requirements.lock as it stands, with its hashes. It asks a database on the internet; a package about which that
says nothing counts as not audited, never as well.
Exit code 0: all audited, none is known to be weak. 1: some are. 2: some could not be audited.
"""

import json
import subprocess
import sys
import tempfile
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
DATABASES = ("pypi", "osv")
"""Where pip-audit can ask; the second one where the first cannot answer."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was said of the packages."""

    audited: int
    weak: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def exit_code(self) -> int:
        if self.weak:
            return 1
        return 2 if self.unknown or not self.audited else 0


class NotAsked(Exception):
    """There was no answer; the text says what to do."""


def read(document: str) -> Finding:
    """What pip-audit says as JSON. Raises NotAsked where it is no JSON."""
    try:
        packages = json.loads(document)["dependencies"]
    except (ValueError, KeyError, TypeError):
        raise NotAsked("pip-audit gave no answer. Its database cannot be reached from here.") from None
    known = [one for one in packages if "skip_reason" not in one]
    return Finding(
        audited=len(known),
        weak=tuple(_told(one, weakness) for one in known for weakness in one["vulns"]),
        unknown=tuple(one["name"] for one in packages if "skip_reason" in one),
    )


def _told(package: dict[str, str], weakness: dict[str, list[str]]) -> str:
    mended = ", ".join(weakness["fix_versions"]) or "no version yet"
    return f"{package['name']} {package['version']}: {weakness['id']} (mended in: {mended})"


def ask(folder: Path, lock: Path) -> Finding:
    """Install pip-audit in this folder and let it judge the lock. Raises NotAsked."""
    venv.create(folder, with_pip=True)
    python = str(folder / "bin" / "python")
    install = (python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "pip-audit")
    done = subprocess.run(install, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise NotAsked("pip-audit could not be installed. Is there a network, and does pip reach its index?")
    found = _judged(folder, lock, DATABASES[0])
    return found if found is not None and not found.unknown else _better(found, _judged(folder, lock, DATABASES[1]))


def _judged(folder: Path, lock: Path, database: str) -> Finding | None:
    command = (
        str(folder / "bin" / "pip-audit"), "--require-hashes", "--disable-pip", "--progress-spinner", "off",
        "--format", "json", "--vulnerability-service", database, "--requirement", str(lock),
    )  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        return read(done.stdout)
    except NotAsked:
        return None


def _better(one: Finding | None, other: Finding | None) -> Finding:
    """The answer that knows more packages; with two that know as many, the first. Raises NotAsked."""
    answers = [finding for finding in (one, other) if finding is not None]
    if not answers:
        raise NotAsked("pip-audit gave no answer. Its database cannot be reached from here.")
    return max(answers, key=lambda finding: finding.audited)


def lines(found: Finding) -> Sequence[str]:
    """What is printed."""
    told = [f"{found.audited} packages audited, {len(found.weak)} known weaknesses."]
    told += [f"WEAK  {weakness}" for weakness in found.weak]
    if found.unknown:
        told.append(
            f"NOT AUDITED: {len(found.unknown)} packages, for the database said nothing of them. "
            f"Try again where it can be reached. ({', '.join(found.unknown)})"
        )
    return told


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="audit-") as folder:
        try:
            found = ask(Path(folder), ROOT / "requirements.lock")
        except NotAsked as problem:
            print(f"NOT AUDITED: {problem}")
            return 2
    print("\n".join(lines(found)))
    return found.exit_code


if __name__ == "__main__":
    sys.exit(main())
