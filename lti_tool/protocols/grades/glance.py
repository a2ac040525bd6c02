"""Where the grades of a whole class are, in one word each. (`receipts` tells all of each.)"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import Any

from sqlalchemy import Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from lti_tool.protocols.grades.leftover import EMPTIED, LEFT, MAY_STAND
from lti_tool.protocols.grades.models import Delivery
from lti_tool.protocols.grades.rules import SCHOOL_CHANGED, SCHOOL_KEPT, DeliveryState, Finding
from lti_tool.protocols.grades.scales import Mark, mark_of
from lti_tool.protocols.resource_links.models import ResourceLink
from lti_tool.protocols.resource_links.rules import Scale


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


GLANCES = tuple(Glance)
"""By their rank: the one that asks most attention first."""
_RANK = {glance: rank for rank, glance in enumerate(Glance)}
_PARKED, _QUEUED = Delivery.state == DeliveryState.PARKED, Delivery.state == DeliveryState.QUEUED
_RANKED = case(
    (and_(_PARKED, Delivery.reason == SCHOOL_CHANGED), _RANK[Glance.HELD]),
    (and_(_PARKED, Delivery.reason == SCHOOL_KEPT), _RANK[Glance.KEPT]),
    (_PARKED, _RANK[Glance.SET_ASIDE]),
    (LEFT, _RANK[Glance.LEFT]),
    (and_(_QUEUED, or_(Delivery.points.is_not(None), MAY_STAND)), _RANK[Glance.SENDING]),
    (_QUEUED, _RANK[Glance.NONE]),
    (or_(Delivery.sent_points.is_(None), EMPTIED, Delivery.finding == Finding.ABSENT), _RANK[Glance.NONE]),
    else_=_RANK[Glance.SENT],
)


@dataclass(frozen=True, slots=True)
class Seen:
    """Where the grade of one person is, and what it says."""

    glance: Glance = Glance.NONE
    mark: Mark | None = None
    """Of the link's one column; None where there is no number yet, and for links with several."""


def with_rank(query: Select[Any], person_id: Any, link_id: int) -> Select[Any]:
    """The same rows with where the grades of these people are: `grade`, a place in GLANCES, of several the first."""
    mine = Delivery.resource_link_id == link_id, Delivery.person_id == person_id
    first = select(func.min(_RANKED)).where(*mine).scalar_subquery()
    return query.add_columns(func.coalesce(first, _RANK[Glance.NONE]).label("grade"))


def of_link(session: Session, link_id: int, whose: Collection[int]) -> dict[int, Seen]:
    """Of these people where their grade is; who is left out has nothing to send."""
    query = (
        select(
            Delivery.person_id, Delivery.activity_key, Delivery.state, Delivery.points, Delivery.maximum,
            ResourceLink.scale, _RANKED.label("rank"),
        )
        .join(ResourceLink, ResourceLink.id == Delivery.resource_link_id)
        .where(Delivery.resource_link_id == link_id, Delivery.person_id.in_(whose))
        .order_by(Delivery.person_id, "rank")
    )  # fmt: skip
    rows = groupby(session.execute(query), key=lambda row: row.person_id)
    return {person_id: _seen(list(theirs)) for person_id, theirs in rows}


def _seen(theirs: list[Any]) -> Seen:
    first = theirs[0]
    has_one = len(theirs) == 1 and not first.activity_key and first.points is not None
    has_one = has_one and first.state != DeliveryState.DROPPED
    return Seen(
        GLANCES[first.rank], mark_of(Scale(first.scale), first.points, first.maximum) if has_one else None
    )
