"""Read one roster from its platform, and keep it page by page. Called in a thread.

No transaction is open while the platform is asked; each page is kept in a short one, so that ten thousand members need
no more memory than a page of them. The platform is asked for who may open the link (rlid); where it refuses that or
does not know it, for everybody in the course.
"""

from collections import deque
from collections.abc import Callable, Sequence

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lti_tool.base.db import writing
from lti_tool.base.errors import Conflict, ToolError, Upstream
from lti_tool.base.wire import Answer
from lti_tool.protocols.platforms.connector import Call, Connector
from lti_tool.protocols.platforms.families import family_named
from lti_tool.protocols.platforms.service import kept
from lti_tool.protocols.roster import groups, keeping, nrps, rules, taking
from lti_tool.protocols.roster.rules import Named
from lti_tool.protocols.roster.taking import Taken

AT_ONCE = 500
"""Members kept in one transaction, however many the platform tells on a page."""
MOST_RACES = 5
SMALLER_PAGE = 200
"""Asked for where the platform's own page is larger than we read."""
LOST, STOPPED = "roster-lost", "roster-stopped"
Way = dict[str, str | int]
Stops = Callable[[], bool]
"""True when the worker is to stop: no further page is begun."""
log = structlog.get_logger("roster")


def read_one(engine: Engine, connector: Connector, taken: Taken, stops: Stops = lambda: False) -> None:
    """Read a roster that was taken, and note how it went. What fails changes the class in nothing but its news."""
    try:
        is_of_course = _members(engine, connector, taken, stops)
        _groups(engine, connector, taken)
        _complete(engine, taken, is_of_course)
    except ToolError as error:
        if error.code == STOPPED:
            with Session(engine) as session, session.begin():
                taking.give_back(writing(session), taken)
        elif error.code != LOST:
            note_failure(engine, taken, error)


def note_failure(engine: Engine, taken: Taken, error: ToolError) -> None:
    log.warning("roster not read", link=taken.link_id, attempt=taken.attempts + 1, code=error.code, **error.facts)
    with Session(engine) as session, session.begin():
        taking.failed(writing(session), taken, error)


def _members(engine: Engine, connector: Connector, taken: Taken, stops: Stops) -> bool:
    """Keep all members; True if they are those of the whole course.

    Raises Upstream, Conflict("roster-lost" | "roster-stopped").
    """
    ways = deque(_ways(taken))
    while True:
        way = ways.popleft()
        try:
            return _pages(engine, connector, taken, way, stops)
        except Upstream as error:
            if error.code == "upstream-too-large" and "limit" not in way:
                ways = deque({**one, "limit": SMALLER_PAGE} for one in (way, *ways))
            elif not ways or not rules.may_be_of_parameters(error, taken.attempts):
                raise


def _ways(taken: Taken) -> list[Way]:
    """What may be asked beside the address, the most telling first."""
    limit = family_named(taken.platform.family).roster_page
    least: Way = {"limit": limit} if limit is not None else {}
    of_link: Way = {**least, "rlid": taken.resource_link_id}
    with_groups: list[Way] = [{**of_link, "groups": "true"}] if taken.groups_url else []
    return [*with_groups, of_link, least]


def _pages(engine: Engine, connector: Connector, taken: Taken, way: Way, stops: Stops) -> bool:
    def fetch(address: str) -> Answer:
        if stops():
            raise Conflict(STOPPED)
        call = Call(scopes=(nrps.MEMBERS_SCOPE,), method="GET", url=address, accept=nrps.MEDIA_TYPE)
        return connector.request(taken.platform, call)

    is_understood, is_empty = False, True
    for page in nrps.pages(fetch, rules.address(taken.url, **way)):
        named = rules.named_in(page)
        is_understood, is_empty = is_understood or rules.tells_link(page), is_empty and not named
        for first in range(0, len(named), AT_ONCE):
            _keep(engine, taken, named[first : first + AT_ONCE])
    if is_empty:  # whoever opened the link is in the course at least
        raise Upstream("roster-empty", retry=False)
    return not ("rlid" in way and is_understood)


def _keep(engine: Engine, taken: Taken, named: Sequence[Named]) -> None:
    """Once more where a launch makes one of these people at the same moment."""
    for _ in range(MOST_RACES):
        try:
            return _keep_once(engine, taken, named)
        except IntegrityError:
            log.info("roster meets a launch", link=taken.link_id)
    return _keep_once(engine, taken, named)


def _keep_once(engine: Engine, taken: Taken, named: Sequence[Named]) -> None:
    with Session(engine) as session, session.begin():
        held = taking.hold(writing(session), taken)
        if held is None:
            raise Conflict(LOST)
        authority, keeps = f"lti:{taken.platform.id}", kept(held.privacy_level)
        keeping.keep(session, taken.link_id, held.cohort_id, authority, named, keeps, taken.began_at)


def _groups(engine: Engine, connector: Connector, taken: Taken) -> None:
    """The names of the groups. Without them the class is as complete."""
    if taken.groups_url is None or taken.context_id is None:
        return
    try:
        found = groups.read(connector, taken.platform, taken.groups_url, taken.group_sets_url)
    except ToolError as error:
        log.warning("groups not read", link=taken.link_id, code=error.code, **error.facts)
        return
    with Session(engine) as session, session.begin():
        if taking.hold(writing(session), taken) is not None:
            groups.keep(session, taken.context_id, found)


def _complete(engine: Engine, taken: Taken, is_of_course: bool) -> None:
    with Session(engine) as session, session.begin():
        if taking.hold(writing(session), taken) is None:
            return
        count = keeping.counted(session, taken.link_id, taken.began_at)
        keeping.let_leave(session, taken.link_id, taken.began_at, taken.began_at)
        taking.complete(session, taken, counted=count, is_of_course=is_of_course)
    log.info("roster read", link=taken.link_id, members=count, of_course=is_of_course)
