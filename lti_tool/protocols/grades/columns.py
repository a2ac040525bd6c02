"""Which column a link's scores go to: the one its launch named, else one found or made, once. AGS 2.0, 3.1."""

from datetime import datetime, timedelta

from sqlalchemy import Engine, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.db import writing
from lti_tool.base.errors import Upstream
from lti_tool.learning.catalogue import service as catalogue
from lti_tool.protocols.grades import ags
from lti_tool.protocols.grades.ags import Column
from lti_tool.protocols.grades.models import LineItem
from lti_tool.protocols.platforms.connector import Connector
from lti_tool.protocols.platforms.service import Platform
from lti_tool.protocols.resource_links.models import ResourceLink

ASKING = timedelta(seconds=30)


def url_of(engine: Engine, connector: Connector, platform: Platform, link_id: int, maximum: float) -> str:
    """The address of the link's line item.

    Raises Upstream("no-column" | "column-wait" | "line-item-refused").
    """
    with Session(engine) as session:
        url, column = _known(session, link_id, maximum)
    if url is not None:
        return url
    if column is None or not platform.creates_line_items:
        raise Upstream("no-column", retry=False)
    if not _claim(engine, link_id):
        raise Upstream("column-wait", retry=True, after_s=None)
    found: str | None = None
    try:
        found = ags.find_or_make(connector, platform, column)
        return found
    finally:
        _store(engine, link_id, found)


def _known(session: Session, link_id: int, maximum: float) -> tuple[str | None, Column | None]:
    row = session.execute(
        select(ResourceLink, LineItem.url)
        .outerjoin(LineItem, LineItem.resource_link_id == ResourceLink.id)
        .where(ResourceLink.id == link_id)
    ).one()
    link: ResourceLink = row[0]
    if link.lineitem_url or row[1]:
        return link.lineitem_url or row[1], None
    if not link.lineitems_url or link.module_id is None:
        return None, None
    version_id = catalogue.current_version_id(session, link.module_id)
    resource_id = catalogue.syllabus(session, version_id).module_public_id
    return None, Column(link.lineitems_url, link.resource_link_id, resource_id, link.title, maximum)


def _claim(engine: Engine, link_id: int) -> bool:
    """True for the one worker that may look for or make the column now."""
    try:
        return _claim_row(engine, link_id, clock.now())
    except IntegrityError:  # another worker added the row and claims it
        return False


def _claim_row(engine: Engine, link_id: int, now: datetime) -> bool:
    with Session(engine) as session, session.begin():
        if writing(session).get(LineItem, link_id, with_for_update=True) is None:
            session.add(LineItem(resource_link_id=link_id))
            session.flush()
        claimed = session.execute(
            update(LineItem)
            .where(
                LineItem.resource_link_id == link_id,
                LineItem.url.is_(None),
                or_(LineItem.asked_until.is_(None), LineItem.asked_until < now),
            )
            .values(asked_until=now + ASKING)
        )
        return bool(claimed.rowcount)  # type: ignore[attr-defined]


def _store(engine: Engine, link_id: int, url: str | None) -> None:
    with Session(engine) as session, session.begin():
        writing(session).execute(
            update(LineItem).where(LineItem.resource_link_id == link_id).values(url=url, asked_until=None)
        )
