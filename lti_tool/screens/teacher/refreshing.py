"""A teacher wants the list of participants read again; a page that stays open shows it once it is there."""

from dataclasses import dataclass
from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lti_tool.base.errors import NotFound
from lti_tool.protocols.resource_links import classes
from lti_tool.protocols.resource_links.classes import ClassFacts
from lti_tool.protocols.roster import service as rosters
from lti_tool.protocols.roster.words import why
from lti_tool.screens.shell import HEADING
from lti_tool.screens.teacher.blueprint import blueprint
from lti_tool.web.guards import needs
from lti_tool.web.i18n import page_language
from lti_tool.web.transaction import session
from lti_tool.web.visits import Visit

LOOKS_S = (1, 2, 2, 3, 5, 5, 10, 10, 20, 30, 60, 60, 120, 300)
"""A page that stays open looks after so many seconds whether the list has come, and then leaves it."""
PART = ("only", "group", "find", "sort", "order", "page")
"""By what an address of the class says which part of it is shown."""


@dataclass(frozen=True, slots=True)
class Looks:
    """What a page does by itself."""

    waits_s: int | None = None
    """Look again after so many seconds whether the list has come."""
    number: int = 0
    has_come: bool = False
    """It has come: show it."""


def looks(facts: ClassFacts) -> Looks:
    """Of a page that was just opened."""
    return Looks(LOOKS_S[0] if facts.asked_at is not None else None)


@blueprint.get("/class/known")
@needs("teacher")
def class_known(visit: Visit) -> str:
    """Whether the list has come, for a page that stays open."""
    number = max(1, request.args.get("look", 1, type=int))
    if not classes.is_awaited(session(), _link_of(visit)):
        return _look(visit, Looks(has_come=True))
    return _look(visit, Looks(waits_s=LOOKS_S[number] if number < len(LOOKS_S) else None, number=number))


@blueprint.post("/class/refresh")
@needs("teacher")
def class_refresh(visit: Visit) -> Response:
    rosters.ask(session(), visit.resource_link_id)
    return redirect(url_for("teacher.class_view", visit_id=visit.public_id, _anchor=HEADING, **part_of_class()), 303)


def _look(visit: Visit, looks: Looks) -> str:
    return render_template("teacher/_class_look.html", visit=visit, looks=looks)


def _link_of(visit: Visit) -> int:
    if visit.resource_link_id is None:
        raise NotFound("link")
    return visit.resource_link_id


@blueprint.app_template_global()
def part_of_class() -> dict[str, Any]:
    """Which part of the class the reader came from, or is in, to be put in an address again."""
    return {name: request.args[name][:200] for name in PART if request.args.get(name)}


@blueprint.app_template_filter("why_no_roster")
def why_no_roster(reason: str) -> str:
    """The sentence for the reason of a class's facts."""
    return why(reason, page_language())
