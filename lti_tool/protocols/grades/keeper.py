"""The keeper looks after columns: reads them back, gives ours the label of now, removes those that a teacher disowns.

A column at a time, so that a slow gradebook holds up no grades. A worker that dies with a column in hand leaves a lease
that runs out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Engine, func, literal, select, update
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.db import UtcDateTime, writing
from lti_tool.base.errors import ToolError, Upstream
from lti_tool.base.rounds import Rounds
from lti_tool.protocols.grades import ags, columns, reading, results
from lti_tool.protocols.grades.ags import LINEITEM_READ_SCOPE, RESULT_SCOPE, Said
from lti_tool.protocols.grades.columns import Key, of_key
from lti_tool.protocols.grades.models import Delivery, LineItem
from lti_tool.protocols.grades.rules import COLUMN_REMOVED, REMOVED, SAID_LENGTH, DeliveryState, Wish
from lti_tool.protocols.platforms import service as platforms
from lti_tool.protocols.platforms.connector import Connector
from lti_tool.protocols.platforms.models import FormerClient, Registration
from lti_tool.protocols.platforms.service import Platform, Status
from lti_tool.protocols.resource_links.models import ResourceLink
from lti_tool.protocols.resource_links.service import LINEITEM_SCOPE

LEASE, AGAIN = timedelta(minutes=10), timedelta(minutes=5)
log = structlog.get_logger("columns")


@dataclass(frozen=True, slots=True)
class Change:
    """What was said of a column, and what is to be said of it from now on."""

    scopes: tuple[str, ...]
    before: Said
    now: Said


@dataclass(frozen=True, slots=True)
class Chore:
    """A column that is due, and what is to be done with it."""

    key: Key
    platform: Platform
    url: str | None
    wish: str | None
    may_read: bool
    change: Change | None


class ColumnKeeper(Rounds):
    def __init__(self, engine: Engine, connector: Connector, public_url: str, ring: Callable[[], object]) -> None:
        self._engine, self._connector, self._public_url = engine, connector, public_url
        super().__init__(engine, "columns", next_due, self._tend_one, ring)

    def _tend_one(self) -> bool:
        chore = self._take()
        if chore is not None:
            self._note(chore, **self._tried(chore))
        return chore is not None

    def _take(self) -> Chore | None:
        with Session(self._engine) as session, session.begin():
            return take(writing(session), clock.now(), self._public_url)

    def _tried(self, chore: Chore) -> dict[str, Any]:
        """Do it; the columns of its row afterwards."""
        try:
            return self._do(chore)
        except Upstream as error:
            said = str(error.facts.get("said") or "")[:SAID_LENGTH] or None
            log.warning("column not tended", link=chore.key[0], wish=chore.wish, code=error.code)
            keeps_on = error.retry and chore.wish != Wish.CHANGE  # for which scores wait
            again = {"read_due_at": clock.now() + AGAIN} if keeps_on else {"read_due_at": None, "wish": None}
            more = _unread() if keeps_on and chore.wish is None else {}
            if chore.wish == Wish.CHANGE and error.code == "line-item-refused":
                return again | {"problem": "column-unchanged", "problem_said": said}
            return again | more | {"problem": error.code, "problem_said": said}
        except ToolError as error:
            return {"read_due_at": None, "wish": None, "problem": error.code, "problem_said": None}

    def _do(self, chore: Chore) -> dict[str, Any]:
        done: dict[str, Any] = {"problem": None, "problem_said": None, "wish": None}
        if chore.url is None:
            return done | {"read_due_at": None}
        if chore.wish == Wish.REMOVE:
            ags.remove_column(self._connector, chore.platform, chore.url)
            return done | {"url": None, "is_ours": False, "wish": REMOVED, "read_due_at": None}
        if chore.change is not None:
            self._change(chore, chore.url, chore.change)
            done |= {"told": dict(chore.change.now)}
        if not chore.may_read:
            return done | {"read_due_at": None}
        self._read(chore, chore.url)
        return done | {"read_at": clock.now(), "unread_since": None, "read_due_at": self._next_reading(chore)}

    def _change(self, chore: Chore, url: str, change: Change) -> None:
        """Platforms may scale what stands there to a new maximum, or not: it tells nothing of the school any more."""
        if change.before == change.now:
            return
        if ags.change_column(self._connector, chore.platform, url, change.scopes, change.before, change.now):
            with Session(self._engine) as session, session.begin():
                doubted = update(Delivery).where(*_in_column(chore.key)).values(is_sure=False)
                writing(session).execute(doubted.execution_options(synchronize_session=False))

    def _read(self, chore: Chore, url: str) -> None:
        began, seen = clock.now(), set[str]()
        for page in results.pages(self._connector, chore.platform, url):
            with Session(self._engine) as session, session.begin():
                reading.compare(writing(session), chore.key, page, began, clock.now())
            seen.update(subject for subject, shown in page.items() if shown is not None)
        with Session(self._engine) as session, session.begin():
            reading.miss(writing(session), chore.key, seen, began, clock.now())

    def _next_reading(self, chore: Chore) -> datetime | None:
        with Session(self._engine) as session, session.begin():
            return reading.next_reading(session, chore.key, clock.now())

    def _note(self, chore: Chore, **values: Any) -> None:
        """What was asked of the column meanwhile stays asked."""
        with Session(self._engine) as session, session.begin():
            same_wish = LineItem.wish.is_(None) if chore.wish is None else LineItem.wish == chore.wish
            noted = update(LineItem).where(*of_key(chore.key), same_wish).values(**values)
            changed = writing(session).execute(noted).rowcount  # type: ignore[attr-defined]
            if changed and values.get("wish") == REMOVED:
                _lost_their_column(session, chore.key)


def next_due(session: Session) -> datetime | None:
    return session.scalar(
        select(func.min(LineItem.read_due_at))
        .join(ResourceLink, ResourceLink.id == LineItem.resource_link_id)
        .join(Registration, Registration.id == ResourceLink.registration_id)
        .where(Registration.status == Status.ACTIVE)
    )


_DUE = (
    select(LineItem, ResourceLink, FormerClient.client_id.label("former_client"))
    .join(ResourceLink, ResourceLink.id == LineItem.resource_link_id)
    .join(Registration, Registration.id == ResourceLink.registration_id)
    .outerjoin(
        FormerClient,
        (FormerClient.registration_id == Registration.id) & (FormerClient.client_id == ResourceLink.client_id),
    )
    .where(Registration.status == Status.ACTIVE)
    .order_by(LineItem.read_due_at)
    .limit(1)
    .with_for_update(of=LineItem, skip_locked=True)
)


def take(session: Session, now: datetime, base: str) -> Chore | None:
    """The column that is due longest, leased; None when none is."""
    row = session.execute(_DUE.where(LineItem.read_due_at <= now)).one_or_none()
    if row is None:
        return None
    item, link, former = row
    item.read_due_at = now + LEASE
    platform = platforms.as_client(platforms.by_id(session, link.registration_id), former)
    url = (link.lineitem_url if item.activity_key == "" else None) or item.url
    change = _change_of(session, platform, link, item, base) if item.wish == Wish.CHANGE else None
    key = (item.resource_link_id, item.activity_key)
    return Chore(key, platform, url, item.wish, RESULT_SCOPE in link.ags_scopes, change)


def _change_of(
    session: Session, platform: Platform, link: ResourceLink, item: LineItem, base: str
) -> Change | None:
    """None where the column has nothing to be of any more."""
    scopes = tuple(one for one in (LINEITEM_SCOPE, LINEITEM_READ_SCOPE) if one in link.ags_scopes)
    if item.activity_key == "" and link.lineitem_url:
        return Change(scopes, *columns.of_placed(session, platform, link, item.told, base))
    wanted = columns.wanted(session, platform, link, item.activity_key, base)
    return Change(scopes, item.told or {}, wanted.told()) if wanted else None


def _unread() -> dict[str, Any]:
    return {"unread_since": func.coalesce(LineItem.unread_since, literal(clock.now(), UtcDateTime()))}


def _in_column(key: Key) -> tuple[ColumnElement[bool], ...]:
    return Delivery.resource_link_id == key[0], Delivery.activity_key == key[1]


def _lost_their_column(session: Session, key: Key) -> None:
    """What stood there stands nowhere now; whoever sends again gets a new column."""
    session.execute(
        update(Delivery)
        .where(*_in_column(key), Delivery.state != DeliveryState.DROPPED)
        .values(
            state=DeliveryState.PARKED, reason=COLUMN_REMOVED, said=None, sent_points=None, sent_maximum=None,
            accepted_at=None, read_at=None, read_points=None, read_maximum=None, finding=None,
        )
        .execution_options(synchronize_session=False)
    )  # fmt: skip
