"""Columns of a link that its launch does not name: found in the course or made there, once. AGS 2.0, 3.1.

A link has one for the whole, or one per activity that has points (`activity_key`). It is known by its resource link,
resource id and tag, never by its label. One worker at a time looks and makes, by a claim on the line item's row.
Whoever comes after a lost answer looks again before making, so that no second column appears.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, or_, select, update
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.db import insert_missing, writing
from lti_tool.base.errors import NotFound, Upstream
from lti_tool.learning.catalogue import service as catalogue
from lti_tool.learning.catalogue.rules import Syllabus
from lti_tool.protocols.grades import ags, scales
from lti_tool.protocols.grades.ags import LINEITEM_READ_SCOPE, Column, Found, Said, Score
from lti_tool.protocols.grades.models import LineItem
from lti_tool.protocols.grades.rules import REMOVED, Wish
from lti_tool.protocols.platforms.connector import Connector
from lti_tool.protocols.platforms.families import family_named
from lti_tool.protocols.platforms.service import Platform
from lti_tool.protocols.resource_links import rules
from lti_tool.protocols.resource_links.models import ResourceLink
from lti_tool.protocols.resource_links.rules import Columns, Scale, Terms
from lti_tool.protocols.resource_links.service import LINEITEM_SCOPE, GradeRoad, road_of
from lti_tool.web.i18n import localised

SEARCH_CALLS = 4
"""A claim lasts for so many calls that use all of their time."""
WAIT_S = 1.0
REVIEW = "LtiSubmissionReviewRequest"
Key = tuple[int, str]
"""Resource link and activity; an empty one is the whole link."""


def url_of(engine: Engine, connector: Connector, platform: Platform, key: Key, score: Score, base: str) -> str:
    """The address of a line item of the link. It is looked for and made only for a number; `base` is our own address.

    Raises Upstream("no-column" | "column-removed" | "line-item-wait" | "line-item-slow" | "line-item-refused" |
    "line-item-pages").
    """
    with Session(engine) as session, session.begin():
        url, column = _known(session, platform, key, base)
    if url is not None:
        return url
    if column is None or score.points is None:
        raise Upstream("no-column", retry=False)
    time_for_one = timedelta(seconds=connector.timeout_s)
    if not _claim(engine, key, time_for_one * SEARCH_CALLS):
        raise Upstream("line-item-wait", retry=True)
    found = None
    try:
        found = _sought(connector, platform, column, clock.now() + time_for_one * (SEARCH_CALLS - 1))
    finally:
        _store(engine, key, column, found)
    return found.url


def _sought(connector: Connector, platform: Platform, column: Column, start_by: datetime) -> Found:
    try:
        found = ags.find_column(connector, platform, column, start_by=start_by)
        if found is not None:
            return found
        made = ags.make_column(connector, platform, column, start_by=start_by)
        return Found(made, is_ours=True, is_current=True)
    except Upstream as error:
        if error.code == "too-late":
            raise Upstream("line-item-slow", retry=True) from None
        raise


def _known(session: Session, platform: Platform, key: Key, base: str) -> tuple[str | None, Column | None]:
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
    return None, wanted(session, platform, link, key[1], base)


def wanted(
    session: Session, platform: Platform, link: ResourceLink, activity_key: str, base: str, terms: Terms | None = None
) -> Column | None:
    """The column that the link should have, by these terms where given; None where its activity is no more."""
    if link.module_id is None:
        return None
    family, scale = family_named(platform.family), terms.scale if terms else Scale(link.scale)
    syllabus = catalogue.syllabus(session, catalogue.current_version_id(session, link.module_id))
    try:
        stick = scales.yardstick(syllabus, activity_key or link.activity_key, family.choosing.maximum_near)
    except NotFound:
        return None
    scopes = tuple(one for one in (LINEITEM_SCOPE, LINEITEM_READ_SCOPE) if one in link.ags_scopes)
    return Column(
        link.lineitems_url or "", scopes, link.resource_link_id, resource_id(syllabus.module_public_id, activity_key),
        label(link, syllabus, activity_key), scales.maximum_of(scale, stick.column),
        due_at=terms.due_at if terms else link.due_at, review=ags.reviewed(base) if family.takes(REVIEW) else None,
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


def _store(engine: Engine, key: Key, column: Column, found: Found | None) -> None:
    """What was found and is ours, the keeper brings up to date first."""
    values: dict[str, Any] = {"url": found.url if found else None, "is_ours": found is not None and found.is_ours}
    if found and found.is_ours:
        late = {"told": {}, "wish": Wish.CHANGE, "read_due_at": clock.now()}
        values |= {"told": column.told()} if found.is_current else late
    with Session(engine) as session, session.begin():
        writing(session).execute(update(LineItem).where(*of_key(key)).values(asked_until=None, **values))


def forget(session: Session, keys: list[Key]) -> None:
    """Look for these columns anew at the next score, also for those that a teacher had removed."""
    for key in keys:
        session.execute(
            update(LineItem).where(*of_key(key)).values(url=None, is_ours=False, told=None, wish=None, problem=None)
        )


def change(session: Session, resource_link_id: int) -> None:
    """Let the keeper see to it that our columns of this link bear its title and maximum of now."""
    ours = select(LineItem.activity_key).where(
        LineItem.resource_link_id == resource_link_id, LineItem.wish.is_(None), LineItem.url.is_not(None)
    )
    for activity_key in session.scalars(ours).all():
        wish(session, (resource_link_id, activity_key), Wish.CHANGE)
    link = session.get(ResourceLink, resource_link_id)
    if link is not None and _was_placed_by_us(link):
        insert_missing(session, LineItem, resource_link_id=resource_link_id, activity_key="")
        mine = (*of_key((resource_link_id, "")), LineItem.url.is_(None), LineItem.wish.is_(None))
        session.execute(update(LineItem).where(*mine).values(_asked(Wish.CHANGE)))


def _was_placed_by_us(link: ResourceLink) -> bool:
    """Its launch names a column that the platform made by our answer (its tag tells), and we may change it."""
    is_whole = link.columns == Columns.ONE or (link.columns == Columns.EACH and link.activity_key is not None)
    return bool(link.placement and link.lineitem_url and LINEITEM_SCOPE in link.ags_scopes and is_whole)


def of_placed(
    session: Session, platform: Platform, link: ResourceLink, told: Said | None, base: str
) -> tuple[Said, Said]:
    """What was said of the column of a link of ours, at its placing where nothing was since, and what is said now.

    Its label is the platform's, which knows the title of the link.
    """
    now = wanted(session, platform, link, "", base)
    first = wanted(session, platform, link, "", base, rules.terms_of(link.named)) if told is None else None
    return _nameless(told if first is None else first.told()), _nameless(now.told() if now else {})


def _nameless(said: Said | None) -> Said:
    return {name: value for name, value in (said or {}).items() if name != "label"}


def wish(session: Session, key: Key, wanted: Wish) -> bool:
    """Ask the keeper to do this with a column of ours; False where there is none."""
    asked = session.execute(
        update(LineItem)
        .where(*of_key(key), LineItem.is_ours.is_(True), LineItem.url.is_not(None))
        .values(_asked(wanted))
    )
    return bool(asked.rowcount)  # type: ignore[attr-defined]


def _asked(wanted: Wish) -> dict[str, Any]:
    return {"wish": wanted, "read_due_at": clock.now(), "problem": None, "problem_said": None}
