"""What hubs offer. A published version never changes; learners stay on the version they began."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lti_tool.base.db import Base, Id, Localised, PublicId


class VersionState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class Hub(Base):
    __tablename__ = "hubs"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    name: Mapped[str] = mapped_column(String(255))
    region: Mapped[str] = mapped_column(String(255), default="")
    theme: Mapped[Localised]


class Module(Base):
    __tablename__ = "modules"

    id: Mapped[Id]
    public_id: Mapped[PublicId]
    """The name that platforms carry in their links; it never changes."""
    hub_id: Mapped[int] = mapped_column(ForeignKey("hubs.id"), index=True)
    hub: Mapped[Hub] = relationship()
    current_version_id: Mapped[int | None] = mapped_column(
        ForeignKey("versions.id", use_alter=True, name="fk_modules_current_version_id_versions")
    )
    """What a new enrolment gets: the newest published version."""


class Version(Base):
    __tablename__ = "versions"
    __table_args__ = (UniqueConstraint("module_id", "number"),)

    id: Mapped[Id]
    module_id: Mapped[int] = mapped_column(ForeignKey("modules.id"))
    module: Mapped[Module] = relationship(foreign_keys=[module_id])
    number: Mapped[int]
    state: Mapped[str] = mapped_column(String(16))
    title: Mapped[Localised]
    summary: Mapped[Localised]
    about: Mapped[dict[str, Any]]
    """theme, levels, nlqf, goals: shown, never reasoned about."""
    pass_points: Mapped[float]
    change_note: Mapped[Localised]
    published_at: Mapped[datetime | None]
    activities: Mapped[list["Activity"]] = relationship(order_by="Activity.position", back_populates="version")


class Activity(Base):
    __tablename__ = "activities"
    __table_args__ = (UniqueConstraint("version_id", "key"),)

    id: Mapped[Id]
    version_id: Mapped[int] = mapped_column(ForeignKey("versions.id"))
    version: Mapped[Version] = relationship(back_populates="activities")
    position: Mapped[int]
    key: Mapped[str] = mapped_column(String(64))
    """Stable through the versions of a module."""
    kind: Mapped[str] = mapped_column(String(32))
    title: Mapped[Localised]
    minutes: Mapped[int]
    points: Mapped[float]
    required: Mapped[bool]
    after: Mapped[list[str]]
    settings: Mapped[dict[str, Any]]
