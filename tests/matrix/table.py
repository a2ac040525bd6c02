"""docs/browsers.md: the tables of results between their markers, written by `python -m tools.browsers`."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

from tests.matrix.cells import KNOWN, STEPS, Cell, chosen

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "browsers.md"
RESULTS = ROOT / "build" / "browsers"
HEAD = {
    "launch": "launch", "work": "work", "reload": "reload", "back": "Back", "course": "another course in a second tab",
    "person": "another person in a second tab", "day": "8 hours", "restart": "platform restarts",
}  # fmt: skip
Results = Mapping[str, str]


def row(cell: Cell, results: Results) -> str:
    """The line of the table for this cell."""
    storage = "yes" if cell.storage else "no"
    told = (results[step] or "-" for step in STEPS)
    first = (cell.cookies, storage, cell.scheme, cell.place, cell.screen, KNOWN.get(cell, ""))
    return f"| {' | '.join((*first, *told))} |"


def table(version: str, results: Mapping[Cell, Results]) -> str:
    """All cells of one browser."""
    head = ("cookies", "storage", "scheme", "opened in", "screen", "such as", *HEAD.values())
    rows = [row(cell, results[cell]) for cell in chosen()]
    return "\n".join([f"Seen in version {version}.", "", f"| {' | '.join(head)} |", "|---" * len(head) + "|", *rows])


def between(browser: str, page: str) -> str:
    """What stands on the page between the markers of this browser."""
    found = re.search(rf"<!-- {browser}: results -->\n(.*?)\n<!-- end -->", page, re.S)
    assert found, f"docs/browsers.md has no place for {browser}"
    return found[1]


def rows_of(browser: str) -> list[str]:
    """The lines of cells that the page shows for this browser."""
    lines = between(browser, PAGE.read_text()).splitlines()
    return [line for line in lines if line.startswith("| ")][1:]


def remember(browser: str, version: str, cell: Cell, results: Results) -> None:
    """Keep what was seen, for `tools.browsers`."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    told = {"version": version, "results": dict(results)}
    (RESULTS / f"{browser}-{cell.name}.json").write_text(json.dumps(told))


def remembered(browser: str) -> tuple[str, dict[Cell, Results]] | None:
    """Version and results of the last run; None when a cell is lacking."""
    found: dict[Cell, Results] = {}
    version = ""
    for cell in chosen():
        path = RESULTS / f"{browser}-{cell.name}.json"
        if not path.exists():
            return None
        told = json.loads(path.read_text())
        version, found[cell] = told["version"], told["results"]
    return version, found


def write(browser: str, version: str, results: Mapping[Cell, Results]) -> None:
    """Put the table of this browser on the page."""
    begin, end = f"<!-- {browser}: results -->\n", "\n<!-- end -->"
    before, _, rest = PAGE.read_text().partition(begin)
    _, _, after = rest.partition(end)
    PAGE.write_text(before + begin + table(version, results) + end + after)
