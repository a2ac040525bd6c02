"""Grades on their way and those that were set aside, for staff: what waits where and why, and sending it again.

Names are never shown. Staff of a hub see and resend only what was earned in modules of their hubs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, func, or_, select, update
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.learning import audit
from lti_tool.learning.catalogue import service as catalogue
from lti_tool.learning.people import service as people
from lti_tool.learning.progress import service as progress
from lti_tool.protocols.grades import columns
from lti_tool.protocols.grades.claims import AnyRow
from lti_tool.protocols.grades.models import Delivery
from lti_tool.protocols.grades.rules import COLUMN_REMOVED, HELD, LINE_ITEM_GONE, DeliveryState
from lti_tool.protocols.platforms.models import Registration
from lti_tool.protocols.resource_links.models import ResourceLink

SHOWN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Which deliveries are meant: all that fit everything that is given."""

    hubs: frozenset[str] | None = None
    """Public ids of hubs; None: of all."""
    platform: str | None = None
    """Public id."""
    state: DeliveryState | None = None
    delivery: str | None = None
    """Public id."""


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """A delivery as staff list it; holds no names."""

    public_id: str
    platform: str
    platform_id: str
    link_title: str
    learner: str
    """Pseudonym."""
    state: str
    points: float | None
    attempts: int
    due_at: datetime
    accepted_at: datetime | None
    reason: str | None
    said: str | None


@dataclass(frozen=True, slots=True)
class Heap:
    """The deliveries to one platform that wait for the same reason."""

    platform: str
    platform_id: str
    state: str
    reason: str | None
    count: int
    since: datetime
    """Since when the oldest of them waits."""


_SET_ASIDE_FIRST = case((Delivery.state == DeliveryState.PARKED, 0), else_=1)
_WAITING = (DeliveryState.PARKED, DeliveryState.QUEUED)


def listing(session: Session, chosen: Chosen, *, limit: int = SHOWN) -> list[DeliveryLine]:
    """Deliveries: those that were set aside first, then the longest waiting."""
    query = (
        select(Delivery, Registration.name, Registration.public_id, ResourceLink.title)
        .join(Registration, Registration.id == Delivery.registration_id)
        .join(ResourceLink, ResourceLink.id == Delivery.resource_link_id)
        .where(*_fitting(session, chosen))
        .order_by(_SET_ASIDE_FIRST, Delivery.due_at, Delivery.id)
        .limit(limit)
    )
    rows = session.execute(query).all()
    learners = people.pseudonyms(session, {row[0].person_id for row in rows})
    return [_line(row, learners) for row in rows]


def _line(row: AnyRow, learners: dict[int, str]) -> DeliveryLine:
    delivery, platform, platform_id, title = row
    return DeliveryLine(
        delivery.public_id, platform, platform_id, title, learners[delivery.person_id], delivery.state, delivery.points,
        delivery.attempts, delivery.due_at, delivery.accepted_at, delivery.reason, delivery.said,
    )  # fmt: skip


def heaps(session: Session, chosen: Chosen) -> list[Heap]:
    """What waits, by platform and reason: set aside first, the largest heap first."""
    since = func.min(func.coalesce(Delivery.failing_since, Delivery.due_at)).label("since")
    count = func.count().label("count")
    rows = session.execute(
        select(Registration.name, Registration.public_id, Delivery.state, Delivery.reason, count, since)
        .join(Registration, Registration.id == Delivery.registration_id)
        .where(Delivery.state.in_(_WAITING), *_fitting(session, chosen))
        .group_by(Registration.name, Registration.public_id, Delivery.state, Delivery.reason)
        .order_by(func.min(_SET_ASIDE_FIRST), count.desc(), Registration.name)
    )
    return [Heap(row.name, row.public_id, row.state, row.reason, row.count, row.since) for row in rows]  # type: ignore[arg-type]


def platforms_of(session: Session, chosen: Chosen) -> list[tuple[str, str]]:
    """(public id, name) of the platforms to which any of these deliveries go, by name."""
    sent_to = select(Delivery.registration_id).where(*_fitting(session, chosen))
    rows = session.execute(
        select(Registration.public_id, Registration.name)
        .where(Registration.id.in_(sent_to))
        .order_by(Registration.name, Registration.id)
    )
    return [(public_id, name) for public_id, name in rows]


def _fitting(session: Session, chosen: Chosen) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if chosen.hubs is not None:
        modules = catalogue.modules_of(session, chosen.hubs)
        found.append(Delivery.enrolment_id.in_(progress.in_modules(modules)))
    if chosen.platform is not None:
        of_platform = select(Registration.id).where(Registration.public_id == chosen.platform)
        found.append(Delivery.registration_id.in_(of_platform))
    if chosen.state is not None:
        found.append(Delivery.state == chosen.state)
    if chosen.delivery is not None:
        found.append(Delivery.public_id == chosen.delivery)
    return found


NOT_HELD = or_(Delivery.reason.is_(None), Delivery.reason.not_in(HELD))


def again(session: Session, fitting: Sequence[ColumnElement[bool]], **values: Any) -> int:
    """Queue these deliveries from now, as if they had never been tried; returns how many."""
    missed = Delivery.reason.in_((LINE_ITEM_GONE, COLUMN_REMOVED))
    gone = select(Delivery.resource_link_id, Delivery.activity_key).where(*fitting, missed).distinct()
    columns.forget(session, [(row.resource_link_id, row.activity_key) for row in session.execute(gone)])
    fresh: dict[str, Any] = {
        "state": DeliveryState.QUEUED, "due_at": clock.now(), "attempts": 0, "failing_since": None, "conflicts": 0,
        "timestamp_revision": 0, "reason": None, "said": None,
    }  # fmt: skip
    changed = update(Delivery).where(*fitting).values(**fresh | values).execution_options(synchronize_session=False)
    return int(session.execute(changed).rowcount)  # type: ignore[attr-defined]


def resend(session: Session, chosen: Chosen | None = None, *, actor_id: int | None = None) -> int:
    """Queue again from now: one delivery, or all that were set aside and fit; returns how many.

    They go with a new timestamp. A column that was gone is looked for anew. What the school
    changed is left to teachers.
    """
    chosen = chosen or Chosen()
    states = (DeliveryState.PARKED, DeliveryState.SETTLED) if chosen.delivery else (DeliveryState.PARKED,)
    count = again(session, [Delivery.state.in_(states), NOT_HELD, *_fitting(session, chosen)])
    if count:
        audit.note(
            session, "staff:delivery:resend", actor_id=actor_id, object_id=chosen.delivery or chosen.platform or "",
            count=count,
        )  # fmt: skip
    return count
