"""What hubs offer. A published version never changes; learners stay on the version they began.

Guards at the end of this module see to that, for everything that is changed through the entities.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, ForeignKey, String, UniqueConstraint, event, inspect, select
from sqlalchemy.orm import Mapped, mapped_column, object_session, relationship

from lti_tool.base.db import Base, Id, Localised, PublicId
from lti_tool.base.errors import Conflict


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
    state: Mapped[str] = mapped_column(String(16), active_history=True)
    title: Mapped[Localised]
    summary: Mapped[Localised]
    about: Mapped[dict[str, Any]]
    """theme, levels, nlqf, goals: shown, never reasoned about."""
    pass_points: Mapped[float]
    change_note: Mapped[Localised]
    published_at: Mapped[datetime | None]
    activities: Mapped[list["Activity"]] = relationship(
        order_by="Activity.position", back_populates="version", cascade="all, delete-orphan"
    )


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


@event.listens_for(Version, "before_update")
def _only_the_state_changes(_mapper: object, _connection: Connection, version: Version) -> None:
    """Raises Conflict("version-fixed")."""
    look = inspect(version)
    before = look.attrs.state.history.deleted or [version.state]
    changed = {name for name in look.mapper.column_attrs.keys() if look.attrs[name].history.has_changes()}  # noqa: SIM118
    if before[0] != VersionState.DRAFT and (changed - {"state"} or version.state == VersionState.DRAFT):
        raise Conflict("version-fixed", number=version.number)


@event.listens_for(Version, "before_delete")
def _only_a_draft_goes(_mapper: object, _connection: Connection, version: Version) -> None:
    """Raises Conflict("version-fixed")."""
    if version.state != VersionState.DRAFT:
        raise Conflict("version-fixed", number=version.number)


@event.listens_for(Activity, "before_insert")
@event.listens_for(Activity, "before_update")
@event.listens_for(Activity, "before_delete")
def _only_in_a_draft(_mapper: object, connection: Connection, activity: Activity) -> None:
    """Raises Conflict("version-fixed"). A version may be new together with its activities."""
    session = object_session(activity)
    if session and activity.__dict__.get("version") in session.new:
        return
    asked = select(Version.state, Version.number).where(Version.id == activity.version_id)
    state, number = connection.execute(asked).one()
    if state != VersionState.DRAFT:
        raise Conflict("version-fixed", number=number)
