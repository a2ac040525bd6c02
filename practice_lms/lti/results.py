"""Results: the grades that stand (AGS 2.0, 3.3)."""

from typing import Any

from flask import Blueprint, Response, request

from practice_lms.lti import addresses, media
from practice_lms.lti.answers import as_json
from practice_lms.lti.lineitems import item_here, tool_here
from practice_lms.lti.paging import asked, next_link
from practice_lms.state import gradebook
from practice_lms.state.gradebook import LineItem, Result
from practice_lms.state.practice import Practice, here
from practice_lms.state.tools import Tool

bp = Blueprint("results", __name__)


@bp.get("/lti/ags/<course_id>/lineitems/<int:lineitem_id>/lineitem/results")
def results(course_id: str, lineitem_id: int) -> Response:
    """Results of a line item; of one person with user_id, and then at most one."""
    practice = here()
    tool = tool_here(practice, course_id, media.SCOPE_RESULT)
    media.must_accept(request.headers.get("Accept", ""), media.RESULTS)
    item = item_here(practice, course_id, lineitem_id, tool)
    found = gradebook.results_of(practice.store, item.id, request.args.get("user_id"))
    stretch = asked(request.args, max(1, practice.misbehaviour.results_per_page))
    answer = as_json(
        [_as_sent(practice, tool, item, result) for result in found[stretch.start : stretch.end]],
        media.RESULTS,
    )
    return next_link(practice, answer, stretch, len(found))


def _as_sent(practice: Practice, tool: Tool, item: LineItem, result: Result) -> dict[str, Any]:
    container = addresses.results(practice, item.course_id, item.id, tool.number)
    sent: dict[str, Any] = {
        "id": f"{container}&user_id={result.user_id}",
        "scoreOf": addresses.lineitem(practice, item.course_id, item.id, tool.number),
        "userId": result.user_id,
    }
    if result.score is not None:
        sent |= {"resultScore": result.score, "resultMaximum": item.score_maximum}
    if result.comment:
        sent["comment"] = result.comment
    if result.given_by != "tool":
        sent["scoringUserId"] = result.given_by
    return sent
