"""The page that carries an answer to the platform: a form that sends itself by a script of ours, and has a button."""

from flask import Response, make_response, render_template

from lti_tool.protocols.deep_linking.service import Answer
from lti_tool.web import headers
from lti_tool.web.visits import Visit


def sent(visit: Visit, answer: Answer) -> Response:
    """The page. Its form may go to the platform, and be led on there to where else the platform lives.

    The visit's own frame_ancestors name the origin of the address too (lti.choosing).
    """
    headers.post_to(visit.frame_ancestors)
    return make_response(render_template("answer.html", answer=answer))
