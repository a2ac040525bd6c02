"""A day at the hub: what it is, the dates to choose from, and the learner's own seat."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import request
from flask_babel import get_locale
from sqlalchemy.orm import Session

from lti_tool.learning.catalogue.rules import Step
from lti_tool.learning.kinds.session import HubDay
from lti_tool.learning.progress.decisions import Decision
from lti_tool.learning.sessions import reports
from lti_tool.learning.sessions.rules import Party
from lti_tool.protocols.resource_links import partners
from lti_tool.screens.learner import markdown
from lti_tool.screens.learner.desk import Desk
from lti_tool.web.extensions import tool
from lti_tool.web.i18n import localised

TEMPLATE = "learner/session.html"


def extras(session: Session, desk: Desk, step: Step) -> dict[str, Any]:
    day: HubDay = step.settings
    language = str(get_locale())
    text = localised(day.text, language)
    party = party_of(session, desk)
    offers = reports.offers(session, desk.place.enrolment_id, desk.syllabus.module_id, step.key, party)
    mine = next((one for one in offers if one.is_open_to_me), None)
    return {
        "content": markdown.shown(desk.syllabus.version_id, step.key, language, text, tool().settings.files_dir),
        "mine": mine,
        "others": [one for one in offers if one is not mine and one.refusal is None],
        "former": [one for one in offers if one.mine and not one.is_open_to_me],
        "wanted": request.args.get("day", ""),
    }


def party_of(session: Session, desk: Desk) -> Party:
    """The school or company of which this learner is, whose guaranteed seats they may take; None: of no partner."""
    return partners.school_of(session, desk.dates.link)


def tries_left(step: Step, handed_in: Sequence[datetime], decided: Sequence[Decision]) -> int | None:
    """Being there once more changes nothing."""
    return 0
