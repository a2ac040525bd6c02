"""Which roster is to be read now, by whom, and how it went. A reading is leased, so that two workers never do one."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, aliased

from lti_tool.base import clock
from lti_tool.base.errors import ToolError
from lti_tool.protocols.platforms import service as platforms
from lti_tool.protocols.platforms.models import FormerClient, Registration
from lti_tool.protocols.platforms.service import Platform, Status
from lti_tool.protocols.resource_links.models import Member, ResourceLink, Roster
from lti_tool.protocols.roster import rules

LEASE = timedelta(minutes=2)
"""Renewed with every page."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A roster to read, with all that reading it needs."""

    link_id: int
    lease: str
    began_at: datetime
    platform: Platform
    url: str
    resource_link_id: str
    """As the platform calls it."""
    context_id: int | None
    groups_url: str | None
    group_sets_url: str | None
    attempts: int


def arm(session: Session, now: datetime) -> None:
    """Let the rosters be read of links that are used and offer one, and that nothing is planned for."""
    fits = (
        Registration.status == Status.ACTIVE, ResourceLink.memberships_url.is_not(None),
        _is_used(ResourceLink.id, now),
    )  # fmt: skip
    links = select(ResourceLink.id).join(Registration, Registration.id == ResourceLink.registration_id).where(*fits)
    idle = Roster.due_at.is_(None), Roster.resource_link_id.in_(links)
    session.execute(update(Roster).where(*idle).values(due_at=now).execution_options(synchronize_session=False))
    lacking = links.where(~exists().where(Roster.resource_link_id == ResourceLink.id))
    insert = (postgresql if session.get_bind().dialect.name == "postgresql" else sqlite).insert(Roster)
    names = ["resource_link_id", "due_at", "attempts", "is_of_course"]
    found = lacking.add_columns(literal(now, Roster.due_at.type), literal(0), literal(False))
    session.execute(insert.from_select(names, found).on_conflict_do_nothing())


def _is_used(link_id: Any, now: datetime) -> ColumnElement[bool]:
    return exists().where(Member.resource_link_id == link_id, Member.last_launch_at >= now - rules.IN_USE)


def next_due(session: Session, now: datetime, avoiding: Collection[int] = ()) -> datetime | None:
    """When the next roster may be read that `take` would give."""
    found: datetime | None = session.scalar(_readable(select(func.min(Roster.due_at)), now, avoiding))
    return found


def _readable(query: Select[Any], now: datetime, avoiding: Collection[int]) -> Select[Any]:
    return (
        query.join(ResourceLink, ResourceLink.id == Roster.resource_link_id)
        .join(Registration, Registration.id == ResourceLink.registration_id)
        .where(
            Registration.status == Status.ACTIVE, ResourceLink.memberships_url.is_not(None),
            Registration.id.not_in(_waiting(now)), Registration.id.not_in(avoiding),
        )
    )  # fmt: skip


def take(session: Session, owner: str, now: datetime, avoiding: Collection[int] = ()) -> Taken | None:
    """Take the roster that is due and was asked for first, of none of these registrations; None when there is none.

    A platform that asked to be left alone is, whichever of its rosters it said so of.
    """
    query: Select[Any] = select(Roster, ResourceLink, FormerClient.client_id)  # type: ignore[assignment]
    query = _readable(query, now, avoiding).outerjoin(
        FormerClient,
        (FormerClient.registration_id == Registration.id) & (FormerClient.client_id == ResourceLink.client_id),
    )
    query = query.where(Roster.due_at <= now).order_by(Roster.asked_at.is_(None), Roster.due_at).limit(1)
    row = session.execute(query.with_for_update(of=Roster, skip_locked=True)).one_or_none()
    if row is None:
        return None
    roster, link, former = row
    roster.lease_owner, roster.lease_until = owner, now + LEASE
    roster.due_at = roster.lease_until
    platform = platforms.as_client(platforms.by_id(session, link.registration_id), former)
    return Taken(
        link.id, owner, now, platform, link.memberships_url, link.resource_link_id, link.context_id, link.groups_url,
        link.group_sets_url, roster.attempts,
    )  # fmt: skip


def _waiting(now: datetime) -> Select[int]:
    other, link = aliased(Roster), aliased(ResourceLink)
    query = select(link.registration_id).join(other, other.resource_link_id == link.id)
    return query.where(other.wait_until > now)


@dataclass(frozen=True, slots=True)
class Held:
    """What holds while a page is kept."""

    cohort_id: int | None
    privacy_level: str


def hold(session: Session, taken: Taken) -> Held | None:
    """Renew the lease, and keep the link and what may be kept of people from changing; None where the lease is lost.

    It is lost to another worker, with the link, and with the platform's contract.
    """
    query = (
        select(ResourceLink.cohort_id, Registration.privacy_level, Registration.status)
        .join(Registration, Registration.id == ResourceLink.registration_id)
        .where(ResourceLink.id == taken.link_id)
        .with_for_update(read=True)
    )
    row = session.execute(query).one_or_none()
    if row is None or row.status != Status.ACTIVE or not _renew(session, taken):
        return None
    return Held(row.cohort_id, row.privacy_level)


def _renew(session: Session, taken: Taken) -> bool:
    until = clock.now() + LEASE
    return _update(session, taken, lease_until=until, due_at=until)


def _update(session: Session, taken: Taken, **values: Any) -> bool:
    mine = Roster.resource_link_id == taken.link_id, Roster.lease_owner == taken.lease
    statement = update(Roster).where(*mine).values(values).returning(Roster.resource_link_id)
    return session.scalar(statement.execution_options(synchronize_session=False)) is not None


def give_back(session: Session, taken: Taken) -> None:
    """Let another worker read it, at once."""
    _update(session, taken, lease_owner=None, lease_until=None, due_at=clock.now())


_LET_GO: dict[str, Any] = {"lease_owner": None, "lease_until": None, "asked_at": None}


def complete(session: Session, taken: Taken, *, counted: int, is_of_course: bool) -> bool:
    """The roster was read to its end; False where the lease is lost."""
    now = clock.now()
    return _update(
        session, taken, **_LET_GO, due_at=_due(session, taken, now + rules.REFRESH, now), complete_at=now,
        counted=counted, is_of_course=is_of_course, attempts=0, wait_until=None, failed_at=None, reason=None, said=None,
    )  # fmt: skip


def failed(session: Session, taken: Taken, error: ToolError) -> bool:
    """The roster could not be read, or not to its end; False where the lease is lost."""
    now, attempts = clock.now(), taken.attempts + 1
    return _update(
        session, taken, **_LET_GO, due_at=_due(session, taken, rules.next_try(error, attempts, now), now),
        wait_until=rules.wait_until(error, now), attempts=attempts, failed_at=now, reason=rules.reason_of(error),
        said=_said(error),
    )  # fmt: skip


def _due(session: Session, taken: Taken, at: datetime, now: datetime) -> datetime | None:
    return at if session.scalar(select(_is_used(taken.link_id, now))) else None


def _said(error: ToolError) -> str | None:
    told = [f"{name} {error.facts[name]}" for name in ("status", "page") if error.facts.get(name) is not None]
    return ", ".join(told) or None


