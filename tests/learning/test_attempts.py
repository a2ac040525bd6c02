"""Attempts: kept as they are given, never overwritten by an older page, handed in once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.db import writing
from lti_tool.base.errors import Conflict, NotFound
from lti_tool.learning.kinds import Proof, page
from lti_tool.learning.progress import attempts
from lti_tool.learning.progress import service as progress
from lti_tool.learning.progress.models import Attempt
from tests.learning.drafts import HALF, RIGHT, WRONG, Place, enrolled


def unlock(session: Session, place: Place) -> Place:
    proof = Proof(page.READ, clock.now(), {})
    progress.record(session, place.enrolment_id, place.page, proof, key="read")
    return place


@pytest.fixture
def ready(session: Session, place: Place) -> Place:
    """The page is read, so that the quiz is open."""
    return unlock(session, place)


def begin(session: Session, place: Place, limit: int = 2) -> attempts.Try:
    return attempts.begin(session, place.enrolment_id, place.quiz, limit=limit)


def keep(session: Session, place: Place, work: dict[str, object], saves: int, number: int = 1) -> attempts.Try:
    return attempts.keep(session, place.enrolment_id, place.quiz, number, work, saves=saves)


def hand_in(session: Session, place: Place, work: dict[str, object], number: int = 1) -> attempts.Try:
    return attempts.hand_in(session, place.enrolment_id, place.quiz, number, work)


def test_a_locked_quiz_cannot_be_begun(session: Session, place: Place) -> None:
    with pytest.raises(Conflict, match="activity-locked"):
        begin(session, place)


def test_beginning_again_goes_on_with_the_open_attempt(session: Session, ready: Place) -> None:
    first = begin(session, ready)
    keep(session, ready, HALF, 0)
    again = begin(session, ready)
    assert (again.number, again.seed, dict(again.work)) == (1, first.seed, HALF)


def test_attempts_have_a_limit_and_an_order_of_their_own(session: Session, ready: Place) -> None:
    first = begin(session, ready)
    hand_in(session, ready, WRONG)
    second = begin(session, ready)
    assert second.number == 2
    assert second.seed != first.seed
    hand_in(session, ready, WRONG, 2)
    with pytest.raises(Conflict, match="no-attempts-left"):
        begin(session, ready)
    assert begin(session, ready, limit=0).number == 3
    assert [made.number for made in attempts.tries(session, ready.enrolment_id, ready.quiz)] == [1, 2, 3]


def test_an_older_page_does_not_overwrite_newer_answers(session: Session, ready: Place) -> None:
    begin(session, ready)
    assert keep(session, ready, HALF, 0).saves == 1
    assert keep(session, ready, RIGHT, 1).saves == 2
    shown = keep(session, ready, WRONG, 1)
    assert (dict(shown.work), shown.saves) == (RIGHT, 2)


def test_handing_in_twice_keeps_the_first(session: Session, ready: Place) -> None:
    begin(session, ready)
    first = hand_in(session, ready, RIGHT)
    second = hand_in(session, ready, WRONG)
    assert second == first
    assert not second.is_open


def test_nothing_is_kept_after_handing_in(session: Session, ready: Place) -> None:
    begin(session, ready)
    hand_in(session, ready, RIGHT)
    with pytest.raises(Conflict, match="attempt-handed-in"):
        keep(session, ready, WRONG, 99)


@pytest.mark.parametrize("number", [7, 0, 2**31, 2**63, 10**23])
def test_an_attempt_that_never_was_is_not_found(session: Session, ready: Place, number: int) -> None:
    with pytest.raises(NotFound, match="attempt"):
        keep(session, ready, RIGHT, 0, number=number)
    with pytest.raises(NotFound, match="attempt"):
        hand_in(session, ready, RIGHT, number=number)


def test_what_was_handed_in_is_counted_and_what_is_open_is_not(session: Session, ready: Place) -> None:
    begin(session, ready)
    assert attempts.handed_in(session, ready.enrolment_id) == {}
    hand_in(session, ready, WRONG)
    begin(session, ready)
    assert [len(times) for times in attempts.handed_in(session, ready.enrolment_id).values()] == [1]


def test_two_tabs_that_begin_at_once_get_one_attempt(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        place = unlock(session, enrolled(writing(session)))
    together = Barrier(6)

    def start(_: int) -> str:
        together.wait()
        with Session(engine) as session, session.begin():
            return begin(writing(session), place).seed

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(start, range(6)))) == 1
    with Session(engine) as session:
        assert session.scalar(select(func.count()).select_from(Attempt)) == 1


def test_of_two_saves_at_once_the_second_sees_the_first(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        place = unlock(session, enrolled(writing(session)))
        begin(session, place)
    together = Barrier(2)

    def save(work: dict[str, object]) -> dict[str, object]:
        together.wait()
        with Session(engine) as session, session.begin():
            return dict(keep(writing(session), place, work, 0).work)

    with ThreadPoolExecutor(2) as pool:
        shown = list(pool.map(save, (RIGHT, WRONG)))
    assert shown[0] == shown[1]
    with Session(engine) as session:
        assert dict(attempts.tries(session, place.enrolment_id, place.quiz)[0].work) == shown[0]
