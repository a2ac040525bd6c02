"""Take deliveries that are due, as many as their platform may be sent now.

A taken row is leased: nobody else takes it until `due_at`, which then is the lease's end. Of two answers for one
row only the holder of the newest lease settles (see `settling`). The timestamp is stored before the message is
sent, so that a resend of the same value after a crash carries the same one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, bindparam, case, func, literal, or_, select, update
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.db import UtcDateTime, insert_missing
from lti_tool.base.errors import NotFound
from lti_tool.learning.people import many as people
from lti_tool.protocols.grades import rules
from lti_tool.protocols.grades.ags import RESULT_SCOPE, Score
from lti_tool.protocols.grades.models import Delivery, LineItem, Pace
from lti_tool.protocols.grades.rules import DeliveryState, Wish
from lti_tool.protocols.platforms import service as platforms
from lti_tool.protocols.platforms.families import Family, family_named
from lti_tool.protocols.platforms.models import FormerClient, Registration
from lti_tool.protocols.platforms.service import Platform, Status
from lti_tool.protocols.resource_links.models import ResourceLink

AnyRow = Row[*tuple[Any, ...]]
CLOCKS_APART = timedelta(seconds=2)
"""So much the clocks of two workers may differ."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """One taken delivery, with all that sending it needs."""

    delivery_id: int
    revision: int
    lease: str
    lease_until: datetime
    platform: Platform
    resource_link_id: int
    activity_key: str
    lineitem_url: str | None
    """None: a column must be found or made first."""
    may_read_result: bool
    shown: tuple[float, float] | None
    """Points and maximum that stand there unless the school changed them; None where nobody can tell."""
    may_go_unseen: bool
    """The platform could not tell for long what stands there: nobody waits for that any more."""
    work: tuple[str, str] | None
    """Public ids of link and person, where the platform keeps with a grade where the work can be seen."""
    score: Score


@dataclass(frozen=True, slots=True)
class Waiting:
    """A platform with deliveries to send, and when the next of them may go."""

    registration_id: int
    ready_at: datetime


def waiting(session: Session) -> list[Waiting]:
    """Active platforms with queued deliveries, each with the moment at which the next may be sent."""
    first_due = (
        select(func.min(Delivery.due_at))
        .where(Delivery.state == DeliveryState.QUEUED, Delivery.registration_id == Registration.id)
        .scalar_subquery()
    )
    now = clock.now()
    rows = session.execute(
        select(Registration.id, Registration.family, Pace.not_before, Pace.allowance, Pace.allowance_at, first_due)
        .outerjoin(Pace, Pace.registration_id == Registration.id)
        .where(Registration.status == Status.ACTIVE)
    )
    return [
        Waiting(row[0], max(row[-1], row.not_before or row[-1], _next_token_at(row, now) or row[-1]))
        for row in rows
        if row[-1] is not None  # type: ignore[redundant-expr]  # min() of no rows
    ]


def _next_token_at(row: AnyRow, now: datetime) -> datetime | None:
    """When the platform's bucket holds one message again."""
    if row.allowance is None or row.allowance >= 1 or _is_of_the_future(row.allowance_at, now):
        return None
    at: datetime = row.allowance_at
    return at + timedelta(seconds=(1 - row.allowance) / family_named(row.family).scores_per_s)


def take(
    session: Session, registration_id: int, now: datetime, *, lease: str, lease_until: datetime, limit: int
) -> list[Parcel]:
    """Take due deliveries of one platform, as many as its pace allows, and fix their timestamps.

    None where the platform was blocked or removed since it was seen waiting.
    """
    try:
        platform = platforms.by_id(session, registration_id)
    except NotFound:
        return []
    if platform.status != Status.ACTIVE:
        return []
    family = family_named(platform.family)
    now = now.replace(microsecond=now.microsecond // 1000 * 1000)
    room = _room(session, registration_id, family, now)
    if room < 1:
        return []
    rows = session.execute(_due(family, registration_id, now, min(limit, int(room)))).all()
    stamps = {row.id: _stamp(row, family, now) for row in rows}
    for row in rows:
        if not _was_offered(row) and stamps[row.id] > now:
            session.execute(update(Delivery).where(Delivery.id == row.id).values(due_at=stamps.pop(row.id)))
    taken = [row for row in rows if row.id in stamps]
    if taken:
        _lease(session, list(stamps), now, lease, lease_until)
    session.execute(
        update(Pace)
        .where(Pace.registration_id == registration_id)
        .values(allowance=room - len(taken), allowance_at=now)
    )
    return [_parcel(row, stamps[row.id], platform, lease, lease_until, now) for row in taken]


def _room(session: Session, registration_id: int, family: Family, now: datetime) -> float:
    """How many messages the platform may be sent now; a bucket that fills in a second. Locks its pace."""
    bucket = max(family.scores_per_s, 1.0)
    query = _PACE.where(Pace.registration_id == registration_id)
    pace = session.execute(query).one_or_none()
    if pace is None:
        _make_pace(session, registration_id, bucket, now)
        pace = session.execute(query).one()
    if pace.not_before is not None and pace.not_before > now:
        return 0.0
    if _is_of_the_future(pace.allowance_at, now):
        return bucket
    passed_s = max(0.0, (now - pace.allowance_at).total_seconds())
    return float(min(bucket, pace.allowance + passed_s * family.scores_per_s))


def _is_of_the_future(allowance_at: datetime, now: datetime) -> bool:
    """The clock was set back since: nobody waits for it to come round again."""
    return allowance_at - now > CLOCKS_APART


_PACE = select(Pace.allowance, Pace.allowance_at, Pace.not_before).with_for_update()


def _make_pace(session: Session, registration_id: int, allowance: float, now: datetime) -> None:
    """Unless another worker makes it at this moment, for whom PostgreSQL waits here."""
    insert_missing(session, Pace, registration_id=registration_id, allowance=allowance, allowance_at=now)


_DUE = (
    select(
        Delivery.id, Delivery.revision, Delivery.resource_link_id, Delivery.subject, Delivery.activity_progress,
        Delivery.grading_progress, Delivery.points, Delivery.maximum, Delivery.comment, Delivery.started_at,
        Delivery.submitted_at, Delivery.timestamp, Delivery.timestamp_revision, Delivery.sent_points,
        Delivery.sent_maximum, Delivery.is_sure, Delivery.lease_owner, Delivery.activity_key,
        ResourceLink.lineitem_url.label("claimed_url"), ResourceLink.ags_scopes, LineItem.url.label("found_url"),
        Delivery.failing_since, LineItem.unread_since,
        FormerClient.client_id.label("former_client"),
    )
    .join(ResourceLink, ResourceLink.id == Delivery.resource_link_id)
    .outerjoin(
        LineItem,
        (LineItem.resource_link_id == Delivery.resource_link_id) & (LineItem.activity_key == Delivery.activity_key),
    )
    .outerjoin(
        FormerClient,
        (FormerClient.registration_id == Delivery.registration_id) & (FormerClient.client_id == ResourceLink.client_id),
    )
    .where(
        Delivery.state == DeliveryState.QUEUED,
        Delivery.registration_id == bindparam("registration_id"),
        Delivery.due_at <= bindparam("now"),
        or_(LineItem.wish.is_(None), LineItem.wish != Wish.CHANGE),  # first the maximum that these points are of
    )
    .order_by(Delivery.due_at)
    .limit(bindparam("most"))
    .with_for_update(of=Delivery, skip_locked=True)
)  # fmt: skip


_DUE_WITH_WORK = people.with_public_id(
    _DUE.add_columns(ResourceLink.public_id.label("link_public_id")), Delivery.person_id, "person_public_id"
)


def _due(family: Family, registration_id: int, now: datetime, limit: int) -> Any:
    query = _DUE_WITH_WORK if family.submission_type else _DUE
    return query.params(registration_id=registration_id, now=now, most=limit)


def _was_offered(row: AnyRow) -> bool:
    return row.timestamp_revision == row.revision and row.timestamp is not None


def _stamp(row: AnyRow, family: Family, now: datetime) -> datetime:
    """The timestamp of this value's message: the stored one where it was offered before."""
    return row.timestamp if _was_offered(row) else rules.stamp(row.timestamp, now, family)


def _lease(session: Session, ids: list[int], now: datetime, lease: str, lease_until: datetime) -> None:
    was_offered = (Delivery.timestamp_revision == Delivery.revision) & Delivery.timestamp.is_not(None)
    session.execute(
        update(Delivery)
        .where(Delivery.id.in_(ids))
        .values(
            lease_owner=lease, lease_until=lease_until, due_at=lease_until,
            timestamp=case((was_offered, Delivery.timestamp), else_=literal(now, UtcDateTime())),
            timestamp_revision=Delivery.revision,
            had_number=or_(Delivery.had_number, Delivery.points.is_not(None)),
            is_sure=and_(Delivery.is_sure, Delivery.lease_owner.is_(None)),
        )
    )  # fmt: skip


def _parcel(
    row: AnyRow, stamp: datetime, platform: Platform, lease: str, lease_until: datetime, now: datetime
) -> Parcel:
    score = Score(
        row.subject, row.activity_progress, row.grading_progress, row.points, row.maximum, row.comment, stamp,
        row.started_at, row.submitted_at, row.sent_points is None,
    )  # fmt: skip
    return Parcel(
        row.id, row.revision, lease, lease_until, platforms.as_client(platform, row.former_client),
        row.resource_link_id, row.activity_key, (row.activity_key == "" and row.claimed_url) or row.found_url,
        RESULT_SCOPE in row.ags_scopes, _shown(row), _has_waited(row, now),
        (row.link_public_id, row.person_public_id) if "link_public_id" in row._fields else None, score,
    )  # fmt: skip


def _has_waited(row: AnyRow, now: datetime) -> bool:
    long_ago = now - rules.PATIENCE_UNREAD
    return any(since is not None and since <= long_ago for since in (row.failing_since, row.unread_since))


def _shown(row: AnyRow) -> tuple[float, float] | None:
    """A lease that ran out may have sent something that nobody heard of."""
    if row.sent_points is None or not row.is_sure or row.lease_owner is not None:
        return None
    return row.sent_points, row.sent_maximum or row.maximum
