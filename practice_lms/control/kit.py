"""What the control endpoints share: who may come in, and reading members of a JSON body."""

import ipaddress
from typing import Any, TypeVar

from flask import request

from practice_lms.lti.answers import Refused
from practice_lms.state.practice import here

Kind = TypeVar("Kind")
Body = dict[str, Any]


def guard() -> None:
    """Only this machine, and no page of another origin in its browser. Raises Refused 403."""
    if not ipaddress.ip_address(request.remote_addr or "0.0.0.0").is_loopback:
        raise Refused(403, "control is for this machine only", "forbidden")
    if request.headers.get("Origin", here().url) != here().url:
        raise Refused(403, "control is not for pages of other origins", "forbidden")


def body() -> Body:
    """The JSON object that was sent; an empty body is an empty object. Raises Refused 400."""
    if not request.data:
        return {}
    sent = request.get_json(force=True, silent=True)
    if not isinstance(sent, dict):
        raise Refused(400, "the body must be a JSON object")
    return sent


def member(sent: Body, name: str, kind: type[Kind], default: Kind | None = None) -> Kind:
    """A member of this kind, or the default. Raises Refused 400."""
    value = sent.get(name, default)
    fits = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
    if kind is float and type(value) is int:
        return kind(value)  # type: ignore[call-arg]
    if not fits:
        raise Refused(400, f"{name} must be a {kind.__name__}")
    assert isinstance(value, kind)
    return value


def found(value: Kind | None, what: str) -> Kind:
    """The value, when it was found. Raises Refused 404."""
    if value is None:
        raise Refused(404, f"unknown {what}", "not_found")
    return value
