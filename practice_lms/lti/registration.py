"""A tool registers itself (Dynamic Registration 1.0, 3.5 and 3.6; RFC 7591)."""

import secrets
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, request

from practice_lms.lti.answers import Refused, as_json
from practice_lms.lti.media import AGS_SCOPES, SCOPE_GROUPS, SCOPE_MEMBERS, SCOPE_NOTICES, SCOPE_SCORE
from practice_lms.state import tools
from practice_lms.state.practice import Practice, here
from practice_lms.state.tools import Tool

bp = Blueprint("registration", __name__)

TOOL_PART = "https://purl.imsglobal.org/spec/lti-tool-configuration"


@bp.post("/lti/register")
def register() -> Response:
    """Take a registration; the answer holds client_id and deployment_id, a string."""
    practice = here()
    _token_must_fit(practice)
    body = request.get_json(force=True, silent=True) if request.mimetype == "application/json" else None
    if not isinstance(body, dict):
        raise Refused(400, "the body must be JSON", "invalid_client_metadata")
    if practice.misbehaviour.registration_refuses:
        return as_json({"errors": [{"message": "Invalid scopes (practice)"}]}, status=422)
    tool = tools.save_tool(practice.store, described(practice, body))
    tools.deploy(practice.store, tool.client_id, "1")
    return as_json(_answer(practice, body, tool), status=201)


def _answer(practice: Practice, body: dict[str, Any], tool: Tool) -> dict[str, Any]:
    part = dict(body[TOOL_PART])
    if practice.misbehaviour.registration_deployment:
        part["deployment_id"] = "1"
    answer = {**body, "client_id": tool.client_id, "scope": " ".join(tool.scopes), TOOL_PART: part}
    if practice.misbehaviour.registration_scopes == "silent":
        del answer["scope"]
    return answer


def _token_must_fit(practice: Practice) -> None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if not scheme and not practice.misbehaviour.registration_needs_token:
        return
    if scheme.lower() != "bearer" or token not in practice.registration_tokens:
        raise Refused(401, "the registration token is missing, unknown or used", "invalid_token")
    practice.registration_tokens.discard(token)


def described(practice: Practice, body: dict[str, Any]) -> Tool:
    """The tool that the JSON describes, under a new client_id. Raises Refused 400."""
    _fixed_members_must_fit(body)
    part = body.get(TOOL_PART)
    if not isinstance(part, dict):
        raise _wrong(f"{TOOL_PART} is missing")
    target = _url(part, "target_link_uri")
    if urlsplit(target).netloc != part.get("domain"):
        raise _wrong("domain must be host and port of target_link_uri")
    uris = body.get("redirect_uris")
    if not isinstance(uris, list) or not uris or not all(isinstance(uri, str) and uri for uri in uris):
        raise _wrong("redirect_uris must hold addresses")
    fewer = practice.misbehaviour.registration_scopes == "fewer"
    allowed = {SCOPE_SCORE} if fewer else {*AGS_SCOPES, SCOPE_NOTICES, SCOPE_MEMBERS, SCOPE_GROUPS}
    return Tool(
        client_id=f"client-{secrets.token_hex(6)}",
        name=str(body.get("client_name") or part["domain"]),
        login_url=_url(body, "initiate_login_uri"),
        redirect_uris=tuple(uris),
        target_link_uri=target,
        jwks_url=_url(body, "jwks_uri"),
        deep_link_uri=_deep_link_uri(part),
        scopes=tuple(scope for scope in str(body.get("scope", "")).split() if scope in allowed),
        custom=_custom(part.get("custom_parameters", {})),
        is_active=not practice.misbehaviour.registration_pending,
    )


def _fixed_members_must_fit(body: dict[str, Any]) -> None:
    if body.get("application_type") != "web":
        raise _wrong("application_type must be web")
    if body.get("token_endpoint_auth_method") != "private_key_jwt":
        raise _wrong("token_endpoint_auth_method must be private_key_jwt")
    wanted = {"grant_types": {"implicit", "client_credentials"}, "response_types": {"id_token"}}
    for name, values in wanted.items():
        given = body.get(name)
        if not isinstance(given, list) or not values <= set(map(str, given)):
            raise _wrong(f"{name} must hold {', '.join(sorted(values))}")


def _deep_link_uri(part: dict[str, Any]) -> str:
    messages = part.get("messages")
    for message in messages if isinstance(messages, list) else []:
        if isinstance(message, dict) and message.get("type") == "LtiDeepLinkingRequest":
            return str(message.get("target_link_uri") or "")
    return ""


def _url(members: dict[str, Any], name: str) -> str:
    value = members.get(name)
    if not isinstance(value, str) or urlsplit(value).scheme not in ("http", "https"):
        raise _wrong(f"{name} must be an address")
    return value


def _custom(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
        raise _wrong("custom_parameters must hold strings")
    return value


def _wrong(reason: str) -> Refused:
    return Refused(400, reason, "invalid_client_metadata")
