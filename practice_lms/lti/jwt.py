"""Signing messages and verifying those of tools (Security Framework 1.0, 5.1 and 5.2).

Key objects are kept: no request parses a key.
"""

import json
import time
from dataclasses import dataclass
from typing import Any, TypeGuard

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.util import urlsafe_b64decode

from practice_lms.state.practice import Practice
from practice_lms.state.toolkeys import KeysUnavailable
from practice_lms.state.tools import Tool

LEEWAY_S = 10
LONGEST_S = 3600

Claims = dict[str, Any]


class BadJwt(Exception):
    """The token is not to be believed; the text says why."""


@dataclass(frozen=True)
class Unverified:
    """Header and claims as they stand in the token, before any check."""

    header: Claims
    claims: Claims


def sign(practice: Practice, claims: Claims) -> str:
    """A compact JWT signed by the platform's current key."""
    current = practice.keys.current
    return jwt.encode({"alg": "RS256", "typ": "JWT", "kid": current.kid}, claims, current.key, ["RS256"])


def peek(token: str) -> Unverified:
    """Read a token without believing it. Raises BadJwt when it is none."""
    try:
        header, claims = (json.loads(urlsafe_b64decode(part.encode())) for part in token.split(".")[:2])
    except ValueError as error:
        raise BadJwt("not a JWT") from error
    if token.count(".") != 2 or not isinstance(header, dict) or not isinstance(claims, dict):
        raise BadJwt("not a JWT")
    return Unverified(header, claims)


def verified(practice: Practice, token: str, tool: Tool, audience: str) -> Claims:
    """The claims of a token that this tool signed for this audience. Raises BadJwt."""
    seen = peek(token)
    if seen.header.get("alg") != "RS256":
        raise BadJwt("alg must be RS256")
    _signature_must_fit(practice, token, tool, seen.header.get("kid"))
    _audience_must_be(seen.claims, audience)
    times_must_fit(seen.claims, time.time())
    return seen.claims


def _signature_must_fit(practice: Practice, token: str, tool: Tool, kid: object) -> None:
    if not isinstance(kid, str) or not kid:
        raise BadJwt("kid is missing")
    try:
        key = practice.tool_keys.find(tool, kid)
    except KeysUnavailable as error:
        raise BadJwt(str(error)) from error
    if key is None:
        raise BadJwt(f"kid {kid} is not in the key set of the tool")
    try:
        jwt.decode(token, key, algorithms=["RS256"])
    except (JoseError, ValueError) as error:
        raise BadJwt("the signature does not fit") from error


def _audience_must_be(claims: Claims, audience: str) -> None:
    given = claims.get("aud")
    if audience not in (given if isinstance(given, list) else [given]):
        raise BadJwt(f"aud must be {audience}")


def times_must_fit(claims: Claims, now: float) -> None:
    """exp ahead within an hour, iat not ahead and within the last hour; ten seconds leeway. Raises BadJwt."""
    exp, iat = claims.get("exp"), claims.get("iat")
    if not _is_moment(exp) or not _is_moment(iat):
        raise BadJwt("exp and iat must be numbers")
    if exp <= now - LEEWAY_S or exp > now + LONGEST_S + LEEWAY_S:
        raise BadJwt("exp has passed or lies more than an hour ahead")
    if iat > now + LEEWAY_S or iat < now - LONGEST_S:
        raise BadJwt("iat lies ahead or more than an hour back")


def _is_moment(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
