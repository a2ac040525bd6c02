"""A practical assignment: what is asked, the rubric by which it is judged, and what the assessor said."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import get_locale
from sqlalchemy.orm import Session

from lti_tool.learning.assessment import service as assessment
from lti_tool.learning.catalogue.rules import Step
from lti_tool.learning.kinds.practical import Practical
from lti_tool.learning.progress.decisions import Decision
from lti_tool.screens.learner import markdown
from lti_tool.screens.learner.desk import Desk
from lti_tool.web.extensions import tool
from lti_tool.web.i18n import localised

TEMPLATE = "learner/practical.html"


def extras(session: Session, desk: Desk, step: Step) -> dict[str, Any]:
    work: Practical = step.settings
    language = str(get_locale())
    text = localised(work.text, language)
    said = assessment.history(session, desk.place.enrolment_id, step)
    return {
        "content": markdown.shown(desk.syllabus.version_id, step.key, language, text, tool().settings.files_dir),
        "work": work,
        "said": said[-1] if said else None,
        "earlier": len(said) - 1,
    }


def tries_left(step: Step, handed_in: Sequence[datetime], decided: Sequence[Decision]) -> int | None:
    """A resit is given by people; nobody takes one by themselves."""
    return 0
