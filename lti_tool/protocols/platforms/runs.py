"""Tries of platforms to register themselves, step by step. The same request again finds the same run."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.vault import fingerprint
from lti_tool.protocols.platforms.models import RegistrationRun

GIVEN_UP_AFTER = timedelta(minutes=2)
"""A run that is neither done nor failed by then was cut off."""
SHOWN_FOR = timedelta(hours=1)
"""So long a run that was begun without a token is shown again; a token is good once, so its run is shown for ever."""


class Step(StrEnum):
    """In this order."""

    PARAMETERS = "parameters"
    FETCH = "fetch"
    CHECK = "check"
    REGISTER = "register"
    ANSWER = "answer"
    STORE = "store"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    id: int
    at: datetime
    reference: str
    configuration_url: str
    issuer: str | None
    registration_id: int | None
    step: Step
    code: str | None
    facts: dict[str, Any]

    @property
    def is_done(self) -> bool:
        return self.step is Step.DONE

    @property
    def is_under_way(self) -> bool:
        return not self.is_done and self.code is None and clock.now() < self.at + GIVEN_UP_AFTER


def name_of(configuration_url: str, token: str, code: str) -> str:
    """The fingerprint of a request."""
    return fingerprint("\n".join((configuration_url, token, code)))


def shown(session: Session, name: str, *, has_token: bool, again: bool) -> Run | None:
    """The run of this request that is to be shown instead of beginning another.

    A new one is begun after one that was cut off or asked nothing of the platform yet, and after `again` for one
    that failed.
    """
    found = session.scalars(select(RegistrationRun).where(RegistrationRun.token == name)).one_or_none()
    if found is None:
        return None
    run = _run(found)
    if run.is_under_way:
        return run
    if run.is_done:
        return run if has_token or clock.now() < run.at + SHOWN_FOR else None
    asked_platform = run.step in (Step.REGISTER, Step.ANSWER, Step.STORE)
    return run if run.code is not None and asked_platform and not again else None


def begin(session: Session, name: str, configuration_url: str, reference: str) -> int:
    """A new run in the place of an earlier one of this name; the caller is alone with the name."""
    session.execute(update(RegistrationRun).where(RegistrationRun.token == name).values(token=None))
    made = RegistrationRun(
        at=clock.now(), reference=reference, configuration_url=configuration_url, token=name,
        step=Step.PARAMETERS, facts={},
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made.id


def note(session: Session, run_id: int, **values: Any) -> None:
    """Remember step, code, facts, issuer, invitation or registration of a run."""
    session.execute(update(RegistrationRun).where(RegistrationRun.id == run_id).values(**values))


def by_id(session: Session, run_id: int) -> Run:
    return _run(session.get_one(RegistrationRun, run_id))


def of_registration(session: Session, registration_id: int, issuer: str, *, limit: int = 20) -> Sequence[Run]:
    """The runs that led to this registration, and those of its issuer that failed; the newest first."""
    mine = RegistrationRun.registration_id == registration_id
    failed = (RegistrationRun.issuer == issuer) & RegistrationRun.registration_id.is_(None)
    query = select(RegistrationRun).where(mine | failed).order_by(RegistrationRun.id.desc()).limit(limit)
    return [_run(found) for found in session.scalars(query)]


def latest(session: Session, *, limit: int = 50) -> Sequence[Run]:
    """The newest runs of all."""
    query = select(RegistrationRun).order_by(RegistrationRun.id.desc()).limit(limit)
    return [_run(found) for found in session.scalars(query)]


def forget(session: Session, *, before: datetime) -> None:
    session.execute(delete(RegistrationRun).where(RegistrationRun.at < before))


def _run(found: RegistrationRun) -> Run:
    return Run(
        id=found.id, at=found.at, reference=found.reference, configuration_url=found.configuration_url,
        issuer=found.issuer, registration_id=found.registration_id, step=Step(found.step), code=found.code,
        facts=found.facts,
    )  # fmt: skip
