"""What a launch brought along, as facts without any value of a person. Pure. Core 1.3, 5.3 and 5.4.

Reads the claims as they were signed and not our parsed value of them, since launches that we refuse are told too.
"""

from collections.abc import Mapping
from typing import Any

from lti_tool.protocols.lti.claims import AGS_CLAIM, CLAIM
from lti_tool.protocols.platforms.service import origin_of
from lti_tool.protocols.resource_links.roles import is_test_user, role_in_context
from lti_tool.protocols.roster.nrps import NRPS_CLAIM

Body = Mapping[str, Any]
MOST_NAMES, LONGEST_NAME = 30, 64


def facts_of(body: Body) -> dict[str, Any]:
    """Presence of what is personal, and the values of what is not."""
    roles = [role for role in _list(body, CLAIM + "roles") if isinstance(role, str)]
    presentation, context = _part(body, CLAIM + "launch_presentation"), _part(body, CLAIM + "context")
    custom = _part(body, CLAIM + "custom")
    return {
        "message": _short(body.get(CLAIM + "message_type")),
        "has_subject": bool(body.get("sub")),
        "has_name": any(bool(body.get(name)) for name in ("name", "given_name", "family_name")),
        "has_email": bool(body.get("email")),
        "role": str(role_in_context(roles)),
        "is_test_user": is_test_user(roles),
        "locale": _short(presentation.get("locale") or body.get("locale")),
        "has_context": bool(context.get("id")),
        "has_context_title": bool(context.get("title") or context.get("label")),
        "has_link": bool(_part(body, CLAIM + "resource_link").get("id")),
        "has_return_url": isinstance(presentation.get("return_url"), str) and bool(presentation["return_url"]),
        "target": _short(presentation.get("document_target")),
        "family_code": _short(_part(body, CLAIM + "tool_platform").get("product_family_code")),
        "custom": _names(custom, unresolved=False),
        "unresolved": _names(custom, unresolved=True),
    }


def services_of(body: Body) -> dict[str, Any]:
    """Addresses and scopes of the services that the launch named, and the client id of ours to which it named them."""
    audience = body.get("aud")
    client_id = audience[0] if isinstance(audience, list) and audience else audience
    grades, roster = _part(body, AGS_CLAIM), _part(body, NRPS_CLAIM)
    scopes = grades.get("scope")
    named = scopes.split() if isinstance(scopes, str) else scopes
    found = {
        "lineitems": _address(grades.get("lineitems")), "lineitem": _address(grades.get("lineitem")),
        "client_id": client_id[:255] if isinstance(client_id, str) else None,
        "roster": _address(roster.get("context_memberships_url")),
        "scopes": [one[:255] for one in named if isinstance(one, str)][:20] if isinstance(named, list) else [],
    }  # fmt: skip
    return {name: value for name, value in found.items() if value}


def _part(body: Body, name: str) -> Body:
    value = body.get(name)
    return value if isinstance(value, dict) else {}


def _list(body: Body, name: str) -> list[Any]:
    value = body.get(name)
    return value if isinstance(value, list) else []


def _short(value: object) -> str:
    text = value if isinstance(value, str) else ""
    return "".join(c for c in text if c.isalnum() or c in "_-.")[:LONGEST_NAME]


def _address(value: object) -> str | None:
    if not isinstance(value, str) or len(value) > 2048 or not value.isprintable():
        return None
    return value if origin_of(value) else None


def _names(custom: Body, *, unresolved: bool) -> list[str]:
    """Names of custom parameters: those that came with a value, or those whose $variable came back unfilled."""
    names = [_short(name) for name, value in custom.items() if str(value).startswith("$") is unresolved]
    return sorted({name for name in names if name})[:MOST_NAMES]
