"""Our two cookies. Both are always Secure; HttpOnly; SameSite=None; Partitioned (CHIPS), since we live in frames.

Chromium and Firefox accept Secure cookies on http loopback too, so the demo needs no TLS.
- `lti_visits`: the browser's secret; owns its visits; ends with the browser session.
- `lti_launch_<public id>`: one begun launch; lives as long as the login may take. The name holds our own public id
  and not the `state`, which a stranger may make an invalid cookie name.
"""

from flask import Request
from werkzeug.wrappers import Response

BROWSER = "lti_visits"
LAUNCH = "lti_launch_"
MOST_LAUNCHES = 20
"""So many begun launches may stand in one cookie jar; the rest is removed at the next login (R-LOGIN-10)."""


def browser_secret(request: Request) -> str | None:
    return request.cookies.get(BROWSER)


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


def _set(response: Response, name: str, value: str, seconds: int | None) -> None:
    response.set_cookie(
        name, value, max_age=seconds, path="/", secure=True, httponly=True, samesite="None", partitioned=True
    )
