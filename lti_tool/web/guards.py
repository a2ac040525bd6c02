"""Who may enter. Every route carries @needs(...) or @open_to_all; a house test sees to it."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, TypeVar, cast

from flask import Response, g, make_response, render_template, request

from lti_tool.base import clock
from lti_tool.base.errors import Forbidden, Invalid, NotFound, Unauthorised
from lti_tool.base.vault import same
from lti_tool.web import cookies, headers, visits
from lti_tool.web.extensions import tool
from lti_tool.web.transaction import SAFE_METHODS, apart, session
from lti_tool.web.visits import Proof, Record, Visit

View = TypeVar("View", bound=Callable[..., Any])
ANYBODY_IN = ("learner", "teacher", "none")
TICKET_HEADER = "X-Visit-Ticket"


def open_to_all(view: View) -> View:
    """Anybody on the internet may call this route."""
    view.guard = "open"  # type: ignore[attr-defined]
    return view


def needs(*roles: str) -> Callable[[View], View]:
    """Only an open visit with one of these roles may call this route, whose address holds `visit_id`."""

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(visit_id: str, **arguments: Any) -> Any:
            must_come_from_us()
            _must_be_texts()
            record = visits.find(session(), visit_id)
            if record is None:
                raise NotFound("visit")
            g.language = record.language
            if not visits.opened(record, proof_for(visit_id)):
                return _ask_for_ticket(record)
            headers.frame_by(record.frame_ancestors, asks_opener=record.storage_frame is not None)
            g.return_url = record.return_url
            _must_last(record)
            _keep_alive(record)
            if record.role not in roles:
                raise Forbidden("role", role=record.role)
            g.visit = visits.visit_of(record)
            return view(g.visit, **arguments)

        guarded.guard = roles  # type: ignore[attr-defined]
        return cast(View, guarded)

    return guard


def visit() -> Visit | None:
    """The visit of this request, once its guard let it in."""
    current: Visit | None = g.get("visit")
    return current


def must_come_from_us() -> None:
    """Refuse changes asked by pages of other sites (CSRF). Browsers name the asking origin with every POST."""
    if request.method in SAFE_METHODS:
        return
    origin = request.headers.get("Origin")
    site = request.headers.get("Sec-Fetch-Site")
    if origin != tool().settings.public_url and not (origin is None and site in (None, "same-origin")):
        raise Forbidden("cross-site")


def _must_be_texts() -> None:
    """PostgreSQL takes no text with a zero byte in it; searches pass over it. Raises NotFound, Invalid."""
    if any("\x00" in str(text) for text in (request.view_args or {}).values()):
        raise NotFound("page")
    if any("\x00" in text for text in request.form.values()):
        raise Invalid("form")


def proof_for(visit_id: str) -> Proof:
    return Proof(
        browser=cookies.browser_secret(request),
        launch=cookies.launch_secret(request, visit_id),
        ticket=request.headers.get(TICKET_HEADER),
        former=cookies.former_browser_secret(request),
    )


def _ask_for_ticket(record: Record) -> Response:
    """A page that holds nothing but the way to ask the platform's storage for the ticket."""
    door = visits.door_of(record)
    if door is None or request.method not in SAFE_METHODS or request.headers.get(TICKET_HEADER):
        g.try_again = f"/v/{record.public_id}/" if door else None
        raise Unauthorised("visit-not-yours")
    headers.frame_by(record.frame_ancestors, asks_opener=record.storage_frame is not None)
    if record.resource_link_id is None and record.frame_ancestors != "*":
        headers.post_to(record.frame_ancestors)  # pages come into this one, also that which carries an answer there
    return make_response(render_template("ticket.html", door=door))


def _must_last(record: Record) -> None:
    if record.ended_at is not None:
        raise Unauthorised("visit-ended")
    settings = tool().settings
    idle = timedelta(minutes=settings.visit_idle_minutes)
    if visits.is_over(record, idle=idle, longest=timedelta(hours=settings.visit_max_hours)):
        raise Unauthorised("visit-over")


def _keep_alive(record: Record) -> None:
    """Note the use; and let the visit move to the browser's cookie where that is the same person's (see secret_for)."""
    browser = cookies.browser_secret(request)
    if browser is not None and (
        same(browser, record.browser) or not visits.owns_visits_of(session(), browser, record.person_id)
    ):
        browser = None
    if browser is None and clock.now() - record.seen_at < visits.TOUCH_EVERY:
        return
    if request.method in SAFE_METHODS:
        with apart() as own:
            visits.touch(own, record.public_id, browser)
    else:
        visits.touch(session(), record.public_id, browser)
