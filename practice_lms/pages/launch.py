"""Opening the tool: the page with the frame, and the form that begins the launch in frame or window."""

from flask import Blueprint, Response, abort, request

from practice_lms.lti.login import initiation
from practice_lms.pages.guard import course_and_role, someone, teacher_of
from practice_lms.state import tools
from practice_lms.state.practice import here
from practice_lms.state.tickets import LaunchKind, Ticket, new_id
from practice_lms.state.tools import Link, Tool
from practice_lms.web.page import autosubmit, page, problem
from practice_lms.web.person import current_locale

bp = Blueprint("launch", __name__)


@bp.get("/links/<link_id>")
def in_frame(link_id: str) -> Response:
    """The tool in a frame."""
    link, tool = _link_and_tool(link_id)
    _, course, _ = course_and_role(link.course_id)
    return page("tool.html", title=link.title, course=course, tool=tool, source=f"/launch/link/{link.id}")


@bp.get("/launch/link/<link_id>")
def link_launch(link_id: str) -> Response:
    """Begin the launch of a link."""
    link, tool = _link_and_tool(link_id)
    person, _, _ = course_and_role(link.course_id)
    ticket = Ticket(
        new_id(),
        LaunchKind.RESOURCE,
        person.id,
        tool.client_id,
        link.deployment_id,
        course_id=link.course_id,
        link_id=link.id,
        target=_target(),
        locale=current_locale(),
    )
    return begin(ticket, tool)


@bp.get("/courses/<course_id>/choose/<client_id>")
def choose(course_id: str, client_id: str) -> Response:
    """The tool in a frame, to choose content from."""
    _, course = teacher_of(course_id)
    tool = _tool(client_id)
    source = f"/launch/choose/{course.id}/{client_id}"
    return page("tool.html", title=None, course=course, tool=tool, source=source)


@bp.get("/launch/choose/<course_id>/<client_id>")
def choose_launch(course_id: str, client_id: str) -> Response:
    """Begin a deep linking launch."""
    person, course = teacher_of(course_id)
    ticket = Ticket(
        new_id(),
        LaunchKind.DEEP_LINKING,
        person.id,
        client_id,
        _first_deployment(client_id),
        course_id=course.id,
        target=_target(),
        locale=current_locale(),
    )
    return begin(ticket, _tool(client_id))


@bp.get("/launch/privacy/<client_id>")
def privacy_launch(client_id: str) -> Response:
    """Begin a data privacy launch: an administrator, no course."""
    person = someone()
    if not person.is_admin:
        return problem("not_yours", 403)
    deployment_id = _first_deployment(client_id)
    ticket = Ticket(
        new_id(),
        LaunchKind.PRIVACY,
        person.id,
        client_id,
        deployment_id,
        target="window",
        locale=current_locale(),
    )
    return begin(ticket, _tool(client_id))


def begin(ticket: Ticket, tool: Tool) -> Response:
    """Send the browser to the login address of the tool, by POST or GET as the switch says."""
    practice = here()
    practice.tickets.add(ticket)
    return autosubmit(tool.login_url, initiation(practice, ticket, tool), practice.misbehaviour.initiation)


def _target() -> str:
    return "window" if request.args.get("target") == "window" else "iframe"


def _tool(client_id: str) -> Tool:
    tool = tools.find_tool(here().store, client_id)
    if tool is None:
        abort(404)
    return tool


def _link_and_tool(link_id: str) -> tuple[Link, Tool]:
    link = tools.find_link(here().store, link_id)
    if link is None:
        abort(404)
    return link, _tool(link.client_id)


def _first_deployment(client_id: str) -> str:
    found = tools.deployments(here().store, client_id)
    return found[0] if found else ""


@bp.get("/return")
def back_from_tool() -> Response:
    """Where return_url leads: shows lti_msg and lti_errormsg as plain text (LTI Core 1.3, 5.4.4)."""
    ticket = here().tickets.find(request.args.get("launch", ""))
    words = {name: request.args.get(name, "") for name in ("lti_msg", "lti_errormsg")}
    course_id = ticket.course_id if ticket is not None else ""
    return page("returned.html", words=words, course_id=course_id, bare=True)
