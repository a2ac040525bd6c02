"""Ask each deployment's platform once to send us its notices, and keep asking for a while where it fails (PNS 1.0).

A launch that offers the service notes the wish; a thread of the worker sends it, with no transaction open.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.db import insert_missing, writing
from lti_tool.base.errors import ToolError, Upstream
from lti_tool.base.rounds import Rounds
from lti_tool.protocols.platforms import service as platforms
from lti_tool.protocols.platforms.connector import Call, Connector, json_body
from lti_tool.protocols.platforms.models import Deployment, NoticeHandler
from lti_tool.protocols.platforms.notices import COPY_NOTICE, NOTICE_SCOPE
from lti_tool.protocols.platforms.service import Platform, Status

LEASE, MOST_ATTEMPTS = timedelta(minutes=5), 8
JSON = "application/json"
log = structlog.get_logger("notices")


@dataclass(frozen=True, slots=True)
class Wish:
    deployment_id: int
    platform: Platform
    url: str
    attempts: int


def want(session: Session, platform: Platform, deployment: str, url: str) -> None:
    """Note that this deployment offers notices at this address; the same again changes nothing."""
    mine = Deployment.registration_id == platform.id, Deployment.deployment_id == deployment
    found = session.scalar(select(Deployment.id).where(*mine))
    if found is None:
        return
    now = clock.now()
    insert_missing(
        session, NoticeHandler, deployment_id=found, service_url=url, client_id=platform.client_id, due_at=now,
        attempts=0,
    )  # fmt: skip
    moved = update(NoticeHandler).where(NoticeHandler.deployment_id == found, NoticeHandler.service_url != url)
    session.execute(moved.values(service_url=url, client_id=platform.client_id, due_at=now, attempts=0, kept_at=None))


class NoticeAsker(Rounds):
    def __init__(self, engine: Engine, connector: Connector, address: str, ring: Callable[[], object]) -> None:
        self._engine, self._connector, self._address = engine, connector, address
        super().__init__(engine, "notices", next_due, self._ask_one, ring)

    def _ask_one(self) -> bool:
        wish = _take(self._engine)
        if wish is None:
            return False
        reason, may_retry = None, False
        try:
            _ask(self._connector, wish, self._address)
        except ToolError as error:
            reason, may_retry = error.code, not isinstance(error, Upstream) or error.retry
            log.warning("notices not offered", registration=wish.platform.id, code=error.code, **error.facts)
        _settle(self._engine, wish, reason, may_retry)
        return True


def next_due(session: Session) -> datetime | None:
    return session.scalar(select(func.min(NoticeHandler.due_at)))


def _take(engine: Engine) -> Wish | None:
    """The wish that waits longest, leased; None where nothing is due."""
    now = clock.now()
    with Session(engine) as session, session.begin():
        query = (
            select(NoticeHandler, Deployment.registration_id)
            .join(Deployment, Deployment.id == NoticeHandler.deployment_id)
            .where(NoticeHandler.due_at <= now)
            .order_by(NoticeHandler.due_at)
            .limit(1)
            .with_for_update(of=NoticeHandler, skip_locked=True)
        )
        row = writing(session).execute(query).one_or_none()
        if row is None:
            return None
        handler, platform = row[0], platforms.by_id(session, row[1])
        handler.due_at = now + LEASE if platform.status == Status.ACTIVE else None
        if platform.status != Status.ACTIVE:
            return None
        as_client = platforms.as_client(platform, handler.client_id)
        return Wish(handler.deployment_id, as_client, handler.service_url, handler.attempts)


def _ask(connector: Connector, wish: Wish, address: str) -> None:
    """PUT our handler (PNS 3). Raises Upstream("notices-refused")."""
    body = json_body({"notice_type": COPY_NOTICE, "handler": address})
    call = Call(
        scopes=(NOTICE_SCOPE,), method="PUT", url=wish.url, accept=JSON, content_type=JSON, body=body,
        needs_answer=False,
    )  # fmt: skip
    answer = connector.request(wish.platform, call)
    if answer.status not in (200, 201, 204):
        retry = answer.status in (401, 408, 425, 429) or answer.status >= 500
        raise Upstream("notices-refused", retry=retry, after_s=answer.retry_after_s, status=answer.status)


def _settle(engine: Engine, wish: Wish, reason: str | None, may_retry: bool) -> None:
    """After MOST_ATTEMPTS, some two days, it is given up: the histories of copies tell as much, only later."""
    now, attempts = clock.now(), wish.attempts + 1
    again = now + timedelta(minutes=5 * 3 ** (attempts - 1)) if may_retry and attempts < MOST_ATTEMPTS else None
    kept = {"kept_at": now} if reason is None else {}
    mine = update(NoticeHandler).where(NoticeHandler.deployment_id == wish.deployment_id)
    with Session(engine) as session, session.begin():
        still = NoticeHandler.service_url == wish.url
        writing(session).execute(mine.where(still).values(due_at=again, attempts=attempts, reason=reason, **kept))
