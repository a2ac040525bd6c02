"""Where each of these people stands in a run, and when they last did something there."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from lti_tool.learning.catalogue import service as catalogue
from lti_tool.learning.kinds import Proof, State
from lti_tool.learning.progress import decisions, rules, service
from lti_tool.learning.progress.models import Attempt, Enrolment, Evidence

Whose = Collection[int] | Select[Any]
"""People by their ids, or a query that finds these."""
AT_ONCE = 500


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
    session: Session, cohort_id: int, whose: Whose, *, only: str | None = None
) -> dict[int, Progress]:  # fmt: skip
    """Person -> progress; who is not enrolled is left out. One statement, however many they are.

    With `only` it is that of one activity, as if there were no other (Syllabus.only); one statement more.
    """
    found = {row.person_id: _progress(row) for row in session.execute(_standings(cohort_id, whose))}
    return found if only is None else _narrowed(session, cohort_id, whose, found, only)


def in_run(cohort_id: int) -> ColumnElement[bool]:
    """Written so that enrolments are looked up by person. PostgreSQL 16, with statistics older than a large new run,
    takes the run for tiny and reads all of it for each person.
    """
    return Enrolment.cohort_id + 0 == cohort_id


def _standings(cohort_id: int, whose: Whose) -> Select[Any]:
    query: Select[*tuple[Any, ...]] = select(
        Enrolment.person_id, Enrolment.id, Enrolment.version_id, Enrolment.state, Enrolment.steps, Enrolment.progress,
        Enrolment.score, Enrolment.passed, Enrolment.started_at, Enrolment.finished_at, Enrolment.decided,
        _LAST_PROVEN.label("proven_at"), _LAST_TRIED.label("tried_at"),
    )  # fmt: skip
    return query.where(in_run(cohort_id), Enrolment.person_id.in_(whose))


_PROVEN = Evidence.enrolment_id == Enrolment.id, Evidence.what.not_in(decisions.WORDS)
_TRIED_AT = func.coalesce(Attempt.saved_at, Attempt.started_at)
_LAST_PROVEN = select(func.max(Evidence.at)).where(*_PROVEN).correlate(Enrolment).scalar_subquery()
_TRIED = Attempt.enrolment_id == Enrolment.id
_LAST_TRIED = select(func.max(_TRIED_AT)).where(_TRIED).correlate(Enrolment).scalar_subquery()


def _progress(row: Any) -> Progress:
    times = [at for at in (row.proven_at, row.tried_at) if at is not None]
    return Progress(
        row.person_id, row.id, row.version_id, STATES[row.state], _states(row.steps, row.decided), row.progress,
        row.score, row.passed, row.started_at, row.finished_at, max(times, default=None),
    )  # fmt: skip


def _narrowed(
    session: Session, cohort_id: int, whose: Whose, whole: dict[int, Progress], only: str
) -> dict[int, Progress]:
    """The same people, judged by one activity alone; those whose version lacks it stay as they are."""
    proofs = proofs_of(session, cohort_id, whose, (only, decisions.EVERYTHING))
    found = {}
    for person_id, one in whole.items():
        if only not in one.steps:
            found[person_id] = one
            continue
        syllabus = catalogue.syllabus(session, one.version_id)
        standing = rules.judged(syllabus.only(only), proofs.get(person_id, ()))
        found[person_id] = replace(
            one, state=standing.state, steps=standing.steps, progress=standing.progress, score=standing.score,
            passed=standing.passed,
        )  # fmt: skip
    return found


def proofs_of(
    session: Session, cohort_id: int, whose: Whose, keys: Collection[str]
) -> dict[int, list[tuple[str, Proof]]]:
    """Person -> what is proven of these activities, in order. One statement."""
    query = (
        select(Enrolment.person_id, Evidence.activity_key, Evidence.what, Evidence.at, Evidence.facts)
        .join(Enrolment, Enrolment.id == Evidence.enrolment_id)
        .where(in_run(cohort_id), Enrolment.person_id.in_(whose), Evidence.activity_key.in_(keys))
        .order_by(Evidence.id)
    )
    found: dict[int, list[tuple[str, Proof]]] = defaultdict(list)
    for row in session.execute(query):
        found[row.person_id].append((row.activity_key, Proof(row.what, row.at, row.facts)))
    return found


def fractions(
    session: Session, cohort_id: int, whole: Mapping[int, Progress], keys: Collection[str]
) -> dict[int, dict[str, float]]:
    """Person -> the share of its points of each of these activities that is over. One statement."""
    proofs = proofs_of(session, cohort_id, list(whole), keys) if whole and keys else {}
    found = {}
    for person_id, pairs in proofs.items():
        given = rules.verdicts(catalogue.syllabus(session, whole[person_id].version_id), pairs)
        found[person_id] = {
            key: verdict.fraction
            for key, verdict in given.items()
            if verdict.state is State.DONE and verdict.fraction is not None
        }
    return found


def state_counts(
    session: Session, cohort_id: int, whose: Whose, keys: Collection[str]
) -> dict[str, Counter[State]]:  # fmt: skip
    """Activity -> how many of these people are in which state; who is not enrolled is not counted. One statement."""
    query = select(Enrolment.steps, Enrolment.decided).where(in_run(cohort_id), Enrolment.person_id.in_(whose))
    counts: dict[str, Counter[State]] = {key: Counter() for key in keys}
    for row in session.execute(query.execution_options(yield_per=AT_ONCE)):
        for key, state in _states(row.steps, row.decided).items():
            if key in counts:
                counts[key][state] += 1
    return counts


def with_standing(
    query: Select[Any], person_id: Any, cohort_id: int, only: str | None, stuck_since: datetime
) -> Select[Any]:  # fmt: skip
    """The same rows with where these people stand in a run: version_id, state, is_stuck; None for who is not enrolled.

    `state` is that of the module, or of the activity `only` where their version has it; an excused one counts as done.
    Stuck is who began, has not finished, and did nothing since that time.
    """
    state: Any = Enrolment.state
    if only is not None:
        state = func.coalesce(Enrolment.steps[only].as_string(), state)
    is_busy = state.in_((State.NOT_STARTED, State.IN_PROGRESS))
    has_begun = or_(exists().where(*_PROVEN), exists().where(_TRIED))
    is_active = or_(
        exists().where(*_PROVEN, Evidence.at >= stuck_since), exists().where(_TRIED, stuck_since <= _TRIED_AT)
    )
    enrolled = in_run(cohort_id) & (Enrolment.person_id == person_id)
    return query.outerjoin(Enrolment, enrolled).add_columns(
        Enrolment.version_id, state.label("state"), and_(is_busy, has_begun, ~is_active).label("is_stuck")
    )


def _states(steps: Mapping[str, str], decided: Mapping[str, Any]) -> dict[str, State]:
    """An excused activity is stored as done."""
    if not decided:
        return {key: STATES[state] for key, state in steps.items()}
    return service.states_of(steps, {key: decisions.read(rows) for key, rows in decided.items()})
