"""How these people answered the questions of a run, the first and the last time that they handed in."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.learning.catalogue import service as catalogue
from lti_tool.learning.catalogue.rules import Step, Syllabus
from lti_tool.learning.kinds.quiz import Answers, Quiz
from lti_tool.learning.kinds.tally import Tally, tally
from lti_tool.learning.progress.models import Attempt, Enrolment
from lti_tool.learning.reports.progress import AT_ONCE, Whose, in_run


@dataclass(frozen=True, slots=True)
class StepDifficulty:
    """One quiz of one version of the module."""

    step: Step
    version_number: int
    people: int
    """Who handed it in at least once."""
    questions: tuple[Tally, ...]


Tries = dict[tuple[int, str], list[tuple[Answers, Answers]]]
"""(version, activity key) -> each person's first and last answers."""


def difficulty(session: Session, cohort_id: int, whose: Whose) -> list[StepDifficulty]:
    """The quizzes that anybody handed in, the newest version first, in the order of the module.

    What a version asked is counted for that version alone: its questions may be others.
    """
    tries: Tries = defaultdict(list)
    for version_id, key, first, last in _handed_in(session, cohort_id, whose):
        tries[version_id, key].append((first, last))
    syllabi = [catalogue.syllabus(session, version_id) for version_id in {version_id for version_id, _ in tries}]
    return [
        StepDifficulty(step, syllabus.number, len(given), tally(step.settings, given))
        for syllabus in sorted(syllabi, key=lambda one: -one.number)
        for step in _quizzes(syllabus)
        if (given := tries.get((syllabus.version_id, step.key)))
    ]


def _quizzes(syllabus: Syllabus) -> list[Step]:
    return [step for step in syllabus.steps if isinstance(step.settings, Quiz)]


def _handed_in(
    session: Session, cohort_id: int, whose: Whose
) -> Iterator[tuple[int, str, Answers, Answers]]:
    """(version, activity, first answers, last answers); the two are one and the same after a single attempt."""
    query = (
        select(Attempt.enrolment_id, Enrolment.version_id, Attempt.activity_key, Attempt.work)
        .join(Enrolment, Enrolment.id == Attempt.enrolment_id)
        .where(
            in_run(cohort_id), Enrolment.person_id.in_(whose), Attempt.handed_in_at.is_not(None)
        )
        .order_by(Attempt.enrolment_id, Attempt.activity_key, Attempt.number)
        .execution_options(yield_per=AT_ONCE)
    )  # fmt: skip
    rows = session.execute(query)
    for _, tries in groupby(rows, key=lambda row: (row.enrolment_id, row.activity_key)):
        theirs = list(tries)
        first, last = theirs[0], theirs[-1]
        yield first.version_id, first.activity_key, _answers(first), _answers(last)


def _answers(row: Any) -> Answers:
    answers: Answers = row.work.get("answers", {})
    return answers
