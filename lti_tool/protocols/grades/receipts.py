"""Where grades are, for the learner's page. (Staff look at `backlog`.)"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from lti_tool.protocols.grades.claims import AnyRow
from lti_tool.protocols.grades.models import Delivery
from lti_tool.protocols.grades.rules import DeliveryState
from lti_tool.protocols.resource_links.models import Context, Member, ResourceLink


@dataclass(frozen=True, slots=True)
class Receipt:
    """One grade of one person. `state`: "none", "sending", "sent", "retrying" or "set-aside"."""

    link_title: str
    course_title: str
    state: str
    points: float | None
    maximum: float | None
    at: datetime | None
    """When the platform accepted it."""
    next_try_at: datetime | None
    """Only while retrying."""
    reason: str | None


_RECEIPTS = (
    select(
        ResourceLink.title.label("link_title"), Context.title.label("course_title"), Delivery.state, Delivery.attempts,
        Delivery.points, Delivery.sent_points, Delivery.maximum, Delivery.accepted_at, Delivery.due_at,
        Delivery.reason,
    )
    .join(Member, Member.resource_link_id == ResourceLink.id)
    .outerjoin(Context, Context.id == ResourceLink.context_id)
    .outerjoin(Delivery, (Delivery.resource_link_id == ResourceLink.id) & (Delivery.person_id == Member.person_id))
    .where(
        Member.person_id == bindparam("person_id"), Member.role == "learner",
        ResourceLink.cohort_id == bindparam("cohort_id"),
    )
    .order_by(ResourceLink.id)
)  # fmt: skip


def receipts(session: Session, person_id: int, cohort_id: int) -> tuple[Receipt, ...]:
    """What became of this person's grades of this run, one per link through which they came in as a learner."""
    rows = session.execute(_RECEIPTS, {"person_id": person_id, "cohort_id": cohort_id})
    return tuple(_receipt(row) for row in rows)


def _receipt(row: AnyRow) -> Receipt:
    state = "none" if row.state is None else _state(row)
    return Receipt(
        row.link_title, row.course_title or "", state, _points(row), row.maximum, row.accepted_at,
        row.due_at if state == "retrying" else None, row.reason,
    )  # fmt: skip


def _state(delivery: AnyRow) -> str:
    if delivery.state == DeliveryState.DROPPED:
        return "sent" if delivery.accepted_at else "none"
    if delivery.state == DeliveryState.QUEUED:
        return "retrying" if delivery.attempts else "sending"
    return {DeliveryState.SETTLED: "sent", DeliveryState.PARKED: "set-aside"}[DeliveryState(delivery.state)]


def _points(delivery: AnyRow) -> float | None:
    """What the gradebook is to show; after a drop what it was sent last."""
    shown: float | None = delivery.sent_points if delivery.state == DeliveryState.DROPPED else delivery.points
    return shown
