"""What reading and keeping a roster takes: for the bench. The platform's pages come from memory, the rest is real."""

import json
import time
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import Engine, update
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.db import writing
from lti_tool.base.wire import Answer
from lti_tool.protocols.platforms.connector import Call, Connector
from lti_tool.protocols.platforms.service import Platform
from lti_tool.protocols.resource_links.models import Roster
from lti_tool.protocols.roster import reading, service, taking
from tools.statements import counting

PAGE = 50


class _School(Connector):
    """Tells a class of this size, fifty at a time."""

    def __init__(self, size: int) -> None:
        self._size = size

    def request(self, platform: Platform, call: Call, *, start_by: datetime | None = None) -> Answer:
        first = int(parse_qs(urlsplit(call.url).query).get("from", ["0"])[0])
        last = min(first + PAGE, self._size)
        body = {"members": [_member(number) for number in range(first, last)]}
        following = {"link": f'<https://school.test/members?from={last}>; rel="next"'} if last < self._size else {}
        return Answer(200, following, json.dumps(body).encode())


def _member(number: int) -> dict[str, object]:
    name = {"given_name": f"Noor {number}", "family_name": f"van der Meer {number}"}
    return {"user_id": f"n{number}", "roles": ["Learner"], "status": "Active", **name}


def readings(engine: Engine, link_id: int, size: int) -> Iterator[tuple[str, float, float, int]]:
    """(name, CPU ms, wall ms, statements) of a first reading and of one that finds nobody changed."""
    for name in ("roster, everybody new", "roster, nobody changed"):
        with Session(engine) as session, session.begin():
            service.ask(writing(session), link_id)
            session.execute(update(Roster).values(due_at=clock.now()))  # also where it has just been read
            taken = taking.take(session, "bench", clock.now())
        if taken is None:
            raise RuntimeError("the roster is not due")
        with counting(engine) as statements:
            begun = time.process_time(), time.perf_counter()
            reading.read_one(engine, _School(size), taken)
            cpu, wall = time.process_time() - begun[0], time.perf_counter() - begun[1]
        yield name, cpu * 1000, wall * 1000, len(statements)
