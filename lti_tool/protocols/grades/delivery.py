"""Send what is due: claim with a lease and commit, send without a transaction, settle.

Rows are the truth. A worker that dies leaves leases that run out; the next one sends the same value with the same
timestamp again. Of two answers for one row only the lease's owner settles.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Engine, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.db import writing
from lti_tool.base.errors import ToolError, Upstream
from lti_tool.protocols.grades import ags, columns, rules
from lti_tool.protocols.grades.ags import Score
from lti_tool.protocols.grades.models import Delivery, Pace
from lti_tool.protocols.grades.rules import DeliveryState, Fate, Outcome
from lti_tool.protocols.platforms import service as platforms
from lti_tool.protocols.platforms.connector import Connector
from lti_tool.protocols.platforms.families import Family, family_named
from lti_tool.protocols.platforms.service import Platform

log = structlog.get_logger("delivery")


@dataclass(frozen=True, slots=True)
class Parcel:
    """One claimed delivery, with all that sending it needs."""

    delivery_id: int
    revision: int
    platform: Platform
    resource_link_id: int
    score: Score
    begin_before: datetime
    """Half of the lease: sent later, it could overtake a newer value that another worker sends."""


@dataclass(frozen=True, slots=True)
class Post:
    """What a worker needs to deliver: its name on leases, and how long those last."""

    engine: Engine
    connector: Connector
    pool: ThreadPoolExecutor
    owner: str
    lease: timedelta
    give_up_after: timedelta
    batch: int = 64


def deliver_due(post: Post) -> int:
    """Send everything that is due now; returns how many messages were sent."""
    sent = 0
    while registration_ids := _platforms_due(post.engine):
        parcels = [parcel for one in registration_ids for parcel in _claim(post, one)]
        if not parcels:
            return sent
        outcomes = list(post.pool.map(lambda parcel: _send(post, parcel), parcels))
        _settle(post, parcels, outcomes)
        sent += len(parcels)
    return sent


def next_due(engine: Engine) -> datetime | None:
    """When the next message wants to be sent, or None if none is waiting."""
    with Session(engine) as session:
        wanted = func.coalesce(Delivery.lease_until, Delivery.due_at)
        return session.scalar(
            select(wanted.label("at")).where(Delivery.state == DeliveryState.QUEUED).order_by("at").limit(1)
        )


def _is_due(now: datetime):  # type: ignore[no-untyped-def]
    free = or_(Delivery.lease_until.is_(None), Delivery.lease_until < now)
    return (Delivery.state == DeliveryState.QUEUED) & (Delivery.due_at <= now) & free


def _platforms_due(engine: Engine) -> Sequence[int]:
    now = clock.now()
    with Session(engine) as session:
        return session.scalars(
            select(Delivery.registration_id)
            .outerjoin(Pace, Pace.registration_id == Delivery.registration_id)
            .where(_is_due(now), or_(Pace.not_before.is_(None), Pace.not_before <= now))
            .distinct()
        ).all()


def _claim(post: Post, registration_id: int) -> list[Parcel]:
    """Take due rows of one platform, as many as its pace allows, and fix their timestamps."""
    now = clock.now()
    with Session(post.engine) as session, session.begin():
        platform = platforms.by_id(writing(session), registration_id)
        family = family_named(platform.family)
        room = _allowance(session, registration_id, family, now)
        rows = session.scalars(
            select(Delivery)
            .where(Delivery.registration_id == registration_id, _is_due(now))
            .order_by(Delivery.due_at)
            .limit(min(post.batch, int(room)))
            .with_for_update(skip_locked=True)
        ).all()
        parcels = [parcel for row in rows if (parcel := _take(post, row, platform, family, now))]
        _spend(session, registration_id, len(parcels))
        return parcels


def _take(post: Post, row: Delivery, platform: Platform, family: Family, now: datetime) -> Parcel | None:
    if row.timestamp_revision != row.revision or row.timestamp is None:
        stamp = rules.next_timestamp(row.timestamp, now, family)
        if stamp is None and row.timestamp is not None:
            row.due_at = rules.hold_until(row.timestamp, family)
            return None
        row.timestamp, row.timestamp_revision = stamp or now, row.revision
    row.lease_owner, row.lease_until = post.owner, now + post.lease
    score = Score(
        row.subject, row.activity_progress, row.grading_progress, row.points, row.maximum, row.comment,
        row.timestamp, row.started_at, row.submitted_at,
    )  # fmt: skip
    return Parcel(row.id, row.revision, platform, row.resource_link_id, score, now + post.lease / 2)


def _allowance(session: Session, registration_id: int, family: Family, now: datetime) -> float:
    """Refill the platform's bucket (one second's worth at most) and say how much is in it."""
    pace = session.get(Pace, registration_id, with_for_update=True)
    if pace is None:
        pace = _new_pace(session, registration_id, family, now)
    elapsed = max(0.0, (now - pace.allowance_at).total_seconds())
    pace.allowance = min(family.scores_per_s, pace.allowance + elapsed * family.scores_per_s)
    pace.allowance_at = now
    return pace.allowance


def _new_pace(session: Session, registration_id: int, family: Family, now: datetime) -> Pace:
    try:
        with session.begin_nested():
            pace = Pace(registration_id=registration_id, allowance=family.scores_per_s, allowance_at=now)
            session.add(pace)
        return pace
    except IntegrityError:  # another worker was first
        return session.get_one(Pace, registration_id, with_for_update=True)


def _spend(session: Session, registration_id: int, count: int) -> None:
    session.get_one(Pace, registration_id).allowance -= count


def _send(post: Post, parcel: Parcel) -> Outcome:
    if clock.now() >= parcel.begin_before:
        return Outcome(Fate.NOT_SENT)
    try:
        return _exchange(post, parcel)
    except Exception as error:  # one strange parcel must not hold up the others of its batch
        log.error("delivery failed", delivery=parcel.delivery_id, error=type(error).__name__, exc_info=error)
        return Outcome(Fate.RETRY, "delivery-fails")


def _exchange(post: Post, parcel: Parcel) -> Outcome:
    try:
        link_id, maximum = parcel.resource_link_id, parcel.score.maximum
        url = columns.url_of(post.engine, post.connector, parcel.platform, link_id, maximum)
        answer = ags.post_score(post.connector, parcel.platform, url, parcel.score)
        outcome = rules.outcome_of(answer.status, answer.body, answer.retry_after_s)
        if outcome.fate is Fate.CONFLICT and _is_shown(post, parcel, url):
            return Outcome(Fate.ACCEPTED)
        return outcome
    except Upstream as error:
        said = str(error.facts.get("said") or "").replace("\x00", "") or None
        holds = error.after_s is not None
        return Outcome(Fate.RETRY if error.retry else Fate.PARK, error.code, said, error.after_s, holds)
    except ToolError as error:
        return Outcome(Fate.PARK, error.code)


def _is_shown(post: Post, parcel: Parcel, url: str) -> bool:
    """Whether the gradebook holds this number already; False where the platform does not let us look."""
    try:
        return ags.shows(post.connector, parcel.platform, url, parcel.score)
    except Upstream as error:
        if error.retry:
            raise
        return False


def _settle(post: Post, parcels: Sequence[Parcel], outcomes: Sequence[Outcome]) -> None:
    now = clock.now()
    with Session(post.engine) as session, session.begin():
        ids = [parcel.delivery_id for parcel in parcels]
        rows = writing(session).scalars(
            select(Delivery)
            .where(Delivery.id.in_(ids), Delivery.lease_owner == post.owner)
            .order_by(Delivery.id)
            .with_for_update()
        )
        mine = {row.id: row for row in rows}
        for parcel, outcome in zip(parcels, outcomes, strict=True):
            row = mine.get(parcel.delivery_id)
            if row is not None:
                row.lease_owner = row.lease_until = None
                _decide(row, parcel, outcome, now, post.give_up_after)
            if outcome.holds_platform:
                _hold_platform(session, parcel.platform.id, now, outcome.after_s)


def _decide(row: Delivery, parcel: Parcel, outcome: Outcome, now: datetime, give_up_after: timedelta) -> None:
    is_newest = row.revision == parcel.revision
    if outcome.fate is Fate.ACCEPTED:
        row.sent_revision, row.sent_points, row.accepted_at = parcel.revision, parcel.score.points, now
        row.had_number = row.had_number or parcel.score.points is not None
        if is_newest:
            row.state, row.attempts, row.conflicts = DeliveryState.SETTLED, 0, 0
            row.failing_since = row.reason = row.said = None
        return
    if not is_newest or outcome.fate is Fate.NOT_SENT:
        return
    row.reason, row.said = outcome.reason, outcome.said
    row.attempts += 1
    row.failing_since = row.failing_since or now
    if outcome.fate is Fate.CONFLICT:
        row.conflicts += 1
        row.timestamp_revision, row.due_at = 0, now + timedelta(seconds=1)
    else:
        row.due_at = now + rules.retry_delay(row.attempts, outcome.after_s)
    too_long = row.due_at > row.failing_since + give_up_after
    if outcome.fate is Fate.PARK or row.conflicts > 1 or too_long:
        row.state = DeliveryState.PARKED


def _hold_platform(session: Session, registration_id: int, now: datetime, after_s: float | None) -> None:
    until = now + timedelta(seconds=after_s if after_s is not None else rules.FIRST_RETRY_S)
    session.execute(
        update(Pace)
        .where(Pace.registration_id == registration_id, or_(Pace.not_before.is_(None), Pace.not_before < until))
        .values(not_before=until)
    )
