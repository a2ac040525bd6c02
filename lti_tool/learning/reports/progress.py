"""Where each of these people stands in a run, and when they last did something there."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from lti_tool.learning.catalogue import service as catalogue
from lti_tool.learning.kinds import Proof, State
from lti_tool.learning.progress import decisions, rules, service
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


def cohort_progress(
    session: Session, cohort_id: int, person_ids: Collection[int], *, only: str | None = None
) -> dict[int, Progress]:
    """Person -> progress; who is not enrolled is left out. Three statements for every ten thousand people.

    With `only` it is that of one activity, as if there were no other (Syllabus.only); one statement more.
    """
    found: dict[int, Progress] = {}
    for some in slices(person_ids):
        theirs = _of_some(session, cohort_id, some)
        found |= theirs if only is None else _narrowed(session, cohort_id, some, theirs, only)
    return found


def _narrowed(
    session: Session, cohort_id: int, some: list[int], whole: dict[int, Progress], only: str
) -> dict[int, Progress]:
    """The same people, judged by one activity alone; those whose version lacks it stay as they are."""
    proofs = _proofs_of(session, cohort_id, some, only)
    found = {}
    for person_id, one in whole.items():
        syllabus = catalogue.syllabus(session, one.version_id)
        if only not in one.steps:
            found[person_id] = one
            continue
        standing = rules.judged(syllabus.only(only), proofs.get(one.enrolment_id, ()))
        found[person_id] = replace(
            one, state=standing.state, steps=standing.steps, progress=standing.progress, score=standing.score,
            passed=standing.passed,
        )  # fmt: skip
    return found


def _proofs_of(session: Session, cohort_id: int, some: list[int], key: str) -> dict[int, list[tuple[str, Proof]]]:
    """Enrolment -> what is proven of this activity, and of all together."""
    query = (
        select(Evidence.enrolment_id, Evidence.activity_key, Evidence.what, Evidence.at, Evidence.facts)
        .join(Enrolment, Enrolment.id == Evidence.enrolment_id)
        .where(Enrolment.cohort_id == cohort_id, Enrolment.person_id.in_(some))
        .where(Evidence.activity_key.in_((key, decisions.EVERYTHING)))
        .order_by(Evidence.id)
    )
    found: dict[int, list[tuple[str, Proof]]] = defaultdict(list)
    for row in session.execute(query):
        found[row.enrolment_id].append((row.activity_key, Proof(row.what, row.at, row.facts)))
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
