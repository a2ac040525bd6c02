"""What the gradebook showed when it was read back, beside what it had accepted. AGS 2.0, 3.3.

Only a number that was accepted before the reading began says anything, and only of a row that nobody has in hand. What
differs was changed by the school: the delivery is held, and freed when the gradebook shows our number again.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from lti_tool.base.db import insert_missing
from lti_tool.protocols.grades import leftover, rules
from lti_tool.protocols.grades.claims import AnyRow, Parcel
from lti_tool.protocols.grades.columns import Key, of_key
from lti_tool.protocols.grades.models import Delivery, LineItem
from lti_tool.protocols.grades.results import Shown
from lti_tool.protocols.grades.rules import DeliveryState, Finding
from lti_tool.protocols.resource_links.models import ResourceLink

T = TypeVar("T")
READ_AFTER = timedelta(minutes=1)
"""Platforms may take a moment to work a score in."""
READ_EVERY, READ_FOR = timedelta(days=1), timedelta(days=30)
"""Schools change grades later too; a column to which nothing was sent for so long is left alone."""
AT_ONCE = 500


def plan(session: Session, accepted: Iterable[Parcel], now: datetime) -> None:
    """Let the columns of these messages be read back in a while, where the platform lets us."""
    keys = sorted({(one.resource_link_id, one.activity_key) for one in accepted if one.may_read_result})
    if not keys:
        return
    due = now + READ_AFTER
    known = {
        (row.resource_link_id, row.activity_key): row.read_due_at
        for row in session.execute(_DUES.where(LineItem.resource_link_id.in_({key[0] for key in keys})))
    }
    there = _links_there(session, {key[0] for key in keys if key not in known})
    for key in keys:
        if key not in known and key[0] not in there:
            continue
        if key not in known:
            insert_missing(session, LineItem, resource_link_id=key[0], activity_key=key[1])
        if (known.get(key) or due + READ_AFTER) > due:
            session.execute(update(LineItem).where(*of_key(key)).values(read_due_at=due))


def _links_there(session: Session, link_ids: set[int]) -> set[int]:
    """Of these links those that were not removed meanwhile; they stay until the transaction ends."""
    if not link_ids:
        return set()
    query = select(ResourceLink.id).where(ResourceLink.id.in_(link_ids))
    return set(session.scalars(query.with_for_update(read=True, key_share=True)))


_DUES = select(LineItem.resource_link_id, LineItem.activity_key, LineItem.read_due_at)
_ROWS = select(
    Delivery.id, Delivery.subject, Delivery.state, Delivery.reason, Delivery.points, Delivery.maximum,
    Delivery.sent_points, Delivery.sent_maximum, Delivery.is_sure, Delivery.lease_owner, Delivery.finding,
)  # fmt: skip


def compare(session: Session, key: Key, page: Mapping[str, Shown | None], began: datetime, now: datetime) -> None:
    """Note what stands there for these people."""
    for subjects in _portions(list(page)):
        rows = session.execute(_accepted(key, began).where(Delivery.subject.in_(subjects)))
        changes = [{"id": row.id} | found for row in rows if (found := _found(row, page[row.subject], now))]
        if changes:
            session.execute(update(Delivery), changes)


def _accepted(key: Key, began: datetime):  # type: ignore[no-untyped-def]
    """What others have in hand at this moment is left for the next reading."""
    return _ROWS.where(
        Delivery.resource_link_id == key[0], Delivery.activity_key == key[1], Delivery.accepted_at <= began,
        Delivery.sent_points.is_not(None), Delivery.lease_owner.is_(None),
    ).with_for_update(skip_locked=True)  # fmt: skip


def _found(row: AnyRow, shown: Shown | None, now: datetime) -> dict[str, Any]:
    """The columns that change; none where nobody can know whose number stands there."""
    read = {"read_at": now, "read_points": shown.points if shown else None, "read_maximum": shown and shown.maximum}
    is_held = row.state == DeliveryState.PARKED and row.reason in rules.HELD
    if shown is None:
        return read | _empty(row, is_held=is_held)
    if shown.is_same(row.sent_points, row.sent_maximum or row.maximum):
        if leftover.is_emptied(row):
            return read | {"finding": Finding.DIFFERS}
        return read | {"finding": Finding.EQUAL} | (_freed(row, now) if is_held else {})
    if is_held or row.state == DeliveryState.DROPPED:
        return read | {"finding": Finding.DIFFERS}
    if not row.is_sure or row.state not in (DeliveryState.SETTLED, DeliveryState.QUEUED):
        return {}
    return held((shown.points, shown.maximum), now)


def _empty(row: AnyRow, *, is_held: bool) -> dict[str, Any]:
    """No number stands there: told, and as it is to be where there is no result any more."""
    if is_held and row.points is None:
        return {"state": DeliveryState.SETTLED, "reason": None, "finding": Finding.EQUAL}
    return {"finding": Finding.EQUAL if leftover.is_emptied(row) else Finding.ABSENT}


def held(shown: tuple[float, float | None] | None, now: datetime) -> dict[str, Any]:
    """The columns of a delivery over which the school typed a number: it waits for a teacher."""
    points, maximum = shown or (None, None)
    return {
        "state": DeliveryState.PARKED, "reason": rules.SCHOOL_CHANGED, "said": None, "due_at": now, "read_at": now,
        "read_points": points, "read_maximum": maximum, "finding": Finding.DIFFERS,
    }  # fmt: skip


def _freed(row: AnyRow, now: datetime) -> dict[str, Any]:
    """The school put our number back; what came since goes on its way."""
    is_newest = row.points == row.sent_points
    state = DeliveryState.SETTLED if is_newest else DeliveryState.QUEUED
    return {"state": state, "reason": None, "due_at": now, "attempts": 0, "failing_since": None}


def miss(session: Session, key: Key, seen: set[str], began: datetime, now: datetime) -> None:
    """After a reading to the end: whoever was not among them has no number there."""
    rows = session.execute(_accepted(key, began).where(Delivery.read_at.is_(None) | (Delivery.read_at < began))).all()
    missed = [{"id": row.id} | _found(row, None, now) for row in rows if row.subject not in seen]
    for some in _portions(missed):
        session.execute(update(Delivery), some)


def _portions(many: list[T]) -> Iterator[list[T]]:
    return (many[start : start + AT_ONCE] for start in range(0, len(many), AT_ONCE))


def next_reading(session: Session, key: Key, now: datetime) -> datetime | None:
    """When the column is to be read again; None where nothing was sent for long."""
    last = session.scalar(
        select(func.max(Delivery.accepted_at)).where(
            Delivery.resource_link_id == key[0], Delivery.activity_key == key[1]
        )
    )
    return now + READ_EVERY if last is not None and last > now - READ_FOR else None
