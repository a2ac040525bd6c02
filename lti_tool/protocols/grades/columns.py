"""Columns of a link that its launch does not name: found in the course or made there, once. AGS 2.0, 3.1.

A link has one for the whole, or one per activity that has points (`activity_key`). It is known by its resource link,
resource id and tag, never by its label. One worker at a time looks and makes, by a claim on the line item's row.
Whoever comes after a lost answer looks again before making, so that no second column appears.
"""

from datetime import datetime, timedelta

from sqlalchemy import Engine, or_, select, update
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.db import insert_missing, writing
from lti_tool.base.errors import NotFound, Upstream
from lti_tool.learning.catalogue import service as catalogue
from lti_tool.learning.catalogue.rules import Syllabus
from lti_tool.protocols.grades import ags, scales
from lti_tool.protocols.grades.ags import LINEITEM_READ_SCOPE, Column, Score
from lti_tool.protocols.grades.models import LineItem
from lti_tool.protocols.grades.rules import REMOVED, Wish
from lti_tool.protocols.platforms.connector import Connector
from lti_tool.protocols.platforms.families import family_named
from lti_tool.protocols.platforms.service import Platform
from lti_tool.protocols.resource_links.models import ResourceLink
from lti_tool.protocols.resource_links.rules import Scale
from lti_tool.protocols.resource_links.service import LINEITEM_SCOPE, GradeRoad, road_of
from lti_tool.web.i18n import localised

SEARCH_CALLS = 4
"""A claim lasts for so many calls that use all of their time."""
WAIT_S = 1.0
Key = tuple[int, str]
"""Resource link and activity; an empty one is the whole link."""


def url_of(engine: Engine, connector: Connector, platform: Platform, key: Key, score: Score) -> str:
    """The address of a line item of the link. It is looked for and made only for a number.

    Raises Upstream("no-column" | "column-removed" | "line-item-wait" | "line-item-slow" | "line-item-refused" |
    "line-item-pages").
    """
    with Session(engine) as session, session.begin():
        url, column = _known(session, platform, key)
    if url is not None:
        return url
    if column is None or score.points is None:
        raise Upstream("no-column", retry=False)
    time_for_one = timedelta(seconds=connector.timeout_s)
    if not _claim(engine, key, time_for_one * SEARCH_CALLS):
        raise Upstream("line-item-wait", retry=True)
    found, is_ours = None, False
    try:
        found, is_ours = _sought(connector, platform, column, clock.now() + time_for_one * (SEARCH_CALLS - 1))
    finally:
        _store(engine, key, found, is_ours=is_ours)
    return found


def _sought(connector: Connector, platform: Platform, column: Column, start_by: datetime) -> tuple[str, bool]:
    """(address, whether it is one of ours: all that bear our resource id and tag are)."""
    try:
        found = ags.find_column(connector, platform, column, start_by=start_by)
        if found is not None:
            return found.url, found.is_ours
        return ags.make_column(connector, platform, column, start_by=start_by), True
    except Upstream as error:
        if error.code == "too-late":
            raise Upstream("line-item-slow", retry=True) from None
        raise


def _known(session: Session, platform: Platform, key: Key) -> tuple[str | None, Column | None]:
    """(the address where it is known, else the column to look for where the link offers a container)."""
    link = session.get_one(ResourceLink, key[0])
    known = session.execute(select(LineItem.url, LineItem.wish).where(*of_key(key))).one_or_none()
    if known is not None and known.wish == REMOVED:
        raise Upstream("column-removed", retry=False)
    url = (link.lineitem_url if key[1] == "" else None) or (known.url if known else None)
    if url:
        return url, None
    if road_of(link, may_make_columns=platform.creates_line_items) is not GradeRoad.MAKES_COLUMN:
        return None, None
    return None, wanted(session, platform, link, key[1])


def wanted(session: Session, platform: Platform, link: ResourceLink, activity_key: str) -> Column | None:
    """The column that the link should have; None where its course offers no container, or the activity is no more."""
    if link.module_id is None or not link.lineitems_url:
        return None
    syllabus = catalogue.syllabus(session, catalogue.current_version_id(session, link.module_id))
    try:
        near = family_named(platform.family).choosing.maximum_near
        stick = scales.yardstick(syllabus, activity_key or link.activity_key, near)
    except NotFound:
        return None
    scopes = tuple(one for one in (LINEITEM_SCOPE, LINEITEM_READ_SCOPE) if one in link.ags_scopes)
    return Column(
        link.lineitems_url, scopes, link.resource_link_id, resource_id(syllabus.module_public_id, activity_key),
        label(link, syllabus, activity_key), scales.maximum_of(Scale(link.scale), stick.column),
    )  # fmt: skip


def resource_id(module_public_id: str, activity_key: str) -> str:
    return f"{module_public_id}:{activity_key}" if activity_key else module_public_id


def label(link: ResourceLink, syllabus: Syllabus, activity_key: str) -> str:
    """What the column is called, in the language of the link."""
    title = link.title.strip() or localised(syllabus.title, link.language or "nl")
    if not activity_key:
        return title
    return f"{title}: {localised(syllabus.step(activity_key).title, link.language or 'nl')}"


def of_key(key: Key):  # type: ignore[no-untyped-def]
    return LineItem.resource_link_id == key[0], LineItem.activity_key == key[1]


def _claim(engine: Engine, key: Key, lasting: timedelta) -> bool:
    """True for the one worker that may look for or make the column now."""
    now = clock.now()
    with Session(engine) as session, session.begin():
        insert_missing(writing(session), LineItem, resource_link_id=key[0], activity_key=key[1])
        is_free = or_(LineItem.asked_until.is_(None), LineItem.asked_until < now)
        claimed = session.execute(
            update(LineItem).where(*of_key(key), LineItem.url.is_(None), is_free).values(asked_until=now + lasting)
        )
        return bool(claimed.rowcount)  # type: ignore[attr-defined]


def _store(engine: Engine, key: Key, url: str | None, *, is_ours: bool) -> None:
    with Session(engine) as session, session.begin():
        writing(session).execute(
            update(LineItem).where(*of_key(key)).values(url=url, is_ours=is_ours, asked_until=None)
        )


def forget(session: Session, keys: list[Key]) -> None:
    """Look for these columns anew at the next score, also for those that a teacher had removed."""
    for key in keys:
        session.execute(
            update(LineItem).where(*of_key(key)).values(url=None, is_ours=False, wish=None, problem=None)
        )


def change(session: Session, resource_link_id: int) -> None:
    """Let the keeper see to it that our columns of this link bear its title and maximum of now."""
    ours = select(LineItem.activity_key).where(
        LineItem.resource_link_id == resource_link_id, LineItem.wish.is_(None), LineItem.url.is_not(None)
    )
    for activity_key in session.scalars(ours).all():
        wish(session, (resource_link_id, activity_key), Wish.CHANGE)


def wish(session: Session, key: Key, wanted: Wish) -> bool:
    """Ask the keeper to do this with a column of ours; False where there is none."""
    asked = session.execute(
        update(LineItem)
        .where(*of_key(key), LineItem.is_ours.is_(True), LineItem.url.is_not(None))
        .values(wish=wanted, read_due_at=clock.now(), problem=None, problem_said=None)
    )
    return bool(asked.rowcount)  # type: ignore[attr-defined]
