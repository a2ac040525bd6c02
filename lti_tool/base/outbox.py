"""Messages that are written with the change they tell of, and reacted to afterwards.

A message and the change commit together or not at all. A reaction runs in the transaction that removes its
message, so its effects in the database happen exactly once. `worker.py` holds the table of reactions.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from lti_tool.base import clock
from lti_tool.base.db import Base, Id, writing

Reaction = Callable[..., None]
"""Called as reaction(session, **payload)."""


class Message(Base):
    __tablename__ = "outbox"

    id: Mapped[Id]
    topic: Mapped[str] = mapped_column(String(64))
    payload: Mapped[dict[str, Any]]
    at: Mapped[datetime]


def put(session: Session, topic: str, **payload: int | str) -> None:
    """Add a message to the session's transaction. The payload holds ids, never personal data."""
    session.add(Message(topic=topic, payload=payload, at=clock.now()))
    session.info["outbox"] = True


def has_news(session: Session) -> bool:
    """True if a message was put in this session since the last call; the caller wakes the worker after commit."""
    return bool(session.info.pop("outbox", False))


def react(engine: Engine, reactions: dict[str, Reaction], *, limit: int = 200) -> int:
    """React to the oldest messages, each in the transaction that removes it; return how many.

    Two workers never take the same message: PostgreSQL skips locked rows, SQLite has one writer at a time.
    """
    done = 0
    while done < limit:
        with Session(engine) as session, session.begin():
            writing(session)
            message = session.scalars(
                select(Message).order_by(Message.id).limit(1).with_for_update(skip_locked=True)
            ).one_or_none()
            if message is None:
                return done
            session.delete(message)
            reactions[message.topic](session, **message.payload)
        done += 1
    return done
