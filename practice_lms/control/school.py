"""Control: people, courses, links, tools; and many of them at once for a load test."""

import json
import secrets
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response

from practice_lms.control.kit import Body, body, found, member
from practice_lms.lti.answers import Refused, as_json
from practice_lms.lti.notices import tell_of_copy
from practice_lms.state import gradebook, school, tools
from practice_lms.state.bulk import add_many
from practice_lms.state.copying import ancestors, copy_course
from practice_lms.state.gradebook import LineItem
from practice_lms.state.groups import Group, save_group
from practice_lms.state.practice import Practice, here
from practice_lms.state.school import Course, CourseRole, User
from practice_lms.state.seed import CLIENT_ID, DEPLOYMENT_ID, practice_tool
from practice_lms.state.tools import Link

bp = Blueprint("control_school", __name__)


@bp.post("/users")
def users() -> Response:
    """Add or change someone, and enrol them: courses = {course id: role}."""
    practice, sent = here(), body()
    user = User(
        id=member(sent, "id", str, f"user-{secrets.token_hex(4)}"),
        given=member(sent, "given", str, ""),
        family=member(sent, "family", str, ""),
        email=member(sent, "email", str, ""),
        is_admin=member(sent, "is_admin", bool, False),
        is_test=member(sent, "is_test", bool, False),
    )
    status = member(sent, "status", str, "Active")
    with practice.store.transaction():
        school.add_user(practice.store, user)
        for course_id, role in member(sent, "courses", dict, {}).items():
            school.enrol(practice.store, course_id, user.id, _role(role), status)
    return as_json({**user.__dict__, "courses": sent.get("courses", {})}, status=201)


@bp.post("/leave")
def leave() -> Response:
    """Take someone out of a course."""
    practice, sent = here(), body()
    school.leave(practice.store, member(sent, "course", str), member(sent, "user", str))
    return as_json({})


@bp.post("/groups")
def groups() -> Response:
    """Add or change a group of a course, with everybody who is in it."""
    practice, sent = here(), body()
    group = Group(
        id=member(sent, "id", str, f"group-{secrets.token_hex(4)}"),
        course_id=member(sent, "course", str),
        name=member(sent, "name", str),
        set_name=member(sent, "set", str, ""),
    )
    members = [str(one) for one in member(sent, "members", list, [])]
    with practice.store.transaction():
        save_group(practice.store, group, members)
    return as_json({**group.__dict__, "members": members}, status=201)


def _role(value: Any) -> CourseRole:
    try:
        return CourseRole(value)
    except ValueError as wrong:
        raise Refused(400, "a role is teacher or student") from wrong


@bp.post("/courses")
def courses() -> Response:
    """Add or change a course."""
    practice, sent = here(), body()
    title = member(sent, "title", str)
    course = Course(
        member(sent, "id", str, f"course-{secrets.token_hex(4)}"), title, member(sent, "label", str, title)
    )
    school.add_course(practice.store, course)
    return as_json(course.__dict__, status=201)


@bp.post("/copies")
def copies() -> Response:
    """Copy a course, as its teacher would; `notices` are the answers of tools that were told."""
    practice, sent = here(), body()
    course = found(school.find_course(practice.store, member(sent, "course", str)), "course")
    made = copy_course(practice.store, course, member(sent, "teacher", str, "fatima"), member(sent, "title", str, ""))
    placed = {link.id: ancestors(practice.store, link.id)[0] for link in tools.links_of(practice.store, made.id)}
    told = tell_of_copy(practice, course, made)
    originals = {original: link_id for link_id, original in placed.items()}
    return as_json({**made.__dict__, "links": originals, "notices": told}, status=201)


@bp.post("/links")
def links() -> Response:
    """Place a link; with `score_maximum` it gets a column of its own."""
    practice, sent = here(), body()
    link = _link(practice, sent)
    with practice.store.transaction():
        tools.save_link(practice.store, link)
        item = _column(practice, link, sent)
    return as_json({**link.__dict__, "lineitem": item.id if item is not None else None}, status=201)


def _link(practice: Practice, sent: Body) -> Link:
    course_id = member(sent, "course", str)
    found(school.find_course(practice.store, course_id), "course")
    tool = found(tools.find_tool(practice.store, member(sent, "client_id", str, CLIENT_ID)), "tool")
    return Link(
        id=member(sent, "id", str, f"link-{secrets.token_hex(4)}"),
        course_id=course_id,
        client_id=tool.client_id,
        deployment_id=member(sent, "deployment_id", str, DEPLOYMENT_ID),
        title=member(sent, "title", str, tool.name),
        description=member(sent, "description", str, ""),
        url=member(sent, "url", str, ""),
        custom={name: str(value) for name, value in member(sent, "custom", dict, {}).items()},
    )


def _column(practice: Practice, link: Link, sent: Body) -> LineItem | None:
    if sent.get("score_maximum") is None:
        return None
    maximum = member(sent, "score_maximum", float)
    item = LineItem(0, link.course_id, link.client_id, link.title, maximum, link_id=link.id)
    return gradebook.add_lineitem(practice.store, item)


@bp.post("/columns")
def columns() -> Response:
    """Change a column by hand, as a teacher does: label, scoreMaximum, endDateTime; null takes away."""
    practice, sent = here(), body()
    item = found(gradebook.find_lineitem(practice.store, member(sent, "lineitem", int)), "column")
    more = {name: value for name, value in (item.more | sent).items() if name == "endDateTime" or name in item.more}
    changed = replace(
        item,
        label=member(sent, "label", str, item.label),
        score_maximum=member(sent, "scoreMaximum", float, item.score_maximum),
        more={name: value for name, value in more.items() if value is not None},
    )
    gradebook.change_lineitem(practice.store, changed)
    return as_json({"lineitem": changed.id, "label": changed.label, "scoreMaximum": changed.score_maximum})


@bp.post("/tools")
def register_tool() -> Response:
    """Register or change a tool, or add a deployment; what is left out follows from `tool` or what stood."""
    practice, sent = here(), body()
    client_id = member(sent, "client_id", str, CLIENT_ID)
    old = tools.find_tool(practice.store, client_id)
    base = (
        practice_tool(member(sent, "tool", str, practice.config.tool))
        if old is None or "tool" in sent
        else old
    )
    changed = replace(base, client_id=client_id, **_members_of_a_tool(sent))
    with practice.store.transaction():
        tool = tools.save_tool(practice.store, changed)
        tools.deploy(practice.store, client_id, member(sent, "deployment_id", str, DEPLOYMENT_ID))
    told = tool.__dict__ | {"deployments": tools.deployments(practice.store, client_id)}
    return as_json(told, status=201 if old is None else 200)


def _members_of_a_tool(sent: Body) -> dict[str, Any]:
    texts = ("name", "login_url", "target_link_uri", "jwks_url", "deep_link_uri")
    members: dict[str, Any] = {name: member(sent, name, str) for name in texts if name in sent}
    members |= {name: tuple(member(sent, name, list)) for name in ("redirect_uris", "scopes") if name in sent}
    if "jwks" in sent:
        members["jwks"] = json.dumps(sent["jwks"]) if sent["jwks"] else ""
    if "custom" in sent:
        members["custom"] = member(sent, "custom", dict)
    if "is_active" in sent:
        members["is_active"] = member(sent, "is_active", bool)
    return members


@bp.post("/bulk")
def bulk() -> Response:
    """Many students and links quickly, in a course of their own unless one is named."""
    practice, sent = here(), body()
    made = add_many(
        practice.store,
        course_id=member(sent, "course", str, "bulk"),
        students=member(sent, "students", int, 0),
        links=member(sent, "links", int, 0),
        custom=member(sent, "custom", dict, {}),
        score_maximum=member(sent, "score_maximum", float, 100.0),
    )
    return as_json(made, status=201)


@bp.post("/registration_tokens")
def registration_token() -> Response:
    """A token for one dynamic registration, and the address that a tool is opened with."""
    practice = here()
    token = secrets.token_urlsafe(18)
    practice.registration_tokens.add(token)
    configuration = f"{practice.url}/.well-known/openid-configuration"
    return as_json({"registration_token": token, "openid_configuration": configuration}, status=201)
