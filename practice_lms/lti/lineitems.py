"""Line items: the container and its members (AGS 2.0, 3.2)."""

from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, request

from practice_lms.lti import addresses, media
from practice_lms.lti.access import admitted
from practice_lms.lti.answers import Refused, as_json
from practice_lms.lti.lineitem_json import as_sent, parsed
from practice_lms.lti.paging import asked, next_link
from practice_lms.state import gradebook, tools
from practice_lms.state.gradebook import LineItem
from practice_lms.state.practice import Practice, here
from practice_lms.state.school import find_course
from practice_lms.state.tools import Tool

bp = Blueprint("lineitems", __name__, url_prefix="/lti/ags/<course_id>/lineitems")

READ = (media.SCOPE_LINE_ITEM, media.SCOPE_LINE_ITEM_READ)


def tool_here(practice: Practice, course_id: str, *scopes: str) -> Tool:
    """The tool that asks, in a course that exists, with the query of its address. Raises Refused."""
    token = admitted(practice, request.headers.get("Authorization", ""), *scopes)
    tool = tools.find_tool(practice.store, token.client_id)
    if tool is None or request.args.get("type_id") != str(tool.number):
        raise Refused(404, "wrong address; is its query (type_id) kept?", "not_found")
    if find_course(practice.store, course_id) is None:
        raise Refused(404, "no such course", "not_found")
    return tool


def item_here(practice: Practice, course_id: str, lineitem_id: int, tool: Tool) -> LineItem:
    """A line item of this tool in this course. Raises Refused 404."""
    item = gradebook.find_lineitem(practice.store, lineitem_id)
    if item is None or (item.course_id, item.client_id) != (course_id, tool.client_id):
        raise Refused(404, "no such line item for this tool", "not_found")
    return item


def _body() -> dict[str, Any]:
    media.must_send(request.content_type or "", media.LINE_ITEM)
    body = request.get_json(force=True, silent=True)
    if not isinstance(body, dict):
        raise Refused(400, "the body must be one line item in JSON")
    return body


@bp.get("")
def container(course_id: str) -> Response:
    """Line items of the tool, filtered and in pages."""
    practice = here()
    tool = tool_here(practice, course_id, *READ)
    media.must_accept(request.headers.get("Accept", ""), media.LINE_ITEMS)
    items = gradebook.lineitems_of(
        practice.store,
        course_id,
        tool.client_id,
        link_id=request.args.get("resource_link_id"),
        resource_id=request.args.get("resource_id"),
        tag=request.args.get("tag"),
    )
    stretch = asked(request.args, 500)
    answer = as_json(
        [as_sent(practice, tool, item) for item in items[stretch.start : stretch.end]], media.LINE_ITEMS
    )
    return next_link(practice, answer, stretch, len(items))


@bp.post("")
def create(course_id: str) -> Response:
    """Make a column; a link named in it must be one of this tool in this course."""
    practice = here()
    tool = tool_here(practice, course_id, media.SCOPE_LINE_ITEM)
    item = parsed(_body(), LineItem(0, course_id, tool.client_id, "", 1))
    if item.link_id is not None:
        link = tools.find_link(practice.store, item.link_id)
        if link is None or (link.course_id, link.client_id) != (course_id, tool.client_id):
            raise Refused(404, "resourceLinkId is no link of this tool in this course", "not_found")
    saved = gradebook.add_lineitem(practice.store, item)
    answer = as_json(as_sent(practice, tool, saved), media.LINE_ITEM, 201)
    answer.headers["Location"] = addresses.lineitem(practice, course_id, saved.id, tool.number)
    return answer


@bp.get("/<int:lineitem_id>/lineitem")
def read(course_id: str, lineitem_id: int) -> Response:
    """One line item."""
    practice = here()
    tool = tool_here(practice, course_id, *READ)
    media.must_accept(request.headers.get("Accept", ""), media.LINE_ITEM)
    item = item_here(practice, course_id, lineitem_id, tool)
    return as_json(as_sent(practice, tool, item), media.LINE_ITEM)


@bp.put("/<int:lineitem_id>/lineitem")
def change(course_id: str, lineitem_id: int) -> Response:
    """Write a whole line item again; id and resourceLinkId may not change (AGS 2.0, 3.2.6)."""
    practice = here()
    tool = tool_here(practice, course_id, media.SCOPE_LINE_ITEM)
    old = item_here(practice, course_id, lineitem_id, tool)
    body = _body()
    new = parsed(body, replace(old, resource_id=None, tag=None, more={}))
    if new.link_id != old.link_id or body.get("id", _address(practice, tool, old)) != _address(
        practice, tool, old
    ):
        raise Refused(400, "id and resourceLinkId may not be changed")
    gradebook.change_lineitem(practice.store, new)
    return as_json(as_sent(practice, tool, new), media.LINE_ITEM)


@bp.delete("/<int:lineitem_id>/lineitem")
def remove(course_id: str, lineitem_id: int) -> Response:
    """Drop a column, also that of a link: its column disappears (as with Moodle)."""
    practice = here()
    tool = tool_here(practice, course_id, media.SCOPE_LINE_ITEM)
    if not practice.misbehaviour.column_removal:
        raise Refused(403, "columns are not removed by tools (practice)", "forbidden")
    gradebook.remove_lineitem(practice.store, item_here(practice, course_id, lineitem_id, tool).id)
    return Response(status=204)


def _address(practice: Practice, tool: Tool, item: LineItem) -> str:
    return addresses.lineitem(practice, item.course_id, item.id, tool.number)
