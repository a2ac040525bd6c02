"""Addresses of a learner's day at the hub."""

from flask import redirect, url_for
from werkzeug.wrappers import Response

from lti_tool.screens.learner import session_forms
from lti_tool.screens.learner.blueprint import blueprint
from lti_tool.screens.learner.desk import desk_of
from lti_tool.screens.shell import HEADING
from lti_tool.web.guards import ANYBODY_IN, needs
from lti_tool.web.transaction import session
from lti_tool.web.visits import Visit


@blueprint.post("/a/<key>/days/<day>/book")
@needs(*ANYBODY_IN)
def book(visit: Visit, key: str, day: str) -> Response:
    """Take a seat or a place on the list, answer an offer, or move here from another day."""
    session_forms.must_be_learner(visit)
    session_forms.book(session(), desk_of(session(), visit), key, day)
    return _back(visit, key)


@blueprint.post("/a/<key>/days/<day>/give-back")
@needs(*ANYBODY_IN)
def give_back(visit: Visit, key: str, day: str) -> Response:
    session_forms.give_back(session(), desk_of(session(), visit), key, day)
    return _back(visit, key)


def _back(visit: Visit, key: str) -> Response:
    return redirect(url_for("learner.activity", visit_id=visit.public_id, key=key, _anchor=HEADING), 303)
