"""A link as its teacher's pages know it. For reading only."""

from dataclasses import dataclass

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from lti_tool.protocols.resource_links.models import Context, ResourceLink
from lti_tool.protocols.resource_links.rules import Columns


@dataclass(frozen=True, slots=True)
class Placed:
    link_id: int
    public_id: str
    title: str
    course_title: str
    module_id: int | None
    cohort_id: int | None
    activity_key: str | None
    """The one activity that it opens; None: the whole module."""
    sends_grades: bool


_PLACED = (
    select(
        ResourceLink.id, ResourceLink.public_id, ResourceLink.title, Context.title.label("course_title"),
        ResourceLink.module_id, ResourceLink.cohort_id, ResourceLink.activity_key, ResourceLink.columns,
    )
    .outerjoin(Context, Context.id == ResourceLink.context_id)
    .where(ResourceLink.id == bindparam("link_id"))
)  # fmt: skip


def placed(session: Session, link_id: int) -> Placed:
    row = session.execute(_PLACED, {"link_id": link_id}).one()
    return Placed(
        row.id, row.public_id, row.title, row.course_title or "", row.module_id, row.cohort_id, row.activity_key,
        row.columns != Columns.NONE,
    )  # fmt: skip
