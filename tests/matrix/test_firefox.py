"""Every cell of the matrix in Firefox."""

from collections.abc import Callable

import pytest

from tests.matrix.cells import Cell, chosen

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize("cell", chosen(), ids=lambda cell: cell.name)
def test_every_step_gives_what_the_page_says(walk: Callable[[str, Cell], None], cell: Cell) -> None:
    walk("Firefox", cell)
