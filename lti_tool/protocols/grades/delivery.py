"""The courier: claims what is due, sends it in threads, settles it. AGS 2.0, 3.4.

One thread (the caller's) talks to the database, in batches; the pool's threads talk to platforms. Each platform
has a lane. A healthy lane may use all threads but two, a lane in trouble one, so that a platform that does not
answer cannot keep the others waiting. What crashes leaves leases that run out; others then send the same again.
"""

import queue
import secrets
import threading
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.db import writing
from lti_tool.protocols.grades import claims, rules
from lti_tool.protocols.grades.claims import Parcel
from lti_tool.protocols.grades.rules import Fate, Outcome
from lti_tool.protocols.grades.sending import UNSENT, send
from lti_tool.protocols.grades.settling import Result, settle
from lti_tool.protocols.platforms.connector import Connector

BATCH = 100
SPARE_THREADS = 2
GATHER_S = 0.05
"""Answers are gathered for so long before they are settled together."""
STRANGE_REST = timedelta(minutes=1)
TURN_S = 1.0
"""After so long a thread is dealt out anew."""
log = structlog.get_logger("grades")


@dataclass(slots=True)
class Lane:
    """The way to one platform, in this process."""

    parcels: deque[Parcel] = field(default_factory=deque)
    in_hand: int = 0
    """Taken and not yet settled."""
    runners: int = 0
    in_trouble: bool = False
    held_until: datetime | None = None
    seconds_each: float = 0.1
    """How long a message took lately, smoothed."""

    def note(self, outcome: Outcome, seconds: float) -> None:
        self.seconds_each += (seconds - self.seconds_each) / 8
        self.in_trouble = outcome.is_trouble
        if outcome.holds_platform:
            self.held_until = clock.now() + rules.hold(outcome.after_s)

    @property
    def is_held(self) -> bool:
        return self.held_until is not None and clock.now() < self.held_until


class Courier:
    """One per worker process; only one thread may call it."""

    def __init__(
        self, engine: Engine, connector: Connector, *, owner: str, threads: int, lease: timedelta,
        give_up_after: timedelta, public_url: str,
    ) -> None:  # fmt: skip
        self._engine, self._connector, self._public_url = engine, connector, public_url
        self._owner, self._threads = owner, threads
        self._most_runners = max(1, threads - SPARE_THREADS)
        self._lease_time, self._give_up_after = lease, give_up_after
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="send")
        self._lanes: dict[int, Lane] = {}
        self._lock = threading.Lock()
        self._results: queue.SimpleQueue[Result] = queue.SimpleQueue()
        self._unsettled: list[Result] = []
        self._ready_at: datetime | None = None

    def turn(self, *, may_take: bool = True) -> int:
        """Take what is due, wait a moment for answers, settle them; returns how many messages were settled.

        With `may_take` false only what is in hand is finished.
        """
        if may_take:
            self._take_due()
        self._run_lanes()
        self._gather()
        return self._settle()

    @property
    def in_hand(self) -> int:
        """Messages taken and not yet settled."""
        return sum(lane.in_hand for lane in self._lanes.values())

    def next_due(self) -> datetime | None:
        """When the next message may be sent, as of the last turn; None when none is waiting."""
        return self._ready_at

    def give_back(self) -> None:
        """Let go of what is taken and not yet under way; others may take it at once."""
        for lane in self._lanes.values():
            while lane.parcels:
                try:
                    self._results.put(Result(lane.parcels.popleft(), UNSENT))
                except IndexError:
                    break

    def close(self) -> None:
        """End the threads; what they hold is finished first."""
        self._pool.shutdown(wait=True)

    def _take_due(self) -> None:
        with Session(self._engine) as session, session.begin():
            waiting = claims.waiting(session)
        now = clock.now()
        self._ready_at = min((one.ready_at for one in waiting), default=None)
        for one in waiting:
            lane = self._lanes.setdefault(one.registration_id, Lane())
            limit = self._limit(lane)
            if one.ready_at <= now and lane.in_hand <= limit // 2 and not lane.is_held:
                self._take_for(one.registration_id, lane, limit - lane.in_hand)

    def _take_for(self, registration_id: int, lane: Lane, limit: int) -> None:
        """What is strange about one platform's rows holds up no other platform."""
        try:
            self._take(registration_id, lane, limit)
        except SQLAlchemyError:
            raise
        except Exception as error:
            log.error("taking failed", registration=registration_id, exc_info=error)
            lane.held_until = clock.now() + STRANGE_REST

    def _limit(self, lane: Lane) -> int:
        """As many as can be sent well within their lease, at the speed of late; in trouble one at a time."""
        if lane.in_trouble:
            return 1
        time_s = max(0.0, self._lease_time.total_seconds() - self._connector.timeout_s) / 2
        return min(BATCH, self._most_runners + int(self._most_runners * time_s / max(lane.seconds_each, 0.001)))

    def _take(self, registration_id: int, lane: Lane, limit: int) -> None:
        now = clock.now()
        with Session(self._engine) as session, session.begin():
            parcels = claims.take(
                writing(session), registration_id, now, lease=f"{self._owner}:{secrets.token_hex(4)}",
                lease_until=now + self._lease_time, limit=limit,
            )  # fmt: skip
        lane.in_hand += len(parcels)
        lane.parcels.extend(parcels)

    def _run_lanes(self) -> None:
        for lane in self._lanes.values():
            with self._lock:
                more = min(self._width(lane) - lane.runners, len(lane.parcels))
                lane.runners += max(more, 0)
            for _ in range(more):
                self._pool.submit(self._run, lane)

    def _width(self, lane: Lane) -> int:
        """How many threads may send here now. Whoever has none comes before who wants more."""
        if not lane.in_trouble:
            elsewhere = sum(one.runners for one in self._lanes.values() if one is not lane)
            return max(1, self._most_runners - elsewhere)
        others_in_trouble = sum(one.runners for one in self._lanes.values() if one.in_trouble and one is not lane)
        return 1 if others_in_trouble < max(1, self._threads // 2) else 0

    def _run(self, lane: Lane) -> None:
        """Send what stands in the lane, until it is empty or others may want the thread. Runs in the pool."""
        until = time.monotonic() + TURN_S
        try:
            while lane.parcels and time.monotonic() < until:
                try:
                    parcel = lane.parcels.popleft()
                except IndexError:
                    return
                self._results.put(Result(parcel, self._sent(lane, parcel)))
        finally:
            with self._lock:
                lane.runners -= 1

    def _sent(self, lane: Lane, parcel: Parcel) -> Outcome:
        if lane.is_held:
            return UNSENT
        began = time.perf_counter()
        try:
            outcome = send(self._engine, self._connector, parcel, self._public_url)
        except Exception as error:  # a fault of ours must not end the lane; the row says what it was
            log.error("sending failed", delivery=parcel.delivery_id, exc_info=error)
            outcome = Outcome(Fate.RETRY, "tool-fault", type(error).__name__, is_trouble=True)
        if outcome.fate is not Fate.UNSENT:
            lane.note(outcome, time.perf_counter() - began)
        return outcome

    def _gather(self) -> None:
        """Collect answers; waits a moment for more while there is anything in hand."""
        give_up_at = clock.now() + timedelta(seconds=GATHER_S)
        while len(self._unsettled) < min(BATCH // 2, self.in_hand):
            left_s = (give_up_at - clock.now()).total_seconds()
            if left_s <= 0:
                return
            try:
                self._unsettled.append(self._results.get(timeout=left_s))
            except queue.Empty:
                return

    def _settle(self) -> int:
        """Settle what was gathered. Where the database fails, it stays gathered for the next turn."""
        results = self._unsettled
        if not results:
            return 0
        with Session(self._engine) as session, session.begin():
            left = settle(writing(session), results, clock.now(), self._give_up_after)
        self._unsettled = left
        if left:
            time.sleep(GATHER_S)
        settled = [one for one in results if one not in left]
        for one in settled:
            self._lanes[one.parcel.platform.id].in_hand -= 1
        return sum(one.outcome.fate is not Fate.UNSENT for one in settled)
