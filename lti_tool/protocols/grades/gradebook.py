"""Where the grades of a link are, for its teachers: per column in numbers, and learner by learner, a page at a time."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, not_, or_, select
from sqlalchemy.orm import Session

from lti_tool.learning.people import many as people
from lti_tool.learning.people.many import Known
from lti_tool.protocols.grades.claims import AnyRow
from lti_tool.protocols.grades.leftover import LEFT
from lti_tool.protocols.grades.models import Delivery, LineItem
from lti_tool.protocols.grades.receipts import OF_DELIVERY, Receipt, receipt_of
from lti_tool.protocols.grades.rules import HELD, REMOVED, DeliveryState, Finding, Wish
from lti_tool.protocols.resource_links.models import Context, Member, ResourceLink

PAGE = 100


class Heap(StrEnum):
    """What a teacher looks at together."""

    MOVING = "moving"
    """Queued: goes now, or is tried again."""
    ARRIVED = "arrived"
    LEFT = "left"
    """A number stands there that holds no longer, and a person must take it out."""
    HELD = "held"
    """The school changed it; a teacher decides, or did."""
    FAILED = "failed"
    """Set aside with a reason."""


@dataclass(slots=True)
class Tally:
    """How many grades of a column are where."""

    heaps: dict[Heap, int] = field(default_factory=lambda: dict.fromkeys(Heap, 0))
    confirmed: int = 0
    """Of those that arrived: read back and equal."""

    @property
    def total(self) -> int:
        return sum(self.heaps.values())

    @property
    def moving(self) -> int:
        return self.heaps[Heap.MOVING]

    @property
    def arrived(self) -> int:
        return self.heaps[Heap.ARRIVED]


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One column of a link."""

    activity_key: str
    """Whose points stand there; empty: the whole link's."""
    tally: Tally
    may_remove: bool
    """We made it, and it stands."""
    is_being_removed: bool
    is_removed: bool
    read_at: datetime | None
    unread_since: datetime | None
    """Since when the platform cannot tell what stands there."""
    problem: str | None
    """Why it could not be read, changed or removed (words.why)."""
    problem_said: str | None


@dataclass(frozen=True, slots=True)
class Line:
    """One learner and their grade in one column."""

    person_public_id: str
    name: str
    is_test: bool
    has_left: bool
    receipt: Receipt | None
    """None: nothing to send yet."""


_WHERE: dict[Heap, ColumnElement[bool]] = {
    Heap.MOVING: Delivery.state == DeliveryState.QUEUED,
    Heap.ARRIVED: and_(Delivery.state.in_((DeliveryState.SETTLED, DeliveryState.DROPPED)), not_(LEFT)),
    Heap.LEFT: LEFT,
    Heap.HELD: and_(Delivery.state == DeliveryState.PARKED, Delivery.reason.in_(HELD)),
    Heap.FAILED: and_(
        Delivery.state == DeliveryState.PARKED, or_(Delivery.reason.is_(None), Delivery.reason.not_in(HELD))
    ),
}


_IS_LEFT = case((LEFT, 1), else_=0).label("is_left")


def in_heap(heap: Heap) -> ColumnElement[bool]:
    return _WHERE[heap]


def _heap_of(row: AnyRow) -> Heap:
    if row.is_left:
        return Heap.LEFT
    if row.state == DeliveryState.PARKED:
        return Heap.HELD if row.reason in HELD else Heap.FAILED
    return Heap.MOVING if row.state == DeliveryState.QUEUED else Heap.ARRIVED


def tallies(session: Session, link_id: int) -> dict[str, Tally]:
    """By activity key; one statement at any size."""
    kinds = Delivery.activity_key, Delivery.state, Delivery.reason, Delivery.finding, _IS_LEFT
    rows = session.execute(
        select(*kinds, func.count().label("count"))
        .where(*_shown(link_id))
        .group_by(*kinds)
    )
    found: dict[str, Tally] = defaultdict(Tally)
    for row in rows:
        tally, heap, count = found[row.activity_key], _heap_of(row), int(row._mapping["count"])
        tally.heaps[heap] += count
        tally.confirmed += count if heap is Heap.ARRIVED and row.finding == Finding.EQUAL else 0
    return found


@dataclass(frozen=True, slots=True)
class Stand:
    """How far the grades of a link are."""

    all: int
    moving: int

    @property
    def done(self) -> int:
        return self.all - self.moving


def stand(session: Session, link_id: int) -> Stand:
    """One count at any size; the same grades as those of `tallies`."""
    is_moving = case((Delivery.state == DeliveryState.QUEUED, 1), else_=0)
    query = select(func.count(), func.coalesce(func.sum(is_moving), 0)).where(*_shown(link_id))
    count, moving = session.execute(query).one()
    return Stand(int(count), int(moving))


def _shown(link_id: int) -> tuple[ColumnElement[bool], ...]:
    """What is dropped and never arrived is left out."""
    has_come = or_(Delivery.state != DeliveryState.DROPPED, Delivery.accepted_at.is_not(None))
    return Delivery.resource_link_id == link_id, has_come


def cards(session: Session, link_id: int) -> list[Card]:
    """The columns of a link: those with grades, and those that we know of."""
    items = {one.activity_key: one for one in session.scalars(_ITEMS.where(LineItem.resource_link_id == link_id))}
    found = tallies(session, link_id)
    return [_card(key, found.get(key, Tally()), items.get(key)) for key in sorted({*found, *items})]


_ITEMS = select(LineItem)


def _card(key: str, tally: Tally, item: LineItem | None) -> Card:
    is_being_removed = item is not None and item.wish == Wish.REMOVE
    return Card(
        activity_key=key, tally=tally, is_being_removed=is_being_removed,
        may_remove=item is not None and item.is_ours and item.url is not None and not is_being_removed,
        is_removed=item is not None and item.wish == REMOVED, read_at=item.read_at if item else None,
        unread_since=item.unread_since if item else None,
        problem=item.problem if item else None, problem_said=item.problem_said if item else None,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of the class."""

    lines: list[Line]
    count: int
    """On all pages."""
    number: int


def listed(session: Session, link_id: int, key: str, heap: Heap | None, number: int) -> Listed:
    """One page of the class by name, the nearest there is; `number` counts from 1. Three statements at any size."""
    query = _class(link_id, key, heap)
    light: Select[*tuple[Any, ...]] = query.with_only_columns(Member.id, Member.person_id, maintain_column_froms=True)
    order = sorted(session.execute(people.with_names(light, Member.person_id)), key=people.place_in_order)
    number = min(max(number, 1), max(1, -(-len(order) // PAGE)))
    page = order[(number - 1) * PAGE : number * PAGE]
    return Listed(_lines(session, query, [row.id for row in page]) if page else [], len(order), number)


def _lines(session: Session, query: Select[Any], ids: list[int]) -> list[Line]:
    """Of these members, in this order."""
    of_page = Member.id.in_(ids)
    rows = {row.member_id: row for row in session.execute(query.where(of_page))}
    known = people.shown(session, select(Member.person_id).where(of_page))
    return [_line(row, known[row.member_person]) for one in ids if (row := rows.get(one)) is not None]


def _line(row: AnyRow, who: Known) -> Line:
    receipt = receipt_of(row) if row.public_id else None
    return Line(who.public_id, who.name, row.is_test, row.left_at is not None, receipt)


def _class(link_id: int, key: str, heap: Heap | None) -> Select[Any]:
    """Learners, test students among them, and whoever else a grade was sent for."""
    mine = and_(
        Delivery.resource_link_id == Member.resource_link_id, Delivery.person_id == Member.person_id,
        Delivery.activity_key == key,
    )  # fmt: skip
    return (
        select(
            Member.id.label("member_id"), Member.person_id.label("member_person"), Member.is_test, Member.left_at,
            *OF_DELIVERY,
        )
        .select_from(Member)
        .join(ResourceLink, ResourceLink.id == Member.resource_link_id)
        .outerjoin(Context, Context.id == ResourceLink.context_id)
        .outerjoin(Delivery, mine)
        .where(
            Member.resource_link_id == link_id, or_(Member.role == "learner", Delivery.id.is_not(None)),
            *([in_heap(heap)] if heap else []),
        )
    )  # fmt: skip


def others(session: Session, link_id: int) -> int:
    """People of the link without a learner's role, for whom no grade is sent."""
    query = select(func.count()).where(
        Member.resource_link_id == link_id, Member.role != "learner", Member.is_test.is_(False)
    )
    return session.scalar(query) or 0

