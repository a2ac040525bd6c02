"""Runs of the checks: one at a time for a platform, and not one after the other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.protocols.doctor.lights import Light, State, from_json, in_order, worst
from lti_tool.protocols.doctor.models import CheckRun
from lti_tool.protocols.platforms.models import Registration

APART = timedelta(seconds=10)
GIVEN_UP = timedelta(seconds=60)
"""A run that has not ended after so long died with its process."""
KEEP = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Run:
    at: datetime
    lights: tuple[Light, ...]


def begin(session: Session, registration_id: int, asked_by: str) -> int | None:
    """The id of a new run; None while another one runs, or where one began a moment ago."""
    session.execute(select(Registration.id).where(Registration.id == registration_id).with_for_update())
    last = session.scalars(
        select(CheckRun).where(CheckRun.registration_id == registration_id).order_by(CheckRun.id.desc()).limit(1)
    ).one_or_none()
    now = clock.now()
    if last is not None and now - last.at < (APART if last.finished_at else GIVEN_UP):
        return None
    run = CheckRun(registration_id=registration_id, at=now, asked_by=asked_by, lights=[], finished_at=None)
    session.add(run)
    session.flush()
    return run.id


def finish(session: Session, run_id: int, lights: list[Light]) -> None:
    run = session.get(CheckRun, run_id)
    if run is not None:  # else its platform was removed meanwhile
        run.lights, run.finished_at = [light.as_json() for light in in_order(lights)], clock.now()


def latest(session: Session, registration_id: int) -> Run | None:
    """The last run that ended."""
    row = session.scalars(
        select(CheckRun)
        .where(CheckRun.registration_id == registration_id, CheckRun.finished_at.is_not(None))
        .order_by(CheckRun.id.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else Run(row.at, tuple(from_json(light) for light in row.lights))


def forget_old(session: Session) -> None:
    session.execute(delete(CheckRun).where(CheckRun.at < clock.now() - KEEP))


@dataclass(frozen=True, slots=True)
class Standing:
    """One platform, as its last run left it."""

    public_id: str
    name: str
    at: datetime | None
    state: State


def overview(session: Session, may_see: Callable[[Sequence[str]], bool]) -> list[Standing]:
    """The platforms that somebody may see, by name; `may_see` judges a platform's hubs."""
    newest = select(func.max(CheckRun.id)).where(CheckRun.finished_at.is_not(None)).group_by(CheckRun.registration_id)
    query = (
        select(Registration.public_id, Registration.name, Registration.hubs, CheckRun.at, CheckRun.lights)
        .outerjoin(CheckRun, (CheckRun.registration_id == Registration.id) & CheckRun.id.in_(newest))
        .order_by(Registration.name, Registration.id)
    )
    return [
        Standing(row.public_id, row.name, row.at, worst(from_json(light) for light in row.lights or ()))
        for row in session.execute(query) if may_see(row.hubs)
    ]  # fmt: skip
