"""The self-test of a platform's administrator, the page of a test launch, and a look at the browser's cookies.

Who has the secret of a self-test's address may use it (docs/decisions/0010); the secret is what a page of another
site cannot know. These pages send no Referer, so browsers name no origin with their forms.
"""

import secrets
from dataclasses import replace

from flask import Blueprint, Response, g, jsonify, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from lti_tool.base import clock
from lti_tool.base.errors import NotFound
from lti_tool.protocols.doctor import invite, pages, watch
from lti_tool.protocols.doctor.words.came import lines
from lti_tool.protocols.platforms import service as platforms
from lti_tool.web import cookies, headers
from lti_tool.web.guards import must_come_from_us, open_to_all
from lti_tool.web.i18n import page_language, spoken, take_chosen
from lti_tool.web.limits import limited
from lti_tool.web.transaction import session

blueprint = Blueprint("doctor", __name__, template_folder="templates")


@blueprint.get("/self-test/<secret>")
@open_to_all
def self_test(secret: str) -> str:
    registration_id = _opened(secret)
    return render_template("doctor/self_test.html", secret=secret, **pages.facts(registration_id))


@blueprint.post("/self-test/<secret>/check")
@open_to_all
@limited("sign_in")
def check(secret: str) -> AnyResponse:
    done = pages.check(_opened(secret), "self-test")
    return _back(secret, soon=None if done else 1)


@blueprint.post("/self-test/<secret>/watch")
@open_to_all
@limited("sign_in")
def begin_watch(secret: str) -> AnyResponse:
    pages.begin_watch(_opened(secret))
    return _back(secret)


def _opened(secret: str) -> int:
    """The registration of this address, whose platform may frame the page. Raises NotFound("self-test")."""
    _must_not_come_from_elsewhere()
    registration_id = invite.registration_of(session(), secret)
    headers.frame_by(platforms.by_id(session(), registration_id).frame_ancestors)
    headers.send_no_referrer()
    take_chosen()
    return registration_id


def _must_not_come_from_elsewhere() -> None:
    """Beside the secret: the browser must say that the form came from us. It names no origin, for want of a Referer."""
    if request.headers.get("Origin") != "null" or request.headers.get("Sec-Fetch-Site") != "same-origin":
        must_come_from_us()


def _back(secret: str, **more: object) -> AnyResponse:
    kept = {"language": request.args["language"]} if "language" in request.args else {}
    return redirect(url_for("doctor.self_test", secret=secret, **kept, **more), 303)  # type: ignore[arg-type]


@blueprint.get("/lti/test/<launch_id>")
@open_to_all
def test_launch(launch_id: str) -> str:
    """What came along with a test launch. It names neither school nor person, for the id proves nothing."""
    found = watch.found(session(), launch_id)
    if found is None or found[1].code is not None:
        raise NotFound("test-launch")
    registration_id, came = found
    headers.frame_by(platforms.by_id(session(), registration_id).frame_ancestors)
    g.language = spoken(came.facts.get("locale"))
    unnamed = replace(came, deployment_id=None)
    return render_template("doctor/test_launch.html", came=lines(unnamed, page_language()), reference=came.reference)


@blueprint.get("/self-test/browser")
@open_to_all
def browser() -> Response:
    """Sets a cookie, tells whether the last one came back, and what time it is here. For doctor.js."""
    asked, kept = request.args.get("sent", ""), request.cookies.get(cookies.PROBE, "")
    value = secrets.token_urlsafe(9)
    body = {"sent": value, "kept": bool(asked) and asked == kept, "now_ms": round(clock.now().timestamp() * 1000)}
    response = make_response(jsonify(body))
    cookies.set_probe(response, value)
    return response
