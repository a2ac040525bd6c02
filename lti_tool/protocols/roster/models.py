"""How far the reading of each roster is. The people themselves are members (see resource_links)."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.base.db import Base


class Roster(Base):
    """The roster of one link: when it was read, and when it is to be read again."""

    __tablename__ = "rosters"
    __table_args__ = (Index("ix_rosters_due_at", "due_at"),)

    resource_link_id: Mapped[int] = mapped_column(
        ForeignKey("resource_links.id", ondelete="CASCADE"), primary_key=True
    )
    due_at: Mapped[datetime | None]
    """None: not until somebody looks at the class."""
    lease_owner: Mapped[str | None] = mapped_column(String(64))
    lease_until: Mapped[datetime | None]
    attempts: Mapped[int]
    complete_at: Mapped[datetime | None]
    """When it was last read to its end."""
    counted: Mapped[int | None]
    """Members in it then, of every role."""
    is_of_course: Mapped[bool]
    """The platform told who is in the course, and not who may open the link."""
    failed_at: Mapped[datetime | None]
    """When a reading failed last; before complete_at: that is over."""
    reason: Mapped[str | None] = mapped_column(String(64))
    said: Mapped[str | None] = mapped_column(String(500))


class Group(Base):
    """A group of a course (Course Groups Service 1.0)."""

    __tablename__ = "groups"

    context_id: Mapped[int] = mapped_column(ForeignKey("contexts.id", ondelete="CASCADE"), primary_key=True)
    group_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    name: Mapped[str] = mapped_column(String(255))
    set_name: Mapped[str] = mapped_column(String(255), default="")
