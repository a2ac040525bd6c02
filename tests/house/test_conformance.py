"""docs/conformance.md stays true: all requirements as they were copied, each with tests that exist or a reason."""

import ast
import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "conformance.md"
REQUIREMENTS = 118
COPIED = "816fefe572460783b334a6a5d21e5a3adf3adc75395dafd8e353de6b8505e7e4"
"""Of ids, requirements, levels and sources. A correction of one of them changes this on purpose."""
STATES = {"Partly:": "partly", "Not offered yet:": "not offered yet", "Not met:": "not met"}
LEVELS = {"MUST", "SHOULD", "cert", "practice"}
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


@dataclass(frozen=True)
class Row:
    id: str
    requirement: str
    level: str
    source: str
    proof: str

    @property
    def tests(self) -> list[tuple[str, str]]:
        return NAMED.findall(self.proof)

    @property
    def reason(self) -> str:
        """What stands behind the tests."""
        return NAMED.sub("", self.proof).lstrip(" ,.")

    @property
    def state(self) -> str:
        return next((name for start, name in STATES.items() if self.reason.startswith(start)), "met")


def rows() -> list[Row]:
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("| R-")]
    return [Row(*(cell.strip() for cell in line.strip("|").split("|"))) for line in lines]


@cache
def functions(path: str) -> frozenset[str]:
    """The tests of a file, none where it does not exist."""
    file = ROOT / path
    tree = ast.parse(file.read_text()) if file.is_file() else ast.Module([], [])
    return frozenset(
        node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    )


def test_every_requirement_stands_there_once() -> None:
    ids = [row.id for row in rows()]
    assert [one for one, count in Counter(ids).items() if count > 1] == []
    assert len(ids) == REQUIREMENTS


def test_no_requirement_was_reworded() -> None:
    copied = "\n".join("|".join((row.id, row.requirement, row.level, row.source)) for row in rows())
    assert sha256(copied.encode()).hexdigest() == COPIED


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.id)
def test_a_row_names_tests_that_exist_or_says_why_not(row: Row) -> None:
    assert row.level in LEVELS
    assert [f"{path}::{name}" for path, name in row.tests if name not in functions(path)] == []
    if row.state == "met":
        assert row.tests, "neither a test nor a reason"
        assert row.reason == "", "a reason begins with one of: " + ", ".join(STATES)
    else:
        assert re.search(r": .{3,}\.$", row.reason), "a reason is a sentence"
        assert row.state != "partly" or row.tests, "what is met in part has a test for that part"


def test_the_figures_at_the_head_are_right() -> None:
    told = dict(re.findall(r"^\| ([a-z ]+) \| (\d+) \|$", PAGE.read_text(), re.M))
    counted = Counter(row.state for row in rows())
    assert {name: int(figure) for name, figure in told.items()} == {
        **dict.fromkeys(told, 0), **counted, "all": REQUIREMENTS,
    }  # fmt: skip
