"""What the cells of the matrix share: one tool and platform per scheme, made when a cell first asks for it."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.conftest import BROWSERS
from tests.matrix.cells import EVERY_CELL, USUAL, Cell
from tests.matrix.chromium import Chromium
from tests.matrix.driven import Gone, NeverSo, Setting
from tests.matrix.firefox import Firefox
from tests.matrix.journey import Journey
from tests.matrix.servers import Place, serving
from tests.matrix.table import remember, row, rows_of
from tests.matrix.tls import make_certificate

KINDS: dict[str, tuple[type[Chromium] | type[Firefox], str, tuple[str, ...]]] = {
    "Chromium": (Chromium, "LTI_TOOL_CHROMIUM", BROWSERS),
    "Firefox": (Firefox, "LTI_TOOL_FIREFOX", ("firefox-esr",)),
}


def program(browser: str) -> str:
    """Where this browser is; skips, with the reason, where there is none."""
    _, variable, names = KINDS[browser]
    found = os.environ.get(variable) or next(filter(None, map(shutil.which, names)), None)
    if found is None:
        pytest.skip(f"NOT TESTED in {browser}: none on this machine (apt-get install {names[0]})")
    return found


@pytest.fixture(scope="session")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Place]]:
    """Gives the tool and platform of a scheme."""
    made: dict[str, Place] = {}
    certificate = make_certificate(tmp_path_factory.mktemp("certificate"))
    with ExitStack() as stack:

        def give(scheme: str) -> Place:
            if scheme not in made:
                folder = tmp_path_factory.mktemp(scheme)
                made[scheme] = stack.enter_context(serving(folder, certificate if scheme == "https" else None))
            return made[scheme]

        yield give


@pytest.fixture
def walk(places: Callable[[str], Place], tmp_path: Path) -> Callable[[str, Cell], None]:
    """Does all steps of a cell and compares with what docs/browsers.md says of it."""

    def through(name: str, cell: Cell) -> None:
        path = program(name)
        if cell not in USUAL and EVERY_CELL not in os.environ:
            pytest.skip("not one of the usual; tried by: python -m tools.browsers")
        place = places(cell.scheme)
        is_phone, spki = cell.screen == "phone", place.demo.certificate.spki if place.demo.certificate else ""
        browser = KINDS[name][0](path, tmp_path, Setting(place.tool, place.url, cell.cookies, is_phone, spki))
        try:
            seen = _steps(Journey(place, browser, cell))
        finally:
            browser.close()
        remember(name, browser.version, cell, seen)
        start = row(cell, dict.fromkeys(seen, "")).split(" - ")[0]
        assert row(cell, seen) in rows_of(name), (
            f"docs/browsers.md says otherwise: {[one for one in rows_of(name) if one.startswith(start)]}. "
            "Is this better or worse? If it is to stay: python -m tools.browsers"
        )

    return through


def _steps(journey: Journey) -> dict[str, str]:
    try:
        return journey.run()
    except (NeverSo, Gone, AssertionError) as wrong:
        raise AssertionError(f"{wrong}\n{journey.told()}") from wrong
