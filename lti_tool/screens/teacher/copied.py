"""The page of a copied course, for all of its links at once."""

from urllib.parse import urlencode

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from lti_tool.protocols.copying import plan, service
from lti_tool.protocols.copying.plan import CoursePlan
from lti_tool.screens.shell import HEADING, page
from lti_tool.screens.teacher import copy_form
from lti_tool.screens.teacher.blueprint import blueprint
from lti_tool.screens.teacher.copy_form import Dating
from lti_tool.web.guards import needs
from lti_tool.web.transaction import session
from lti_tool.web.visits import Visit


@blueprint.get("/copy")
@needs("teacher")
def copied(visit: Visit) -> str:
    """What was copied, and what is to become of it; ?first= shifts all dates to a new first day."""
    course = plan.of_link(session(), visit.resource_link_id)
    dating = copy_form.dating(course, request.args.get("first", ""))
    return _page(visit, course, dating, request.args.get("choice", course.choice or "fresh"))


@blueprint.post("/copy")
@needs("teacher")
def decide_copy(visit: Visit) -> Response | tuple[str, int]:
    """Keep what was chosen; a first day whose dates were not shown yet is shown first."""
    form, course = request.form, plan.of_link(session(), visit.resource_link_id)
    choice = form.get("choice", "")
    if copy_form.is_unseen(form):
        return _to_page(visit, first=form["first"], choice=choice)
    filled = copy_form.read(course, form)
    if filled.problems:
        return _page(visit, course, copy_form.typed(course, form, filled.problems), choice), 400
    seen, actor_id = form.get("seen", ""), visit.person_id
    service.decide(session(), visit.resource_link_id, choice, filled.dates, seen=seen, actor_id=actor_id)
    return _to_page(visit, saved="1")


def _page(visit: Visit, course: CoursePlan, dating: Dating, choice: str) -> str:
    facts = {"course": course, "dating": dating, "choice": choice, "is_saved": "saved" in request.args}
    return page(session(), visit, "teacher/copied.html", **facts)


def _to_page(visit: Visit, **query: str) -> Response:
    path = url_for("teacher.copied", visit_id=visit.public_id)
    return redirect(f"{path}?{urlencode(query)}#{HEADING}", 303)
