"""Runs in which a teacher looks at a module as a learner would: begun for one look, and removed without a trace."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from lti_tool.learning import audit
from lti_tool.learning.progress import service
from lti_tool.learning.progress.models import Cohort, Enrolment

KEY = "preview:"


def begin(session: Session, visit_public_id: str, person_id: int, module_id: int) -> int:
    """A run of its own for this look; its id. Raises NotFound("module-not-offered")."""
    cohort_id = service.cohort(session, f"{KEY}{visit_public_id}", module_id)
    service.enrol(session, cohort_id, person_id, module_id)
    return cohort_id


def older_than(session: Session, at: datetime) -> list[int]:
    """The runs of previews that began before this time."""
    return list(session.scalars(select(Cohort.id).where(Cohort.key.startswith(KEY), Cohort.created_at < at)))


def remove(session: Session, cohorts: list[int]) -> None:
    """Remove these runs with all that happened in them, notes of the audit too. No visit may be in them then."""
    previews = select(Cohort.id).where(Cohort.id.in_(cohorts), Cohort.key.startswith(KEY)).scalar_subquery()
    enrolments = list(session.scalars(select(Enrolment.id).where(Enrolment.cohort_id.in_(previews))))
    audit.forget_beginnings(session, [str(one) for one in enrolments])
    session.execute(delete(Enrolment).where(Enrolment.id.in_(enrolments)))
    session.execute(delete(Cohort).where(Cohort.id.in_(cohorts), Cohort.key.startswith(KEY)))
