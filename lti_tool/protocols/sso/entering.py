"""What all ways in share: a new session in this browser, and where it goes on."""

import re

from flask import redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from lti_tool.learning import audit
from lti_tool.protocols.sso import attempts
from lti_tool.protocols.sso.browsers import browser_of
from lti_tool.web import staff
from lti_tool.web.extensions import tool

LONGEST = 512
OWN = re.compile(r"/staff/[A-Za-z0-9/_.~?&=%+-]*")


def enter(session: Session, person_id: int, *, way_in: str, path: str) -> Response:
    """Open a session in this browser and go on to the path; the browser's earlier session is over."""
    leave(session)
    secret = staff.begin(session, person_id, way_in=way_in, browser=browser_of(request.user_agent.string))
    audit.note(session, "staff:session:begin", actor_id=person_id, way_in=way_in)
    response = redirect(path, 303)
    staff.set_cookie(response, secret)
    return response


def leave(session: Session) -> None:
    """End the session of this browser, if there is one."""
    before = staff.find(session, request.cookies.get(staff.cookie_name()))
    if before is not None:
        staff.end(session, before.person_id, before.public_id)
        audit.note(session, "staff:session:end", actor_id=before.person_id)


def own_path(wanted: str) -> str:
    """The path of a page of ours for staff; the first page where something else was asked for."""
    is_ours = len(wanted) <= LONGEST and OWN.fullmatch(wanted)
    return wanted if is_ours else url_for("admin.home")


def _attempt_cookie() -> str:
    return "__Host-technohub_sign_in" if _is_secure() else "technohub_sign_in"


def _is_secure() -> bool:
    return tool().settings.public_url.startswith("https:")


def browser_secret() -> str | None:
    """What tells this browser from others while it signs in elsewhere."""
    return request.cookies.get(_attempt_cookie())


def keep_browser(response: Response, secret: str) -> None:
    response.set_cookie(
        _attempt_cookie(), secret, max_age=int(attempts.LASTS.total_seconds()), path="/", httponly=True,
        samesite="Lax", secure=_is_secure(),
    )  # fmt: skip
