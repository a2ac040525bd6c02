"""The worker: reacts to the outbox, sends grades and mail, reads rosters, tidies up.

`REACTIONS` is the one table of reactions.

huey rings it (after a commit with news, and each minute); the database says what to do, and when next.
"""

import os
import secrets
import signal
import socket
import threading
import time
from datetime import timedelta
from functools import partial

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from config.default import Settings
from lti_tool.base import clock, heartbeat, outbox
from lti_tool.base.db import make_engine, writing
from lti_tool.base.outbox import Reaction
from lti_tool.base.queue import Queue
from lti_tool.base.rounds import Rounds
from lti_tool.base.vault import Vault
from lti_tool.base.wire import Wire
from lti_tool.learning.progress import previews
from lti_tool.learning.progress import service as progress
from lti_tool.learning.sessions import seats
from lti_tool.protocols.doctor import service as doctor
from lti_tool.protocols.grades import planning
from lti_tool.protocols.grades.delivery import Courier
from lti_tool.protocols.grades.keeper import ColumnKeeper
from lti_tool.protocols.lti import login, notices
from lti_tool.protocols.lti import service as launches
from lti_tool.protocols.mail.postman import Postman
from lti_tool.protocols.platforms import keylife, runs, toolkeys
from lti_tool.protocols.platforms.connector import Connector
from lti_tool.protocols.platforms.notice_handlers import NoticeAsker
from lti_tool.protocols.resource_links import service as resource_links
from lti_tool.protocols.roster.reader import Reader
from lti_tool.protocols.sso import attempts, links, wishes
from lti_tool.web import staff, visits

REACTIONS: dict[str, Reaction] = {
    progress.CHANGED: planning.plan,
    resource_links.ROAD_CHANGED: planning.plan_link,
}
KEEP_NOTICES = timedelta(days=2)
KEEP_VISITS, KEEP_RUNS = timedelta(days=90), timedelta(days=365)
KEEP_SESSIONS, KEEP_WAYS_IN = timedelta(days=30), timedelta(hours=1)
KEEP_PREVIEWS = timedelta(days=1)
MESSAGES_AT_ONCE = 100
SHORTEST_REST_S, TROUBLE_REST_S, LONGEST_REST_S, GLANCE_S = 0.05, 1.0, 60.0, 0.5
BEAT_EVERY, TIDY_EVERY = timedelta(seconds=10), timedelta(hours=1)
log = structlog.get_logger("worker")


class Worker:
    """One worker process. `run_until_idle` does what is due now; `run` serves until SIGTERM or SIGINT."""

    def __init__(self, settings: Settings, engine: Engine | None = None) -> None:
        settings.check()
        self._settings = settings
        self.engine = engine or make_engine(settings.database)
        self.name = f"{socket.gethostname()[:24]}:{os.getpid()}:{secrets.token_hex(3)}"
        self._wire = Wire(
            allowed_private_hosts=settings.allowed_private_hosts,
            timeout_s=settings.http_timeout_s,
            max_bytes=settings.http_max_kb * 1024,
        )
        self._vault = Vault(settings.secret_keys)
        connector = Connector(self.engine, self._wire, self._vault)
        self._courier = Courier(
            self.engine, connector, owner=self.name,
            threads=settings.worker_threads, lease=timedelta(seconds=settings.lease_s),
            give_up_after=timedelta(hours=settings.give_up_hours), public_url=settings.public_url,
        )  # fmt: skip
        self._bell = threading.Event()
        self._reader = Reader(self.engine, connector, self.name, self._bell.set)
        self._side_work = (
            Postman(self.engine, settings, self._bell.set), self._reader,
            NoticeAsker(self.engine, connector, settings.public_url + "/lti/notices", self._bell.set),
            ColumnKeeper(self.engine, connector, settings.public_url, self._bell.set),
            Rounds(self.engine, "seats", seats.next_look, self._look_at_seats, self._bell.set),
        )  # fmt: skip
        self._reactions = REACTIONS | {
            wishes.WANTED: partial(wishes.answer, vault=self._vault, public_url=settings.public_url)
        }
        self._is_told_to_stop = False
        self._tidied_at = self._beat_at = clock.now() - timedelta(days=1)

    def run_until_idle(self) -> int:
        """React, send and read rosters until nothing is due; returns how many grades went out."""
        sent = 0
        while True:
            reacted, settled = self._react(), self._courier.turn()
            sent += settled
            beside = sum(work.turn() + work.finish() for work in self._side_work)
            if not (reacted or settled or beside or self._courier.in_hand):
                return sent

    def run(self) -> None:
        """Serve until told to stop; what is in hand is finished first."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        queue = Queue(self._settings.queue, self._settings.secret_keys[0], self._bell.set)
        stop_listening = None
        log.info("worker started", worker=self.name)
        while not self._is_told_to_stop:
            stop_listening = stop_listening or queue.listen()
            self._bell.clear()
            if not self._work():
                self._rest()
        self._courier.give_back()
        self._reader.stop()
        if stop_listening is not None:
            stop_listening()  # takes a second or two
        if self._bell.is_set():
            queue.ring()  # heard, and left to the other workers
        self._finish()
        log.info("worker stopped", worker=self.name)

    def _finish(self) -> None:
        """Let what is under way come in, and settle all. What cannot be settled is sent again after its lease."""
        try:
            while self._courier.in_hand:
                self._courier.turn(may_take=False)
        except SQLAlchemyError as error:
            log.error("database trouble", error=type(error).__name__)
        self.close()

    def close(self) -> None:
        """End threads and connections; what is under way is finished first."""
        self._courier.close()
        for work in self._side_work:
            work.close()
        self._wire.close()

    def _stop(self, *_: object) -> None:
        """Only a note: a signal may come while the bell is in use."""
        self._is_told_to_stop = True

    def _work(self) -> bool:
        """One round; True if there may be more to do at once. What fails is tried again in a moment."""
        try:
            self._beat()
            self.tidy()
            for work in self._side_work:
                work.turn()
            return bool(self._react() + self._courier.turn() + self._courier.in_hand)
        except SQLAlchemyError as error:
            log.error("database trouble", error=type(error).__name__)
        except Exception as error:  # one strange row must not end the worker for all
            log.error("worker trouble", exc_info=error)
        time.sleep(TROUBLE_REST_S)
        return True

    def _look_at_seats(self) -> bool:
        with Session(self.engine) as session, session.begin():
            return seats.look(writing(session))

    def _react(self) -> int:
        return outbox.react(self.engine, self._reactions, limit=MESSAGES_AT_ONCE)

    def _rest(self) -> None:
        """Until the bell, the next due message, the minute's sweep or a signal, whichever is first."""
        parts = self._courier, *self._side_work
        dues = [due for part in parts if (due := part.next_due()) is not None]
        rest_s = (min(dues) - clock.now()).total_seconds() if dues else LONGEST_REST_S
        until = time.monotonic() + min(max(rest_s, SHORTEST_REST_S), self._settings.heartbeat_s / 3, LONGEST_REST_S)
        while not self._is_told_to_stop and (left_s := until - time.monotonic()) > 0:
            if self._bell.wait(min(left_s, GLANCE_S)):
                return

    def _beat(self) -> None:
        if clock.now() - self._beat_at < BEAT_EVERY:
            return
        with Session(self.engine) as session, session.begin():
            heartbeat.beat(writing(session), self.name)
        self._beat_at = clock.now()

    def tidy(self) -> None:
        """Forget what was begun and not finished, and sessions, visits and refusals of long ago; look after keys."""
        if clock.now() - self._tidied_at < TIDY_EVERY:
            return
        with Session(self.engine) as session, session.begin():
            login.forget_expired(writing(session))
            visits.forget_old(session, before=clock.now() - KEEP_VISITS)
            _forget_previews(session)
            notices.forget_spent(session, before=clock.now() - KEEP_NOTICES)
            launches.forget_refused(session, before=clock.now() - KEEP_VISITS)
            runs.forget(session, before=clock.now() - KEEP_RUNS)
            doctor.forget_old(session)
            heartbeat.forget_old(session, before=clock.now() - timedelta(days=1))
            staff.forget_old(session, before=clock.now() - KEEP_SESSIONS)
            for ways_in in (links, wishes, attempts):
                ways_in.forget_old(session, before=clock.now() - KEEP_WAYS_IN)
        self._keep_keys()
        self._tidied_at = clock.now()

    def _keep_keys(self) -> None:
        """Pairs are made with no transaction open: that takes some tenths of a second of CPU."""
        every = self._settings.key_rotation
        with Session(self.engine) as session, session.begin():
            lacking = keylife.lacks(session, every)
        spare = iter([toolkeys.new_pair() for _ in range(lacking)])
        with Session(self.engine) as session, session.begin():
            keylife.upkeep(writing(session), self._vault, every, spare)
            if not toolkeys.can_sign(session, self._vault):
                log.error("LTI_TOOL_SECRET_KEYS does not open the active key: no grade can be sent")


def _forget_previews(session: Session) -> None:
    """Remove the looks that teachers took and did not end."""
    runs_of_previews = previews.older_than(session, clock.now() - KEEP_PREVIEWS)
    visits.forget_previews(session, runs_of_previews)
    previews.remove(session, runs_of_previews)
