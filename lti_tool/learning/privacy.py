"""What the learning record holds of the people whom one authority knows: given out, and forgotten.

An authority is a platform ("lti:7"); the runs are those of its links. Whoever is known by another authority too, or
holds a post, stays; only what came by this one goes. Forgetting is done in slices: each call removes a part.
"""

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, exists, select, update
from sqlalchemy.orm import Session, aliased

from lti_tool.base import clock
from lti_tool.learning.assessment.models import Judgement
from lti_tool.learning.catalogue.models import Module, Version
from lti_tool.learning.people.models import Appointment, Identity, Person
from lti_tool.learning.progress.models import Attempt, Cohort, Enrolment, Evidence
from lti_tool.learning.sessions.models import Booking, HubSession, Mark

AT_ONCE = 500
Rows = Iterator[dict[str, Any]]


def runs(session: Session, owners: Collection[str]) -> set[int]:
    """The runs that belong to owners such as "platform:7" and "link:12"."""
    rows = session.execute(select(Cohort.id, Cohort.key)).all()
    return {cohort_id for cohort_id, key in rows if key.partition(":module:")[0] in owners}


def people(session: Session, authority: str) -> Rows:
    return _stream(
        session,
        select(
            Person.public_id.label("person"), Identity.subject.label("id_at_platform"), Person.name, Person.given_name,
            Person.family_name, Person.email, Person.student_number, Person.language,
            Person.created_at.label("first_seen_at"),
        )
        .join(Person, Person.id == Identity.person_id)
        .where(Identity.authority == authority)
        .order_by(Identity.id),
    )  # fmt: skip


def standings(session: Session, cohorts: Collection[int]) -> Rows:
    """Scores are fractions, 0 to 1."""
    query = select(
        Person.public_id.label("person"), Module.public_id.label("module"), Version.number.label("version"),
        Enrolment.id.label("enrolment"), Enrolment.state, Enrolment.progress, Enrolment.score, Enrolment.passed,
        Enrolment.created_at, Enrolment.started_at, Enrolment.finished_at, Enrolment.steps,
    )  # fmt: skip
    return _stream(session, _of_runs(query.join(Person, Person.id == Enrolment.person_id), cohorts))


def evidence(session: Session, cohorts: Collection[int]) -> Rows:
    query = select(
        Evidence.enrolment_id.label("enrolment"), Evidence.activity_key.label("activity"), Evidence.what, Evidence.at,
        Evidence.facts,
    ).join(Enrolment, Enrolment.id == Evidence.enrolment_id)  # fmt: skip
    return _stream(session, query.where(Enrolment.cohort_id.in_(cohorts)).order_by(Evidence.id))


def attempts(session: Session, cohorts: Collection[int]) -> Rows:
    query = select(
        Attempt.enrolment_id.label("enrolment"), Attempt.activity_key.label("activity"), Attempt.number,
        Attempt.started_at, Attempt.saved_at, Attempt.handed_in_at, Attempt.work,
    ).join(Enrolment, Enrolment.id == Attempt.enrolment_id)  # fmt: skip
    return _stream(session, query.where(Enrolment.cohort_id.in_(cohorts)).order_by(Attempt.id))


def seats(session: Session, cohorts: Collection[int]) -> Rows:
    """Bookings of days at a hub."""
    query = select(
        Booking.enrolment_id.label("enrolment"), HubSession.public_id.label("day"), HubSession.starts_at,
        HubSession.place, Booking.activity_key.label("activity"), Booking.state, Booking.asked_at, Booking.changed_at,
        Booking.confirmed_at, Booking.announced_at, Booking.reason,
    ).join(HubSession, HubSession.id == Booking.session_id)  # fmt: skip
    query = query.join(Enrolment, Enrolment.id == Booking.enrolment_id).where(Enrolment.cohort_id.in_(cohorts))
    return _stream(session, query.order_by(Booking.id))


def attendance(session: Session, cohorts: Collection[int]) -> Rows:
    query = select(
        Mark.enrolment_id.label("enrolment"), HubSession.public_id.label("day"), Mark.what, Mark.at, Mark.how,
        Mark.reason,
    ).join(HubSession, HubSession.id == Mark.session_id)  # fmt: skip
    query = query.join(Enrolment, Enrolment.id == Mark.enrolment_id).where(Enrolment.cohort_id.in_(cohorts))
    return _stream(session, query.order_by(Mark.id))


def judgements(session: Session, cohorts: Collection[int]) -> Rows:
    query = select(
        Judgement.enrolment_id.label("enrolment"), Judgement.activity_key.label("activity"), Judgement.submission,
        Judgement.revision, Judgement.levels, Judgement.comment, Judgement.role, Judgement.rubric, Judgement.at,
    ).join(Enrolment, Enrolment.id == Judgement.enrolment_id)  # fmt: skip
    return _stream(session, query.where(Enrolment.cohort_id.in_(cohorts)).order_by(Judgement.id))


def _of_runs(query: Select[*tuple[Any, ...]], cohorts: Collection[int]) -> Select[*tuple[Any, ...]]:
    joined = query.join(Cohort, Cohort.id == Enrolment.cohort_id).join(Module, Module.id == Cohort.module_id)
    joined = joined.join(Version, Version.id == Enrolment.version_id)
    return joined.where(Enrolment.cohort_id.in_(cohorts)).order_by(Enrolment.id)


def _stream(session: Session, query: Select[*tuple[Any, ...]]) -> Rows:
    """Row by row, so that ten thousand learners need no more memory than ten."""
    for row in session.execute(query.execution_options(yield_per=AT_ONCE)):
        yield dict(row._mapping)


def forget_work(session: Session, cohorts: Collection[int]) -> dict[str, int]:
    """Remove some enrolments of these runs with all that belongs to them; rows per table, empty when none is left."""
    chosen = list(session.scalars(select(Enrolment.id).where(Enrolment.cohort_id.in_(cohorts)).limit(AT_ONCE)))
    if not chosen:
        return {}
    counts = {
        model.__tablename__: _deleted(session, delete(model).where(model.enrolment_id.in_(chosen)))
        for model in (Evidence, Attempt, Mark, Judgement)
    } | {"bookings": _forget_seats(session, Booking.enrolment_id.in_(chosen))}
    return counts | {"enrolments": _deleted(session, delete(Enrolment).where(Enrolment.id.in_(chosen)))}


def forget_runs(session: Session, cohorts: Collection[int]) -> dict[str, int]:
    _forget_seats(session, Booking.cohort_id.in_(cohorts))
    return {"cohorts": _deleted(session, delete(Cohort).where(Cohort.id.in_(cohorts)))}


def _forget_seats(session: Session, which: ColumnElement[bool]) -> int:
    """Their sessions are looked at then, so that a seat that came free is passed on."""
    days = select(Booking.session_id).where(which)
    again = update(HubSession).where(HubSession.id.in_(days), HubSession.starts_at > clock.now())
    session.execute(again.values(look_at=clock.now()).execution_options(synchronize_session=False))
    return _deleted(session, delete(Booking).where(which))


def forget_people(session: Session, authority: str) -> dict[str, int]:
    """Remove some identities, and whom nobody else knows; rows per table, empty when none is left."""
    rows = session.execute(
        select(Identity.id, Identity.person_id).where(Identity.authority == authority).limit(AT_ONCE)
    ).all()
    if not rows:
        return {}
    gone = delete(Identity).where(Identity.id.in_([row.id for row in rows]))
    identities = _deleted(session, gone)
    other = aliased(Identity)
    nobody_else = (
        Person.id.in_([row.person_id for row in rows]),
        ~exists().where(other.person_id == Person.id),
        ~exists().where(Appointment.person_id == Person.id),
    )
    lonely = list(session.scalars(select(Person.id).where(*nobody_else)))
    return {"identities": identities, "people": _deleted(session, delete(Person).where(Person.id.in_(lonely)))}


def _deleted(session: Session, statement: Any) -> int:
    return int(session.execute(statement.execution_options(synchronize_session=False)).rowcount)  # type: ignore[attr-defined]
