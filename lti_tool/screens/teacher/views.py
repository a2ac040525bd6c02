"""Addresses that teachers knew before the chooser."""

from flask import redirect, url_for
from werkzeug.wrappers import Response

from lti_tool.screens.shell import HEADING
from lti_tool.screens.teacher.blueprint import blueprint
from lti_tool.web.guards import needs
from lti_tool.web.visits import Visit


@blueprint.get("/choose")
@needs("teacher")
def choose(visit: Visit) -> Response:
    """The former address of the chooser, for pages that were open at an upgrade."""
    return redirect(url_for("teacher.place", visit_id=visit.public_id, _anchor=HEADING), 303)
