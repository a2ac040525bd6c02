"""Where staff sign in and out."""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lti_tool.learning import audit
from lti_tool.protocols.sso import links
from lti_tool.web import staff
from lti_tool.web.guards import must_come_from_us, open_to_all
from lti_tool.web.limits import limited
from lti_tool.web.transaction import session

blueprint = Blueprint("sso", __name__, url_prefix="/sign-in", template_folder="templates")


@blueprint.get("/")
@open_to_all
@limited("sign_in")
def sign_in() -> str:
    return render_template("sso/sign_in.html")


@blueprint.get("/link/<secret>")
@open_to_all
@limited("sign_in")
def link(secret: str) -> str:
    """Only a button: programs that look at the links in mails must not use them up."""
    return render_template("sso/link.html", secret=secret)


@blueprint.post("/link/<secret>")
@open_to_all
@limited("sign_in")
def link_used(secret: str) -> Response:
    must_come_from_us()
    person_id = links.spend(session(), secret)
    return enter(person_id, way_in="link", path=url_for("admin.home"))


def enter(person_id: int, *, way_in: str, path: str) -> Response:
    """Open a session in this browser and go on to the path; the browser's earlier session is over."""
    before = staff.find(session(), request.cookies.get(staff.cookie_name()))
    if before is not None:
        staff.end(session(), before.person_id, before.public_id)
    secret = staff.begin(session(), person_id, way_in=way_in, browser="")
    audit.note(session(), "staff:session:begin", actor_id=person_id, way_in=way_in)
    response = redirect(path, 303)
    staff.set_cookie(response, secret)
    return response


@blueprint.post("/out")
@open_to_all
@limited("sign_in")
def sign_out() -> Response:
    must_come_from_us()
    found = staff.find(session(), request.cookies.get(staff.cookie_name()))
    if found is not None:
        staff.end(session(), found.person_id, found.public_id)
    response = redirect(url_for("sso.sign_in"), 303)
    staff.set_cookie(response, "")
    return response
