"""Who did what to whom: append only. Verbs are subject:object:action. Holds ids, no names."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, delete, insert, or_, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from lti_tool.base import clock
from lti_tool.base.db import Base, Id

STAFF = "staff:"
_BY_STAFF = "verb >= 'staff:' AND verb < 'staff;'"


class AuditNote(Base):
    __tablename__ = "audit_notes"
    __table_args__ = (
        Index("ix_audit_notes_at", "at"),
        # what staff read most, and no launch has to write: notes of learners are nearly all
        Index("ix_audit_notes_staff", "id", sqlite_where=text(_BY_STAFF), postgresql_where=text(_BY_STAFF)),
    )

    id: Mapped[Id]
    at: Mapped[datetime]
    verb: Mapped[str] = mapped_column(String(64))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    """None: the tool itself, or staff at the command line."""
    object_id: Mapped[str] = mapped_column(String(128), default="")
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)


_ADD = insert(AuditNote.__table__)  # type: ignore[arg-type]


def note(
    session: Session, verb: str, *, actor_id: int | None = None, object_id: str = "", **facts: str | int | None
) -> None:
    """Add one line to the audit, in the session's transaction."""
    session.execute(
        _ADD, {"at": clock.now(), "verb": verb, "actor_id": actor_id, "object_id": object_id, "facts": facts}
    )


def forget_beginnings(session: Session, enrolments: Collection[str]) -> None:
    """Remove the notes that these enrolments began: they were looks at a module, and nobody's work."""
    notes = AuditNote.verb == "person:enrolment:begin", AuditNote.object_id.in_(enrolments)
    session.execute(delete(AuditNote).where(*notes))


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose notes somebody may read: those by these people, and those about these things."""

    actor_ids: Collection[int]
    object_ids: Collection[str]


def listing(
    session: Session, *, family: str = STAFF, object_id: str = "", before: int | None = None,
    scope: Scope | None = None, limit: int = 50,
) -> Sequence[AuditNote]:  # fmt: skip
    """Notes whose verb begins with `family`, the newest first; with `before` those older than that id.

    Without a scope all of them.
    """
    query = select(AuditNote).order_by(AuditNote.id.desc()).limit(limit)
    if family == STAFF:
        query = query.where(text(_BY_STAFF))
    elif family:
        query = query.where(AuditNote.verb.startswith(family, autoescape=True))
        query = query.where(text(_BY_STAFF)) if family.startswith(STAFF) else query
    if object_id:
        query = query.where(AuditNote.object_id == object_id)
    if before is not None:
        query = query.where(AuditNote.id < before)
    if scope is not None:
        query = query.where(
            or_(AuditNote.actor_id.in_(scope.actor_ids), AuditNote.object_id.in_(scope.object_ids))
        )
    return session.scalars(query).all()
