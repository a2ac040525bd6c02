"""The platform's courses and links, which module each link opens, and who came in through it."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.base.db import Base, Id, PublicId, pii


class Context(Base):
    """A course on the platform (LTI Core 1.3, 5.4.1)."""

    __tablename__ = "contexts"
    __table_args__ = (UniqueConstraint("deployment_id", "context_id"),)

    id: Mapped[Id]
    deployment_id: Mapped[int] = mapped_column(ForeignKey("deployments.id", ondelete="CASCADE"))
    context_id: Mapped[str] = mapped_column(String(255))
    title: Mapped[str] = mapped_column(String(255))


class ResourceLink(Base):
    """A placed link (LTI Core 1.3, 5.3.5): opens one module, for one run, with the services of its last launch."""

    __tablename__ = "resource_links"
    __table_args__ = (UniqueConstraint("deployment_id", "resource_link_id"),)

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"))
    deployment_id: Mapped[int] = mapped_column(ForeignKey("deployments.id", ondelete="CASCADE"))
    context_id: Mapped[int | None] = mapped_column(ForeignKey("contexts.id"))
    resource_link_id: Mapped[str] = mapped_column(String(255))
    client_id: Mapped[str | None] = mapped_column(String(255))
    """The client id of its last launch: its grades go with a token of that one."""
    title: Mapped[str] = mapped_column(String(255))
    named_module: Mapped[str | None] = mapped_column(String(255))
    """The public id that the link itself names; None where a teacher chose here."""
    module_id: Mapped[int | None] = mapped_column(ForeignKey("modules.id"))
    cohort_id: Mapped[int | None] = mapped_column(ForeignKey("cohorts.id"))
    has_own_run: Mapped[bool]
    """The teacher asked a fresh run for this link, apart from the platform's other links to the module."""
    sends_grades: Mapped[bool]
    """Off: the link itself says that it takes no grade (custom parameter grades=off)."""
    lineitem_url: Mapped[str | None] = mapped_column(String(2048))
    lineitems_url: Mapped[str | None] = mapped_column(String(2048))
    ags_scopes: Mapped[list[str]]
    created_at: Mapped[datetime]


class Member(Base):
    """A person who came in through a link, and as what. Only learners are owed a grade."""

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
    last_launch_at: Mapped[datetime]
