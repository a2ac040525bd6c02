"""The platform's courses and links, which module each link opens, and who is in its class.

How the class is read from the platform: see protocols/roster.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.base.db import Base, Id, PublicId, pii


class Context(Base):
    """A course on the platform (LTI Core 1.3, 5.4.1)."""

    __tablename__ = "contexts"
    __table_args__ = (UniqueConstraint("deployment_id", "context_id"),)

    id: Mapped[Id]
    deployment_id: Mapped[int] = mapped_column(ForeignKey("deployments.id", ondelete="CASCADE"))
    context_id: Mapped[str] = mapped_column(String(255))
    title: Mapped[str] = mapped_column(String(255))
    copied_from_id: Mapped[int | None] = mapped_column(ForeignKey("contexts.id", ondelete="SET NULL"))
    copy_choice: Mapped[str | None] = mapped_column(String(16))
    """What a teacher decided of a copied course: "fresh" or "shared"; None: nobody has yet, or it is no copy."""
    copy_dates: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    """New dates for links that have not come yet: public id of the original link -> term -> ISO 8601."""


class ResourceLink(Base):
    """A placed link (LTI Core 1.3, 5.3.5): its terms (see rules), one run, and the services of its last launch."""

    __tablename__ = "resource_links"
    __table_args__ = (UniqueConstraint("deployment_id", "resource_link_id"),)

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"))
    deployment_id: Mapped[int] = mapped_column(ForeignKey("deployments.id", ondelete="CASCADE"))
    context_id: Mapped[int | None] = mapped_column(ForeignKey("contexts.id"), index=True)
    context: Mapped[Context | None] = relationship(viewonly=True)
    resource_link_id: Mapped[str] = mapped_column(String(255))
    client_id: Mapped[str | None] = mapped_column(String(255))
    """The client id of its last launch: its grades go with a token of that one."""
    title: Mapped[str] = mapped_column(String(255))
    named: Mapped[dict[str, str]] = mapped_column(default=dict, server_default="{}")
    """The terms as the link itself said them last; a teacher may have chosen otherwise here since."""
    placement: Mapped[str | None] = mapped_column(String(64), index=True)
    """Our own id of what a teacher placed; the same in copies of it."""
    copied_from_id: Mapped[int | None] = mapped_column(ForeignKey("resource_links.id", ondelete="SET NULL"))
    revision: Mapped[int] = mapped_column(default=0, server_default="0")
    """Counts what teachers change here, so that of two who do at once the second is told."""
    module_id: Mapped[int | None] = mapped_column(ForeignKey("modules.id"))
    cohort_id: Mapped[int | None] = mapped_column(ForeignKey("cohorts.id"))
    has_own_run: Mapped[bool]
    """The teacher asked a fresh run for this link, apart from the platform's other links to the module."""
    activity_key: Mapped[str | None] = mapped_column(String(64))
    """The one activity that it opens; None: the whole module."""
    columns: Mapped[str] = mapped_column(String(8), default="one", server_default="one")
    scale: Mapped[str] = mapped_column(String(8), default="points", server_default="points")
    language: Mapped[str | None] = mapped_column(String(8))
    opens_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    late: Mapped[str] = mapped_column(String(8), default="accept", server_default="accept")
    late_percent: Mapped[int] = mapped_column(default=10, server_default="10")
    lineitem_url: Mapped[str | None] = mapped_column(String(2048))
    lineitems_url: Mapped[str | None] = mapped_column(String(2048))
    ags_scopes: Mapped[list[str]]
    memberships_url: Mapped[str | None] = mapped_column(String(2048))
    groups_url: Mapped[str | None] = mapped_column(String(2048))
    group_sets_url: Mapped[str | None] = mapped_column(String(2048))
    created_at: Mapped[datetime]
    sends_grades: Mapped[bool] = mapped_column(default=True, server_default=true())
    named_module: Mapped[str | None] = mapped_column(String(255))
    """These two are `columns` and `named` as version 0.3 reads them, which must run on these tables too."""


class Member(Base):
    """A person of a link's class: came in through it, stands in its roster, or both. Only learners are owed a grade."""

    __tablename__ = "members"
    __table_args__ = (UniqueConstraint("resource_link_id", "person_id"),)

    id: Mapped[Id]
    resource_link_id: Mapped[int] = mapped_column(ForeignKey("resource_links.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    enrolment_id: Mapped[int | None] = mapped_column(ForeignKey("enrolments.id", ondelete="CASCADE"), index=True)
    subject: Mapped[str] = mapped_column(String(255), info=pii("identifier"))
    """The platform's `sub`, which is the userId of its scores."""
    role: Mapped[str] = mapped_column(String(16))
    is_test: Mapped[bool]
    last_launch_at: Mapped[datetime | None]
    """None: known from the roster only."""
    seen_at: Mapped[datetime | None]
    """When a roster named them last."""
    left_at: Mapped[datetime | None]
    """A complete roster no longer named them. Their work is kept."""
    group_ids: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    """As the platform calls them (Course Groups Service 1.0)."""


class Roster(Base):
    """The roster of one link: when it was read, and when it is to be read again."""

    __tablename__ = "rosters"
    __table_args__ = (Index("ix_rosters_due_at", "due_at"),)

    resource_link_id: Mapped[int] = mapped_column(
        ForeignKey("resource_links.id", ondelete="CASCADE"), primary_key=True
    )
    due_at: Mapped[datetime | None]
    """None: not until somebody looks at the class, or comes in through the link."""
    asked_at: Mapped[datetime | None]
    """When a teacher asked; None: what was asked is answered."""
    lease_owner: Mapped[str | None] = mapped_column(String(64))
    lease_until: Mapped[datetime | None]
    attempts: Mapped[int]
    """Readings that failed since the last complete one."""
    wait_until: Mapped[datetime | None]
    """The platform asked to leave it alone until then."""
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
