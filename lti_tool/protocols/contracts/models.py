"""Erasures: begun, counted, finished. Holds no personal data."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.base.db import Base, Id, PublicId


class Erasure(Base):
    """The removal of all that is personal of one platform, which goes in slices and may be taken up again."""

    __tablename__ = "erasures"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"), index=True)
    begun_at: Mapped[datetime]
    begun_by: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    """None: at the command line."""
    finished_at: Mapped[datetime | None]
    counts: Mapped[dict[str, Any]]
    """Table -> rows removed so far."""
