"""Deep Linking 2.0, the way back: verify the tool's answer and place the links (4.5; SEC 5.2)."""

import json
import secrets
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from practice_lms.lti.answers import Refused
from practice_lms.lti.claims import CLAIM, DL_CLAIM
from practice_lms.lti.jwt import BadJwt, Claims, verified
from practice_lms.lti.lineitem_json import parsed
from practice_lms.state import gradebook, tools
from practice_lms.state.gradebook import LineItem
from practice_lms.state.practice import Practice, here
from practice_lms.state.tickets import LaunchKind, Ticket
from practice_lms.state.tools import Link, Tool
from practice_lms.web.page import page, problem

bp = Blueprint("deep_linking", __name__)


@dataclass(frozen=True)
class Choice:
    """What came of an answer: links placed, items left out with the reason, and the tool's own words."""

    placed: list[Link]
    left_out: list[str]
    message: str
    error_message: str


@bp.post("/lti/deep_linking/<ticket_id>")
def take_back(ticket_id: str) -> ResponseReturnValue:
    """Take the answer of the tool and show in the frame what was placed."""
    practice = here()
    ticket = practice.tickets.find(ticket_id)
    tool = tools.find_tool(practice.store, ticket.client_id) if ticket is not None else None
    if ticket is None or tool is None or ticket.kind is not LaunchKind.DEEP_LINKING:
        return problem("choice_unknown", 404)
    try:
        claims = believed(practice, request.form.get("JWT", ""), ticket, tool)
    except BadJwt as bad:
        return problem("choice_refused", 400, str(bad))
    choice = place(practice, ticket, claims)
    return page("chosen.html", choice=choice, course_id=ticket.course_id, bare=True)


def believed(practice: Practice, token: str, ticket: Ticket, tool: Tool) -> Claims:
    """The claims of an answer that this tool gave to this request, for the first time. Raises BadJwt."""
    claims = verified(practice, token, tool, practice.url)
    wanted = {
        "iss": tool.client_id,
        CLAIM + "message_type": "LtiDeepLinkingResponse",
        CLAIM + "version": "1.3.0",
        CLAIM + "deployment_id": ticket.deployment_id,
        DL_CLAIM + "data": f"choice-{ticket.id}",
    }
    for name, value in wanted.items():
        if claims.get(name) != value:
            raise BadJwt(f"{name} must be {value}")
    nonce = claims.get("nonce")
    if (
        not isinstance(nonce, str)
        or not nonce
        or not practice.spent.spend(f"dl {tool.client_id} {nonce}", claims["exp"] + 60)
    ):
        raise BadJwt("nonce is missing or was used before")
    if not isinstance(claims.get(DL_CLAIM + "content_items", []), list):
        raise BadJwt("content_items must be an array")
    return claims


def place(practice: Practice, ticket: Ticket, claims: Claims) -> Choice:
    """Put the chosen links in the course; what cannot be placed is left out and named."""
    placed: list[Link] = []
    left_out: list[str] = []
    for item in claims.get(DL_CLAIM + "content_items", []):
        try:
            with practice.store.transaction():
                placed.append(_place_one(practice, ticket, item))
        except Refused as refused:
            left_out.append(refused.reason)
    words = [claims.get(DL_CLAIM + name) for name in ("msg", "errormsg")]
    return Choice(placed, left_out, *(word if isinstance(word, str) else "" for word in words))


def _place_one(practice: Practice, ticket: Ticket, item: Any) -> Link:
    if not isinstance(item, dict) or item.get("type") != "ltiResourceLink":
        raise Refused(400, "only items of type ltiResourceLink are taken")
    tool = tools.find_tool(practice.store, ticket.client_id)
    link = Link(
        id=f"link-{secrets.token_hex(5)}",
        course_id=ticket.course_id,
        client_id=ticket.client_id,
        deployment_id=ticket.deployment_id,
        title=_text(item, "title") or (tool.name if tool is not None else ""),
        description=_text(item, "text"),
        url=_text(item, "url"),
        custom=_custom(item.get("custom", {})),
        dates=_dates(item),
    )
    tools.save_link(practice.store, link)
    if "lineItem" in item:
        _add_column(practice, link, item["lineItem"])
    return link


def _add_column(practice: Practice, link: Link, wanted: Any) -> None:
    """The column takes the label of the item, or the title of the link."""
    if not isinstance(wanted, dict):
        raise Refused(400, "lineItem must be an object")
    base = LineItem(0, link.course_id, link.client_id, "", 1, link_id=link.id)
    item = parsed({**wanted, "label": wanted.get("label") or link.title, "resourceLinkId": link.id}, base)
    gradebook.add_lineitem(practice.store, item)


def _text(item: dict[str, Any], name: str) -> str:
    value = item.get(name, "")
    if not isinstance(value, str):
        raise Refused(400, f"{name} must be a string")
    return value


def _custom(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
        raise Refused(400, f"custom must hold strings: {json.dumps(value)[:100]}")
    return value


def _dates(item: dict[str, Any]) -> dict[str, str]:
    """Dates by the names of their variables, such as submission.endDateTime."""
    dates = {}
    for part in ("available", "submission"):
        for name in ("startDateTime", "endDateTime"):
            value = item.get(part, {}).get(name) if isinstance(item.get(part, {}), dict) else None
            if isinstance(value, str):
                dates[f"{part}.{name}"] = value
    return dates
