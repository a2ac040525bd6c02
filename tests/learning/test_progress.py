"""Enrolments and evidence: recorded once, in order of locks, with a standing that evidence can prove."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from lti_tool.base.db import writing
from lti_tool.base.errors import Conflict
from lti_tool.base.outbox import Message
from lti_tool.learning.catalogue import service as catalogue
from lti_tool.learning.kinds import Proof, State, page, quiz
from lti_tool.learning.people import service as people
from lti_tool.learning.people.service import Profile
from lti_tool.learning.progress import service as progress
from lti_tool.learning.progress.models import Enrolment, Evidence
from lti_tool.learning.progress.rules import Standing
from tests.learning.drafts import HALF, RIGHT, WRONG, Place, enrolled, page_draft, version_draft

AT = datetime(2026, 9, 1, 9, tzinfo=UTC)
READ = Proof(page.READ, AT, {})


def handed_in(attempt: int, answers: object) -> Proof:
    return Proof(quiz.HANDED_IN, AT, {"attempt": attempt, "answers": answers})


def read(session: Session, place: Place) -> Standing:
    return progress.record(session, place.enrolment_id, place.page, READ, key="read")


def hand_in(session: Session, place: Place, attempt: int, answers: object) -> Standing:
    return progress.record(
        session, place.enrolment_id, place.quiz, handed_in(attempt, answers), key=f"attempt-{attempt}"
    )


def messages(session: Session) -> list[dict[str, object]]:
    return [dict(message.payload) for message in session.scalars(select(Message).order_by(Message.id))]


def test_enrolling_twice_is_one_place(session: Session, place: Place) -> None:
    again = enrolled(session)
    assert again.enrolment_id == place.enrolment_id
    assert session.scalar(select(func.count()).select_from(Enrolment)) == 1


def test_a_new_place_owes_nothing_yet(session: Session, place: Place) -> None:
    found = progress.place_by_id(session, place.enrolment_id)
    assert (found.standing.state, found.standing.score, found.started_at) == (State.NOT_STARTED, None, None)
    assert messages(session) == []


def test_work_moves_the_standing_and_tells_the_outbox(session: Session, place: Place) -> None:
    assert read(session, place).state is State.IN_PROGRESS
    done = hand_in(session, place, 1, RIGHT)
    assert (done.state, done.score, done.passed) == (State.DONE, 1.0, True)
    stored = progress.place_by_id(session, place.enrolment_id)
    assert stored.standing == done
    assert stored.started_at is not None
    assert stored.finished_at is not None
    assert messages(session) == [{"enrolment_id": place.enrolment_id}] * 2


def test_the_same_fact_twice_changes_nothing(session: Session, place: Place) -> None:
    first = read(session, place)
    assert read(session, place) == first
    assert session.scalar(select(func.count()).select_from(Evidence)) == 1
    assert len(messages(session)) == 1


def test_a_fact_that_changes_no_standing_sends_no_message(session: Session, place: Place) -> None:
    read(session, place)
    hand_in(session, place, 1, RIGHT)
    before = len(messages(session))
    assert hand_in(session, place, 2, WRONG).score == 1.0
    assert len(messages(session)) == before


def test_a_locked_activity_takes_no_evidence(session: Session, place: Place) -> None:
    with pytest.raises(Conflict, match="activity-locked"):
        hand_in(session, place, 1, RIGHT)
    assert session.scalar(select(func.count()).select_from(Evidence)) == 0


def test_a_better_attempt_raises_the_score_and_zero_is_a_score(session: Session, place: Place) -> None:
    read(session, place)
    assert hand_in(session, place, 1, WRONG).score == 0.0
    assert hand_in(session, place, 2, HALF).score == 0.6


def test_learners_stay_on_the_version_they_began(session: Session, place: Place) -> None:
    catalogue.publish(session, "cobots", "hub", version_draft(page_draft(points=100.0), number=2))
    assert progress.place_by_id(session, place.enrolment_id).version_id == place.syllabus.version_id
    newcomer = people.recognise(session, "lti:1", "daan", Profile())
    run = progress.cohort(session, "run", place.module_id)
    assert progress.enrol(session, run, newcomer.id, place.module_id).version_id != place.syllabus.version_id


def test_standings_can_be_worked_out_again(session: Session, place: Place) -> None:
    read(session, place)
    hand_in(session, place, 1, HALF)
    assert progress.check_standings(session) == (1, [])
    session.execute(update(Enrolment).values(score=0.99))
    session.expire_all()
    checked, differences = progress.check_standings(session)
    assert checked == 1
    assert [(d.stored.score, d.recomputed.score) for d in differences] == [(0.99, 0.6)]
    sent = len(messages(session))
    progress.check_standings(session, repair=True)
    assert progress.check_standings(session) == (1, [])
    assert len(messages(session)) == sent + 1


def committed(engine: Engine) -> Place:
    with Session(engine) as session, session.begin():
        return enrolled(writing(session))


def test_two_devices_at_the_same_moment_lose_no_evidence(engine: Engine) -> None:
    place = committed(engine)
    with Session(engine) as session, session.begin():
        read(writing(session), place)
    together = Barrier(2)

    def finish(attempt: int) -> None:
        with Session(engine) as session, session.begin():
            together.wait()
            writing(session)
            hand_in(session, place, attempt, RIGHT if attempt == 1 else WRONG)

    for _ in range(5):
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(finish, (1, 2)))
    with Session(engine) as session:
        assert progress.place_by_id(session, place.enrolment_id).standing.score == 1.0
        assert session.scalar(select(func.count()).select_from(Evidence)) == 3
        assert progress.check_standings(session) == (1, [])


def test_a_double_click_is_one_fact(engine: Engine) -> None:
    place = committed(engine)
    together = Barrier(6)

    def click(_: int) -> State:
        together.wait()
        with Session(engine) as session, session.begin():
            return read(writing(session), place).state

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(click, range(6))) == {State.IN_PROGRESS}
    with Session(engine) as session:
        assert session.scalar(select(func.count()).select_from(Evidence)) == 1
        assert len(messages(session)) == 1
