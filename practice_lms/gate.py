"""The door of every request: counts it, delays it, lets a planned fault strike, and takes scores past Flask.

A WSGI layer around the app, so that it works the same under the own server and in a test client.
"""

import re
from collections.abc import Callable, Iterable
from email.utils import formatdate
from http import HTTPStatus
from time import time
from typing import TYPE_CHECKING, Any

from practice_lms.lti import scores
from practice_lms.lti.answers import Refused
from practice_lms.state.faults import Fault, FaultKind
from practice_lms.state.practice import Practice

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_SCORES = re.compile(r"/lti/ags/([^/]+)/lineitems/(\d{1,18})/lineitem/scores")
_GROUPS = (
    ("/lti/jwks.json", "jwks"), ("/.well-known/", "configuration"), ("/oidc/auth", "auth"),
    ("/oauth/token", "token"), ("/lti/nrps/", "roster"), ("/lti/gs/", "groups"), ("/lti/deep_linking/", "deep_linking"),
    ("/lti/register", "registration"), ("/control", "control"),
)  # fmt: skip
LONGEST_SCORE_BYTES = 100_000


class Dropped(Exception):
    """The connection closes without an answer."""


def group_of(path: str) -> str:
    """The group of endpoints that a path belongs to; people's pages are `pages`."""
    if path.startswith("/lti/ags/"):
        return path.rpartition("/")[2] if path.endswith(("/scores", "/results")) else "lineitems"
    return next((group for start, group in _GROUPS if path.startswith(start)), "pages")


class Gate:
    """The layer; `inner` is Flask."""

    def __init__(self, inner: "WSGIApplication", practice: Practice) -> None:
        self._inner = inner
        self._practice = practice

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        path: str = environ["PATH_INFO"]
        group = group_of(path)
        delay_ms = self._practice.misbehaviour.slow_ms.get(group, 0)
        if delay_ms:
            self._practice.closing.wait(delay_ms / 1000)
        fault = self._practice.faults.strike(group)
        if fault is not None and fault.kind is not FaultKind.LOST:
            return self._fail(fault, group, start_response)
        answered = self._answer(environ, path, group, start_response if fault is None else _swallow)
        if fault is not None:
            b"".join(answered)
            raise Dropped
        return answered

    def _answer(
        self, environ: "WSGIEnvironment", path: str, group: str, start: "StartResponse"
    ) -> Iterable[bytes]:
        counted = self._counting(group, start)
        if group == "scores" and environ["REQUEST_METHOD"] == "POST":
            found = _SCORES.fullmatch(path)
            if found is not None:
                return self._score(environ, found[1], int(found[2]), counted)
        return self._inner(environ, counted)

    def _score(
        self, environ: "WSGIEnvironment", course_id: str, lineitem_id: int, start: "StartResponse"
    ) -> Iterable[bytes]:
        length = min(int(environ.get("CONTENT_LENGTH") or 0), LONGEST_SCORE_BYTES)
        post = scores.ScorePost(
            course_id,
            lineitem_id,
            environ.get("QUERY_STRING", ""),
            environ.get("HTTP_AUTHORIZATION", ""),
            environ.get("CONTENT_TYPE", ""),
            environ["wsgi.input"].read(length),
        )
        try:
            scores.receive(self._practice, post)
        except Refused as refused:
            start(_status_line(refused.status), refused.headers())
            return [refused.body()]
        start("204 No Content", [])
        return []

    def _fail(self, fault: Fault, group: str, start: "StartResponse") -> Iterable[bytes]:
        self._practice.counts.request(group, fault.status)
        if fault.kind is FaultKind.DROP:
            raise Dropped
        headers = [("Content-Type", "application/json")]
        if fault.retry_after_s is not None:
            headers.append(("Retry-After", _retry_after(fault.retry_after_s, fault.retry_after_as_date)))
        start(_status_line(fault.status), headers)
        return [b'{"error": "practice_fault", "error_description": "this answer was planned to fail"}']

    def _counting(self, group: str, start: "StartResponse") -> Callable[..., Any]:
        def counted(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            self._practice.counts.request(group, int(status[:3]))
            return start(status, headers, exc_info)

        return counted


def _swallow(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
    return lambda data: None


def _status_line(status: int) -> str:
    return f"{status} {HTTPStatus(status).phrase}"


def _retry_after(seconds: int, as_date: bool) -> str:
    return formatdate(time() + seconds, usegmt=True) if as_date else str(seconds)
