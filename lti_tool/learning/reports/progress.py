"""Where each of these people stands in a run, and when they last did something there."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from lti_tool.learning.kinds import State
from lti_tool.learning.progress import decisions, service
from lti_tool.learning.progress.models import Attempt, Enrolment, Evidence
from lti_tool.learning.reports.slices import slices


@dataclass(frozen=True, slots=True)
class Progress:
    """The standing of one person in one run."""

    person_id: int
    enrolment_id: int
    version_id: int
    state: State
    steps: Mapping[str, State]
    """By activity key; of the person's own version."""
    progress: float
    score: float | None
    passed: bool | None
    started_at: datetime | None
    finished_at: datetime | None
    last_at: datetime | None
    """When they last did something: read, answered, handed in. Coming in alone is nothing; nor is what teachers did."""


STATES = {state.value: state for state in State}


def cohort_progress(session: Session, cohort_id: int, person_ids: Collection[int]) -> dict[int, Progress]:
    """Person -> progress; who is not enrolled is left out. Three statements for every ten thousand people."""
    found: dict[int, Progress] = {}
    for some in slices(person_ids):
        found |= _of_some(session, cohort_id, some)
    return found


def _of_some(session: Session, cohort_id: int, some: list[int]) -> dict[int, Progress]:
    theirs = (Enrolment.cohort_id == cohort_id, Enrolment.person_id.in_(some))
    last = _last_times(session, theirs)
    query = select(
        Enrolment.person_id, Enrolment.id, Enrolment.version_id, Enrolment.state, Enrolment.steps, Enrolment.progress,
        Enrolment.score, Enrolment.passed, Enrolment.started_at, Enrolment.finished_at, Enrolment.decided,
    ).where(*theirs)  # fmt: skip
    return {
        row.person_id: Progress(
            row.person_id, row.id, row.version_id, STATES[row.state],
            _states(row.steps, row.decided), row.progress, row.score, row.passed,
            row.started_at, row.finished_at, last.get(row.id),
        )
        for row in session.execute(query)
    }  # fmt: skip


def _states(steps: Mapping[str, str], decided: Mapping[str, Any]) -> dict[str, State]:
    """An excused activity is stored as done."""
    if not decided:
        return {key: STATES[state] for key, state in steps.items()}
    return service.states_of(steps, {key: decisions.read(rows) for key, rows in decided.items()})


def _last_times(session: Session, theirs: tuple[ColumnElement[bool], ...]) -> dict[int, datetime]:
    proven = select(Enrolment.id, func.max(Evidence.at)).join(Evidence, Evidence.enrolment_id == Enrolment.id)
    tried = select(Enrolment.id, func.max(func.coalesce(Attempt.saved_at, Attempt.started_at))).join(
        Attempt, Attempt.enrolment_id == Enrolment.id
    )
    last: dict[int, datetime] = {}
    for query in (proven.where(Evidence.what.not_in(decisions.WORDS)), tried):
        for enrolment_id, newest in session.execute(query.where(*theirs).group_by(Enrolment.id)):
            last[enrolment_id] = max(newest, last.get(enrolment_id, newest))
    return last
