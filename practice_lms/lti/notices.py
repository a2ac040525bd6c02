"""Platform Notification Service 1.0: tools leave an address, and are told when a course was copied.

The token of a handler address is that of the tool; a notice is a JWT signed by the platform.
"""

import secrets
from datetime import UTC, datetime
from typing import Any

import requests
from flask import Blueprint, Response, request

from practice_lms.lti import media
from practice_lms.lti.access import admitted
from practice_lms.lti.answers import Refused, as_json
from practice_lms.lti.jwt import sign
from practice_lms.state import tools
from practice_lms.state.practice import Practice, here
from practice_lms.state.school import Course
from practice_lms.state.tools import Tool

bp = Blueprint("notices", __name__)

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
TYPES = ("LtiHelloWorldNotice", "LtiContextCopyNotice")
LIFETIME_S = 3600

Body = dict[str, Any]


def service_claim(practice: Practice, tool: Tool, deployment_id: str) -> Body:
    """The claim of a launch that offers the service; nothing where it is switched off."""
    if not practice.misbehaviour.notices or media.SCOPE_NOTICES not in tool.scopes:
        return {}
    return {
        CLAIM + "platformnotificationservice": {
            "service_versions": ["1.0"],
            "platform_notification_service_url": f"{practice.url}/lti/notice-handlers/{deployment_id}",
            "scope": [media.SCOPE_NOTICES],
            "notice_types_supported": list(TYPES),
        }
    }


@bp.route("/lti/notice-handlers/<deployment_id>", methods=["GET", "PUT"])
def handlers(deployment_id: str) -> Response:
    """The handlers of a deployment, or a new one; an empty address takes it away. A hello world follows at once."""
    practice = here()
    token = admitted(practice, request.headers.get("Authorization", ""), media.SCOPE_NOTICES)
    tool = tools.find_tool(practice.store, token.client_id)
    if tool is None or deployment_id not in tools.deployments(practice.store, tool.client_id):
        raise Refused(404, "no such deployment of this tool", "not_found")
    if request.method == "PUT":
        return as_json(_keep(practice, tool, deployment_id))
    found = [
        {"notice_type": kind, "handler": handler_of(practice, tool.client_id, deployment_id, kind)} for kind in TYPES
    ]
    return as_json({"client_id": tool.client_id, "deployment_id": deployment_id, "notice_handlers": found})


def _keep(practice: Practice, tool: Tool, deployment_id: str) -> Body:
    media.must_send(request.content_type or "", "application/json")
    body = request.get_json(force=True, silent=True)
    kind, handler = (body.get(name) for name in ("notice_type", "handler")) if isinstance(body, dict) else (None, None)
    if kind not in TYPES or not isinstance(handler, str):
        raise Refused(400, "notice_type and handler are needed")
    practice.store.run(
        "INSERT INTO notice_handlers VALUES (?, ?, ?, ?)"
        " ON CONFLICT (client_id, deployment_id, notice_type) DO UPDATE SET handler = excluded.handler",
        (tool.client_id, deployment_id, kind, handler),
    )
    practice.counts.add("handlers_kept")
    return {"notice_type": kind, "handler": handler}


def handler_of(practice: Practice, client_id: str, deployment_id: str, kind: str) -> str:
    """The address that a tool left for notices of this kind; empty without one."""
    row = practice.store.one(
        "SELECT handler FROM notice_handlers WHERE client_id = ? AND deployment_id = ? AND notice_type = ?",
        (client_id, deployment_id, kind),
    )
    return row["handler"] if row is not None else ""


def notice(practice: Practice, tool: Tool, deployment_id: str, kind: str, more: Body) -> Body:
    """The claims of a notice."""
    now = int(practice.clock())
    about = {"id": secrets.token_hex(8), "timestamp": datetime.now(UTC).isoformat(timespec="seconds"), "type": kind}
    return {
        "iss": practice.url,
        "aud": tool.client_id,
        "azp": tool.client_id,
        "iat": now,
        "exp": now + LIFETIME_S,
        "nonce": secrets.token_hex(16),
        CLAIM + "version": "1.3.0",
        CLAIM + "deployment_id": deployment_id,
        CLAIM + "notice": about,
    } | more


def tell_of_copy(practice: Practice, original: Course, copy: Course) -> list[int]:
    """Send the notice to every tool that wants it; their answers, 0 for none."""
    if not practice.misbehaviour.notices:
        return []
    context = {"id": copy.id, "label": copy.label, "title": copy.title}
    more = {CLAIM + "context": context, CLAIM + "origin_contexts": [original.id]}
    answers = []
    for tool in tools.all_tools(practice.store):
        for deployment_id in tools.deployments(practice.store, tool.client_id):
            handler = handler_of(practice, tool.client_id, deployment_id, TYPES[1])
            if handler:
                claims = notice(practice, tool, deployment_id, TYPES[1], more)
                answers.append(_post(handler, sign(practice, claims)))
    return answers


def _post(handler: str, token: str) -> int:
    try:
        return requests.post(handler, json={"notices": [{"jwt": token}]}, timeout=5).status_code
    except requests.RequestException:
        return 0
