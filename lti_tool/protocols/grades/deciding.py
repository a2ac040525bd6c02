"""What teachers do with grades on their way: send again, choose whose number stands, remove a column. All is noted."""

from enum import StrEnum

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from lti_tool.base import outbox
from lti_tool.base.errors import Conflict, NotFound
from lti_tool.learning import audit
from lti_tool.protocols.grades import backlog, columns
from lti_tool.protocols.grades.gradebook import Heap, in_heap
from lti_tool.protocols.grades.models import Delivery
from lti_tool.protocols.grades.rules import HELD, SCHOOL_KEPT, DeliveryState, Wish
from lti_tool.protocols.resource_links.models import ResourceLink
from lti_tool.protocols.resource_links.service import ROAD_CHANGED


class Again(StrEnum):
    FAILED = "failed"
    ALL = "all"


class Whose(StrEnum):
    SCHOOL = "school"
    OURS = "ours"


def resend(session: Session, link_id: int, what: Again, actor_id: int) -> int:
    """Queue the failed ones of a link, or all of the class, and what was never planned; returns how many there were.

    What the school changed is not among them, and is looked for before anything is written over.
    """
    is_again = in_heap(Heap.FAILED)
    if what is Again.ALL:
        is_again = is_again | (Delivery.state == DeliveryState.SETTLED)
    count = backlog.again(session, [Delivery.resource_link_id == link_id, is_again])
    outbox.put(session, ROAD_CHANGED, resource_link_id=link_id)
    _note(session, "teacher:grades:resend", link_id, actor_id, count=count)
    return count


def resend_one(session: Session, link_id: int, public_id: str, actor_id: int) -> None:
    """Raises NotFound("delivery"), Conflict("grade-held")."""
    delivery = _of_link(session, link_id, public_id)
    if delivery.reason in HELD and delivery.state == DeliveryState.PARKED:
        raise Conflict("grade-held")
    backlog.again(session, [_is(delivery), Delivery.state != DeliveryState.DROPPED])
    outbox.wake(session)
    _note(session, "teacher:grades:resend", link_id, actor_id, count=1)


def decide(session: Session, link_id: int, public_id: str, whose: Whose, actor_id: int) -> None:
    """Let the school's number stand, or send ours over it. Raises NotFound("delivery"), Conflict("grade-not-held")."""
    delivery = _of_link(session, link_id, public_id)
    if delivery.state != DeliveryState.PARKED or delivery.reason not in HELD:
        raise Conflict("grade-not-held")
    if whose is Whose.OURS:
        backlog.again(session, [_is(delivery)], is_sure=False)
        outbox.wake(session)
    else:
        session.execute(update(Delivery).where(_is(delivery)).values(reason=SCHOOL_KEPT))
    numbers = {"ours": _said(delivery.points), "school": _said(delivery.read_points)}
    _note(session, f"teacher:grade:{whose}", link_id, actor_id, delivery=public_id, **numbers)


def remove_column(session: Session, link_id: int, activity_key: str, actor_id: int) -> None:
    """Have a column of ours removed, with all that stands in it. Raises NotFound("column")."""
    if not columns.wish(session, (link_id, activity_key), Wish.REMOVE):
        raise NotFound("column")
    outbox.wake(session)
    _note(session, "teacher:column:remove", link_id, actor_id, activity=activity_key)


def _of_link(session: Session, link_id: int, public_id: str) -> Delivery:
    query = select(Delivery).where(Delivery.resource_link_id == link_id, Delivery.public_id == public_id)
    found = session.scalars(query.with_for_update()).one_or_none()
    if found is None:
        raise NotFound("delivery")
    return found


def _is(delivery: Delivery) -> ColumnElement[bool]:
    return Delivery.id == delivery.id


def _said(points: float | None) -> str | None:
    return None if points is None else f"{points:g}"


def _note(session: Session, verb: str, link_id: int, actor_id: int, **facts: str | int | None) -> None:
    link = session.get_one(ResourceLink, link_id)
    audit.note(session, verb, actor_id=actor_id, object_id=link.public_id, **facts)
