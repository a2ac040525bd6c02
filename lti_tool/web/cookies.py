"""Our cookies. All are always Secure; HttpOnly; SameSite=None; Partitioned (CHIPS), since we live in frames.

`__Host-` keeps sites beside us under one domain from setting them (RFC 6265bis). Chromium and Firefox accept such
cookies on http loopback too, so the demo needs no TLS.
- `__Host-lti_visits`: the browser's secret; owns its visits; ends with the browser session.
- `__Host-lti_launch_<public id>`: one begun launch; lives as long as the login may take. The name holds our own public
  id and not the `state`, which a stranger may make an invalid cookie name.
- `__Host-lti_probe`: random, for a minute; the doctor sees by it whether the browser keeps cookies.
"""

from flask import Request
from werkzeug.wrappers import Response

BROWSER = "__Host-lti_visits"
LAUNCH = "__Host-lti_launch_"
PROBE = "__Host-lti_probe"
FORMER_BROWSER = "lti_visits"
"""The name up to version 0.1. It opens the visits that were running at the upgrade, and never owns a new one."""
MOST_LAUNCHES = 20
"""So many begun launches may stand in one cookie jar; the rest is removed at the next login (R-LOGIN-10)."""


def browser_secret(request: Request) -> str | None:
    return request.cookies.get(BROWSER)


def former_browser_secret(request: Request) -> str | None:
    return request.cookies.get(FORMER_BROWSER)


def launch_secret(request: Request, public_id: str) -> str | None:
    return request.cookies.get(_launch_name(public_id))


def _launch_name(public_id: str) -> str:
    return LAUNCH + public_id


def set_browser(response: Response, secret: str) -> None:
    _set(response, BROWSER, secret, None)


def set_launch(request: Request, response: Response, public_id: str, secret: str, *, seconds: int) -> None:
    begun = [name for name in request.cookies if name.startswith(LAUNCH)]
    for name in begun[: max(0, len(begun) - MOST_LAUNCHES + 1)]:
        _set(response, name, "", 0)
    _set(response, _launch_name(public_id), secret, seconds)


def set_probe(response: Response, value: str) -> None:
    """A cookie with nothing in it, to see whether the browser keeps ours."""
    _set(response, PROBE, value, 60)


def _set(response: Response, name: str, value: str, seconds: int | None) -> None:
    response.set_cookie(
        name, value, max_age=seconds, path="/", secure=True, httponly=True, samesite="None", partitioned=True
    )
