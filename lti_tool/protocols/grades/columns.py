"""The column of a link whose launch names none: found in the course or made there, once. AGS 2.0, 3.1.

One worker at a time looks and makes, by a claim on the line item's row. Whoever comes after a lost answer looks
again before making, so that no second column appears.
"""

from datetime import datetime, timedelta

from sqlalchemy import Engine, or_, select, update
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.db import insert_missing, writing
from lti_tool.base.errors import Upstream
from lti_tool.learning.catalogue import service as catalogue
from lti_tool.protocols.grades import ags
from lti_tool.protocols.grades.ags import LINEITEM_READ_SCOPE, Column, Score
from lti_tool.protocols.grades.models import LineItem
from lti_tool.protocols.platforms.connector import Connector
from lti_tool.protocols.platforms.service import Platform
from lti_tool.protocols.resource_links.models import ResourceLink
from lti_tool.protocols.resource_links.service import LINEITEM_SCOPE, GradeRoad, road_of

SEARCH_CALLS = 4
"""A claim lasts for so many calls that use all of their time."""
WAIT_S = 1.0


def url_of(engine: Engine, connector: Connector, platform: Platform, link_id: int, score: Score) -> str:
    """The address of the link's line item. It is looked for and made only for a number.

    Raises Upstream("no-column" | "line-item-wait" | "line-item-slow" | "line-item-refused" | "line-item-pages").
    """
    with Session(engine) as session, session.begin():
        url, column = _known(session, platform, link_id, score.maximum)
    if url is not None:
        return url
    if column is None or score.points is None:
        raise Upstream("no-column", retry=False)
    time_for_one = timedelta(seconds=connector.timeout_s)
    if not _claim(engine, link_id, time_for_one * SEARCH_CALLS):
        raise Upstream("line-item-wait", retry=True)
    found = None
    try:
        found = _sought(connector, platform, column, start_by=clock.now() + time_for_one * (SEARCH_CALLS - 1))
    finally:
        _store(engine, link_id, found)
    return found


def _sought(connector: Connector, platform: Platform, column: Column, *, start_by: datetime) -> str:
    try:
        return ags.find_column(connector, platform, column, start_by=start_by) or ags.make_column(
            connector, platform, column, start_by=start_by
        )
    except Upstream as error:
        if error.code == "too-late":
            raise Upstream("line-item-slow", retry=True) from None
        raise


def _known(
    session: Session, platform: Platform, link_id: int, maximum: float
) -> tuple[str | None, Column | None]:
    """(the address where it is known, else the column to look for where the link offers a container)."""
    link = session.get_one(ResourceLink, link_id)
    known = session.scalar(select(LineItem.url).where(LineItem.resource_link_id == link_id))
    if link.lineitem_url or known:
        return link.lineitem_url or known, None
    road = road_of(link, may_make_columns=platform.creates_line_items)
    if road is not GradeRoad.MAKES_COLUMN or link.module_id is None or not link.lineitems_url:
        return None, None
    resource_id = catalogue.public_id(session, link.module_id)
    scopes = tuple(one for one in (LINEITEM_SCOPE, LINEITEM_READ_SCOPE) if one in link.ags_scopes)
    return None, Column(link.lineitems_url, scopes, link.resource_link_id, resource_id, link.title, maximum)


def _claim(engine: Engine, link_id: int, lasting: timedelta) -> bool:
    """True for the one worker that may look for or make the column now."""
    now = clock.now()
    with Session(engine) as session, session.begin():
        insert_missing(writing(session), LineItem, resource_link_id=link_id)
        claimed = session.execute(
            update(LineItem)
            .where(
                LineItem.resource_link_id == link_id,
                LineItem.url.is_(None),
                or_(LineItem.asked_until.is_(None), LineItem.asked_until < now),
            )
            .values(asked_until=now + lasting)
        )
        return bool(claimed.rowcount)  # type: ignore[attr-defined]


def _store(engine: Engine, link_id: int, url: str | None) -> None:
    with Session(engine) as session, session.begin():
        writing(session).execute(
            update(LineItem).where(LineItem.resource_link_id == link_id).values(url=url, asked_until=None)
        )


def forget(session: Session, resource_link_ids: list[int]) -> None:
    """Look for the columns of these links anew at the next score."""
    session.execute(update(LineItem).where(LineItem.resource_link_id.in_(resource_link_ids)).values(url=None))
