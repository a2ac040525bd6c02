"""A teacher wants the list of participants read again."""

from flask import redirect, request
from werkzeug.wrappers import Response

from lti_tool.protocols.roster import service as rosters
from lti_tool.protocols.roster.words import why
from lti_tool.screens.shell import HEADING
from lti_tool.screens.teacher.blueprint import blueprint
from lti_tool.web.guards import needs
from lti_tool.web.i18n import page_language
from lti_tool.web.transaction import session
from lti_tool.web.visits import Visit


@blueprint.post("/class/refresh")
@needs("teacher")
def class_refresh(visit: Visit) -> Response:
    rosters.ask(session(), visit.resource_link_id)
    return redirect(f"{request.path.removesuffix('/refresh')}#{HEADING}", 303)


@blueprint.app_template_filter("why_no_roster")
def why_no_roster(reason: str) -> str:
    """The sentence for the reason of a class's facts."""
    return why(reason, page_language())
