"""Addresses by which a teacher looks at a module as a learner would, in a run of its own that leaves nothing behind."""

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from lti_tool.base.errors import NotFound
from lti_tool.learning.catalogue import shelf
from lti_tool.learning.progress import previews
from lti_tool.screens.shell import HEADING
from lti_tool.screens.teacher.blueprint import blueprint
from lti_tool.screens.teacher.errands import errand_of
from lti_tool.web import visits
from lti_tool.web.guards import ANYBODY_IN, needs
from lti_tool.web.transaction import session
from lti_tool.web.visits import Visit


@blueprint.post("/preview")
@needs("teacher")
def preview(visit: Visit) -> Response:
    """Begin to look at a module that may be chosen, or at one activity of it."""
    card = shelf.card(session(), request.form.get("module", ""), errand_of(session(), visit).hubs)
    activity = request.form.get("activity") or None
    if activity not in (None, *(part.key for part in card.parts)):
        raise NotFound("activity")
    public_id = visits.preview_id(visit.public_id)
    cohort_id = previews.begin(session(), public_id, visit.person_id, card.module_id)
    visits.open_beside(session(), visit, cohort_id, public_id, activity_key=activity)
    return redirect(url_for("learner.overview", visit_id=public_id, _anchor=HEADING), 303)


@blueprint.post("/preview/close")
@needs(*ANYBODY_IN)
def preview_close(visit: Visit) -> Response:
    """End the look, remove all that came of it, and go back to where it began."""
    if not visit.is_preview or visit.cohort_id is None:
        raise NotFound("page")
    visits.forget_previews(session(), [visit.cohort_id])
    previews.remove(session(), [visit.cohort_id])
    return redirect(url_for("learner.overview", visit_id=visits.first_id(visit.public_id), _anchor=HEADING), 303)
