"""The worker: reacts to the outbox, sends grades, tidies up. `REACTIONS` is the one table of reactions.

huey rings it (after a commit with news, at the next due time, and each minute); the database says what to do.
"""

import os
import secrets
import socket
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from config.default import Settings
from lti_tool.base import clock, heartbeat, outbox
from lti_tool.base.db import make_engine, writing
from lti_tool.base.outbox import Reaction
from lti_tool.base.queue import Queue
from lti_tool.base.vault import Vault
from lti_tool.base.wire import Wire
from lti_tool.learning.progress import service as progress
from lti_tool.protocols.grades import delivery, planning
from lti_tool.protocols.grades.delivery import Post
from lti_tool.protocols.lti import login
from lti_tool.protocols.platforms.connector import Connector
from lti_tool.web import visits

REACTIONS: dict[str, Reaction] = {
    progress.CHANGED: planning.plan,
}
KEEP_VISITS = timedelta(days=90)
log = structlog.get_logger("worker")


class Worker:
    """One worker process. `run_until_idle` does what is due now; `run` serves until SIGTERM or SIGINT."""

    def __init__(self, settings: Settings, engine: Engine | None = None) -> None:
        settings.check()
        self._settings = settings
        self.engine = engine or make_engine(settings.database)
        self.name = f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(3)}"
        wire = Wire(
            allowed_private_hosts=settings.allowed_private_hosts,
            timeout_s=settings.http_timeout_s,
            max_bytes=settings.http_max_kb * 1024,
        )
        self._post = Post(
            engine=self.engine,
            connector=Connector(self.engine, wire, Vault(settings.secret_keys)),
            pool=ThreadPoolExecutor(settings.worker_threads, thread_name_prefix="send"),
            owner=self.name,
            lease=timedelta(seconds=settings.lease_s),
            give_up_after=timedelta(hours=settings.give_up_hours),
        )
        self._tidied_at = self._beat_at = self._rings_at = clock.now() - timedelta(days=1)

    def run_until_idle(self) -> int:
        """React and send until nothing is due; returns how many messages went out."""
        sent = 0
        while True:
            reacted, delivered = outbox.react(self.engine, REACTIONS), delivery.deliver_due(self._post)
            sent += delivered
            if not reacted and not delivered:
                return sent

    def run(self) -> None:
        """Serve until told to stop; what is in hand is finished first."""
        queue = Queue(self._settings.queue, self._settings.secret_keys[0], self._work)
        self._queue = queue
        consumer = queue.huey.create_consumer(
            workers=1, periodic=True, initial_delay=0.05, max_delay=0.5, scheduler_interval=1, graceful_signal="TERM"
        )
        self._beat()
        queue.ring()
        log.info("worker started", worker=self.name)
        consumer.run()

    def _work(self) -> None:
        self._beat()
        self.run_until_idle()
        self._tidy()
        due = delivery.next_due(self.engine)
        if due is not None:
            seconds = (due - clock.now()).total_seconds()
            if seconds < 60:
                self._ring_by(clock.now() + timedelta(seconds=max(seconds, 0.2)))

    def _ring_by(self, at: datetime) -> None:
        """Have the bell rung at that time, unless it rings before; else each ring would breed another."""
        now = clock.now()
        if now < self._rings_at <= at:
            return
        self._rings_at = at
        self._queue.ring_after((at - now).total_seconds())

    def _beat(self) -> None:
        """At most every ten seconds, so that a busy worker spends nothing on it."""
        if clock.now() - self._beat_at < timedelta(seconds=10):
            return
        self._beat_at = clock.now()
        with Session(self.engine) as session, session.begin():
            heartbeat.beat(writing(session), self.name)

    def _tidy(self) -> None:
        """Once an hour: forget begun logins nobody finished, and visits of long ago."""
        if clock.now() - self._tidied_at < timedelta(hours=1):
            return
        self._tidied_at = clock.now()
        with Session(self.engine) as session, session.begin():
            login.forget_expired(writing(session))
            visits.forget_old(session, before=clock.now() - KEEP_VISITS)
            heartbeat.forget_old(session, before=clock.now() - timedelta(days=1))
