"""Enrolments that became others: what was said of their work follows, after their evidence was joined."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.learning.assessment import service
from lti_tool.learning.assessment.models import Judgement


def follow(session: Session, became: Mapping[int, int]) -> None:
    """Numbered anew by when they were made, above all numbers that were used; the newest of each work is told again."""
    for former, enrolment_id in became.items():
        query = select(Judgement).where(Judgement.enrolment_id.in_((former, enrolment_id)))
        by_activity: dict[str, list[Judgement]] = {}
        for one in session.scalars(query.order_by(Judgement.at, Judgement.revision)):
            by_activity.setdefault(one.activity_key, []).append(one)
        for judgements in by_activity.values():
            if any(one.enrolment_id == former for one in judgements):
                _join(session, judgements, enrolment_id)
    session.flush()


def _join(session: Session, judgements: list[Judgement], enrolment_id: int) -> None:
    base = max(one.revision for one in judgements)
    for number, one in enumerate(judgements, start=base + 1):
        one.enrolment_id, one.revision = enrolment_id, number
    session.flush()
    for newest in {one.submission: one for one in judgements}.values():
        service.tell(session, newest)
