"""Runs of modules, who takes part, what they proved, and where they stand."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.base.db import Base, Id


class Cohort(Base):
    """One run of a module. `key` says whose: by default all links of one platform to that module."""

    __tablename__ = "cohorts"

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(String(128), unique=True)
    module_id: Mapped[int] = mapped_column(ForeignKey("modules.id"))
    created_at: Mapped[datetime]


class Enrolment(Base):
    """One person in one run. The standing columns are what `rules.standing` says of the evidence."""

    __tablename__ = "enrolments"
    __table_args__ = (UniqueConstraint("cohort_id", "person_id"),)

    id: Mapped[Id]
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohorts.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("versions.id"))
    created_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(16))
    steps: Mapped[dict[str, str]]
    """Activity key -> state; an excused one stands here as done, and in `decided` as excused."""
    decided: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    """Activity key -> what teachers decided and is in force (decisions.written)."""
    reached: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    """Activity key -> [stage, ISO time], where its kind says more than a state."""
    progress: Mapped[float]
    score: Mapped[float | None]
    passed: Mapped[bool | None]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class Evidence(Base):
    """One fact about a learner's work. Append only. `key` makes a repeat of the same fact harmless."""

    __tablename__ = "evidence"
    __table_args__ = (UniqueConstraint("enrolment_id", "key"),)

    id: Mapped[Id]
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolments.id", ondelete="CASCADE"))
    activity_key: Mapped[str] = mapped_column(String(64))
    what: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime]
    facts: Mapped[dict[str, Any]]
    key: Mapped[str] = mapped_column(String(160))


class Attempt(Base):
    """Work under way on one activity: kept as it is given, handed in once."""

    __tablename__ = "attempts"
    __table_args__ = (UniqueConstraint("enrolment_id", "activity_key", "number"),)

    id: Mapped[Id]
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolments.id", ondelete="CASCADE"))
    activity_key: Mapped[str] = mapped_column(String(64))
    number: Mapped[int]
    seed: Mapped[str] = mapped_column(String(32))
    work: Mapped[dict[str, Any]]
    saves: Mapped[int]
    """Counts the savings, so that an older page cannot overwrite newer work unseen."""
    started_at: Mapped[datetime]
    saved_at: Mapped[datetime | None]
    handed_in_at: Mapped[datetime | None]
