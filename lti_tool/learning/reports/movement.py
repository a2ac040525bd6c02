"""How these people came along, week by week: how many had completed each activity by the end of it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from lti_tool.learning.catalogue.rules import Step
from lti_tool.learning.kinds import kind_named
from lti_tool.learning.progress.models import Enrolment, Evidence
from lti_tool.learning.reports.progress import Whose, in_run

MOST_WEEKS = 26
"""What was done before stands in the first of them."""


@dataclass(frozen=True, slots=True)
class Week:
    """`done`: activity key -> how many had completed it by the end of the week that begins on this Monday."""

    monday: date
    done: Mapping[str, int]


def movement(
    session: Session, cohort_id: int, whose: Whose, steps: Sequence[Step], *, until: datetime,
    zone: tzinfo,
) -> list[Week]:  # fmt: skip
    """The weeks from the first completion until now, none left out; weeks are those of the zone.

    A completion counts once, in the week of the first proof of it. What a teacher decided is no such proof.
    """
    if not steps:
        return []
    first_times = (
        (key, _monday(at.astimezone(zone).date()))
        for key, at in _first_times(session, cohort_id, whose, steps)
    )
    return weeks(Counter(first_times), [step.key for step in steps], _monday(until.astimezone(zone).date()))


def _first_times(
    session: Session, cohort_id: int, whose: Whose, steps: Sequence[Step]
) -> Iterator[tuple[str, datetime]]:
    completes = or_(
        *(and_(Evidence.activity_key == s.key, Evidence.what.in_(kind_named(s.kind).COMPLETES)) for s in steps)
    )
    query = (
        select(Evidence.activity_key, func.min(Evidence.at))
        .join(Enrolment, Enrolment.id == Evidence.enrolment_id)
        .where(in_run(cohort_id), Enrolment.person_id.in_(whose), completes)
        .group_by(Evidence.enrolment_id, Evidence.activity_key)
    )
    for row in session.execute(query):
        yield row[0], row[1]


def weeks(counted: Mapping[tuple[str, date], int], keys: Sequence[str], last: date) -> list[Week]:
    """Running totals of what was counted per (activity, Monday), up to this last Monday."""
    if not counted:
        return []
    first = min(monday for _, monday in counted)
    first = max(min(first, last), last - timedelta(weeks=MOST_WEEKS - 1))
    mondays = [first + timedelta(weeks=number) for number in range((last - first).days // 7 + 1)]
    return [
        Week(monday, {key: sum(n for (k, when), n in counted.items() if k == key and when <= monday) for key in keys})
        for monday in mondays
    ]


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
