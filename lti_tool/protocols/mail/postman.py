"""The postman: takes the letters that are due, one at a time, and sends them.

A worker that dies with a letter in hand leaves a lease that runs out; the letter is then sent again, with the same
Message-ID.
"""

from collections.abc import Callable

import structlog
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from config.default import Settings
from lti_tool.base.db import writing
from lti_tool.base.errors import Invalid, Upstream
from lti_tool.base.rounds import Rounds
from lti_tool.base.vault import Vault
from lti_tool.protocols.mail import service, smtp
from lti_tool.protocols.mail.service import Taken

log = structlog.get_logger("mail")


class Postman(Rounds):
    def __init__(self, engine: Engine, settings: Settings, ring: Callable[[], object]) -> None:
        self._engine, self._settings, self._vault = engine, settings, Vault(settings.secret_keys)
        super().__init__(engine, "mail", service.next_due, self._deliver_one, ring)

    def _deliver_one(self) -> bool:
        taken = self._take()
        if taken is None:
            return False
        is_over = self._try(taken)
        with Session(self._engine) as session, session.begin():
            (service.done if is_over else service.put_off)(writing(session), taken)
        return True

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
