"""A town of three schools for the walks over all addresses."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lti_tool.learning.catalogue import service as catalogue
from tests.house.town import Town


@pytest.fixture
def town(tmp_path: Path, database_url: str) -> Iterator[Town]:
    catalogue.forget_syllabi()
    (tmp_path / "var").mkdir()
    made = Town(tmp_path / "var", database_url)
    yield made
    made.close()
    catalogue.forget_syllabi()
