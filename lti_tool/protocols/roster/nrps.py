"""Names and Role Provisioning Services 2.0: reading a course's roster, page by page. Keeps nothing, removes nobody."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from lti_tool.base.errors import Upstream
from lti_tool.base.wire import Answer
from lti_tool.protocols.platforms.paging import next_address
from lti_tool.protocols.platforms.service import origin_of

MEMBERS_SCOPE = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
NRPS_CLAIM = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
MEDIA_TYPE = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
MOST_PAGES = 1000

Page = list[Mapping[str, Any]]
Fetch = Callable[[str], Answer]
"""Gets one address with a token and Accept: MEDIA_TYPE."""


def pages(fetch: Fetch, url: str, *, most: int = MOST_PAGES, holds: str = "members") -> Iterator[Page]:
    """The members of each page, in order. A roster is complete only when this ends without raising.

    The next address is followed exactly as given, on the same origin; the platform chooses the size of its pages.
    Raises Upstream("roster-status" | "roster-format" | "roster-elsewhere" | "roster-loop" | "roster-pages"), and what
    `fetch` raises.
    """
    following: str | None = url
    seen: set[str] = set()
    while following is not None:
        number = len(seen) + 1
        if following in seen:
            raise Upstream("roster-loop", retry=False, page=number)
        if number > most:
            raise Upstream("roster-pages", retry=False, page=most)
        seen.add(following)
        answer = fetch(following)
        if answer.status != 200:
            retry = answer.status >= 500 or answer.status in (408, 429)
            raise Upstream(
                "roster-status", retry=retry, after_s=answer.retry_after_s, status=answer.status, page=number
            )
        yield _rows(answer, number, holds)
        following = _next(answer, following, number)


def _next(answer: Answer, url: str, number: int) -> str | None:
    """A page of another origin would get our token. Raises Upstream("roster-elsewhere")."""
    following = next_address(answer, url)
    if following is not None and origin_of(following) != origin_of(url):
        raise Upstream("roster-elsewhere", retry=False, page=number + 1)
    return following


def _rows(answer: Answer, number: int, holds: str) -> Page:
    try:
        document = answer.json()
    except Upstream:
        document = None
    rows = document.get(holds) if isinstance(document, dict) else None
    if not isinstance(rows, list):
        raise Upstream("roster-format", retry=False, page=number)
    return [row for row in rows if isinstance(row, dict)]


def roles_of(member: Mapping[str, Any]) -> list[str]:
    roles = member.get("roles")
    return [role for role in roles if isinstance(role, str)] if isinstance(roles, list) else []
