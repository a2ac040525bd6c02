"""Signs of life of the workers, so that the web can say when grades are not being sent."""

from datetime import datetime, timedelta

from sqlalchemy import String, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from lti_tool.base import clock
from lti_tool.base.db import Base


class Heartbeat(Base):
    __tablename__ = "heartbeats"

    worker: Mapped[str] = mapped_column(String(128), primary_key=True)
    at: Mapped[datetime]


def beat(session: Session, worker: str) -> None:
    session.merge(Heartbeat(worker=worker, at=clock.now()))


def is_alive(session: Session, *, within: timedelta) -> bool:
    last = session.scalar(select(func.max(Heartbeat.at)))
    return last is not None and clock.now() - last <= within


def forget_old(session: Session, *, before: datetime) -> None:
    session.execute(delete(Heartbeat).where(Heartbeat.at < before))
