"""Whom a run owes a grade, and through which links."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from lti_tool.learning.progress.lateness import Policy
from lti_tool.protocols.platforms.models import Registration
from lti_tool.protocols.platforms.service import Status
from lti_tool.protocols.resource_links.dates import Dates
from lti_tool.protocols.resource_links.models import Member, ResourceLink
from lti_tool.protocols.resource_links.rules import Columns, Late, Scale
from lti_tool.protocols.resource_links.service import GradeRoad, road_of


@dataclass(frozen=True, slots=True)
class Owed:
    """A learner who came in through a link, and how a grade gets from there to the course."""

    person_id: int
    subject: str
    resource_link_id: int
    registration_id: int
    family: str
    road: GradeRoad
    columns: Columns
    activity_key: str | None
    """Of the one activity that the link opens."""
    scale: Scale
    policy: Policy
    """What becomes of late work."""


_OWED = (
    select(
        Member.person_id, Member.subject, ResourceLink.id, ResourceLink.registration_id, Registration.family,
        ResourceLink.columns, ResourceLink.lineitem_url, ResourceLink.lineitems_url, ResourceLink.ags_scopes,
        ResourceLink.activity_key, ResourceLink.scale, ResourceLink.late, ResourceLink.late_percent,
        ResourceLink.due_at, ResourceLink.public_id, Registration.creates_line_items,
    )
    .join(ResourceLink, ResourceLink.id == Member.resource_link_id)
    .join(Registration, Registration.id == ResourceLink.registration_id)
    .where(
        Member.enrolment_id == bindparam("enrolment"), Member.role == "learner", Member.is_test.is_(False),
        Registration.status != Status.ENDED,
    )
    .order_by(ResourceLink.id)
)  # fmt: skip


def owed(session: Session, enrolment_id: int) -> list[Owed]:
    """The learners' memberships of this enrolment, one per link. Test users, others, and platforms whose contract ended
    are owed nothing.
    """
    rows = session.execute(_OWED, {"enrolment": enrolment_id})
    return [
        Owed(
            row.person_id, row.subject, row.id, row.registration_id, row.family,
            road_of(row, may_make_columns=row.creates_line_items), Columns(row.columns), row.activity_key,
            Scale(row.scale), _policy(row),
        )
        for row in rows
    ]  # fmt: skip


def _policy(row: Any) -> Policy:
    dates = Dates(row.public_id, due_at=row.due_at, late=Late(row.late), late_percent=row.late_percent)
    return dates.policy


def last_launches(session: Session) -> dict[int, datetime]:
    """When somebody last came from each registration."""
    query = (
        select(ResourceLink.registration_id, func.max(Member.last_launch_at).label("last"))
        .join(ResourceLink, ResourceLink.id == Member.resource_link_id)
        .where(Member.last_launch_at.is_not(None))
        .group_by(ResourceLink.registration_id)
    )
    return {row.registration_id: row.last for row in session.execute(query)}


def enrolments(session: Session, resource_link_id: int) -> list[int]:
    """The enrolments of the learners who came in through a link."""
    query = select(Member.enrolment_id).where(
        Member.resource_link_id == resource_link_id, Member.role == "learner", Member.enrolment_id.is_not(None)
    )
    return [enrolment_id for enrolment_id in session.scalars(query) if enrolment_id is not None]


@dataclass(frozen=True, slots=True)
class Seat:
    """A learner's place in the class of a link: which run and activity it opens for them."""

    cohort_id: int | None
    module_id: int | None
    activity_key: str | None


def seat(session: Session, resource_link_id: int, person_id: int) -> Seat | None:
    """None for who is no learner of this link. Test users are none."""
    query = (
        select(ResourceLink.cohort_id, ResourceLink.module_id, ResourceLink.activity_key)
        .join(Member, Member.resource_link_id == ResourceLink.id)
        .where(
            ResourceLink.id == resource_link_id, Member.person_id == person_id, Member.role == "learner",
            Member.is_test.is_(False),
        )
    )  # fmt: skip
    row = session.execute(query).one_or_none()
    return Seat(row.cohort_id, row.module_id, row.activity_key) if row else None
