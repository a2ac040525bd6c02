"""The kinds of activity: what each may hold, and what its evidence proves. Pure; no database.

A kind is one module with the members of `Kind`. To add a kind: write the module, name it in KINDS, and give
it a page in `screens.learner`. Nothing else knows the kinds apart.
"""

from collections.abc import Sequence
from types import MappingProxyType
from typing import Any, Protocol

from lti_tool.base.errors import Invalid
from lti_tool.learning.kinds import page, practical, quiz, session
from lti_tool.learning.kinds.evidence import Proof, Reached, Stage, State, Verdict

__all__ = ["KINDS", "Kind", "Proof", "Reached", "Stage", "State", "Verdict", "kind_named"]


class Kind(Protocol):
    COMPLETES: tuple[str, ...]
    """The words of the proofs by which a learner completes it."""

    def parse(self, settings: dict[str, Any]) -> Any:
        """Settings as authored -> a frozen value. Raises Invalid("activity-settings", path=...)."""

    def judge(self, settings: Any, proofs: Sequence[Proof]) -> Verdict:
        """What all evidence of one learner for one activity proves, whatever its order and repetition."""

    def limit(self, settings: Any) -> int:
        """How often a learner may hand in; 0 is without limit."""


KINDS: MappingProxyType[str, Kind] = MappingProxyType(
    {"page": page, "quiz": quiz, "session": session, "practical": practical}
)


def kind_named(name: str) -> Kind:
    """Raises Invalid("activity-kind")."""
    try:
        return KINDS[name]
    except KeyError:
        raise Invalid("activity-kind", kind=name) from None
