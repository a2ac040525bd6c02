"""The postman: takes the letters that are due, one at a time, and sends them in a thread of its own.

So a mail server that is slow holds up no grades. No transaction is open while a letter is sent. A worker that dies
with a letter in hand leaves a lease that runs out; the letter is then sent again, with the same Message-ID.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime

import structlog
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from config.default import Settings
from lti_tool.base import clock
from lti_tool.base.db import writing
from lti_tool.base.errors import Invalid, Upstream
from lti_tool.base.vault import Vault
from lti_tool.protocols.mail import service, smtp
from lti_tool.protocols.mail.service import Taken

log = structlog.get_logger("mail")


class Postman:
    """One per worker process; only one thread may call it."""

    def __init__(self, engine: Engine, settings: Settings, ring: Callable[[], object]) -> None:
        """`ring` is called, by another thread, when a round is over."""
        self._engine, self._settings, self._vault = engine, settings, Vault(settings.secret_keys)
        self._ring = ring
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="mail")
        self._round: Future[int] | None = None
        self._next_due: datetime | None = None

    def turn(self) -> int:
        """Begin a round where none is under way; returns how many letters the last one dealt with."""
        if self._round is not None and not self._round.done():
            return 0
        dealt_with = self.finish()
        with Session(self._engine) as session, session.begin():
            self._next_due = service.next_due(session)
        if self._next_due is not None and self._next_due <= clock.now():
            self._round = self._pool.submit(self._deliver)
            self._round.add_done_callback(lambda _: self._ring())
            self._next_due = None
        return dealt_with

    def finish(self) -> int:
        """Wait for the round under way; returns how many letters it dealt with."""
        dealt_with = self._round.result() if self._round is not None else 0
        self._round = None
        return dealt_with

    def next_due(self) -> datetime | None:
        """When the next round may begin, as of the last turn; None while one is under way or nothing waits."""
        return self._next_due

    def close(self) -> None:
        self._pool.shutdown(wait=True)

    def _deliver(self) -> int:
        count = 0
        while (taken := self._take()) is not None:
            is_over = self._try(taken)
            with Session(self._engine) as session, session.begin():
                (service.done if is_over else service.put_off)(writing(session), taken)
            count += 1
        return count

    def _take(self) -> Taken | None:
        with Session(self._engine) as session, session.begin():
            return service.take(writing(session))

    def _try(self, taken: Taken) -> bool:
        """True if the letter is sent, or can never be."""
        settings = self._settings
        try:
            text = service.read(self._vault, taken.sealed)
            mail = smtp.message(text, sender=settings.mail_from, public_id=taken.public_id)
            smtp.send(settings.smtp_url, mail, timeout_s=settings.http_timeout_s)
        except Upstream as problem:
            told = {"code": problem.code, "again": problem.retry, **problem.facts}
            log.warning("mail not sent", letter=taken.public_id, **told)
            return not problem.retry
        except (Invalid, ValueError) as problem:
            log.error("mail cannot be sent", letter=taken.public_id, error=type(problem).__name__)
            return True
        log.info("mail sent", letter=taken.public_id)
        return True
