"""What teachers do to a result: once, told, audited, with the old value kept; and worked out again from evidence."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.db import writing
from lti_tool.base.errors import Conflict, Invalid
from lti_tool.base.outbox import Message
from lti_tool.learning import audit
from lti_tool.learning.catalogue.rules import Step
from lti_tool.learning.kinds import Proof, State, page, quiz
from lti_tool.learning.people import service as people
from lti_tool.learning.people.service import Profile
from lti_tool.learning.progress import acts, attempts, history
from lti_tool.learning.progress import service as progress
from lti_tool.learning.progress.acts import Signed
from lti_tool.learning.progress.decisions import EVERYTHING, Act
from lti_tool.learning.progress.models import Evidence
from lti_tool.learning.progress.rules import Standing
from tests.learning.drafts import HALF, RIGHT, WRONG, Place, enrolled

numbers = count(1)


def teacher(session: Session) -> int:
    return people.recognise(session, "lti:1", "docent", Profile(name="Joke")).id


def signed(
    session: Session, place: Place, step: Step | None, reason: str = "Werkstuk in de klas", **given: Any
) -> Signed:  # fmt: skip
    """As a form does that was opened just now."""
    seen = acts.sheet(session, place.enrolment_id)[step.key if step else EVERYTHING].seen
    fields = {"actor_id": teacher(session), "reason": reason, "token": f"form-{next(numbers)}", "seen": seen}
    return Signed(**(fields | given))


def read(session: Session, place: Place) -> Standing:
    proof = Proof(page.READ, clock.now(), {})
    return progress.record(session, place.enrolment_id, place.page, proof, key=page.READ)


def hand_in(session: Session, place: Place, answers: Any) -> Standing:
    """One whole attempt, as the quiz page does it."""
    limit = place.quiz.settings.attempts
    begun = attempts.begin(session, place.enrolment_id, place.quiz, limit=limit)
    done = attempts.hand_in(session, place.enrolment_id, place.quiz, begun.number, {"answers": answers})
    assert done.handed_in_at is not None
    proof = Proof(quiz.HANDED_IN, done.handed_in_at, {"attempt": begun.number, "answers": answers})
    return progress.record(session, place.enrolment_id, place.quiz, proof, key=f"attempt-{begun.number}")


@pytest.fixture
def finished(session: Session, place: Place) -> Place:
    """Read, and one attempt of 60 of 100 points."""
    read(session, place)
    hand_in(session, place, HALF)
    return place


def correct(session: Session, place: Place, fraction: float, **given: Any) -> Standing:
    mark = signed(session, place, place.quiz, **given)
    return acts.correct(session, place.enrolment_id, place.quiz, mark, fraction=fraction)


def messages(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Message)) or 0


def test_a_correction_wins_over_the_learners_own_work_until_it_is_taken_back(session: Session, finished: Place) -> None:
    before = messages(session)
    assert correct(session, finished, 0.8).score == 0.8
    assert messages(session) == before + 1
    assert hand_in(session, finished, RIGHT).score == 0.8
    mark = signed(session, finished, finished.quiz)
    assert acts.take_back(session, finished.enrolment_id, finished.quiz, mark, Act.CORRECTED).score == 1.0
    assert progress.check_standings(session) == (1, [])


def test_the_old_value_the_reason_and_who_are_kept(session: Session, finished: Place) -> None:
    correct(session, finished, 0.8, reason="  Vraag 2 was onduidelijk ")
    line = history.timeline(session, finished.enrolment_id)[0]
    assert (line.what, line.activity, line.by, line.fraction) == (Act.CORRECTED, "toets", teacher(session), 0.8)
    assert line.facts["reason"] == "Vraag 2 was onduidelijk"
    assert line.facts["was"] == {"state": "done", "fraction": 0.6}
    noted = audit.listing(session, family="teacher:result:")
    assert [(note.verb, note.object_id) for note in noted] == [("teacher:result:correct", str(finished.enrolment_id))]
    assert "onduidelijk" not in str(noted[0].facts)


def test_excused_counts_as_done_and_weighs_nothing(session: Session, place: Place) -> None:
    after = acts.excuse(session, place.enrolment_id, place.page, signed(session, place, place.page))
    assert (after.steps["lezen"], after.progress) == (State.EXCUSED, 0.5)
    assert hand_in(session, place, HALF).score == 0.6
    stored = progress.place_by_id(session, place.enrolment_id).standing
    assert (stored.steps["lezen"], stored.state) == (State.EXCUSED, State.DONE)
    assert progress.check_standings(session) == (1, [])


def test_who_is_excused_from_all_points_has_no_score(session: Session, finished: Place) -> None:
    after = acts.excuse(session, finished.enrolment_id, finished.quiz, signed(session, finished, finished.quiz))
    assert (after.state, after.score, after.passed, after.progress) == (State.DONE, None, None, 1.0)


def test_reopened_work_starts_anew_and_what_was_is_kept(session: Session, finished: Place) -> None:
    hand_in(session, finished, WRONG)
    with pytest.raises(Conflict, match="no-attempts-left"):
        attempts.begin(session, finished.enrolment_id, finished.quiz, limit=2)
    reopened = acts.reopen(session, finished.enrolment_id, finished.quiz, signed(session, finished, finished.quiz))
    assert (reopened.steps["toets"], reopened.score) == (State.IN_PROGRESS, None)
    assert hand_in(session, finished, WRONG).score == 0.0
    assert len(attempts.tries(session, finished.enrolment_id, finished.quiz)) == 3
    mark = signed(session, finished, finished.quiz)
    assert acts.take_back(session, finished.enrolment_id, finished.quiz, mark, Act.REOPENED).score == 0.6
    assert progress.check_standings(session) == (1, [])


def test_a_page_that_was_reopened_can_be_read_again_once(session: Session, place: Place) -> None:
    read(session, place)
    reopened = acts.reopen(session, place.enrolment_id, place.page, signed(session, place, place.page))
    assert reopened.steps["lezen"] is State.IN_PROGRESS
    assert read(session, place).steps["lezen"] is State.DONE
    read(session, place)
    told = select(func.count()).select_from(Evidence).where(Evidence.what == page.READ)
    assert session.scalar(told) == 2


def test_more_attempts_add_up(session: Session, finished: Place) -> None:
    hand_in(session, finished, WRONG)
    for more in (1, 2):
        mark = signed(session, finished, finished.quiz)
        acts.allow(session, finished.enrolment_id, finished.quiz, mark, attempts=more)
    for _ in range(3):
        hand_in(session, finished, WRONG)
    with pytest.raises(Conflict, match="no-attempts-left") as refused:
        attempts.begin(session, finished.enrolment_id, finished.quiz, limit=2)
    assert refused.value.facts["limit"] == 5


def test_more_time_is_for_one_link_and_tells_the_gradebook(session: Session, finished: Place) -> None:
    before, until = messages(session), clock.now() + timedelta(days=3)
    mark = signed(session, finished, None)
    after = acts.extend(session, finished.enrolment_id, None, mark, until=until, link="link-a")
    [given] = after.decided[EVERYTHING]
    assert (given.until, given.link) == (until, "link-a")
    assert messages(session) == before + 1
    with pytest.raises(Conflict, match="act-nothing-to-take-back"):
        again = signed(session, finished, None)
        acts.take_back(session, finished.enrolment_id, None, again, Act.EXTENDED, link="link-b")


@pytest.mark.parametrize("reason", ["", "  ab  ", "x" * 501, "\x00\x00\x00\x00"])
def test_every_act_wants_a_reason(session: Session, finished: Place, reason: str) -> None:
    with pytest.raises(Invalid, match="act-reason"):
        correct(session, finished, 0.8, reason=reason)


@pytest.mark.parametrize("fraction", [-0.01, 1.01, float("nan"), float("inf")])
def test_a_result_is_between_nothing_and_all(session: Session, finished: Place, fraction: float) -> None:
    with pytest.raises(Invalid, match="act-points"):
        correct(session, finished, fraction)


def test_acts_that_make_no_sense_are_refused(session: Session, place: Place) -> None:
    until, mark = clock.now() - timedelta(minutes=1), signed(session, place, place.quiz)
    with pytest.raises(Invalid, match="act-until"):
        acts.extend(session, place.enrolment_id, place.quiz, mark, until=until, link="a")
    with pytest.raises(Invalid, match="act-attempts"):
        acts.allow(session, place.enrolment_id, place.quiz, mark, attempts=0)
    with pytest.raises(Conflict, match="act-no-limit"):
        acts.allow(session, place.enrolment_id, place.page, signed(session, place, place.page), attempts=1)
    with pytest.raises(Conflict, match="act-nothing-to-reopen"):
        acts.reopen(session, place.enrolment_id, place.quiz, mark)
    with pytest.raises(Conflict, match="act-nothing-to-take-back"):
        acts.take_back(session, place.enrolment_id, place.quiz, mark, Act.CORRECTED)
    assert session.scalar(select(func.count()).select_from(Evidence)) == 0


def test_of_two_teachers_the_second_is_told(session: Session, finished: Place) -> None:
    first, second = (signed(session, finished, finished.quiz) for _ in range(2))
    acts.correct(session, finished.enrolment_id, finished.quiz, first, fraction=0.8)
    with pytest.raises(Conflict, match="act-overtaken"):
        acts.correct(session, finished.enrolment_id, finished.quiz, second, fraction=0.7)
    assert progress.place_by_id(session, finished.enrolment_id).standing.score == 0.8


def test_a_learner_who_looks_in_overtakes_nobody_and_a_new_result_does(session: Session, place: Place) -> None:
    read(session, place)
    mark = signed(session, place, place.quiz)
    opened = Proof(quiz.OPENED, clock.now(), {})
    progress.record(session, place.enrolment_id, place.quiz, opened, key=quiz.OPENED)
    assert acts.sheet(session, place.enrolment_id)["toets"].seen == mark.seen
    hand_in(session, place, HALF)
    with pytest.raises(Conflict, match="act-overtaken"):
        acts.correct(session, place.enrolment_id, place.quiz, mark, fraction=0.5)


def test_a_double_click_on_an_act_does_it_once(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        place = enrolled(writing(session))
        read(session, place)
        mark = signed(session, place, place.quiz)
    together = Barrier(4)

    def click(_: int) -> float | None:
        together.wait()
        with Session(engine) as session, session.begin():
            return acts.correct(writing(session), place.enrolment_id, place.quiz, mark, fraction=0.8).score

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(click, range(4))) == {0.8}
    with Session(engine) as session:
        told = select(func.count()).select_from(Evidence).where(Evidence.what == Act.CORRECTED)
        assert session.scalar(told) == 1
        assert progress.check_standings(session) == (1, [])
