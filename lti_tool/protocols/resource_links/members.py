"""Whom a run owes a grade, and through which links."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.protocols.resource_links.models import Member, ResourceLink


def owed(session: Session, enrolment_id: int) -> list[tuple[Member, ResourceLink]]:
    """The learners' memberships of this enrolment, with links that send grades. Test users are owed none."""
    rows = session.execute(
        select(Member, ResourceLink)
        .join(ResourceLink, ResourceLink.id == Member.resource_link_id)
        .where(
            Member.enrolment_id == enrolment_id,
            Member.role == "learner",
            Member.is_test.is_(False),
            ResourceLink.sends_grades.is_(True),
        )
    )
    return [(member, link) for member, link in rows]
