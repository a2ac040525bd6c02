"""Write down what became of messages: accepted, to be tried again, set aside, or given back untried.

Each row is settled only by the holder of its lease, and only for the value that was sent: a newer value that was
planned meanwhile stays queued and goes next. Settling waits for nobody: planning holds rows of many learners at once,
in the order of its messages, and the two would wait for one another.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, Double, bindparam, case, func, literal, or_, select, update
from sqlalchemy.orm import Session

from lti_tool.base.db import UtcDateTime
from lti_tool.protocols.grades import reading, rules
from lti_tool.protocols.grades.claims import AnyRow, Parcel
from lti_tool.protocols.grades.models import Delivery, Pace
from lti_tool.protocols.grades.rules import DeliveryState, Fate, Finding, Outcome


@dataclass(frozen=True, slots=True)
class Result:
    """One message and what became of it."""

    parcel: Parcel
    outcome: Outcome


_ROW = (Delivery.id == bindparam("row_id")) & (Delivery.lease_owner == bindparam("lease"))
_IS_NEWEST = Delivery.revision == bindparam("sent")
_AT = bindparam("at", type_=UtcDateTime())
_SHOWN: BindParameter[float | None] = bindparam("shown", type_=Double())
_OF: BindParameter[float | None] = bindparam("of", type_=Double())
"""None after a message without a number: the last one that was accepted stays known (see leftover)."""
_FREE = {"lease_owner": None, "lease_until": None}
_ACCEPTED = (
    update(Delivery)
    .where(_ROW)
    .values(
        **_FREE, sent_points=func.coalesce(_SHOWN, Delivery.sent_points),
        sent_maximum=func.coalesce(_OF, Delivery.sent_maximum), is_sure=True, accepted_at=_AT,
        due_at=_AT, read_at=None, read_points=None, read_maximum=None, finding=bindparam("found"),
        state=case((_IS_NEWEST, literal(DeliveryState.SETTLED.value)), else_=Delivery.state),
        attempts=0, conflicts=0, failing_since=None, reason=None, said=None,
    )
    .execution_options(synchronize_session=False)
)  # fmt: skip


def settle(
    session: Session, results: Sequence[Result], now: datetime, give_up_after: timedelta
) -> list[Result]:
    """Settle a batch; results whose lease was lost change nothing. Returns those whose row is held just now."""
    held = _held(session, {one.parcel.delivery_id for one in results})
    mine = [one for one in results if one.parcel.delivery_id not in held]
    accepted = [one for one in mine if one.outcome.fate is Fate.ACCEPTED]
    if accepted:
        session.connection().execute(_ACCEPTED, [_accepted(one, now) for one in accepted])
        reading.plan(session, [one.parcel for one in accepted], now)
    for one in mine:
        if one.outcome.fate is not Fate.ACCEPTED:
            _settle_other(session, one, now, give_up_after)
    for registration_id, until in sorted(_holds(mine, now).items()):
        _hold_platform(session, registration_id, until)
    return [one for one in results if one.parcel.delivery_id in held]


def _held(session: Session, ids: set[int]) -> set[int]:
    """Rows that others hold; the rest is locked from here on, as far as it still exists."""
    if session.get_bind().dialect.name == "sqlite":
        return set()
    chosen = select(Delivery.id).where(Delivery.id.in_(ids))
    missed = ids - set(session.scalars(chosen.with_for_update(skip_locked=True)))
    return set(session.scalars(chosen.where(Delivery.id.in_(missed)))) if missed else set()


def _accepted(result: Result, now: datetime) -> dict[str, Any]:
    parcel = result.parcel
    return {
        "row_id": parcel.delivery_id, "lease": parcel.lease, "sent": parcel.revision, "at": now,
        "shown": parcel.score.points, "of": None if parcel.score.points is None else parcel.score.maximum,
        "found": Finding.UNSEEN.value if result.outcome.is_unseen else None,
    }  # fmt: skip


def _settle_other(session: Session, result: Result, now: datetime, give_up_after: timedelta) -> None:
    parcel = result.parcel
    mine = (Delivery.id == parcel.delivery_id) & (Delivery.lease_owner == parcel.lease)
    row = session.execute(
        select(Delivery.revision, Delivery.attempts, Delivery.conflicts, Delivery.failing_since).where(mine)
    ).one_or_none()
    if row is None:
        return
    if result.outcome.fate is Fate.HELD:
        values: dict[str, Any] = reading.held(result.outcome.shown, now)
    elif row.revision != parcel.revision or result.outcome.fate is Fate.UNSENT:
        values = {"due_at": now}
    else:
        values = _failed(row, result.outcome, now, give_up_after)
    if result.outcome.may_have_arrived:
        values["is_sure"] = False
    session.execute(update(Delivery).where(mine).values(**_FREE, **values))


def _failed(row: AnyRow, outcome: Outcome, now: datetime, give_up_after: timedelta) -> dict[str, Any]:
    """The columns of a delivery that failed once more."""
    failing_since = row.failing_since or now
    values: dict[str, Any] = {
        "attempts": row.attempts + 1, "failing_since": failing_since, "reason": outcome.reason,
        "said": outcome.said, "due_at": now + rules.retry_delay(row.attempts + 1, outcome.after_s, random.random()),
    }  # fmt: skip
    parks = outcome.fate is Fate.PARK or values["due_at"] > failing_since + give_up_after
    if outcome.fate is Fate.CONFLICT:
        parks = row.conflicts >= rules.MOST_CONFLICTS
        values |= {"conflicts": row.conflicts + 1, "timestamp_revision": 0, "due_at": now}
    if parks:
        values |= {"state": DeliveryState.PARKED, "due_at": now}
    return values


def _holds(results: Sequence[Result], now: datetime) -> dict[int, datetime]:
    """Until when each platform asked to be left alone."""
    found: dict[int, datetime] = {}
    for one in results:
        if one.outcome.holds_platform:
            until, registration_id = now + rules.hold(one.outcome.after_s), one.parcel.platform.id
            found[registration_id] = max(until, found.get(registration_id, until))
    return found


def _hold_platform(session: Session, registration_id: int, until: datetime) -> None:
    session.execute(
        update(Pace)
        .where(Pace.registration_id == registration_id, or_(Pace.not_before.is_(None), Pace.not_before < until))
        .values(not_before=until)
    )
