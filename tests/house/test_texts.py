"""Documentation in step with the code, both languages complete, and nothing of one machine in the repository."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from config.default import PREFIX, Settings
from tools import docs, messages

ROOT = Path(__file__).parents[2]
PASSED_OVER = {".git", ".venv", "var", "build", "node_modules", "__pycache__", "vendor", "results", ".hypothesis"}
TEXT = {".py", ".md", ".cfg", ".toml", ".lock", ".html", ".css", ".js", ".po", ".mako", ".txt", ".json", ".svg", ""}
HOSTS = ("pypi" + ".org", "pythonhosted" + ".org", "npmjs" + ".org", "golang" + ".org", "index" + "-url=http")
MACHINE = re.compile(r"(?<![\w.:/])/(?:" + "work" + r"/[a-z]|root/|home/[a-z]+/)")


def files() -> Iterator[Path]:
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        passed_over = PASSED_OVER & set(parts) or any(part.endswith((".egg-info", "_cache")) for part in parts)
        if path.is_file() and not passed_over and path.suffix in TEXT:
            yield path


def test_the_pages_made_from_the_source_are_in_step() -> None:
    assert docs.stale() == [], "run: python -m tools.docs"


def test_every_setting_is_documented_and_has_a_meaning() -> None:
    documented = docs.settings()
    assert [s.variable for s in documented] == [PREFIX + field.name.upper() for field in fields(Settings)]
    assert [s.variable for s in documented if not s.meaning] == []


def test_every_command_says_what_it_does() -> None:
    silent = [name for name, text in docs.commands(docs.lti_tool) if len(text.splitlines()) < 3]
    assert silent == []


def test_the_dutch_catalogue_is_complete() -> None:
    assert messages.faults(messages.known()) == []


def localised(value: Any, where: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(value, dict):
        if {"nl", "en"} & set(value):
            yield where, value
        for key, below in value.items():
            yield from localised(below, f"{where}.{key}")
    elif isinstance(value, list):
        for index, below in enumerate(value):
            yield from localised(below, f"{where}[{index}]")


@pytest.mark.parametrize("path", sorted((ROOT / "lti_tool" / "seeds").rglob("*.toml")), ids=lambda path: path.stem)
def test_seeds_speak_both_languages(path: Path) -> None:
    found = list(localised(tomllib.loads(path.read_text())))
    assert [where for where, texts in found if not (texts.get("nl") and texts.get("en"))] == []


def test_every_page_and_picture_of_the_seeds_is_there_in_both_languages() -> None:
    seeds = ROOT / "lti_tool" / "seeds" / "modules"
    for suffix in (".md", ".svg"):
        dutch = {path.as_posix().removesuffix(f".nl{suffix}") for path in seeds.rglob(f"*.nl{suffix}")}
        english = {path.as_posix().removesuffix(f".en{suffix}") for path in seeds.rglob(f"*.en{suffix}")}
        assert dutch == english != set()


def test_no_file_names_a_package_registry() -> None:
    found = [path.name for path in files() for host in HOSTS if host in path.read_text(errors="replace")]
    assert found == []


def test_no_file_names_a_path_of_one_machine() -> None:
    found = {f"{path.relative_to(ROOT)}: {hit.group()}" for path in files()
             if (hit := MACHINE.search(path.read_text(errors="replace")))}  # fmt: skip
    assert found == set()
