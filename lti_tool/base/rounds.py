"""Work of the worker that is due now and then: done in one thread of its own, one piece after another.

So a slow mail server or gradebook holds up nothing else. What is in hand is leased in the database by whoever takes it.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from lti_tool.base import clock

NextDue = Callable[[Session], datetime | None]
"""When the next piece of work is due; None when none waits."""
DoOne = Callable[[], bool]
"""Take what is due longest and do it, with no transaction open while others are asked; False when nothing is due."""


class Rounds:
    """One per worker process and kind of work; only one thread may call it."""

    def __init__(self, engine: Engine, name: str, next_due: NextDue, do_one: DoOne, ring: Callable[[], object]) -> None:
        """`ring` is called, by another thread, when a round is over."""
        self._engine, self._ask_due, self._do_one, self._ring = engine, next_due, do_one, ring
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._round: Future[int] | None = None
        self._next_due: datetime | None = None

    def turn(self) -> int:
        """Begin a round where none is under way; returns how many pieces the last one dealt with."""
        if self._round is not None and not self._round.done():
            return 0
        dealt_with = self.finish()
        with Session(self._engine) as session, session.begin():
            self._next_due = self._ask_due(session)
        if self._next_due is not None and self._next_due <= clock.now():
            self._round = self._pool.submit(self._go_round)
            self._round.add_done_callback(lambda _: self._ring())
            self._next_due = None
        return dealt_with

    def finish(self) -> int:
        """Wait for the round under way; returns how many pieces it dealt with. What it raised is raised here."""
        ended, self._round = self._round, None
        return ended.result() if ended is not None else 0

    def next_due(self) -> datetime | None:
        """When the next round may begin, as of the last turn; None while one is under way or nothing waits."""
        return self._next_due

    def close(self) -> None:
        self._pool.shutdown(wait=True)

    def _go_round(self) -> int:
        count = 0
        while self._do_one():
            count += 1
        return count
