"""docs/threats.md stays true: every row names tests, and every test named there exists."""

from tests.house.test_conformance import NAMED, ROOT, functions

PAGE = ROOT / "docs" / "threats.md"


def rows() -> list[str]:
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("|")]
    return [line for line in lines if not line.startswith(("| who |", "|---"))]


def test_every_threat_has_a_test_that_exists() -> None:
    assert len(rows()) >= 20
    assert [row for row in rows() if not NAMED.search(row.rpartition(" | ")[2])] == []
    named = NAMED.findall(PAGE.read_text())
    assert [f"{path}::{name}" for path, name in named if name not in functions(path)] == []


def test_it_fits_on_two_screens() -> None:
    """A page that is longer is not read."""
    assert len(PAGE.read_text().splitlines()) <= 65
