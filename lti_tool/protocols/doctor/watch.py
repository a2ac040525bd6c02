"""Notes launches while somebody watches a platform, and test launches always. Handed to `lti.views` by app.py."""

from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.db import insert_missing
from lti_tool.protocols.doctor.facts import facts_of, services_of
from lti_tool.protocols.doctor.models import TestLaunch
from lti_tool.protocols.doctor.patient import KEEP_SUBJECT, Came, came
from lti_tool.protocols.lti.claims import CLAIM
from lti_tool.protocols.lti.watching import Seen
from lti_tool.protocols.platforms.models import Registration

WATCH = timedelta(minutes=15)
MOST_KEPT = 30
"""Notes per platform; the oldest goes first, so that no flood of launches fills the table."""
KEEP = timedelta(days=90)


def begin(session: Session, registration_id: int) -> None:
    """Watch the launches of this platform for a quarter of an hour from now."""
    until = clock.now() + WATCH
    session.execute(update(Registration).where(Registration.id == registration_id).values(watched_until=until))


def note(session: Session, seen: Seen) -> None:
    """Keep what a launch brought along, without any value of a person but the subject."""
    body: dict[str, Any] = dict(seen.body or {})
    facts: dict[str, Any] = {
        "keeps_cookie": seen.keeps_cookie, "storage_worked": seen.storage_worked,
        "storage_offered": seen.attempt.storage_frame is not None, "took_s": round(seen.took_s, 1),
        **(facts_of(body) if seen.body is not None else {}), **_off(body),
    }  # fmt: skip
    if seen.error is not None:
        facts["refusal"] = dict(seen.error.facts)
    registration_id = seen.attempt.platform.id
    insert_missing(
        session, TestLaunch, public_id=seen.attempt.public_id, registration_id=registration_id, at=clock.now(),
        reference=seen.reference, code=seen.error.code if seen.error else None,
        deployment_id=_text(body.get(CLAIM + "deployment_id")), facts=facts, services=services_of(body),
        subject=_text(body.get("sub")) if seen.error is None else None,
    )  # fmt: skip
    _keep_few(session, registration_id)


def _off(body: dict[str, Any]) -> dict[str, float]:
    """Seconds by which the platform's clock was ahead when it signed."""
    issued = body.get("iat")
    if isinstance(issued, bool) or not isinstance(issued, int | float) or not abs(issued) < 1e12:
        return {}
    return {"iat_off_s": round(issued - clock.now().timestamp(), 1)}


def _text(value: object) -> str | None:
    """As claims are stored: cut, without what databases refuse."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value).replace("\x00", "").encode("utf-8", "replace").decode()[:255] or None


def _keep_few(session: Session, registration_id: int) -> None:
    mine = select(TestLaunch.id).where(TestLaunch.registration_id == registration_id)
    old = session.scalars(mine.order_by(TestLaunch.id.desc()).offset(MOST_KEPT)).all()
    if old:
        session.execute(delete(TestLaunch).where(TestLaunch.id.in_(old)))


def found(session: Session, public_id: str) -> tuple[int, Came] | None:
    """A watched launch of the last day, and its registration."""
    row = session.scalars(select(TestLaunch).where(TestLaunch.public_id == public_id)).one_or_none()
    if row is None or clock.now() - row.at > KEEP_SUBJECT:
        return None
    return row.registration_id, came(row)


def forget_old(session: Session) -> None:
    """Forget who made test launches after a day, and the launches after three months."""
    now = clock.now()
    session.execute(delete(TestLaunch).where(TestLaunch.at < now - KEEP))
    session.execute(
        update(TestLaunch)
        .where(TestLaunch.at < now - KEEP_SUBJECT, TestLaunch.subject.is_not(None))
        .values(subject=None)
    )
