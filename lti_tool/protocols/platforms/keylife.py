"""How our keys come and go: next -> active -> retiring -> retired. Security Framework 1.0, 6.3; R-KEY-1, R-KEY-3.

A next key is published for a day before it signs, which is longer than any platform keeps our key set, so that no
platform sees a signature of a key it does not know. The former active key stays published for 14 days. There is one
active and one next key, whoever makes them at the same time (base.db.alone).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.db import alone
from lti_tool.base.vault import Vault
from lti_tool.learning import audit
from lti_tool.protocols.platforms.models import ToolKey
from lti_tool.protocols.platforms.toolkeys import ALONE, KeyState, Pair, active, keep, new_pair, newest

PUBLISHED_FIRST = timedelta(hours=24)
RETIRING = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Rotation:
    """What a wish to rotate came to: `kid` signs from `at` on, which is to come when the key must wait."""

    kid: str
    at: datetime
    is_done: bool


@dataclass(frozen=True, slots=True)
class KeyLine:
    """A key as staff see it."""

    kid: str
    state: str
    since: datetime
    """When it came into this state, as far as that was kept."""
    until: datetime | None
    """When it leaves this state; None: nothing says when."""
    sealed_by: int | None
    """Which of the secret keys seals it, 1 the newest; None: none of them, or its private half is gone."""


def ripe_at(key: ToolKey) -> datetime:
    """From when on it may sign: every platform that keeps our key set has it by then."""
    return key.created_at + PUBLISHED_FIRST


def rotate(session: Session, vault: Vault, *, actor_id: int | None = None) -> Rotation:
    """Let the next key sign. One that was not published for long enough waits, and `upkeep` lets it sign in time."""
    alone(session, ALONE)
    if active(session) is None:
        made = keep(session, vault, new_pair(), KeyState.ACTIVE)
        _next(session, vault)
        return Rotation(made.kid, made.created_at, is_done=True)
    following = _next(session, vault)
    if ripe_at(following) > clock.now():
        following.due_at = ripe_at(following)
        audit.note(session, "staff:tool-key:ask", actor_id=actor_id, object_id=following.kid)
        session.flush()
        return Rotation(following.kid, ripe_at(following), is_done=False)
    _activate(session, following, "staff:tool-key:rotate", actor_id)
    _next(session, vault)
    return Rotation(following.kid, clock.now(), is_done=True)


def replace_all(session: Session, vault: Vault, *, actor_id: int | None = None) -> Rotation:
    """For a leak: a new key signs at once, and no earlier one is published any more, the next one neither.

    Platforms that kept our key set refuse us until they ask again; grades wait for that.
    """
    alone(session, ALONE)
    for key in _in_use(session):
        _retire(key)
    session.flush()
    made = keep(session, vault, new_pair(), KeyState.ACTIVE)
    audit.note(session, "staff:tool-key:replace", actor_id=actor_id, object_id=made.kid)
    keep(session, vault, new_pair(), KeyState.NEXT)
    return Rotation(made.kid, made.created_at, is_done=True)


def upkeep(session: Session, vault: Vault, every: timedelta | None, spare: Iterator[Pair]) -> None:
    """What time does to keys: retire, rotate when it is due, and have a next one. `every` None: only as asked.

    Of workers that do this at once, one does it. `spare` holds pairs that were made before the transaction began.
    """
    alone(session, ALONE)
    now = clock.now()
    for key in _in_use(session):
        if key.state == KeyState.RETIRING and key.retired_at is not None and key.retired_at <= now:
            _retire(key)
    session.flush()
    if active(session) is None:
        keep(session, vault, next(spare, None) or new_pair(), KeyState.ACTIVE)
    following = _next(session, vault, spare)
    due_at = next_change(session, every)
    if due_at is not None and due_at <= now:
        _activate(session, following, "tool:tool-key:rotate")
        _next(session, vault, spare)


def lacks(session: Session, every: timedelta | None) -> int:
    """How many key pairs `upkeep` will want; for making them before its transaction."""
    due_at = next_change(session, every)
    is_due = due_at is not None and due_at <= clock.now()
    return [active(session), newest(session, KeyState.NEXT)].count(None) + is_due


def next_change(session: Session, every: timedelta | None) -> datetime | None:
    """When the next key is to sign: as staff asked, or as the schedule says; None: when somebody asks."""
    now_active, following = active(session), newest(session, KeyState.NEXT)
    if now_active is None or following is None:
        return None
    by_schedule = None if every is None else (now_active.activated_at or now_active.created_at) + every
    wishes = [wish for wish in (following.due_at, by_schedule) if wish is not None]
    return max(min(wishes), ripe_at(following)) if wishes else None


def _next(session: Session, vault: Vault, spare: Iterator[Pair] | None = None) -> ToolKey:
    """The next key; a new one where there is none, or where none of the secret keys opens it."""
    found = newest(session, KeyState.NEXT)
    if found is not None and vault.sealed_by(found.sealed_private_key or "") is not None:
        return found
    if found is not None:
        _retire(found)
        session.flush()
    made = keep(session, vault, next(spare or iter(()), None) or new_pair(), KeyState.NEXT)
    audit.note(session, "tool:tool-key:publish", object_id=made.kid)
    return made


def _activate(session: Session, following: ToolKey, verb: str, actor_id: int | None = None) -> None:
    now = clock.now()
    for key in _in_use(session):
        if key.state == KeyState.ACTIVE:
            key.state, key.retired_at = KeyState.RETIRING, now + RETIRING
    session.flush()
    following.state, following.activated_at, following.due_at = KeyState.ACTIVE, now, None
    session.flush()
    audit.note(session, verb, actor_id=actor_id, object_id=following.kid)


def _retire(key: ToolKey) -> None:
    key.state, key.sealed_private_key, key.due_at = KeyState.RETIRED, None, None
    key.retired_at = min(key.retired_at or clock.now(), clock.now())


def _in_use(session: Session) -> list[ToolKey]:
    return list(session.scalars(select(ToolKey).where(ToolKey.state != KeyState.RETIRED).order_by(ToolKey.id)))


def lines(session: Session, vault: Vault, every: timedelta | None) -> list[KeyLine]:
    """All keys, the oldest first."""
    change = next_change(session, every)
    return [_line(key, vault, change) for key in session.scalars(select(ToolKey).order_by(ToolKey.id))]


def _line(key: ToolKey, vault: Vault, change: datetime | None) -> KeyLine:
    begun = key.activated_at or key.created_at
    since = {
        KeyState.NEXT: key.created_at, KeyState.ACTIVE: begun,
        KeyState.RETIRING: key.retired_at - RETIRING if key.retired_at else begun,
    }.get(KeyState(key.state), key.retired_at or begun)  # fmt: skip
    until = {KeyState.NEXT: change, KeyState.ACTIVE: change, KeyState.RETIRING: key.retired_at}
    sealed_by = vault.sealed_by(key.sealed_private_key) if key.sealed_private_key else None
    return KeyLine(key.kid, key.state, since, until.get(KeyState(key.state)), sealed_by)
