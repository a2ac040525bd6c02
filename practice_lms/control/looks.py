"""Control: look into the gradebook and the counters, and type a grade as the teacher does."""

from typing import Any

from flask import Blueprint, Response, request

from practice_lms.control.kit import body, found, member
from practice_lms.lti.answers import as_json
from practice_lms.lti.lineitem_json import as_sent
from practice_lms.state import gradebook, tools
from practice_lms.state.gradebook import LineItem
from practice_lms.state.grading import type_grade
from practice_lms.state.practice import Practice, here

bp = Blueprint("control_looks", __name__)


@bp.get("/gradebook")
def whole_gradebook() -> Response:
    """Every line item with its results and its scores; narrowed by ?course= and ?user=."""
    practice = here()
    course_id, user_id = request.args.get("course"), request.args.get("user")
    items = [item for item in gradebook.all_lineitems(practice.store) if course_id in (None, item.course_id)]
    return as_json({"lineitems": [_told(practice, item, user_id) for item in items]})


def _told(practice: Practice, item: LineItem, user_id: str | None) -> dict[str, Any]:
    tool = found(tools.find_tool(practice.store, item.client_id), "tool")
    sent = as_sent(practice, tool, item)
    return {
        **sent,
        "id": item.id,
        "url": sent["id"],
        "course": item.course_id,
        "client_id": item.client_id,
        "results": [one.__dict__ for one in gradebook.results_of(practice.store, item.id, user_id)],
        "scores": [one.__dict__ for one in gradebook.scores_of(practice.store, item.id, user_id)],
    }


@bp.get("/links")
def links_of_course() -> Response:
    """The links of ?course=, in the order in which they stand there."""
    links = tools.links_of(here().store, request.args.get("course", ""))
    return as_json({"links": [{"id": one.id, "title": one.title, "custom": one.custom} for one in links]})


@bp.get("/counts")
def counts() -> Response:
    """Requests, answers, tokens, connections since the start or the last reset of the counts."""
    practice = here()
    return as_json(practice.counts.as_json() | {"key_fetches": practice.tool_keys.fetches})


@bp.delete("/counts")
def forget_counts() -> Response:
    """Count from nothing."""
    here().counts.reset()
    return as_json({})


@bp.post("/grade")
def grade() -> Response:
    """The teacher types a grade; `score` null empties it, `locked` keeps it against later scores."""
    practice, sent = here(), body()
    item = found(gradebook.find_lineitem(practice.store, member(sent, "lineitem", int)), "lineitem")
    result = type_grade(
        practice.store,
        item,
        member(sent, "user", str),
        None if sent.get("score") is None else member(sent, "score", float),
        comment=member(sent, "comment", str, ""),
        by=member(sent, "by", str, "fatima"),
        locked=member(sent, "locked", bool, False),
    )
    return as_json(result.__dict__)
