"""Attempts: work that is kept as it is given and handed in once. For any kind that needs tries."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.errors import Conflict, NotFound
from lti_tool.learning.catalogue.rules import Step
from lti_tool.learning.progress import decisions, rules, service
from lti_tool.learning.progress.decisions import Decision
from lti_tool.learning.progress.models import Attempt

NUMBERS = range(1, 2**31)
"""What the column of a number holds; a database refuses to look for more."""


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt as others read it."""

    number: int
    seed: str
    work: Mapping[str, Any]
    saves: int
    started_at: datetime
    saved_at: datetime | None
    handed_in_at: datetime | None

    @property
    def is_open(self) -> bool:
        return self.handed_in_at is None


def tries(session: Session, enrolment_id: int, step: Step) -> list[Try]:
    """All attempts at this activity, first to last."""
    return [_try(attempt) for attempt in session.scalars(_attempts(enrolment_id, step))]


@dataclass(frozen=True, slots=True)
class Room:
    """How often one learner may still hand in one activity, with what teachers decided of it."""

    limit: int
    """The limit of the activity and what a teacher gave; 0 is without limit."""
    used: int
    former: int
    """Handed in before a reopening; these count no longer."""

    @property
    def left(self) -> int | None:
        return max(0, self.limit - self.used) if self.limit else None


def room(limit: int, handed_in: Iterable[datetime | None], decided: Sequence[Decision]) -> Room:
    """The room that is left, given when each attempt was handed in (None: still open)."""
    since = decisions.reopened_at(decided)
    former = [since is not None and at is not None and at <= since for at in handed_in]
    return Room(limit + decisions.more_attempts(decided) if limit else 0, former.count(False), former.count(True))


def handed_in(session: Session, enrolment_id: int) -> dict[str, list[datetime]]:
    """Activity key -> when this learner handed it in; activities that never were are left out."""
    query = select(Attempt.activity_key, Attempt.handed_in_at).where(
        Attempt.enrolment_id == enrolment_id, Attempt.handed_in_at.is_not(None)
    )
    found: dict[str, list[datetime]] = {}
    for key, at in session.execute(query):
        found.setdefault(key, []).append(cast(datetime, at))
    return found


def begin(session: Session, enrolment_id: int, step: Step, *, limit: int) -> Try:
    """The open attempt, or a new one. `limit` 0 is without limit.

    Raises Conflict("activity-locked") while an earlier activity is open, Conflict("no-attempts-left").
    """
    enrolment = service.lock(session, enrolment_id)
    standing = service.place_by_id(session, enrolment.id).standing
    if rules.missing_before(step, standing.steps):
        raise Conflict("activity-locked", activity=step.key)
    earlier = session.scalars(_attempts(enrolment_id, step)).all()
    if earlier and earlier[-1].handed_in_at is None:
        return _try(earlier[-1])
    here = room(limit, [attempt.handed_in_at for attempt in earlier], standing.decided.get(step.key, ()))
    if here.left == 0:
        raise Conflict("no-attempts-left", limit=here.limit)
    attempt = Attempt(
        enrolment_id=enrolment_id, activity_key=step.key, number=len(earlier) + 1, seed=secrets.token_hex(8),
        work={}, saves=0, started_at=clock.now(),
    )  # fmt: skip
    session.add(attempt)
    session.flush()
    return _try(attempt)


def keep(session: Session, enrolment_id: int, step: Step, number: int, work: dict[str, Any], *, saves: int) -> Try:
    """Keep the work so far; returns the attempt as it now is.

    `saves` is the count that the page last saw. An older page's work is not taken over newer work: then nothing
    changes, and the answer shows the newer work. Raises Conflict("attempt-handed-in"), NotFound("attempt").
    """
    attempt = _open(session, enrolment_id, step, number)
    if saves >= attempt.saves:
        attempt.work, attempt.saves, attempt.saved_at = work, attempt.saves + 1, clock.now()
        session.flush()
    return _try(attempt)


def hand_in(session: Session, enrolment_id: int, step: Step, number: int, work: dict[str, Any]) -> Try:
    """Close the attempt with this work. A second time returns the attempt as it was handed in first."""
    attempt = _find(session, enrolment_id, step, number)
    if attempt.handed_in_at is None:
        now = clock.now()
        attempt.work, attempt.saves = work, attempt.saves + 1
        attempt.saved_at = attempt.handed_in_at = now
        session.flush()
    return _try(attempt)


def _attempts(enrolment_id: int, step: Step):  # type: ignore[no-untyped-def]
    return (
        select(Attempt)
        .where(Attempt.enrolment_id == enrolment_id, Attempt.activity_key == step.key)
        .order_by(Attempt.number)
    )


def _find(session: Session, enrolment_id: int, step: Step, number: int) -> Attempt:
    if number not in NUMBERS:
        raise NotFound("attempt", number=number)
    service.lock(session, enrolment_id)
    attempt: Attempt | None = session.scalars(
        _attempts(enrolment_id, step).where(Attempt.number == number)
    ).one_or_none()
    if attempt is None:
        raise NotFound("attempt", number=number)
    return attempt


def _open(session: Session, enrolment_id: int, step: Step, number: int) -> Attempt:
    attempt = _find(session, enrolment_id, step, number)
    if attempt.handed_in_at is not None:
        raise Conflict("attempt-handed-in", number=number)
    return attempt


def _try(attempt: Attempt) -> Try:
    return Try(
        attempt.number, attempt.seed, attempt.work, attempt.saves, attempt.started_at, attempt.saved_at,
        attempt.handed_in_at,
    )  # fmt: skip
