"""Pages of a list, with a Link header to the next one (RFC 8288).

Cursors are opaque and case-sensitive: a tool that lower-cases an address gets an error, not the wrong page.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Response, request

from practice_lms.lti.answers import Refused
from practice_lms.state.practice import Practice

_SECRET = secrets.token_bytes(16)


@dataclass(frozen=True)
class Stretch:
    """The part of a list that was asked for; `number` counts pages from 1."""

    start: int
    size: int

    @property
    def end(self) -> int:
        """The place behind the last row."""
        return self.start + self.size

    @property
    def number(self) -> int:
        """Which page this is, when all have the same size."""
        return self.start // self.size + 1


def asked(args: Mapping[str, str], most: int) -> Stretch:
    """The stretch that limit and cursor ask for, never longer than `most`. Raises Refused 400."""
    limit = args.get("limit", str(most))
    if not limit.isdecimal() or int(limit) < 1:
        raise Refused(400, "limit must be a number of 1 or more")
    return Stretch(_opened(args["cursor"]) if "cursor" in args else 0, min(int(limit), most))


def next_link(practice: Practice, answer: Response, stretch: Stretch, total: int) -> Response:
    """The answer with a Link to the next page, when there is one."""
    if stretch.end < total:
        query = urlencode({**request.args.to_dict(), "cursor": _sealed(stretch.end)})
        add_link(answer, f"{practice.url}{request.path}?{query}", "next")
    return answer


def add_link(answer: Response, address: str, relation: str) -> None:
    """One more member of the Link header."""
    before = answer.headers.get("Link")
    one = f'<{address}>; rel="{relation}"'
    answer.headers["Link"] = f"{one}, {before}" if before else one


def _sealed(start: int) -> str:
    seal = hmac.digest(_SECRET, str(start).encode(), hashlib.sha256)[:9]
    return f"{base64.urlsafe_b64encode(seal).decode()}.{start}"


def _opened(cursor: str) -> int:
    start = cursor.rpartition(".")[2]
    if not start.isdecimal() or not hmac.compare_digest(_sealed(int(start)), cursor):
        raise Refused(400, "the cursor is not one of ours; cursors are case-sensitive")
    return int(start)
