"""Which template and facts show an activity of each kind. A later kind is one module and one line more."""

from collections.abc import Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, Protocol

from sqlalchemy.orm import Session

from lti_tool.learning.catalogue.rules import Step
from lti_tool.learning.progress.decisions import Decision
from lti_tool.screens.learner import page, practical, quiz, session
from lti_tool.screens.learner.desk import Desk


class Screen(Protocol):
    TEMPLATE: str

    def extras(self, session: Session, desk: Desk, step: Step) -> dict[str, Any]:
        """What the template of this kind needs beside the desk and the step."""

    def tries_left(self, step: Step, handed_in: Sequence[datetime], decided: Sequence[Decision]) -> int | None:
        """How many more attempts can change the result of this step; None is without limit."""


SCREENS: MappingProxyType[str, Screen] = MappingProxyType(
    {"page": page, "quiz": quiz, "session": session, "practical": practical}
)
