"""What many learners did together: only of those who are named, right in number, and in few statements."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.learning import reports
from lti_tool.learning.catalogue.rules import Step
from lti_tool.learning.kinds import Proof, State, quiz
from lti_tool.learning.kinds.quiz import Quiz
from lti_tool.learning.kinds.tally import RIGHT, tally
from lti_tool.learning.people import service as people
from lti_tool.learning.people.models import Person
from lti_tool.learning.people.service import Profile
from lti_tool.learning.progress import attempts
from lti_tool.learning.progress import service as progress
from lti_tool.learning.progress.models import Enrolment
from tests.learning import drafts
from tests.learning.drafts import HALF, Place

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NOON = datetime(2026, 3, 18, 12, tzinfo=UTC)


@contextmanager
def counting(session: Session) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(session.get_bind(), "before_cursor_execute", note)
    yield seen
    event.remove(session.get_bind(), "before_cursor_execute", note)


def cohort_of(session: Session, place: Place) -> int:
    return session.get_one(Enrolment, place.enrolment_id).cohort_id


def person_of(session: Session, place: Place) -> int:
    return session.get_one(Enrolment, place.enrolment_id).person_id


def read(session: Session, place: Place, at: datetime = NOON) -> None:
    progress.record(session, place.enrolment_id, place.page, Proof("read", at, {}), key="read")


def hand_in(session: Session, place: Place, answers: Any) -> None:
    number = attempts.begin(session, place.enrolment_id, place.quiz, limit=0).number
    attempts.hand_in(session, place.enrolment_id, place.quiz, number, {"answers": answers})
    facts = {"attempt": number, "answers": answers}
    progress.record(
        session, place.enrolment_id, place.quiz, Proof(quiz.HANDED_IN, clock.now(), facts), key=f"attempt-{number}"
    )


def test_progress_is_that_of_the_people_named(session: Session, place: Place) -> None:
    read(session, place)
    other = people.recognise(session, "lti:1", "noor", Profile(name="Noor"))
    progress.enrol(session, cohort_of(session, place), other.id, place.module_id)
    mine = person_of(session, place)
    found = reports.cohort_progress(session, cohort_of(session, place), [mine, 987_654])
    assert set(found) == {mine}
    assert found[mine].steps == {"lezen": State.DONE, "toets": State.NOT_STARTED}
    assert (found[mine].state, found[mine].progress, found[mine].score) == (State.IN_PROGRESS, 0.5, None)
    assert found[mine].last_at == NOON


def test_saving_answers_counts_as_doing_something_and_what_teachers_do_does_not(session: Session, place: Place) -> None:
    read(session, place)
    cohort_id, mine = cohort_of(session, place), person_of(session, place)
    with time_machine.travel(NOON + timedelta(days=2), tick=False):
        attempts.begin(session, place.enrolment_id, place.quiz, limit=2)
    facts = {"by": mine, "reason": "ziek", "token": "t", "was": {}}
    decided = Proof("excused", NOON + timedelta(days=9), facts)
    progress.record(session, place.enrolment_id, place.quiz, decided, key="excused-t")
    session.flush()
    found = reports.cohort_progress(session, cohort_id, [mine])[mine]
    assert found.last_at == NOON + timedelta(days=2)
    assert found.steps["toets"] is State.EXCUSED


def test_of_one_activity_alone(session: Session, place: Place) -> None:
    """As if the module held nothing else: the quiz is judged though its page may be open still."""
    cohort_id, mine = cohort_of(session, place), person_of(session, place)
    read(session, place)
    only = reports.cohort_progress(session, cohort_id, [mine], only="toets")[mine]
    assert (only.state, only.score, dict(only.steps)) == (State.NOT_STARTED, None, {"toets": State.NOT_STARTED})
    hand_in(session, place, HALF)
    only = reports.cohort_progress(session, cohort_id, [mine], only="toets")[mine]
    assert (only.state, only.score, only.passed) == (State.DONE, 0.6, True)
    assert reports.cohort_progress(session, cohort_id, [mine], only="elders")[mine].steps.keys() == {"lezen", "toets"}


def test_where_people_stand_beside_rows_of_others(session: Session, place: Place) -> None:
    """In one statement: the state of the module or of one activity, and who did nothing for long."""
    cohort_id, mine = cohort_of(session, place), person_of(session, place)
    stranger = people.recognise(session, "lti:1", "noor", Profile(name="Noor")).id
    read(session, place)

    def beside(only: str | None, since: datetime) -> list[tuple[int, str | None, bool | None]]:
        rows = select(Person.id.label("person_id")).where(Person.id.in_([mine, stranger])).order_by(Person.id)
        found = session.execute(reports.with_standing(rows, Person.id, cohort_id, only, since))
        return [(row.person_id, row.state, row.is_stuck) for row in found]

    later = NOON + timedelta(seconds=1)
    assert sorted(beside(None, NOON)) == [(mine, "in-progress", False), (stranger, None, False)]
    assert (mine, "in-progress", True) in beside(None, later)
    assert (mine, "done", False) in beside("lezen", later)
    assert (mine, "not-started", True) in beside("toets", later)
    assert (mine, "in-progress", True) in beside("elders", later)


def test_the_share_of_points_of_what_is_over(session: Session, place: Place) -> None:
    cohort_id, mine = cohort_of(session, place), person_of(session, place)
    read(session, place)
    whole = reports.cohort_progress(session, cohort_id, [mine])
    assert reports.fractions(session, cohort_id, whole, {"toets"}) == {}
    hand_in(session, place, HALF)
    assert reports.fractions(session, cohort_id, whole, {"toets"}) == {mine: {"toets": 0.6}}
    counts = reports.state_counts(session, cohort_id, [mine], {"lezen", "toets"})
    assert counts == {"lezen": {State.DONE: 1}, "toets": {State.DONE: 1}}


def test_any_number_of_people_takes_as_many_statements(session: Session, place: Place) -> None:
    cohort_id, mine, steps = cohort_of(session, place), person_of(session, place), place.syllabus.steps
    seen = []
    for ids in ([mine], [mine, *range(50_000, 59_000)]):
        with counting(session) as statements:
            reports.cohort_progress(session, cohort_id, ids)
            reports.movement(session, cohort_id, ids, steps, until=NOON, zone=AMSTERDAM)
            reports.difficulty(session, cohort_id, ids)
        seen.append(len(statements))
    assert seen == [3, 3]


def test_a_completion_counts_in_the_week_of_its_first_proof_in_the_zone(session: Session, place: Place) -> None:
    """Sunday 23.30 UTC is Monday in the Netherlands."""
    read(session, place, datetime(2026, 3, 8, 23, 30, tzinfo=UTC))
    weeks = reports.movement(
        session, cohort_of(session, place), [person_of(session, place)], place.syllabus.steps, until=NOON,
        zone=AMSTERDAM,
    )  # fmt: skip
    assert [(week.monday, week.done) for week in weeks] == [
        (date(2026, 3, 9), {"lezen": 1, "toets": 0}),
        (date(2026, 3, 16), {"lezen": 1, "toets": 0}),
    ]


def test_what_others_of_the_run_did_moves_nothing(session: Session, place: Place) -> None:
    read(session, place)
    cohort_id, steps = cohort_of(session, place), place.syllabus.steps
    assert reports.movement(session, cohort_id, [987_654], steps, until=NOON, zone=AMSTERDAM) == []
    hand_in(session, place, HALF)
    assert reports.difficulty(session, cohort_id, [987_654]) == []


def test_a_year_ago_stands_in_the_first_week_that_is_shown(session: Session, place: Place) -> None:
    read(session, place, NOON - timedelta(days=365))
    weeks = reports.movement(
        session, cohort_of(session, place), [person_of(session, place)], place.syllabus.steps, until=NOON,
        zone=AMSTERDAM,
    )  # fmt: skip
    assert len(weeks) == 26
    assert weeks[0].done == weeks[-1].done == {"lezen": 1, "toets": 0}


def test_difficulty_tells_the_first_and_the_last_attempt(session: Session, place: Place) -> None:
    read(session, place)
    for answers in (drafts.WRONG, drafts.HALF, drafts.RIGHT):
        hand_in(session, place, answers)
    attempts.begin(session, place.enrolment_id, place.quiz, limit=0)
    (found,) = reports.difficulty(session, cohort_of(session, place), [person_of(session, place)])
    assert (found.step.key, found.version_number, found.people) == ("toets", 1, 1)
    one, number = found.questions
    assert [(c.answer, c.is_right, c.first, c.last) for c in one.choices] == [("a", True, 0, 1), ("b", False, 1, 0)]
    assert (one.right_first, one.right_last) == (0, 1)
    assert [(c.answer, c.first, c.last) for c in number.choices] == [(RIGHT, 0, 1), ("9", 1, 0)]


@pytest.fixture
def settings_of_quiz(place: Place) -> Quiz:
    step: Step = place.quiz
    return step.settings  # type: ignore[no-any-return]


def test_every_spelling_of_the_right_number_is_one_answer(settings_of_quiz: Quiz) -> None:
    tries: list[Any] = [({"q2": "4,4"}, {"q2": "4.40"}), ({"q2": "4.35"}, {"q2": "4,4"}), ({"q2": "12"}, {})]
    number = tally(settings_of_quiz, tries)[1]
    told = [(c.answer, c.is_right, c.first, c.last) for c in number.choices]
    assert told == [(RIGHT, True, 2, 2), ("12", False, 1, 0)]
    assert (number.open_first, number.open_last) == (0, 1)


def test_rare_numbers_are_added_up(settings_of_quiz: Quiz) -> None:
    tries: list[Any] = [({"q2": str(100 + n)}, {"q2": str(100 + n)}) for n in range(20)]
    number = tally(settings_of_quiz, tries)[1]
    assert sum(c.first for c in number.choices) + number.other_first == 20
    assert len(number.choices) <= 7
