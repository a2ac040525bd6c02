"""The groups of a course (Course Groups Service 1.0). Who is in which stands in the roster (group_enrollments)."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from lti_tool.base.db import insert_missing
from lti_tool.base.wire import Answer
from lti_tool.protocols.platforms import told
from lti_tool.protocols.platforms.connector import Call, Connector
from lti_tool.protocols.platforms.service import Platform
from lti_tool.protocols.resource_links.models import Group
from lti_tool.protocols.roster import nrps

GROUPS_SCOPE = "https://purl.imsglobal.org/spec/lti-gs/scope/contextgroup.readonly"
GROUPS_TYPE = "application/vnd.ims.lti-gs.v1.contextgroupcontainer+json"
SETS_TYPE = "application/vnd.ims.lti-gs.v1.contextgroupsetcontainer+json"
MOST_PAGES, MOST_GROUPS = 50, 2000


@dataclass(frozen=True, slots=True)
class CourseGroup:
    id: str
    name: str
    set_name: str


def read(connector: Connector, platform: Platform, url: str, sets_url: str | None) -> list[CourseGroup]:
    """The groups of a course, with the names of their sets. Raises what `nrps.pages` raises."""
    sets = dict(_named(connector, platform, sets_url, SETS_TYPE, "sets")) if sets_url else {}
    found: dict[str, CourseGroup] = {}
    for page in nrps.pages(_fetch(connector, platform, GROUPS_TYPE), url, most=MOST_PAGES, holds="groups"):
        for one in page:
            group_id, name = told.identifier(one.get("id")), told.text(one.get("name"))
            if group_id is not None and len(found) < MOST_GROUPS:
                found[group_id] = CourseGroup(group_id, name or group_id, sets.get(str(one.get("set_id")), ""))
    return list(found.values())


def _named(connector: Connector, platform: Platform, url: str, kind: str, holds: str) -> list[tuple[str, str]]:
    pages = nrps.pages(_fetch(connector, platform, kind), url, most=MOST_PAGES, holds=holds)
    return [(str(one.get("id")), told.text(one.get("name")) or "") for page in pages for one in page]


def _fetch(connector: Connector, platform: Platform, accept: str) -> nrps.Fetch:
    def fetch(address: str) -> Answer:
        return connector.request(platform, Call(scopes=(GROUPS_SCOPE,), method="GET", url=address, accept=accept))

    return fetch


def keep(session: Session, context_id: int, found: Sequence[CourseGroup]) -> None:
    """Let these be the groups of the course."""
    there = {one.group_id: one for one in session.scalars(select(Group).where(Group.context_id == context_id))}
    named = {one.id: one for one in found}
    gone = [group_id for group_id in there if group_id not in named]
    if gone:
        session.execute(delete(Group).where(Group.context_id == context_id, Group.group_id.in_(gone)))
    for one in named.values():
        if one.id in there:
            there[one.id].name, there[one.id].set_name = one.name, one.set_name
        else:  # rosters of two links of the course may be read at once
            values = {"group_id": one.id, "name": one.name, "set_name": one.set_name}
            insert_missing(session, Group, context_id=context_id, **values)
    session.flush()
