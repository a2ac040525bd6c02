"""Where grades are: computed, on their way, accepted by the platform, read back. (Staff look at `backlog`.)"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from lti_tool.protocols.grades import leftover
from lti_tool.protocols.grades.claims import AnyRow
from lti_tool.protocols.grades.models import Delivery
from lti_tool.protocols.grades.rules import SCHOOL_CHANGED, SCHOOL_KEPT, DeliveryState, Finding
from lti_tool.protocols.grades.scales import Mark, mark_of
from lti_tool.protocols.resource_links.models import Context, Member, ResourceLink
from lti_tool.protocols.resource_links.rules import Scale


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """One grade of one person in one column.

    `state`: "none", "sending", "retrying", "sent", "set-aside", "held" (the school changed it, a teacher decides) or
    "kept" (a teacher let the school's value stand), "emptying" (there is no result any more, and the platform is asked
    to take out the number), "emptied" (it accepted that), "left" (the number still stands there).
    """

    public_id: str | None
    """Of the delivery; None while there is none."""
    activity_key: str
    """Whose points these are; empty: the whole link's."""
    link_title: str
    course_title: str
    state: str
    mark: Mark | None
    """What the gradebook is to show; None while there is no number."""
    at: datetime | None
    """When the platform accepted it, or what came before it."""
    sent_points: float | None
    """What it accepted then, and of how many."""
    sent_maximum: float | None
    next_try_at: datetime | None
    """Only while retrying."""
    reason: str | None
    """Why it is not there (words.why)."""
    said: str | None
    """The platform's own words."""
    read_at: datetime | None
    """When the gradebook was read back, and what stood there then."""
    read_points: float | None
    read_maximum: float | None
    finding: Finding | None

    @property
    def points(self) -> float | None:
        return self.mark.points if self.mark else None

    @property
    def maximum(self) -> float | None:
        return self.mark.maximum if self.mark else None

    @property
    def is_confirmed(self) -> bool:
        """The gradebook shows what we sent: it was read back."""
        return self.state == "sent" and self.finding is Finding.EQUAL

    @property
    def needs_teacher(self) -> bool:
        return self.state in ("set-aside", "held", "left")


OF_DELIVERY: tuple[Any, ...] = (
    Delivery.public_id, Delivery.person_id, Delivery.activity_key, Delivery.state, Delivery.attempts, Delivery.points,
    Delivery.maximum, Delivery.sent_points, Delivery.sent_maximum, Delivery.accepted_at, Delivery.due_at,
    Delivery.reason, Delivery.said, Delivery.is_sure, Delivery.lease_owner, Delivery.read_at, Delivery.read_points,
    Delivery.read_maximum, Delivery.finding,
    ResourceLink.title.label("link_title"), ResourceLink.scale, Context.title.label("course_title"),
)  # fmt: skip
_RECEIPTS = (
    select(*OF_DELIVERY)
    .join(Member, Member.resource_link_id == ResourceLink.id)
    .outerjoin(Context, Context.id == ResourceLink.context_id)
    .outerjoin(Delivery, (Delivery.resource_link_id == ResourceLink.id) & (Delivery.person_id == Member.person_id))
    .where(
        Member.person_id == bindparam("person_id"), Member.role == "learner",
        ResourceLink.cohort_id == bindparam("cohort_id"),
    )
    .order_by(ResourceLink.id, Delivery.id)
)  # fmt: skip
_OF_PERSON = (
    select(*OF_DELIVERY)
    .join(ResourceLink, ResourceLink.id == Delivery.resource_link_id)
    .outerjoin(Context, Context.id == ResourceLink.context_id)
    .where(Delivery.resource_link_id == bindparam("link_id"), Delivery.person_id == bindparam("person_id"))
    .order_by(Delivery.id)
)


def receipts(session: Session, person_id: int, cohort_id: int) -> tuple[Receipt, ...]:
    """What became of this person's grades of this run, by the links through which they came in as a learner."""
    rows = session.execute(_RECEIPTS, {"person_id": person_id, "cohort_id": cohort_id})
    return tuple(receipt_of(row) for row in rows)


def of_person(session: Session, link_id: int, person_id: int) -> list[Receipt]:
    """Every grade of this person that is or was on its way through this link."""
    rows = session.execute(_OF_PERSON, {"link_id": link_id, "person_id": person_id})
    return [receipt_of(row) for row in rows]


def receipt_of(row: AnyRow) -> Receipt:
    """Of a row of OF_DELIVERY."""
    state = "none" if row.state is None else _state(row)
    return Receipt(
        public_id=row.public_id, activity_key=row.activity_key or "", link_title=row.link_title,
        course_title=row.course_title or "", state=state, mark=_mark(row), at=row.accepted_at,
        sent_points=row.sent_points, sent_maximum=row.sent_maximum or row.maximum,
        next_try_at=row.due_at if state == "retrying" else None, reason=row.reason, said=row.said,
        read_at=row.read_at, read_points=row.read_points, read_maximum=row.read_maximum,
        finding=Finding(row.finding) if row.finding else None,
    )  # fmt: skip


def _state(delivery: AnyRow) -> str:
    if leftover.is_left(delivery):
        return "left"
    if delivery.state == DeliveryState.DROPPED:
        return "none"
    if delivery.state == DeliveryState.QUEUED:
        empties = delivery.points is None and leftover.may_stand(delivery)
        return "retrying" if delivery.attempts else "emptying" if empties else "sending"
    if delivery.state == DeliveryState.PARKED:
        return {SCHOOL_CHANGED: "held", SCHOOL_KEPT: "kept"}.get(delivery.reason or "", "set-aside")
    return "emptied" if leftover.is_emptied(delivery) else "sent"


def _mark(delivery: AnyRow) -> Mark | None:
    """What the gradebook is to show; after a drop nothing any more."""
    if delivery.points is None or delivery.state == DeliveryState.DROPPED:
        return None
    return mark_of(Scale(delivery.scale), delivery.points, delivery.maximum)
