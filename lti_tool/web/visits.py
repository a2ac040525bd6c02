"""The visit: who is here, as what, through which launch. Screens know the Visit and not where it came from.

A visit is named by a public id in the address, which opens nothing alone. What opens it is one of
- the browser's own cookie, which owns all visits of that browser;
- the cookie of the visit's own launch, for the moment in which two first launches race to set the former;
- the ticket that the page reads from the platform's storage and sends in a header.
docs/decisions/0004 says what each protects against.
"""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ForeignKey, Index, Row, Select, String, Table, bindparam, delete, false, insert, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from lti_tool.base import clock
from lti_tool.base.db import Base, Id, UtcDateTime
from lti_tool.base.errors import NotFound
from lti_tool.base.vault import fingerprint, same
from lti_tool.learning.people import service as people

TOUCH_EVERY = timedelta(minutes=1)


class VisitRecord(Base):
    __tablename__ = "visits"
    __table_args__ = (
        Index("ix_visits_browser", "browser"),
        Index("ix_visits_state", "state"),
        Index("ix_visits_began_at", "began_at"),
    )

    id: Mapped[Id]
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    browser: Mapped[str | None] = mapped_column(String(64))
    """Fingerprint of the browser's cookie; None where the browser keeps no cookie."""
    ticket: Mapped[str] = mapped_column(String(64))
    """Fingerprint of the launch's own secret."""
    state: Mapped[str] = mapped_column(String(64))
    """Fingerprint of the launch's state, to recognise a launch that is posted again."""
    storage_frame: Mapped[str | None] = mapped_column(String(255))
    storage_origin: Mapped[str] = mapped_column(String(512))
    frame_ancestors: Mapped[str] = mapped_column(String(2048))
    return_url: Mapped[str | None] = mapped_column(String(2048))
    is_test: Mapped[bool] = mapped_column(default=False, server_default=false())
    """It began in a test environment of the school."""
    is_preview: Mapped[bool] = mapped_column(default=False, server_default=false())
    """A teacher looks at a module as a learner would; its run is removed afterwards."""
    activity_key: Mapped[str | None] = mapped_column(String(64))
    """Of a preview: the one activity that is looked at; None: the whole module."""
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    role: Mapped[str] = mapped_column(String(16))
    cohort_id: Mapped[int | None] = mapped_column(ForeignKey("cohorts.id"))
    resource_link_id: Mapped[int | None] = mapped_column(ForeignKey("resource_links.id", ondelete="CASCADE"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    language: Mapped[str | None] = mapped_column(String(8))
    began_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


Record = VisitRecord | Row[Any]
"""A visit's record, as an entity or as its columns."""


@dataclass(frozen=True, slots=True)
class Visit:
    """Where every launch and every sign-in ends."""

    public_id: str
    person_id: int
    role: str
    """"teacher", "learner" or "none"."""
    cohort_id: int | None
    resource_link_id: int | None
    organisation_id: int | None
    launch_id: int
    language: str | None
    frame_ancestors: str
    return_url: str | None
    is_test: bool
    is_preview: bool
    activity_key: str | None
    """The one activity that a preview looks at."""


@dataclass(frozen=True, slots=True)
class Door:
    """What a page needs to ask the platform's storage for the ticket of a visit. Holds no secret."""

    public_id: str
    frame: str
    origin: str
    frame_ancestors: str
    language: str | None


@dataclass(frozen=True, slots=True)
class Proof:
    """What the browser showed: secrets from its cookies and header."""

    browser: str | None
    launch: str | None
    ticket: str | None
    former: str | None = None
    """Of the browser's cookie under its former name."""


def new_browser_secret() -> str:
    return secrets.token_urlsafe(32)


def opened(record: Record, proof: Proof) -> bool:
    by_browser = same(proof.browser, record.browser) or same(proof.former, record.browser)
    return by_browser or same(proof.launch, record.ticket) or same(proof.ticket, record.ticket)


_VISITS = cast(Table, VisitRecord.__table__)
_NAMED: Select[Any] = select(*_VISITS.c).where(_VISITS.c.public_id == bindparam("public_id"))
_OPEN = insert(_VISITS)
_RUNNING_THERE = _VISITS.c.browser == bindparam("in_browser"), _VISITS.c.ended_at.is_(None)
_OWNERS = select(_VISITS.c.person_id).where(*_RUNNING_THERE).distinct()
_END_OTHERS = (
    update(_VISITS)
    .where(*_RUNNING_THERE, _VISITS.c.person_id != bindparam("of_person"))
    .values(ended_at=bindparam("now", type_=UtcDateTime()))
)


def open(session: Session, **columns: Any) -> None:
    """Begin a visit; `columns` are those of VisitRecord, save its times."""
    now = clock.now()
    session.execute(_OPEN, columns | {"began_at": now, "seen_at": now})


def find(session: Session, public_id: str) -> Record | None:
    return session.execute(_NAMED, {"public_id": public_id}).one_or_none()


def id_of(session: Session, public_id: str) -> int:
    """The inner id of an open visit."""
    return session.scalars(select(VisitRecord.id).where(VisitRecord.public_id == public_id)).one()


def find_by_state(session: Session, state: str) -> VisitRecord | None:
    """The visit that grew from the launch with this state, if it was accepted."""
    return session.scalars(select(VisitRecord).where(VisitRecord.state == fingerprint(state))).first()


def is_over(record: Record, *, idle: timedelta, longest: timedelta) -> bool:
    now = clock.now()
    return now > record.seen_at + idle or now > record.began_at + longest


def touch(session: Session, public_id: str, browser: str | None) -> None:
    """Note that the visit is in use, and which browser cookie owns it now."""
    session.execute(
        update(VisitRecord)
        .where(VisitRecord.public_id == public_id)
        .values(seen_at=clock.now(), browser=fingerprint(browser) if browser else VisitRecord.browser)
    )


def secret_for(session: Session, offered: str | None, person_id: int) -> str:
    """The secret that is to own this person's visits in the browser. Visits of earlier people there end (R-FLOW-5).

    The one that the browser offers stays only where a visit of this person runs with it. Any other may have been
    planted there, or be known to whoever used the computer before.
    """
    owners = _owners(session, offered)
    if offered and owners - {person_id}:
        there = {"in_browser": fingerprint(offered), "of_person": person_id, "now": clock.now()}
        session.execute(_END_OTHERS, there)
    return offered if offered and owners == {person_id} else new_browser_secret()


def owns_visits_of(session: Session, browser: str, person_id: int) -> bool:
    """True if running visits with this secret are this person's, and nobody else's."""
    return _owners(session, browser) == {person_id}


def _owners(session: Session, browser: str | None) -> set[int]:
    return set(session.scalars(_OWNERS, {"in_browser": fingerprint(browser)})) if browser else set()


def end_of(session: Session, authority: str) -> None:
    """End the running visits of all whom this authority knows: their platform was closed."""
    theirs = VisitRecord.person_id.in_(people.ids_known_by(authority))
    running = update(VisitRecord).where(VisitRecord.ended_at.is_(None), theirs)
    session.execute(running.values(ended_at=clock.now()).execution_options(synchronize_session=False))


def move(session: Session, public_id: str, cohort_id: int) -> None:
    """Let the visit go on in another run (a teacher chose a module)."""
    session.execute(update(VisitRecord).where(VisitRecord.public_id == public_id).values(cohort_id=cohort_id))


def move_all(session: Session, resource_link_id: int, cohort_id: int) -> None:
    """Let the visits of a link go on in another run; previews have runs of their own."""
    theirs = VisitRecord.resource_link_id == resource_link_id, VisitRecord.is_preview.is_(False)
    session.execute(update(VisitRecord).where(*theirs).values(cohort_id=cohort_id))


BESIDE = "."
"""Between the public id of a visit and what tells its previews apart."""


def open_beside(
    session: Session, visit: Visit, cohort_id: int, public_id: str, *, activity_key: str | None = None
) -> None:  # fmt: skip
    """Begin a preview of a module, or of one activity of it: a learner's visit, opened by whatever opens this one.

    A browser without cookies has one ticket for both, kept under the id of the first (see door_of).
    """
    first = find(session, visit.public_id)
    if first is None:
        raise NotFound("visit")
    shared = (
        "browser", "ticket", "storage_frame", "storage_origin", "frame_ancestors", "return_url", "is_test",
        "person_id", "language",
    )  # fmt: skip
    same_as_first = {name: getattr(first, name) for name in shared}
    open(
        session, **same_as_first, public_id=public_id, state=fingerprint(public_id), is_preview=True, role="learner",
        cohort_id=cohort_id, resource_link_id=None, organisation_id=first.organisation_id, activity_key=activity_key,
    )  # fmt: skip


def preview_id(public_id: str) -> str:
    """A public id for a preview beside this visit."""
    return f"{first_id(public_id)}{BESIDE}{secrets.token_urlsafe(4)}"


def first_id(public_id: str) -> str:
    """The public id of the visit beside which this one was begun; else its own."""
    return public_id.partition(BESIDE)[0]


def forget_previews(session: Session, cohorts: Collection[int]) -> None:
    """Remove the previews that look at these runs."""
    session.execute(delete(VisitRecord).where(VisitRecord.is_preview, VisitRecord.cohort_id.in_(cohorts)))


def change_person(session: Session, former: int, person_id: int) -> None:
    """Two people turned out to be one."""
    _change(session, VisitRecord.person_id, former, person_id)


def change_link(session: Session, former: int, resource_link_id: int) -> None:
    _change(session, VisitRecord.resource_link_id, former, resource_link_id)


def change_cohort(session: Session, former: int, cohort_id: int) -> None:
    _change(session, VisitRecord.cohort_id, former, cohort_id)


def _change(session: Session, column: Any, former: int, to: int) -> None:
    session.execute(update(VisitRecord).where(column == former).values({column: to}))


def speak(session: Session, public_id: str, language: str) -> None:
    session.execute(update(VisitRecord).where(VisitRecord.public_id == public_id).values(language=language))


def forget_old(session: Session, *, before: datetime) -> int:
    """Remove visits that began before this time; returns how many."""
    return session.execute(delete(VisitRecord).where(VisitRecord.began_at < before)).rowcount  # type: ignore[no-any-return, attr-defined]


def visit_of(record: Record) -> Visit:
    return Visit(
        record.public_id, record.person_id, record.role, record.cohort_id, record.resource_link_id,
        record.organisation_id, record.id, record.language, record.frame_ancestors, record.return_url,
        record.is_test, record.is_preview, record.activity_key,
    )  # fmt: skip


def door_of(record: Record) -> Door | None:
    """How to ask for the ticket, where the platform has storage."""
    if record.storage_frame is None:
        return None
    return Door(
        first_id(record.public_id), record.storage_frame, record.storage_origin, record.frame_ancestors, record.language
    )
