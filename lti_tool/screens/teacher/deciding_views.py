"""Addresses where a teacher decides something of one learner's result."""

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from lti_tool.screens.shell import HEADING, page
from lti_tool.screens.teacher import deciding
from lti_tool.screens.teacher.blueprint import blueprint
from lti_tool.screens.teacher.pupils import pupil
from lti_tool.screens.teacher.refreshing import part_of_class
from lti_tool.web.guards import needs
from lti_tool.web.transaction import session
from lti_tool.web.visits import Visit

TEMPLATE = "teacher/decide.html"


@blueprint.get("/class/<person>/<key>")
@needs("teacher")
def decide(visit: Visit, person: str, key: str) -> str:
    """One activity of one learner, or "*" for all, with the forms of what a teacher can do."""
    one = pupil(session(), visit, person, key)
    return page(session(), visit, TEMPLATE, **deciding.facts(session(), one, done=request.args.get("done", "")))


@blueprint.post("/class/<person>/<key>/<act>")
@needs("teacher")
def decided(visit: Visit, person: str, key: str, act: str) -> Response | tuple[str, int]:
    one = pupil(session(), visit, person, key)
    refused = deciding.decide(session(), visit, one, act, request.form)
    if refused is not None:
        return page(session(), visit, TEMPLATE, **deciding.facts(session(), one, refused)), refused.status
    facts = {"person": person, "key": key, "done": act, "_anchor": HEADING, **part_of_class()}
    here = url_for("teacher.decide", visit_id=visit.public_id, **facts)
    return redirect(here, 303)
