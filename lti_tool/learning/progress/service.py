"""Enrol, record evidence, keep the standing true.

Whoever changes an enrolment first locks it (`FOR UPDATE`; SQLite has one writer), so that two tabs or two
devices cannot lose one another's evidence.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Row, Select, Table, bindparam, select
from sqlalchemy.orm import Session

from lti_tool.base import clock, outbox
from lti_tool.base.errors import Conflict
from lti_tool.learning import audit
from lti_tool.learning.catalogue import service as catalogue
from lti_tool.learning.catalogue.rules import Step, Syllabus
from lti_tool.learning.kinds import Proof, Reached, Stage, State
from lti_tool.learning.progress import decisions, rules
from lti_tool.learning.progress.decisions import Act
from lti_tool.learning.progress.models import Cohort, Enrolment, Evidence
from lti_tool.learning.progress.rules import Standing

CHANGED = "standing.changed"
"""Topic of the outbox: payload enrolment_id."""


@dataclass(frozen=True, slots=True)
class Place:
    """An enrolment as others read it."""

    enrolment_id: int
    cohort_id: int
    person_id: int
    version_id: int
    standing: Standing
    started_at: datetime | None
    finished_at: datetime | None


def cohort(session: Session, key: str, module_id: int) -> int:
    """The id of the run known by this key, made when there is none."""
    found = session.scalar(select(Cohort.id).where(Cohort.key == key))
    if found is not None:
        return found
    made = Cohort(key=key, module_id=module_id, created_at=clock.now())
    session.add(made)
    session.flush()
    return made.id


def enrol(session: Session, cohort_id: int, person_id: int, module_id: int) -> Place:
    """This person's place in the run; a new one begins on the module's current version."""
    enrolment = _enrolment_of(session, cohort_id, person_id)
    return _place(enrolment or _new_enrolment(session, cohort_id, person_id, module_id))


def _new_enrolment(session: Session, cohort_id: int, person_id: int, module_id: int) -> Enrolment:
    syllabus = catalogue.syllabus(session, catalogue.current_version_id(session, module_id))
    enrolment = Enrolment(
        cohort_id=cohort_id, person_id=person_id, version_id=syllabus.version_id, created_at=clock.now()
    )
    _stand(enrolment, rules.nothing_yet(syllabus))
    session.add(enrolment)
    session.flush()
    audit.note(session, "person:enrolment:begin", actor_id=person_id, object_id=str(enrolment.id))
    return enrolment


def place(session: Session, cohort_id: int, person_id: int) -> Place | None:
    """This person's place in the run, or None if there is none."""
    enrolment = _enrolment_of(session, cohort_id, person_id)
    return _place(enrolment) if enrolment else None


def enrolled(session: Session, cohort_id: int, person_ids: Collection[int]) -> dict[int, int]:
    """The enrolments in a run of those of these people who have begun it, by person."""
    columns = _ENROLMENTS.c
    mine = columns.cohort_id == cohort_id, columns.person_id.in_(person_ids)
    rows = session.execute(select(columns.person_id, columns.id).where(*mine))
    return {row.person_id: row.id for row in rows}


def place_by_id(session: Session, enrolment_id: int) -> Place:
    return _place(session.get_one(Enrolment, enrolment_id))


_ENROLMENTS = cast(Table, Enrolment.__table__)
_ENROLMENT: Select[Any] = select(*_ENROLMENTS.c).where(
    _ENROLMENTS.c.cohort_id == bindparam("cohort_id"), _ENROLMENTS.c.person_id == bindparam("person_id")
)


def _enrolment_of(session: Session, cohort_id: int, person_id: int) -> Row[Any] | None:
    session.flush()  # columns are read, which flushes nothing by itself
    return session.execute(_ENROLMENT, {"cohort_id": cohort_id, "person_id": person_id}).one_or_none()


def in_modules(modules: Collection[int]) -> Select[int]:
    """A query for the ids of all enrolments in these modules, to narrow another one down."""
    return select(Enrolment.id).join(Cohort, Cohort.id == Enrolment.cohort_id).where(Cohort.module_id.in_(modules))


def record(
    session: Session, enrolment_id: int, step: Step, proof: Proof, *, key: str
) -> Standing:
    """Add one fact and return the standing that follows from all of them.

    `key` names the fact within the enrolment: a second proof with the same key changes nothing. Proofs may come
    late and out of order. Raises Conflict("activity-locked") while an earlier required activity is open.
    """
    enrolment = lock(session, enrolment_id)
    before = _standing(enrolment)
    if rules.missing_before(step, before.steps):
        raise Conflict("activity-locked", activity=step.key)
    full_key = f"{step.key}:{key}"
    if has(session, enrolment_id, full_key):
        reopening = _reopening(before, step, proof)
        full_key = f"{full_key}:{reopening}"
        if not reopening or has(session, enrolment_id, full_key):
            return before
    return add(session, enrolment, step.key, proof, full_key)


def _reopening(standing: Standing, step: Step, proof: Proof) -> str:
    """The reopening after which this fact came, if there is one: what was told before may then be told anew."""
    decided = standing.decided.get(step.key, ())
    return next((one.token for one in decided if one.act is Act.REOPENED and proof.at > one.at), "")


def tell(session: Session, enrolment_id: int, activity_key: str, proof: Proof, key: str) -> Standing:
    """Add a fact that is not the learner's own doing, such as a seat or a mark: no order of activities forbids it."""
    enrolment = lock(session, enrolment_id)
    if has(session, enrolment_id, key):
        return _standing(enrolment)
    return add(session, enrolment, activity_key, proof, key)


def has(session: Session, enrolment_id: int, key: str) -> bool:
    known = select(Evidence.id).where(Evidence.enrolment_id == enrolment_id, Evidence.key == key)
    return session.scalar(known) is not None


def fact(session: Session, enrolment_id: int, key: str) -> Proof | None:
    """The fact of this name within the enrolment."""
    query = select(Evidence.what, Evidence.at, Evidence.facts)
    row = session.execute(query.where(Evidence.enrolment_id == enrolment_id, Evidence.key == key)).one_or_none()
    return Proof(row.what, row.at, row.facts) if row else None


def add(session: Session, enrolment: Enrolment, activity_key: str, proof: Proof, key: str) -> Standing:
    """Add a fact that is new to a locked enrolment; the standing that follows."""
    before = _standing(enrolment)
    session.add(
        Evidence(
            enrolment_id=enrolment.id, activity_key=activity_key, what=proof.what, at=proof.at, facts=proof.facts,
            key=key,
        )
    )  # fmt: skip
    session.flush()
    return _refresh(session, enrolment, before)


def lock(session: Session, enrolment_id: int) -> Enrolment:
    """The enrolment, held against other writers until the transaction ends."""
    return session.scalars(
        select(Enrolment)
        .where(Enrolment.id == enrolment_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _refresh(session: Session, enrolment: Enrolment, before: Standing) -> Standing:
    after = recomputed(session, enrolment)
    if after != before:
        _stand(enrolment, after)
        outbox.put(session, CHANGED, enrolment_id=enrolment.id)
    return after


def stand_anew(session: Session, enrolment: Enrolment) -> None:
    """Let the standing be what the evidence says."""
    _stand(enrolment, recomputed(session, enrolment))


def recomputed(session: Session, enrolment: Enrolment) -> Standing:
    """The standing worked out afresh from all evidence; changes nothing."""
    syllabus = catalogue.syllabus(session, enrolment.version_id)
    return rules.judged(syllabus, all_proofs(session, enrolment.id))


def all_proofs(session: Session, enrolment_id: int, activity_key: str | None = None) -> list[tuple[str, Proof]]:
    """Pairs of activity key and fact, in the order in which they were recorded."""
    query = select(Evidence.activity_key, Evidence.what, Evidence.at, Evidence.facts).where(
        Evidence.enrolment_id == enrolment_id
    )
    if activity_key is not None:
        query = query.where(Evidence.activity_key == activity_key)
    rows = session.execute(query.order_by(Evidence.id))
    return [(key, Proof(what, at, facts)) for key, what, at, facts in rows]


def proofs(session: Session, enrolment_id: int, activity_key: str) -> list[Proof]:
    """What is known of one activity, oldest first."""
    return [proof for _, proof in all_proofs(session, enrolment_id, activity_key)]


_KEPT = {State.EXCUSED: State.DONE}
"""How a state is stored that version 0.3 does not know: it must run on these tables too."""


def _stand(enrolment: Enrolment, standing: Standing) -> None:
    now = clock.now()
    enrolment.state = standing.state
    enrolment.steps = {key: str(_KEPT.get(state, state)) for key, state in standing.steps.items()}
    enrolment.decided = {key: decisions.written(decided) for key, decided in standing.decided.items()}
    enrolment.reached = {key: [one.stage, one.at.isoformat()] for key, one in standing.reached.items()}
    enrolment.progress, enrolment.score, enrolment.passed = standing.progress, standing.score, standing.passed
    if standing.state is not State.NOT_STARTED and enrolment.started_at is None:
        enrolment.started_at = now
    if standing.state is State.DONE and enrolment.finished_at is None:
        enrolment.finished_at = now


def _standing(enrolment: Enrolment | Row[Any]) -> Standing:
    decided = {key: decisions.read(rows) for key, rows in enrolment.decided.items()}
    return Standing(
        State(enrolment.state), states_of(enrolment.steps, decided), enrolment.progress, enrolment.score,
        enrolment.passed, decided, reached_of(enrolment.reached),
    )  # fmt: skip


def reached_of(kept: Mapping[str, tuple[str, str]]) -> dict[str, Reached]:
    """How far activities are, from the column that keeps it."""
    return {key: Reached(Stage(stage), datetime.fromisoformat(at)) for key, (stage, at) in kept.items()}


def states_of(steps: Mapping[str, str], decided: rules.Decided) -> dict[str, State]:
    """The states of the activities, from the columns that keep them."""
    states = {key: State(state) for key, state in steps.items()}
    for key in states.keys() & decided.keys():
        said = decisions.decides(decided[key])
        states[key] = State.EXCUSED if said and said.act is Act.EXCUSED else states[key]
    return states


def _place(enrolment: Enrolment | Row[Any]) -> Place:
    return Place(
        enrolment.id, enrolment.cohort_id, enrolment.person_id, enrolment.version_id, _standing(enrolment),
        enrolment.started_at, enrolment.finished_at,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Difference:
    enrolment_id: int
    stored: Standing
    recomputed: Standing


def check_standings(session: Session, *, repair: bool = False) -> tuple[int, list[Difference]]:
    """Compare every stored standing with its evidence: (how many were checked, those that differ).

    With `repair` the differing ones are corrected and their grades follow.
    """
    found, checked, last = [], 0, 0
    while batch := session.scalars(_batch_after(last)).all():
        for enrolment in batch:
            stored, fresh = _standing(enrolment), recomputed(session, enrolment)
            if stored != fresh:
                found.append(Difference(enrolment.id, stored, fresh))
                if repair:
                    _refresh(session, enrolment, stored)
        checked, last = checked + len(batch), batch[-1].id
        session.flush()
        session.expire_all()
    return checked, found


def _batch_after(last: int):  # type: ignore[no-untyped-def]
    return select(Enrolment).where(Enrolment.id > last).order_by(Enrolment.id).limit(500)


def syllabus_of(session: Session, place: Place) -> Syllabus:
    return catalogue.syllabus(session, place.version_id)


def standing_in(session: Session, place: Place, syllabus: Syllabus) -> Standing:
    """What all evidence of this place proves of another syllabus, such as one activity of the module."""
    return rules.judged(syllabus, all_proofs(session, place.enrolment_id))
