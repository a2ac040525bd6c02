"""Where the grades of a whole class are, in one word each. (`receipts` tells all of each.)"""

from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.protocols.grades import leftover
from lti_tool.protocols.grades.claims import AnyRow
from lti_tool.protocols.grades.models import Delivery
from lti_tool.protocols.grades.rules import SCHOOL_CHANGED, SCHOOL_KEPT, DeliveryState, Finding


class Glance(StrEnum):
    """The one that asks most attention first."""

    SET_ASIDE = "set-aside"
    HELD = "held"
    """The gradebook shows another number than the one that it accepted; a teacher decides."""
    LEFT = "left"
    """The gradebook still shows a number that holds no longer."""
    SENDING = "sending"
    SENT = "sent"
    KEPT = "kept"
    """A teacher let the school's own value stand."""
    NONE = "none"
    """There is no number to send yet, or no more."""


_PARKED = {SCHOOL_CHANGED: Glance.HELD, SCHOOL_KEPT: Glance.KEPT}
_ORDER = {glance: place for place, glance in enumerate(Glance)}


def of_link(session: Session, link_id: int) -> dict[int, Glance]:
    """Person -> where their grade is, of several columns the one that asks most attention. Nobody: nothing to send."""
    query = select(
        Delivery.person_id, Delivery.state, Delivery.points, Delivery.sent_points, Delivery.reason,
        Delivery.finding, Delivery.is_sure, Delivery.lease_owner,
    ).where(Delivery.resource_link_id == link_id)  # fmt: skip
    found: dict[int, Glance] = {}
    for row in session.execute(query):
        known, other = found.get(row.person_id, Glance.NONE), _glance(row)
        found[row.person_id] = min(known, other, key=_ORDER.__getitem__)
    return found


def _glance(row: AnyRow) -> Glance:
    if row.state == DeliveryState.PARKED:
        return _PARKED.get(row.reason or "", Glance.SET_ASIDE)
    if leftover.is_left(row):
        return Glance.LEFT
    if row.state == DeliveryState.QUEUED:
        return Glance.SENDING if row.points is not None or leftover.may_stand(row) else Glance.NONE
    is_there = row.sent_points is not None and not leftover.is_emptied(row) and row.finding != Finding.ABSENT
    return Glance.SENT if is_there else Glance.NONE
