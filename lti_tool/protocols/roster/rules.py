"""What a roster says of a member, how it is asked, and when it is asked again. Pure. NRPS 2.0; Course Groups 1.0."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from lti_tool.base.errors import ToolError, Upstream
from lti_tool.learning.people.service import Profile
from lti_tool.protocols.platforms import told
from lti_tool.protocols.resource_links.roles import Role, is_test_user, role_in_context
from lti_tool.protocols.roster.nrps import roles_of

REFRESH = timedelta(days=1)
"""So often the class of a link that is used is read again."""
STALE = timedelta(minutes=10)
"""Older than this it is read again when a teacher looks."""
JUST_READ = timedelta(seconds=30)
"""Younger than this nobody's asking makes it newer."""
IN_USE = timedelta(days=14)
"""A link through which nobody came for so long is read only when somebody asks."""
BACK_OFF = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=12))
IS_THERE = ("active", "")
MOST_GROUPS = 100
PARAMETERS_REFUSED = (400, 403, 404, 405, 406, 409, 410, 422, 501)
"""Answers that may mean that the platform does not know what was asked beside the address."""


@dataclass(frozen=True, slots=True)
class Named:
    """A member whom a roster names as being there."""

    subject: str
    role: Role
    is_test: bool
    profile: Profile
    group_ids: tuple[str, ...] | None
    """None: the roster told no groups."""


def named_in(page: Sequence[Mapping[str, Any]]) -> list[Named]:
    """Whom a page names as being there, each once. Only user_id and roles are certain; no status means Active.

    Who is Inactive or Deleted counts as not named; so does who has no identifier that can be kept.
    """
    found = {
        subject: _named(subject, member)
        for member in page
        if (subject := told.subject(member.get("user_id"))) is not None and _is_there(member)
    }
    return [found[subject] for subject in sorted(found)]


def _is_there(member: Mapping[str, Any]) -> bool:
    status = member.get("status")
    return not isinstance(status, str) or status.rpartition("#")[2].strip().lower() in IS_THERE


def _named(subject: str, member: Mapping[str, Any]) -> Named:
    roles = roles_of(member)
    profile = Profile(
        name=told.text(member.get("name")),
        given_name=told.text(member.get("given_name")),
        family_name=told.text(member.get("family_name")),
        email=told.text(member.get("email"), 320),
        student_number=told.text(member.get("lis_person_sourcedid")),
    )
    return Named(subject, role_in_context(roles), is_test_user(roles), profile, _groups(member))


def _groups(member: Mapping[str, Any]) -> tuple[str, ...] | None:
    enrolled = member.get("group_enrollments")
    if not isinstance(enrolled, list):
        return None
    ids = (told.identifier(one.get("group_id")) for one in enrolled if isinstance(one, dict))
    return tuple(sorted({one for one in ids if one is not None})[:MOST_GROUPS])


def tells_link(page: Sequence[Mapping[str, Any]]) -> bool:
    """The platform understood that it was asked for one link: members carry a message of it (NRPS 2.0, rlid)."""
    return any("message" in member for member in page)


def address(url: str, **parameters: str | int | None) -> str:
    """The address with these parameters behind its own, which stay letter by letter and go before."""
    has = {name for name, _ in parse_qsl(urlsplit(url).query, keep_blank_values=True)}
    more = urlencode({name: value for name, value in parameters.items() if value is not None and name not in has})
    return f"{url}{'&' if '?' in url else '?'}{more}" if more else url


def may_be_of_parameters(error: ToolError, attempts: int) -> bool:
    """The first page failed in a way that may be the fault of what was asked beside the address.

    After several failures a fault of the platform may be one too.
    """
    if error.code != "roster-status":
        return error.code == "roster-empty"
    status = int(error.facts.get("status") or 0)
    return error.facts.get("page") == 1 and (status in PARAMETERS_REFUSED or (attempts > 1 and status >= 500))


def reason_of(error: ToolError) -> str:
    """A code for the words of why a roster could not be read."""
    if error.code != "roster-status":
        return error.code[:64]
    status, page = int(error.facts.get("status") or 0), int(error.facts.get("page") or 0)
    if status == 429:
        return "roster-busy"
    if page > 1:
        return "roster-breaks-off"
    if status >= 500:
        return "roster-fails"
    return "roster-gone" if status in (404, 410) else "roster-refused"


def next_try(error: ToolError, attempts: int, now: datetime) -> datetime:
    """When to read again after the failure of this many readings in a row."""
    may_help = isinstance(error, Upstream) and error.retry
    rest = BACK_OFF[min(attempts, len(BACK_OFF)) - 1] if may_help else REFRESH
    return max(now + rest, wait_until(error, now) or now)


def wait_until(error: ToolError, now: datetime) -> datetime | None:
    """Until when the platform asked to be left alone."""
    after_s = error.after_s if isinstance(error, Upstream) else None
    return now + timedelta(seconds=after_s) if after_s else None
