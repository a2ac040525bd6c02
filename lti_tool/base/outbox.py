"""Messages that are written with the change they tell of, and reacted to afterwards.

A message and the change commit together or not at all. A reaction runs in the transaction that removes its
message, so its effects in the database happen exactly once. `worker.py` holds the table of reactions.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Engine, Select, String, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from lti_tool.base import clock
from lti_tool.base.db import Base, Id, writing

BATCH, MOST_FAILURES = 100, 5
log = structlog.get_logger("outbox")
Reaction = Callable[..., None]
"""Called as reaction(session, **payload)."""


class Message(Base):
    __tablename__ = "outbox"

    id: Mapped[Id]
    topic: Mapped[str] = mapped_column(String(64))
    payload: Mapped[dict[str, Any]]
    at: Mapped[datetime]
    """Of writing; after a failure, of the next try."""
    failures: Mapped[int] = mapped_column(default=0)


def put(session: Session, topic: str, **payload: int | str) -> None:
    """Add a message to the session's transaction. The payload holds ids, never personal data."""
    session.add(Message(topic=topic, payload=payload, at=clock.now()))
    wake(session)


def wake(session: Session) -> None:
    """Let the worker look, after the commit, at what the session's transaction made due."""
    session.info["outbox"] = True


def has_news(session: Session) -> bool:
    """True if this session has something for the worker since the last call; the caller wakes it after commit."""
    return bool(session.info.pop("outbox", False))


def react(engine: Engine, reactions: dict[str, Reaction], *, limit: int | None = None) -> int:
    """React to the messages that wait, oldest first, and stop after `limit`; return how many.

    A batch shares one transaction with the removal of its messages. Where one fails, the batch is taken one by
    one, and a message that fails waits ever longer (5 s to 10 min); after MOST_FAILURES it is set aside for people
    to look at (`set_aside`, `revive`).
    Two workers never take the same message: PostgreSQL skips locked rows, SQLite has one writer at a time.
    """
    done = 0
    while True:
        try:
            count = _react(engine, reactions, BATCH)
        except Exception:
            count = _react_singly(engine, reactions)
        done += count
        if count == 0 or (limit is not None and done >= limit):
            return done


def _waiting(limit: int) -> Select[Message]:
    may_retry = (Message.failures < MOST_FAILURES) & (Message.at <= clock.now())
    fit = (Message.failures == 0) | may_retry
    return select(Message).where(fit).order_by(Message.id).limit(limit).with_for_update(skip_locked=True)


def _react(engine: Engine, reactions: dict[str, Reaction], limit: int) -> int:
    with Session(engine) as session, session.begin():
        messages = writing(session).scalars(_waiting(limit)).all()
        for message in sorted(messages, key=_about):
            reactions[message.topic](session, **message.payload)
            session.delete(message)
        return len(messages)


def _about(message: Message) -> list[tuple[str, str]]:
    """The order within a batch: messages about the same in the order of writing, and all workers alike.

    Two that lock the same rows, each in the order of its own messages, would wait for one another.
    """
    return [(name, f"{value:>20}") for name, value in sorted(message.payload.items())]


def _react_singly(engine: Engine, reactions: dict[str, Reaction]) -> int:
    """The same, one message a transaction; those that fail count their failure."""
    with Session(engine) as session, session.begin():
        ids = [message.id for message in session.scalars(_waiting(BATCH))]
    return sum(_react_to(engine, reactions, message_id) for message_id in ids)


def _react_to(engine: Engine, reactions: dict[str, Reaction], message_id: int) -> int:
    try:
        with Session(engine) as session, session.begin():
            message = writing(session).get(Message, message_id, with_for_update=True)
            if message is not None:
                reactions[message.topic](session, **message.payload)
                session.delete(message)
    except Exception as error:
        log.error("reaction failed", message=message_id, error=type(error).__name__, exc_info=error)
        with Session(engine) as session, session.begin():
            message = writing(session).get(Message, message_id, with_for_update=True)
            if message is not None:
                message.failures += 1
                message.at = clock.now() + timedelta(seconds=5.0**message.failures)
                if message.failures >= MOST_FAILURES:
                    log.error("message set aside", message=message_id, topic=message.topic)
    return 1


_SET_ASIDE = Message.failures >= MOST_FAILURES


def set_aside(session: Session) -> int:
    """How many messages wait for people, since reacting to them failed too often."""
    return session.scalar(select(func.count()).select_from(Message).where(_SET_ASIDE)) or 0


def revive(session: Session) -> int:
    """React once more to what was set aside; returns how many messages that are."""
    return int(session.execute(update(Message).where(_SET_ASIDE).values(failures=0)).rowcount)  # type: ignore[attr-defined]
