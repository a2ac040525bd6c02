"""A page to read: Markdown in each language. Done when the learner says it is read."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lti_tool.base.errors import Invalid
from lti_tool.learning.kinds.evidence import Proof, State, Verdict

OPENED = "opened"
READ = "read"
COMPLETES: tuple[str, ...] = (READ,)


@dataclass(frozen=True, slots=True)
class Page:
    markdown: dict[str, str]


def parse(settings: dict[str, Any]) -> Page:
    markdown = settings.get("markdown")
    if not isinstance(markdown, dict) or not markdown.get("nl"):
        raise Invalid("activity-settings", path="markdown.nl")
    return Page(markdown={language: str(text) for language, text in markdown.items()})


def judge(page: Page, proofs: Sequence[Proof]) -> Verdict:
    if any(proof.what == READ for proof in proofs):
        return Verdict(State.DONE, fraction=1.0)
    return Verdict(State.IN_PROGRESS if proofs else State.NOT_STARTED)


def limit(page: Page) -> int:
    """A page is handed in nowhere."""
    return 0
