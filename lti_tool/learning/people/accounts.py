"""Accounts elsewhere (OIDC) by which staff are known: connected by themselves, never by an e-mail address."""

from collections.abc import Sequence

from sqlalchemy import delete, exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lti_tool.base.errors import Conflict, NotFound
from lti_tool.learning import audit
from lti_tool.learning.people.models import Appointment, Identity

PREFIX = "oidc:"


def staff_known_as(session: Session, authority: str, subject: str) -> int | None:
    """Who is known by this account and holds a post now."""
    holds = exists().where(Appointment.person_id == Identity.person_id, Appointment.ended_at.is_(None))
    return session.scalar(
        select(Identity.person_id).where(Identity.authority == authority, Identity.subject == subject, holds)
    )


def connect(session: Session, person_id: int, authority: str, subject: str) -> None:
    """Let this account sign this person in. Raises Conflict("oidc-taken") where it is somebody else's."""
    taken = _owner(session, authority, subject)
    if taken is None:
        try:
            with session.begin_nested():
                session.add(Identity(authority=authority, subject=subject, person_id=person_id))
        except IntegrityError:  # two at once
            taken = _owner(session, authority, subject)
        else:
            audit.note(session, "staff:account:connect", actor_id=person_id, object_id=authority)
            return
    if taken != person_id:
        raise Conflict("oidc-taken")


def _owner(session: Session, authority: str, subject: str) -> int | None:
    return session.scalar(
        select(Identity.person_id).where(Identity.authority == authority, Identity.subject == subject)
    )


def of(session: Session, person_id: int) -> Sequence[Identity]:
    """The accounts that sign this person in."""
    query = select(Identity).where(Identity.person_id == person_id, Identity.authority.startswith(PREFIX))
    return session.scalars(query.order_by(Identity.id)).all()


def disconnect(session: Session, person_id: int, account_id: int) -> None:
    """The account signs this person in no more. Raises NotFound("account")."""
    gone = session.scalar(
        delete(Identity)
        .where(Identity.id == account_id, Identity.person_id == person_id, Identity.authority.startswith(PREFIX))
        .returning(Identity.authority)
    )
    if gone is None:
        raise NotFound("account")
    audit.note(session, "staff:account:disconnect", actor_id=person_id, object_id=gone)


def disconnect_all(session: Session, person_id: int) -> None:
    """No account signs this person in any more."""
    mine = Identity.person_id == person_id, Identity.authority.startswith(PREFIX)
    session.execute(delete(Identity).where(*mine))
