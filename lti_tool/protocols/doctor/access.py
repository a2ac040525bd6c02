"""A fresh token for each scope that we want: does the platform know us, and what does it let us do? SEC 1.0, 4.1."""

import json
from dataclasses import dataclass

from lti_tool.base.errors import ToolError
from lti_tool.base.wire import Answer
from lti_tool.protocols.doctor import clocks
from lti_tool.protocols.doctor.calls import Calls, place, said_of
from lti_tool.protocols.doctor.lights import Light, Topic, amber, green, grey, red
from lti_tool.protocols.doctor.troubles import trouble
from lti_tool.protocols.grades.ags import LINEITEM_READ_SCOPE, RESULT_SCOPE
from lti_tool.protocols.platforms.service import Platform
from lti_tool.protocols.platforms.tokens import TokenStore
from lti_tool.protocols.resource_links.service import LINEITEM_SCOPE, SCORE_SCOPE
from lti_tool.protocols.roster.nrps import MEMBERS_SCOPE

WANTED = (LINEITEM_SCOPE, SCORE_SCOPE, RESULT_SCOPE, LINEITEM_READ_SCOPE, MEMBERS_SCOPE)
NEEDED = (LINEITEM_SCOPE, SCORE_SCOPE)
"""Without these no grade arrives."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of asking for one scope."""

    scope: str
    token: str | None = None
    answer: Answer | None = None
    error: ToolError | None = None
    off_s: float | None = None
    """By the answer's Date header."""

    @property
    def is_about_scope(self) -> bool:
        """The platform knows us, and refuses this scope."""
        return self.token is None and self.answer is not None and oauth_error(self.answer) == "invalid_scope"


def ask(calls: Calls, store: TokenStore, platform: Platform) -> list[Asked]:
    """Ask for each wanted scope. A platform that does not answer at all is asked no further."""
    asked: list[Asked] = []
    for scope in WANTED:
        asked.append(_ask(calls, store, platform, scope))
        if asked[-1].error is not None:
            break
    return asked


def _ask(calls: Calls, store: TokenStore, platform: Platform, scope: str) -> Asked:
    try:
        calls.must_have_time()
        answer = store.ask(platform, scope)
    except ToolError as error:
        return Asked(scope, error=error)
    token, granted = _read(answer, scope)
    return Asked(scope, token if scope in granted else None, answer, off_s=clocks.seen(answer))


def _read(answer: Answer, scope: str) -> tuple[str | None, list[str]]:
    """The token and its scopes; an answer that names no scopes gave what was asked (RFC 6749, 5.1)."""
    if answer.status not in (200, 201):
        return None, []
    try:
        document = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None, []
    token = document.get("access_token") if isinstance(document, dict) else None
    if not isinstance(token, str) or not (token and token.isascii() and token.isprintable()):
        return None, []
    given = document.get("scope")
    return token, given.split() if isinstance(given, str) and given.strip() else [scope]


def oauth_error(answer: Answer) -> str:
    """The `error` member of a refusal (RFC 6749, 5.2), or ""."""
    try:
        document = json.loads(answer.body)
    except (ValueError, RecursionError):
        return ""
    error = document.get("error") if isinstance(document, dict) else None
    return error[:40] if isinstance(error, str) else ""


def access_light(asked: list[Asked], platform: Platform) -> Light:
    """Whether the platform gives us tokens at all."""
    url = place(platform.auth_token_url)
    got = [one for one in asked if one.token]
    if got or any(one.is_about_scope for one in asked):
        return green(Topic.ACCESS, "access-ok", count=len(got), url=url)
    first = asked[0]
    if first.error is not None:
        return trouble(Topic.ACCESS, first.error, url=url)
    assert first.answer is not None
    if first.answer.status in (200, 201):
        return red(Topic.ACCESS, "access-unreadable", url=url)
    error = oauth_error(first.answer)
    return red(
        Topic.ACCESS, "access-refused", status=first.answer.status, error=error, said=said_of(first.answer), url=url
    )


def scopes_light(asked: list[Asked], access: Light) -> Light:
    """What the platform lets us do, by the tokens that it gives."""
    if access.code != "access-ok":
        return grey(Topic.SCOPES, "needs-access")
    missing = [one.scope for one in asked if one.token is None and one.error is None]
    facts = {"granted": [one.scope for one in asked if one.token], "missing": missing}
    if not missing:
        return green(Topic.SCOPES, "scopes-all", **facts)
    if set(missing) & set(NEEDED):
        return red(Topic.SCOPES, "scopes-missing", **facts)
    return amber(Topic.SCOPES, "scopes-fewer", **facts)
