"""Letters: written in a transaction, sealed, and sent by a worker afterwards (postman)."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.vault import Vault
from lti_tool.protocols.mail.models import Letter

LEASE = timedelta(minutes=3)
"""A try makes about ten exchanges, each bounded by http_timeout_s; so long nobody else takes the letter."""
LONGEST_REST = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Text:
    """What is sent: plain text, to one address."""

    to: str
    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Taken:
    """A letter in hand."""

    id: int
    public_id: str
    sealed: str
    failures: int
    expires_at: datetime


def write(session: Session, vault: Vault, text: Text, *, expires_at: datetime) -> None:
    """Put a letter in the session's transaction; after `expires_at` it is not sent any more."""
    sealed = vault.seal(json.dumps(asdict(text)))
    session.add(Letter(sealed_text=sealed, due_at=clock.now(), expires_at=expires_at))


def read(vault: Vault, sealed: str) -> Text:
    """Raises Invalid("sealed-with-unknown-key")."""
    return Text(**json.loads(vault.open(sealed)))


def take(session: Session) -> Taken | None:
    """The letter that waited longest, leased; None when nothing is due. What expired is thrown away."""
    now = clock.now()
    session.execute(delete(Letter).where(Letter.expires_at < now))
    due = select(Letter).where(Letter.due_at <= now).order_by(Letter.due_at).limit(1)
    found = session.scalars(due.with_for_update(skip_locked=True)).one_or_none()
    if found is None:
        return None
    found.due_at = now + LEASE
    return Taken(found.id, found.public_id, found.sealed_text, found.failures, found.expires_at)


def next_due(session: Session) -> datetime | None:
    return session.scalar(select(func.min(Letter.due_at)))


def done(session: Session, taken: Taken) -> None:
    """The letter was sent, or never can be."""
    session.execute(delete(Letter).where(Letter.id == taken.id))


def put_off(session: Session, taken: Taken) -> None:
    """Try again later: after 5 s, then twice as long each time."""
    rest = min(timedelta(seconds=5 * 2**taken.failures), LONGEST_REST)
    values = {"failures": taken.failures + 1, "due_at": clock.now() + rest}
    session.execute(update(Letter).where(Letter.id == taken.id).values(**values))
