"""The reader: takes the rosters that are due, and reads them in threads of its own.

So a platform that hangs holds up no grades and no mail, and of rosters one thread: no two of one platform are read at
once here. A worker that dies with a roster in hand leaves a lease that runs out; it is then read again from its start.
"""

import secrets
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.db import writing
from lti_tool.base.errors import ToolError
from lti_tool.protocols.platforms.connector import Connector
from lti_tool.protocols.roster import reading, taking
from lti_tool.protocols.roster.taking import Taken

THREADS = 3
ARM_EVERY = timedelta(minutes=5)
log = structlog.get_logger("roster")


class Reader:
    """One per worker process; only one thread may call it."""

    def __init__(self, engine: Engine, connector: Connector, owner: str, ring: Callable[[], object]) -> None:
        """`ring` is called, by another thread, when a roster was read."""
        self._engine, self._connector, self._owner, self._ring = engine, connector, owner, ring
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="roster")
        self._in_hand: dict[Future[None], int] = {}
        self._next_due: datetime | None = None
        self._armed_at = clock.now() - 2 * ARM_EVERY
        self._is_stopped = threading.Event()

    def turn(self) -> int:
        """Begin what is due while there are threads; returns how many rosters were dealt with since the last turn."""
        dealt_with = self._come_in()
        self._arm()
        while len(self._in_hand) < THREADS and self._is_due() and (taken := self._take()) is not None:
            future = self._pool.submit(self._read, taken)
            self._in_hand[future] = taken.platform.id
            future.add_done_callback(lambda _: self._ring())
        return dealt_with

    def finish(self) -> int:
        """Wait for what is under way; returns how many rosters that were."""
        wait(self._in_hand)
        return self._come_in()

    def next_due(self) -> datetime | None:
        """When the next roster may be read, as of the last turn; None while all threads read, whose end rings."""
        return None if len(self._in_hand) == THREADS else self._next_due

    def stop(self) -> None:
        """Begin no further page; what was begun is given back."""
        self._is_stopped.set()

    def close(self) -> None:
        """What is under way is given back at its next page."""
        self.stop()
        self._pool.shutdown(wait=True)

    def _come_in(self) -> int:
        done = [future for future in self._in_hand if future.done()]
        for future in done:
            del self._in_hand[future]
            future.result()
        return len(done)

    def _arm(self) -> None:
        if clock.now() - self._armed_at < ARM_EVERY:
            return
        self._armed_at = clock.now()
        with Session(self._engine) as session, session.begin():
            taking.arm(writing(session), clock.now())

    def _is_due(self) -> bool:
        now = clock.now()
        with Session(self._engine) as session, session.begin():
            self._next_due = taking.next_due(session, now, list(self._in_hand.values()))
        return self._next_due is not None and self._next_due <= now

    def _take(self) -> Taken | None:
        lease = f"{self._owner[:48]}:{secrets.token_hex(4)}"
        with Session(self._engine) as session, session.begin():
            return taking.take(writing(session), lease, clock.now(), list(self._in_hand.values()))

    def _read(self, taken: Taken) -> None:
        try:
            reading.read_one(self._engine, self._connector, taken, self._is_stopped.is_set)
        except Exception as error:  # a fault of ours must end no thread; the row says what it was
            log.error("roster fault", link=taken.link_id, exc_info=error)
            reading.note_failure(self._engine, taken, ToolError("tool-fault", error=type(error).__name__))
