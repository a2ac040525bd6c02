"""Launches that somebody watches: what the doctor is told of them. docs/decisions/0010.

`/lti/test` is a target for links that open no module: such a launch is always watched, and ends on the page that
tells what came along.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.errors import ToolError
from lti_tool.protocols.lti.login import Attempt

TEST_PATH = "/lti/test"


@dataclass(frozen=True, slots=True)
class Seen:
    """One launch, accepted or refused."""

    attempt: Attempt
    body: Mapping[str, Any] | None
    """What the platform signed; None where no signature was verified."""
    error: ToolError | None
    reference: str
    keeps_cookie: bool
    storage_worked: bool
    took_s: float


Watch = Callable[[Session, Seen], None]
"""Notes a launch in the session's transaction."""


def is_test(target_link_uri: str) -> bool:
    try:
        return urlsplit(target_link_uri).path.rstrip("/") == TEST_PATH
    except ValueError:
        return False


def is_watched(attempt: Attempt) -> bool:
    until = attempt.platform.watched_until
    return until is not None and clock.now() < until
