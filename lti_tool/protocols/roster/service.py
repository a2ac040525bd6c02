"""Ask for the class of a link to be read again. The worker reads it (see reader); what is known is in classes."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.base import clock, outbox
from lti_tool.base.db import insert_missing
from lti_tool.protocols.resource_links.models import ResourceLink, Roster
from lti_tool.protocols.roster import rules


def ask(session: Session, link_id: int | None) -> None:
    """A teacher wants it read now. A platform that asked to be left alone is, and the page says until when."""
    roster = _roster(session, link_id)
    if roster is not None and not _is_younger(roster, rules.JUST_READ):
        _want(session, roster)


def look(session: Session, link_id: int | None) -> None:
    """A teacher comes in: read the class where what we know is older than a few minutes and nothing failed since."""
    roster = _roster(session, link_id)
    if roster is not None and roster.failed_at is None and not _is_younger(roster, rules.STALE):
        _want(session, roster)


def _roster(session: Session, link_id: int | None) -> Roster | None:
    """None where the platform offers none."""
    offers = select(ResourceLink.id).where(ResourceLink.id == link_id, ResourceLink.memberships_url.is_not(None))
    if session.scalar(offers) is None:
        return None
    insert_missing(session, Roster, resource_link_id=link_id, attempts=0, is_of_course=False)
    return session.get_one(Roster, link_id, with_for_update=True, populate_existing=True)


def _is_younger(roster: Roster, age: timedelta) -> bool:
    return roster.complete_at is not None and clock.now() - roster.complete_at < age


def _want(session: Session, roster: Roster) -> None:
    now = clock.now()
    roster.asked_at = now
    if roster.lease_until is None or roster.lease_until <= now:
        roster.due_at = max(now, roster.wait_until or now)
    session.flush()
    outbox.wake(session)
