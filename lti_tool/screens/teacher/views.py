"""Addresses of the teacher's pages."""

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from lti_tool.learning.catalogue import service as catalogue
from lti_tool.protocols.resource_links import service as links
from lti_tool.screens.shell import HEADING, page
from lti_tool.screens.teacher import choice
from lti_tool.screens.teacher.blueprint import blueprint
from lti_tool.web.guards import needs
from lti_tool.web.transaction import session
from lti_tool.web.visits import Visit


@blueprint.get("/choose")
@needs("teacher")
def choose(visit: Visit) -> str:
    hubs = links.hubs_of(session(), visit.resource_link_id) if visit.resource_link_id else ()
    return page(session(), visit, "teacher/choose.html", offers=catalogue.offers(session(), hubs))


@blueprint.post("/choose")
@needs("teacher")
def chosen(visit: Visit) -> Response:
    choice.make(session(), visit, request.form)
    return redirect(url_for("learner.overview", visit_id=visit.public_id, _anchor=HEADING), 303)
