"""Calls to a platform within the time of one run. What goes wrong is told as a code, never thrown at the page."""

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from lti_tool.base.errors import Upstream
from lti_tool.base.wire import Answer, Wire
from lti_tool.protocols.grades.rules import words_of

RUN_S = 25.0
"""So long a run takes at most, whatever the platform does."""
LONGEST_SAID = 160
SECRET = re.compile(r"[\w-]{16,}\.[\w-]{16,}\.[\w-]{8,}|[A-Za-z0-9_-]{32,}|\S+@\S+")
"""Tokens, long random texts, and e-mail addresses, which a platform may repeat in a fault."""


@dataclass(frozen=True, slots=True)
class Calls:
    """Sends for one run. Nothing begins so late that it could not end in time."""

    wire: Wire
    began: float = field(default_factory=time.monotonic)

    def send(
        self, method: str, url: str, *, token: str | None = None, headers: Mapping[str, str] | None = None,
        body: bytes | None = None, is_last: bool = False,
    ) -> Answer:  # fmt: skip
        """One call. Only tidying (`is_last`) may use the last stretch of time, which is kept free for it.

        Raises what Wire.request raises, and Upstream("out-of-time").
        """
        self.must_have_time(is_last=is_last)
        bearer = {"Authorization": f"Bearer {token}"} if token else {}
        return self.wire.request(method, url, headers={**bearer, **(headers or {})}, body=body)

    def must_have_time(self, *, is_last: bool = False) -> None:
        """Raises Upstream("out-of-time")."""
        spare_s = self.wire.timeout_s * (1 if is_last else 2)
        if time.monotonic() - self.began > RUN_S - spare_s:
            raise Upstream("out-of-time", retry=True)


def said_of(answer: Answer) -> str:
    """The platform's own words in one line, without anything that looks like a secret or an e-mail address."""
    words = " ".join((_described(answer) or words_of(answer.body)).split())
    if words.lower().startswith(("<!doctype", "<html")):
        return ""
    return SECRET.sub("…", words)[:LONGEST_SAID]


def _described(answer: Answer) -> str:
    """What a fault in JSON says for people (RFC 6749, 5.2; RFC 9457), or ""."""
    try:
        document = json.loads(answer.body)
    except (ValueError, RecursionError):
        return ""
    members = document if isinstance(document, dict) else {}
    told = (members.get(name) for name in ("error_description", "detail", "message", "reason", "error"))
    return next((text.replace("\x00", "") for text in told if isinstance(text, str) and text), "")


def place(url: str) -> str:
    """An address without its query, which may hold secrets."""
    return url.partition("?")[0].partition("#")[0][:200]
