"""Who is staff: appointed to one hub, or to all of them. A person may hold several posts."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, joinedload

from lti_tool.base import clock
from lti_tool.base.errors import Invalid, NotFound
from lti_tool.learning import audit
from lti_tool.learning.people.models import Appointment, Person
from lti_tool.learning.people.service import display_name, pseudonym

ADDRESS = re.compile(r"(?=.{3,254}$)[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
"""What may stand in a mail's header: no spaces, line breaks, commas or brackets."""


class StaffRole(StrEnum):
    CENTRAL_ADMIN = "central-admin"
    """Everything, of all hubs."""
    HUB_COORDINATOR = "hub-coordinator"
    """Connects schools with one hub and looks after its staff."""
    HUB_TRAINER = "hub-trainer"
    """Sees what one hub's coordinator sees; changes nothing here."""


@dataclass(frozen=True, slots=True)
class Post:
    role: StaffRole
    hub: str | None
    """Public id; None for the central administrator."""


def posts_of(session: Session, person_id: int) -> tuple[Post, ...]:
    """The posts that this person holds now; empty for somebody who is no staff."""
    query = select(Appointment.role, Appointment.hub).where(
        Appointment.person_id == person_id, Appointment.ended_at.is_(None)
    )
    return tuple(Post(StaffRole(role), hub) for role, hub in session.execute(query.order_by(Appointment.id)))


def appoint(
    session: Session, email: str, name: str, post: Post, *, actor_id: int | None = None
) -> Appointment:  # fmt: skip
    """Give a post to the member of staff with this e-mail address, who is made at the first one.

    Learners with the same address are other people: they are never looked at. Raises Invalid("staff-post").
    """
    if (post.hub is None) != (post.role is StaffRole.CENTRAL_ADMIN) or not ADDRESS.fullmatch(email.strip()):
        raise Invalid("staff-post")
    person = by_email(session, email) or Person(created_at=clock.now(), email=email.strip())
    person.name = person.name or name.strip()[:255]  # whoever gives a post renames nobody
    return _give(session, person, post, actor_id)


def first_admin(session: Session, name: str = "") -> int:
    """The id of the central administrator who is longest in office; made, without an address, when there is none."""
    query = select(Appointment.person_id).where(
        Appointment.role == StaffRole.CENTRAL_ADMIN, Appointment.ended_at.is_(None)
    )
    found = session.scalar(query.order_by(Appointment.id).limit(1))
    if found is not None:
        return found
    person = Person(created_at=clock.now(), name=name.strip() or None)
    return _give(session, person, Post(StaffRole.CENTRAL_ADMIN, None), None).person_id


def _give(session: Session, person: Person, post: Post, actor_id: int | None) -> Appointment:
    session.add(person)
    session.flush()
    held = session.scalars(
        select(Appointment).where(
            Appointment.person_id == person.id, Appointment.role == post.role, Appointment.hub == post.hub,
            Appointment.ended_at.is_(None),
        )
    ).first()  # fmt: skip
    if held is not None:
        return held
    made = Appointment(person=person, role=post.role, hub=post.hub, created_at=clock.now())
    session.add(made)
    session.flush()
    audit.note(
        session, "staff:appointment:begin", actor_id=actor_id, object_id=made.public_id, role=post.role, hub=post.hub
    )
    return made


def by_email(session: Session, email: str) -> Person | None:
    """The member of staff, present or former, with this address; case does not matter."""
    wanted = email.strip().casefold()
    query = select(Person).join(Appointment, Appointment.person_id == Person.id).distinct()
    return next((one for one in session.scalars(query) if (one.email or "").casefold() == wanted), None)


def address_of(session: Session, person_id: int) -> str | None:
    return session.get_one(Person, person_id).email


def dismiss(session: Session, public_id: str, *, actor_id: int | None = None) -> Appointment:
    """End a post. Raises NotFound("staff"), Invalid("last-admin") where nobody could let anybody in any more."""
    found = post_named(session, public_id)
    if found.role == StaffRole.CENTRAL_ADMIN and len(_admins(session)) < 2:
        raise Invalid("last-admin")
    found.ended_at = clock.now()
    audit.note(session, "staff:appointment:end", actor_id=actor_id, object_id=public_id)
    return found


def _admins(session: Session) -> Sequence[int]:
    """Who are central administrators, with their posts locked: of two who end each other's, one is refused."""
    query = select(Appointment.id).where(Appointment.role == StaffRole.CENTRAL_ADMIN, Appointment.ended_at.is_(None))
    return session.scalars(query.order_by(Appointment.id).with_for_update()).all()


def current(session: Session) -> Sequence[Appointment]:
    """Everybody who holds a post, by role and name."""
    query = select(Appointment).join(Person).where(Appointment.ended_at.is_(None))
    return session.scalars(query.order_by(Appointment.role, Person.name, Appointment.id)).all()


def post_named(session: Session, public_id: str) -> Appointment:
    """A post that somebody holds. Raises NotFound("staff")."""
    found = session.scalars(
        select(Appointment).where(Appointment.public_id == public_id, Appointment.ended_at.is_(None))
    ).one_or_none()
    if found is None:
        raise NotFound("staff")
    return found


def ever(session: Session) -> Sequence[Appointment]:
    """All posts that anybody holds or held, with who it was."""
    return session.scalars(select(Appointment).options(joinedload(Appointment.person))).all()


def names_of(session: Session, person_ids: Collection[int]) -> dict[int, str]:
    """What to call these people in a list of what was done: staff by name, learners by pseudonym."""
    query = select(Person, exists().where(Appointment.person_id == Person.id)).where(Person.id.in_(person_ids))
    return {
        person.id: (is_staff and (display_name(person) or person.email)) or pseudonym(person.public_id)
        for person, is_staff in session.execute(query)
    }
