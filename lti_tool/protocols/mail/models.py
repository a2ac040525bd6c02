"""Mail that waits to be sent."""

from datetime import datetime

from sqlalchemy import Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.base.db import Base, Id, PublicId


class Letter(Base):
    """One mail to one person. It is removed once it is sent, or when it is of no use any more."""

    __tablename__ = "letters"
    __table_args__ = (Index("ix_letters_due_at", "due_at"),)

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    """Also the Message-ID, the same at every try."""
    sealed_text: Mapped[str] = mapped_column(Text)
    """To whom, subject and text: a letter may hold a secret, and always holds an address."""
    due_at: Mapped[datetime]
    """Of the first or next try; while a worker sends it, the end of its lease."""
    expires_at: Mapped[datetime]
    failures: Mapped[int] = mapped_column(default=0)
