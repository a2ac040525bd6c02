"""A page to read: its text, and the button that says it is read."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import get_locale
from sqlalchemy.orm import Session

from lti_tool.learning.catalogue.rules import Step
from lti_tool.learning.kinds.page import Page
from lti_tool.learning.progress.decisions import Decision
from lti_tool.screens.learner import markdown
from lti_tool.screens.learner.desk import Desk
from lti_tool.web.extensions import tool
from lti_tool.web.i18n import localised

TEMPLATE = "learner/page.html"


def extras(session: Session, desk: Desk, step: Step) -> dict[str, Any]:
    page: Page = step.settings
    language = str(get_locale())
    text = localised(page.markdown, language)
    shelf = tool().settings.files_dir
    return {"content": markdown.shown(desk.syllabus.version_id, step.key, language, text, shelf)}


def tries_left(step: Step, handed_in: Sequence[datetime], decided: Sequence[Decision]) -> int | None:
    """Reading once more changes nothing."""
    return 0
