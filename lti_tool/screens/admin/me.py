"""One's own page: posts, accounts to sign in with, and where one is signed in."""

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from lti_tool.learning import audit
from lti_tool.learning.catalogue import service as catalogue
from lti_tool.learning.people import accounts
from lti_tool.protocols.sso.client import providers
from lti_tool.protocols.sso.rules import authority_of
from lti_tool.screens.admin.blueprint import blueprint
from lti_tool.screens.admin.roles import ROLES
from lti_tool.screens.admin.shell import page
from lti_tool.web import staff as sessions
from lti_tool.web.staff import EVERYBODY, Staff, needs_staff
from lti_tool.web.transaction import session


@blueprint.get("/me")
@needs_staff(*EVERYBODY)
def me(staff: Staff) -> str:
    labels = {authority_of(one.issuer): one.label for one in providers()}
    connected = accounts.of(session(), staff.person_id)
    return page(
        session(), staff, "admin/me.html",
        open_sessions=sessions.sessions_of(session(), staff.person_id), hubs=catalogue.hubs(session()), roles=ROLES,
        accounts=[(one.id, labels.get(one.authority)) for one in connected],
        providers=[one for one in providers() if authority_of(one.issuer) not in {it.authority for it in connected}],
    )  # fmt: skip


@blueprint.post("/me/sessions/end")
@needs_staff(*EVERYBODY)
def end_sessions(staff: Staff) -> Response:
    """One of one's own sessions, or without one named all but this one."""
    named = request.form.get("session") or None
    count = sessions.end(session(), staff.person_id, named, but=None if named else staff.session_id)
    audit.note(session(), "staff:session:end-others", actor_id=staff.person_id, count=count)
    return redirect(url_for("admin.me"), 303)


@blueprint.post("/me/accounts/<int(max=2147483647):account_id>/disconnect")
@needs_staff(*EVERYBODY)
def disconnect(staff: Staff, account_id: int) -> Response:
    accounts.disconnect(session(), staff.person_id, account_id)
    return redirect(url_for("admin.me"), 303)
