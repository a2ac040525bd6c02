"""Who did what to whom: append only. Verbs are subject:object:action. Holds ids, no names."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from lti_tool.base import clock
from lti_tool.base.db import Base, Id


class AuditNote(Base):
    __tablename__ = "audit_notes"
    __table_args__ = (Index("ix_audit_notes_at", "at"),)

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
