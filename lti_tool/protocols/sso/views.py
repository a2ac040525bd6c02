"""Where staff sign in and out: one-time links, asked for by mail or made by others. OIDC: oidc_views."""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lti_tool.base.errors import Invalid, Unauthorised
from lti_tool.protocols.sso import links, wishes
from lti_tool.protocols.sso.client import providers
from lti_tool.protocols.sso.entering import enter, leave, own_path
from lti_tool.web import staff
from lti_tool.web.extensions import tool
from lti_tool.web.guards import must_come_from_us, open_to_all
from lti_tool.web.i18n import page_language, take_chosen
from lti_tool.web.limits import limited, network_of
from lti_tool.web.transaction import session

blueprint = Blueprint("sso", __name__, url_prefix="/sign-in", template_folder="templates")


@blueprint.get("/")
@open_to_all
@limited("sign_in")
def sign_in() -> str | Response:
    take_chosen()
    next_path = own_path(request.args.get("next", ""))
    if staff.find(session(), request.cookies.get(staff.cookie_name())) is not None:
        return redirect(next_path, 303)
    return render_template(
        "sso/sign_in.html", providers=providers(), mails=bool(tool().settings.smtp_url), next_path=next_path
    )


@blueprint.post("/mail")
@open_to_all
@limited("sign_in")
def mail() -> Response:
    """The same for every address: wishes."""
    must_come_from_us()
    if not tool().settings.smtp_url:
        raise Invalid("mail-off")
    client = network_of(request.remote_addr or "")
    wishes.ask(session(), tool().vault, request.form.get("email", ""), client=client, language=page_language())
    return redirect(url_for("sso.mailed"), 303)


@blueprint.get("/mailed")
@open_to_all
@limited("sign_in")
def mailed() -> str:
    return render_template("sso/mailed.html")


@blueprint.get("/link/<secret>")
@open_to_all
@limited("sign_in")
def link(secret: str) -> str | Response:
    """Only a button: programs that look at the links in mails must not use them up."""
    if links.is_good(session(), secret):
        return render_template("sso/link.html", secret=secret)
    return _used_before()


@blueprint.post("/link/<secret>")
@open_to_all
@limited("sign_in")
def link_used(secret: str) -> Response:
    must_come_from_us()
    person_id = links.spend(session(), secret)
    if person_id is None:
        return _used_before()
    return enter(session(), person_id, way_in="link", path=url_for("admin.home"))


def _used_before() -> Response:
    """Back to a used link in the browser that it signed in: go on. Raises Unauthorised("login-link")."""
    if staff.find(session(), request.cookies.get(staff.cookie_name())) is None:
        raise Unauthorised("login-link")
    return redirect(url_for("admin.home"), 303)


@blueprint.post("/out")
@open_to_all
@limited("sign_in")
def sign_out() -> Response:
    must_come_from_us()
    leave(session())
    response = redirect(url_for("sso.sign_in"), 303)
    staff.set_cookie(response, "")
    return response
