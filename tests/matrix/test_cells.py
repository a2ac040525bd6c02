"""The choice of cells, and that docs/browsers.md tells what is expected of each."""

from dataclasses import astuple
from itertools import combinations, product

import pytest

from tests.matrix.cells import DIMENSIONS, KNOWN, chosen, expected, pairs
from tests.matrix.table import row, rows_of


def test_every_pair_of_values_occurs_in_a_cell() -> None:
    covered = set().union(*map(pairs, chosen()))
    for (first, these), (second, those) in combinations(enumerate(DIMENSIONS.values()), 2):
        for one, other in product(these, those):
            assert ((first, one), (second, other)) in covered, (one, other)


def test_what_is_known_of_real_platforms_is_among_the_cells() -> None:
    assert set(KNOWN) <= set(chosen())
    assert len(set(map(astuple, chosen()))) == len(chosen())


@pytest.mark.parametrize("browser", ["Chromium", "Firefox"])
def test_the_page_shows_for_every_cell_what_is_expected_of_it(browser: str) -> None:
    assert rows_of(browser) == [row(cell, expected(cell)) for cell in chosen()]
