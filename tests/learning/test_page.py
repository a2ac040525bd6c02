"""Pages: read is done, opened is begun."""

from datetime import UTC, datetime
from typing import Any

import pytest

from lti_tool.base.errors import Invalid
from lti_tool.learning.kinds import KINDS, Proof, State, kind_named, page

AT = datetime(2026, 9, 1, tzinfo=UTC)
TEXT = page.parse({"markdown": {"nl": "# Hallo", "en": "# Hello"}})


@pytest.mark.parametrize("settings", [{}, {"markdown": "# Hallo"}, {"markdown": {"en": "# Hello"}}, {"markdown": {}}])
def test_a_page_needs_dutch_text(settings: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match=r"markdown\.nl"):
        page.parse(settings)


@pytest.mark.parametrize(
    ("happened", "state", "fraction"),
    [
        ([], State.NOT_STARTED, None),
        (["opened"], State.IN_PROGRESS, None),
        (["opened", "read"], State.DONE, 1.0),
        (["read"], State.DONE, 1.0),
        (["read", "opened"], State.DONE, 1.0),
    ],
)
def test_reading_is_judged(happened: list[str], state: State, fraction: float | None) -> None:
    verdict = page.judge(TEXT, [Proof(what, AT, {}) for what in happened])
    assert (verdict.state, verdict.fraction) == (state, fraction)


def test_kinds_are_found_by_name() -> None:
    assert all(kind_named(name) is kind for name, kind in KINDS.items())
    with pytest.raises(Invalid, match="activity-kind"):
        kind_named("hologram")
