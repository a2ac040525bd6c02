"""The class of a link: everybody in it, and how well it is known. For reading only, whatever its size."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from lti_tool.base.errors import NotFound
from lti_tool.learning.people import many as people
from lti_tool.protocols.resource_links.models import Group, Member, ResourceLink, Roster

Whose = Collection[int] | Select[Any]
"""People by their ids, or a query that finds these."""


@dataclass(frozen=True, slots=True)
class ClassMember:
    """Teachers, test users and who left are among them, with their marks."""

    person_id: int
    person_public_id: str
    name: str
    """Their pseudonym where no name was told."""
    email: str | None
    student_number: str | None
    subject: str
    role: str
    is_test: bool
    came_at: datetime | None
    """Their last launch; None: never came in through this link."""
    seen_at: datetime | None
    """When a roster named them last."""
    left_at: datetime | None
    group_ids: tuple[str, ...]
    enrolment_id: int | None
    """None: has not begun, here or through another link of the same run."""


@dataclass(frozen=True, slots=True)
class ClassFacts:
    """How the class of a link is known."""

    is_offered: bool
    """The platform offers a roster. Without one the class is those who came in."""
    complete_at: datetime | None
    """When the roster was last read to its end; None: never."""
    counted: int | None
    """Members in it then, of every role."""
    is_of_course: bool
    """The roster tells who is in the course, and not who may open the link."""
    asked_at: datetime | None
    """When a teacher asked for a reading that has not ended yet; None: all that was asked is answered."""
    failed_at: datetime | None
    """When the last reading failed; None where it did not."""
    reason: str | None
    """Code of why it failed; its sentence is roster.words.why."""
    due_at: datetime | None
    """When it will be read again; None: when somebody asks."""
    groups: Mapping[str, str] = field(default_factory=dict)
    """The course's groups by their ids."""

    @property
    def is_known(self) -> bool:
        return self.complete_at is not None


_MEMBER = (
    Member.person_id, Member.subject, Member.role, Member.is_test, Member.last_launch_at, Member.seen_at,
    Member.left_at, Member.group_ids, Member.enrolment_id,
)  # fmt: skip


def of_link(session: Session, link_id: int, whose: Whose | None = None) -> list[ClassMember]:
    """Everybody in the class of a link, or these people, in the order in which they became known. One statement."""
    query: Select[*tuple[Any, ...]] = select(*_MEMBER).where(Member.resource_link_id == link_id).order_by(Member.id)
    if whose is not None:
        query = query.where(Member.person_id.in_(whose))
    return [
        ClassMember(
            row.person_id, who.public_id, who.name, who.email, who.student_number, row.subject, row.role, row.is_test,
            row.last_launch_at, row.seen_at, row.left_at, tuple(row.group_ids), row.enrolment_id,
        )
        for row in session.execute(people.with_names(query, Member.person_id, is_all_told=True))
        for who in [people.known(row)]
    ]  # fmt: skip


def learners(link_id: int, *, with_groups: bool = False) -> Select[Any]:
    """A query for who is a learner here, also who left: person_id, has_left, group_ids. Test users never are."""
    query: Select[*tuple[Any, ...]] = select(Member.person_id, Member.left_at.is_not(None).label("has_left"))
    if with_groups:
        query = query.add_columns(Member.group_ids)
    return query.where(Member.resource_link_id == link_id, Member.role == "learner", Member.is_test.is_(False))


def learner_ids(link_id: int, *, with_left: bool = False) -> Select[Any]:
    """A query for the people who are learners here now, or who were too."""
    query = learners(link_id).with_only_columns(Member.person_id)
    return query if with_left else query.where(Member.left_at.is_(None))


def learner(session: Session, link_id: int, public_id: str) -> ClassMember:
    """One learner of the class. Raises NotFound("person-not-in-class")."""
    found = of_link(session, link_id, people.id_where(public_id))
    if not found or found[0].role != "learner" or found[0].is_test:
        raise NotFound("person-not-in-class")
    return found[0]


def groups_of(session: Session, link_id: int, person_id: int) -> tuple[str, ...]:
    """The ids of the groups of somebody in the class."""
    mine = Member.resource_link_id == link_id, Member.person_id == person_id
    return tuple(session.scalar(select(Member.group_ids).where(*mine)) or ())


def is_awaited(session: Session, link_id: int) -> bool:
    """True while a roster that was asked for is being read."""
    query = select(Roster.asked_at).where(Roster.resource_link_id == link_id)
    return session.scalar(query) is not None


def about(session: Session, link_id: int) -> ClassFacts:
    """What is known of the class of a link. Two statements."""
    query = (
        select(
            ResourceLink.memberships_url, Roster.asked_at, Roster.due_at, Roster.complete_at, Roster.counted,
            Roster.is_of_course, Roster.failed_at, Roster.reason,
        )
        .outerjoin(Roster, Roster.resource_link_id == ResourceLink.id)
        .where(ResourceLink.id == link_id)
    )  # fmt: skip
    row = session.execute(query).one()
    groups = (
        select(Group.group_id, Group.name)
        .join(ResourceLink, ResourceLink.context_id == Group.context_id)
        .where(ResourceLink.id == link_id)
        .order_by(Group.set_name, Group.name)
    )
    return ClassFacts(
        is_offered=row.memberships_url is not None, complete_at=row.complete_at, counted=row.counted,
        is_of_course=bool(row.is_of_course), asked_at=row.asked_at, failed_at=row.failed_at, reason=row.reason,
        due_at=row.due_at,
        groups={group.group_id: group.name for group in session.execute(groups)},
    )  # fmt: skip
