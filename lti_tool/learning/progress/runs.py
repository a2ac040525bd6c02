"""Whole runs, for a course that is copied: how far they are, and two of them that go on as one."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from lti_tool.learning.catalogue.models import Module, Version
from lti_tool.learning.progress import merging
from lti_tool.learning.progress.merging import Ids
from lti_tool.learning.progress.models import Enrolment, Evidence


def join(session: Session, former: int, cohort_id: int) -> Ids:
    """Let everybody of the former run go on in the other, of the same module: the enrolments that became others.

    `merging.drop` those once nothing refers to them. The former run stays, with nobody in it.
    """
    return merging.join_one(session, former, cohort_id)


def have_work(session: Session, enrolments: Collection[int], *, since: datetime) -> bool:
    """True if anything was proven in one of these from then on."""
    proven = exists().where(Evidence.enrolment_id.in_(enrolments), Evidence.at >= since)
    return bool(session.scalar(select(proven)))


def newest_versions(session: Session, cohorts: Collection[int]) -> dict[int, int]:
    """Of each run with people in it, the number of the newest version that somebody is on."""
    query = (
        select(Enrolment.cohort_id, func.max(Version.number))
        .join(Version, Version.id == Enrolment.version_id)
        .where(Enrolment.cohort_id.in_(cohorts))
        .group_by(Enrolment.cohort_id)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def current_versions(session: Session, modules: Collection[int]) -> dict[int, tuple[int, dict[str, str]]]:
    """Of each of these modules that is offered now: the number and title of its current version."""
    query = (
        select(Module.id, Version.number, Version.title)
        .join(Version, Version.id == Module.current_version_id)
        .where(Module.id.in_(modules))
    )
    return {module_id: (number, title) for module_id, number, title in session.execute(query)}
