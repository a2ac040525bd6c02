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
MOST_PAGES = 200

Fetch = Callable[[str], Answer]
"""Gets one address with a token and Accept: MEDIA_TYPE."""


def pages(fetch: Fetch, url: str) -> Iterator[list[Mapping[str, Any]]]:
    """The members of each page, in order. A roster is complete only when this ends without raising.

    The next address is followed exactly as given, on the same origin; the platform chooses the size of its pages.
    Raises Upstream("roster-status" | "roster-format" | "roster-elsewhere" | "roster-pages"), and what `fetch` raises.
    """
    following: str | None = url
    for number in range(1, MOST_PAGES + 1):
        if following is None:
            return
        answer = fetch(following)
        if answer.status != 200:
            retry = answer.status >= 500 or answer.status == 429
            raise Upstream("roster-status", retry=retry, status=answer.status, page=number)
        yield _members(answer, number)
        following = _next(answer, following, number)
    raise Upstream("roster-pages", retry=False, page=MOST_PAGES)


def _next(answer: Answer, url: str, number: int) -> str | None:
    """A page of another origin would get our token. Raises Upstream("roster-elsewhere")."""
    following = next_address(answer, url)
    if following is not None and origin_of(following) != origin_of(url):
        raise Upstream("roster-elsewhere", retry=False, page=number + 1)
    return following


def _members(answer: Answer, number: int) -> list[Mapping[str, Any]]:
    try:
        document = answer.json()
    except Upstream:
        document = None
    members = document.get("members") if isinstance(document, dict) else None
    if not isinstance(members, list):
        raise Upstream("roster-format", retry=False, page=number)
    return [member for member in members if isinstance(member, dict)]


def roles_of(member: Mapping[str, Any]) -> list[str]:
    roles = member.get("roles")
    return [role for role in roles if isinstance(role, str)] if isinstance(roles, list) else []
