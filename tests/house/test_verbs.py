"""Every verb of the audit has its sentence for the page, and is found by one of its filters."""

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from lti_tool.learning.catalogue.models import VersionState
from lti_tool.protocols.grades.deciding import Whose
from lti_tool.protocols.platforms.registering import How
from lti_tool.protocols.platforms.service import Status
from lti_tool.screens.admin.verbs import FAMILIES, VERBS

ROOT = Path(__file__).parents[2] / "lti_tool"
WORDS = ROOT / "screens" / "admin" / "verbs.py"
VERB = re.compile(r"(staff|tool|teacher|person|platform):[a-z-]+:[a-z-]*")
ENDINGS: dict[str, Sequence[str]] = {
    "staff:platform:": tuple(Status),
    "staff:version:": tuple(VersionState),
    "staff:login-link:": ("show", "mail"),
    "platform:registration:": tuple(How),
    "teacher:grade:": tuple(Whose),
}
"""How verbs that are put together may end."""


def verbs() -> Iterator[str]:
    """Whatever looks like a verb in the source; of those that are put together every one."""
    for path in sorted(ROOT.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())) if path != WORDS else ():
            if not isinstance(node, ast.Constant) or not VERB.fullmatch(str(node.value)):
                continue
            if not str(node.value).endswith(":"):
                yield str(node.value)
                continue
            assert node.value in ENDINGS, f"{node.value}: say in ENDINGS how it may end"
            yield from (f"{node.value}{ending}" for ending in ENDINGS[str(node.value)])


def test_every_verb_has_its_sentence() -> None:
    used = set(verbs())
    assert len(used) > 15
    assert used - set(VERBS) == set(), "say it in lti_tool/screens/admin/verbs.py"


def test_every_verb_is_found_by_a_filter() -> None:
    beginnings = tuple(family for family in FAMILIES if family)
    assert [verb for verb in VERBS if not verb.startswith(beginnings)] == []
