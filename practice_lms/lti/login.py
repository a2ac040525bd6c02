"""The launch: third-party login initiation and the authentication endpoint (SEC 1.0, 5.1.1)."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from practice_lms.lti.claims import message_claims, target_link_uri
from practice_lms.lti.jwt import sign
from practice_lms.state import tools
from practice_lms.state.practice import Practice, here
from practice_lms.state.school import User
from practice_lms.state.tickets import Ticket
from practice_lms.state.tools import Tool
from practice_lms.web.page import autosubmit, problem
from practice_lms.web.person import current_person

bp = Blueprint("login", __name__)

FIXED = {"scope": "openid", "response_type": "id_token", "response_mode": "form_post", "prompt": "none"}


def initiation(practice: Practice, ticket: Ticket, tool: Tool) -> dict[str, str]:
    """The fields that are sent to the tool's login address."""
    fields = {
        "iss": practice.url,
        "login_hint": ticket.user_id,
        "target_link_uri": target_link_uri(practice, ticket, tool),
        "lti_message_hint": ticket.message_hint,
        "lti_deployment_id": ticket.deployment_id,
        "client_id": tool.client_id,
    }
    return fields | ({"lti_storage_target": "_parent"} if practice.misbehaviour.storage else {})


@dataclass(frozen=True)
class AuthError(Exception):
    """An OpenID error that goes back to the tool."""

    code: str
    description: str


@bp.route("/oidc/auth", methods=["GET", "POST"])
def authenticate() -> ResponseReturnValue:
    """Answer an authentication request by a form that posts itself to the tool."""
    practice, asked = here(), request.values.to_dict()
    tool = tools.find_tool(practice.store, asked.get("client_id", ""))
    if tool is None:
        return problem("auth_client", 400)
    redirect_uri = asked.get("redirect_uri", "")
    if redirect_uri not in tool.redirect_uris:
        return problem("auth_redirect", 400)
    if current_person() is None and _came_across_sites(asked):
        return autosubmit("/oidc/auth", asked | {"again": "1"})
    try:
        fields = {"id_token": answer(practice, tool, asked, current_person())}
    except AuthError as error:
        fields = {"error": error.code, "error_description": error.description}
    if "state" in asked:
        fields["state"] = asked["state"]
    return autosubmit(redirect_uri, fields)


def _came_across_sites(asked: Mapping[str, str]) -> bool:
    """Whether the browser may have held its cookie back.

    Safari keeps no Secure cookie over http, and the other one is not sent when a tool sends the frame here.
    Our own page sends it here once more, and then it is.
    """
    return request.headers.get("Sec-Fetch-Site") == "cross-site" and "again" not in asked


def answer(practice: Practice, tool: Tool, asked: Mapping[str, str], person: User | None) -> str:
    """The id_token for a sound request of the person who pressed the link. Raises AuthError."""
    _request_must_fit(tool, asked)
    ticket = practice.tickets.hinted(asked.get("lti_message_hint", ""))
    if ticket is None or ticket.client_id != tool.client_id:
        raise AuthError("invalid_request", "lti_message_hint is missing, altered or too old")
    if person is None:
        raise AuthError("login_required", "nobody is logged in")
    if not person.id == ticket.user_id == asked["login_hint"]:
        raise AuthError("login_required", "login_hint is not the person who is logged in")
    return sign(practice, message_claims(practice, ticket, person, tool, asked["nonce"]))


def _request_must_fit(tool: Tool, asked: Mapping[str, str]) -> None:
    if not tool.is_active:
        raise AuthError("unauthorized_client", "the tool has not been activated")
    for name, value in FIXED.items():
        if asked.get(name) != value:
            code = "unsupported_response_type" if name == "response_type" else "invalid_request"
            raise AuthError("invalid_scope" if name == "scope" else code, f"{name} must be {value}")
    for name in ("nonce", "login_hint"):
        if not asked.get(name):
            raise AuthError("invalid_request", f"{name} is missing")
