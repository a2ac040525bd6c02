"""A line item between its JSON and the gradebook (AGS 2.0, 3.2.5-3.2.14)."""

from dataclasses import replace
from typing import Any

from practice_lms.lti import addresses
from practice_lms.lti.answers import Refused
from practice_lms.lti.score_rules import moment_us
from practice_lms.state.gradebook import LineItem
from practice_lms.state.practice import Practice
from practice_lms.state.tools import Tool

_OWN = frozenset({"id", "label", "scoreMaximum", "resourceLinkId", "resourceId", "tag"})


def as_sent(practice: Practice, tool: Tool, item: LineItem) -> dict[str, Any]:
    """The JSON of a line item; members without a value are left out."""
    members = {
        "id": addresses.lineitem(practice, item.course_id, item.id, tool.number),
        "label": item.label,
        "scoreMaximum": item.score_maximum,
        "resourceLinkId": item.link_id,
        "resourceId": item.resource_id,
        "tag": item.tag,
        **item.more,
    }
    return {name: value for name, value in members.items() if value is not None}


def parsed(body: dict[str, Any], base: LineItem) -> LineItem:
    """`base` with the members of the JSON. Raises Refused 400."""
    label, maximum = body.get("label"), body.get("scoreMaximum")
    if not isinstance(label, str) or not label.strip():
        raise Refused(400, "label must not be blank")
    if isinstance(maximum, bool) or not isinstance(maximum, int | float) or not 0 < maximum < 1e9:
        raise Refused(400, "scoreMaximum must be a number above 0")
    return replace(
        base,
        label=label,
        score_maximum=float(maximum),
        link_id=_text(body, "resourceLinkId") or base.link_id,
        resource_id=_text(body, "resourceId"),
        tag=_text(body, "tag"),
        more=_more(body),
    )


def _text(body: dict[str, Any], member: str) -> str | None:
    value = body.get(member)
    if value is not None and not isinstance(value, str):
        raise Refused(400, f"{member} must be a string")
    return value


def _more(body: dict[str, Any]) -> dict[str, Any]:
    more = {name: value for name, value in body.items() if name not in _OWN}
    for name in ("startDateTime", "endDateTime"):
        if more.get(name) is not None:
            moment_us(name, more[name])
    if not isinstance(more.get("gradesReleased", True), bool):
        raise Refused(400, "gradesReleased must be true or false")
    if not isinstance(more.get("submissionReview", {}), dict):
        raise Refused(400, "submissionReview must be an object")
    return more
