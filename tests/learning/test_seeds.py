"""The modules that come along: how their texts fit the player, and how a newer version reaches an install."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from lti_tool.base.files import Shelf
from lti_tool.cli import seed_format
from lti_tool.learning.catalogue import service as catalogue
from lti_tool.learning.catalogue.models import Version

SEEDS = Path(seed_format.__file__).parents[1] / "seeds"
COBOTS = "cobots-veilig-inzetten"
HINTS = ("Meer antwoorden", "meer antwoorden", "Meerdere antwoorden", "More than one answer", "more than one answer")
"""Drawn by the player beside every question with several choices."""


@pytest.mark.parametrize("quiz", sorted(SEEDS.glob("modules/*/*-toets.toml")), ids=lambda path: path.parent.name)
def test_no_question_repeats_the_hint_of_the_player(quiz: Path) -> None:
    texts = [text for asked in seed_format.read_toml(quiz)["questions"] for text in asked["text"].values()]
    assert [text for text in texts if any(hint in text for hint in HINTS)] == []


def test_seeding_brings_the_newer_version_beside_the_one_that_was_there(session: Session, tmp_path: Path) -> None:
    earlier, shelf = tmp_path / "seeds", Shelf(tmp_path / "files")
    shutil.copytree(SEEDS, earlier)
    described = earlier / "modules" / COBOTS / "module.toml"
    described.write_text(described.read_text().replace("version = 2", "version = 1"))
    seed_format.seed(session, earlier, shelf)

    told = [str(one) for one in seed_format.seed(session, SEEDS, shelf)]

    assert f"{COBOTS}: version 2 published." in told
    module_id = catalogue.module_id(session, COBOTS)
    numbers = [version.number for version in session.query(Version).filter_by(module_id=module_id)]
    assert (sorted(numbers), catalogue.current_version(session, module_id).number) == ([1, 2], 2)
