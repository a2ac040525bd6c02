"""Judgements of practical assignments. Append only: a correction is a newer one."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.base.db import Base, Id, PublicId, pii


class Judgement(Base):
    __tablename__ = "judgements"
    __table_args__ = (UniqueConstraint("enrolment_id", "activity_key", "revision"),)

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolments.id", ondelete="CASCADE"))
    activity_key: Mapped[str] = mapped_column(String(64))
    submission: Mapped[int]
    """Which work it is about: 1 for the first, one more for each resit."""
    revision: Mapped[int]
    """Of all that was said of this learner's assignment; the newest of a submission holds."""
    levels: Mapped[dict[str, Any]]
    """Criterion -> index of the level that was reached."""
    comment: Mapped[str] = mapped_column(String(2000), info=pii("words"))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    role: Mapped[str] = mapped_column(String(24))
    """In which the assessor judged: trainer, teacher or external."""
    version_id: Mapped[int] = mapped_column(ForeignKey("versions.id"))
    """Of the module whose rubric it was."""
    rubric: Mapped[str] = mapped_column(String(64))
    """Fingerprint of the criteria and their points."""
    at: Mapped[datetime]
