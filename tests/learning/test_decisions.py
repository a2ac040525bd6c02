"""What teachers' acts make of a verdict: as a table, and the same in any order and with any repetition."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.learning.kinds import KINDS, Proof, State, Verdict, page, quiz
from lti_tool.learning.progress import decisions
from lti_tool.learning.progress.decisions import WORDS, Act

START = datetime(2026, 9, 1, 9, tzinfo=UTC)
SETTINGS = quiz.parse(
    {"questions": [{"id": f"q{n}", "kind": "number", "points": 1, "text": {"nl": "?"}, "answer": 1} for n in range(10)]}
)
TODO, BUSY, EXCUSED = Verdict(State.NOT_STARTED), Verdict(State.IN_PROGRESS), Verdict(State.EXCUSED)
C, E, R, A = Act.CORRECTED, Act.EXCUSED, Act.REOPENED, Act.ALLOWED


def proof(minute: int, what: str | int | tuple[Act, float]) -> Proof:
    """A number is an attempt with so many right; (CORRECTED, fraction) a correction; else the word of an act."""
    at = START + timedelta(minutes=minute)
    if isinstance(what, int):
        answers = {f"q{one}": "1" for one in range(what)}
        return Proof(quiz.HANDED_IN, at, {"attempt": minute + 1, "answers": answers})
    word, more = (what[0], {"fraction": what[1]}) if isinstance(what, tuple) else (what, {"attempts": 1})
    return Proof(word, at, {"by": 1, "reason": "omdat", "token": f"t{minute}"} | more)


def verdict(proofs: list[Proof]) -> Verdict:
    return decisions.verdict(KINDS["quiz"], SETTINGS, proofs, decisions.in_force(proofs))


def done(fraction: float) -> Verdict:
    return Verdict(State.DONE, fraction)


@pytest.mark.parametrize(
    ("happened", "expected"),
    [
        ([], TODO),
        ([6], done(0.6)),
        ([6, (C, 0.8)], done(0.8)),
        ([(C, 0.8)], done(0.8)),
        ([(C, 0.8), 10], done(0.8)),
        ([6, (C, 0.8), (C, 0.7)], done(0.7)),
        ([6, (C, 0.8), (C, 0.7), C.back], done(0.6)),
        ([6, (C, 0.8), C.back, (C, 0.9)], done(0.9)),
        ([(C, 0.8), C.back], TODO),
        ([6, E], EXCUSED),
        ([6, E, E.back], done(0.6)),
        ([6, E, (C, 0.8)], done(0.8)),
        ([6, (C, 0.8), E], EXCUSED),
        ([6, (C, 0.8), E, E.back], done(0.8)),
        ([6, R], BUSY),
        ([6, R, 3], done(0.3)),
        ([6, R, 3, R.back], done(0.6)),
        ([6, R, 3, R], BUSY),
        ([6, (C, 0.8), R], BUSY),
        ([6, E, R], BUSY),
        ([6, E, R, R.back], EXCUSED),
        ([6, R, 3, (C, 0.5)], done(0.5)),
        ([6, A, A], done(0.6)),
    ],
)
def test_the_newest_word_of_a_teacher_decides(happened: list[Any], expected: Verdict) -> None:
    assert verdict([proof(minute, what) for minute, what in enumerate(happened)]) == expected


def test_more_attempts_add_up_until_they_are_taken_back() -> None:
    given = [proof(minute, what) for minute, what in enumerate([A, A, A.back, A])]
    assert decisions.more_attempts(decisions.in_force(given[:2])) == 2
    assert decisions.more_attempts(decisions.in_force(given[:3])) == 0
    assert decisions.more_attempts(decisions.in_force(given)) == 1


happenings = st.lists(
    st.one_of(
        st.integers(0, 10), st.tuples(st.just(C), st.sampled_from([0.0, 0.5, 1.0])),
        st.sampled_from([E, R, A, *(act.back for act in (C, E, R, A))]),
    ),
    max_size=8,
)  # fmt: skip


@given(happenings, st.randoms(use_true_random=False), st.lists(st.integers(0, 7), max_size=4))
def test_order_and_repetition_of_acts_change_nothing(happened: list[Any], chance: Any, again: list[int]) -> None:
    proofs = [proof(minute, what) for minute, what in enumerate(happened)]
    shuffled = proofs + [proofs[index] for index in again if index < len(proofs)]
    chance.shuffle(shuffled)
    assert decisions.in_force(shuffled) == decisions.in_force(proofs)
    assert verdict(shuffled) == verdict(proofs)


@given(happenings)
def test_what_is_kept_is_what_was_decided(happened: list[Any]) -> None:
    decided = decisions.in_force([proof(minute, what) for minute, what in enumerate(happened)])
    assert decisions.read(decisions.written(decided)) == decided


def test_no_kind_has_a_word_of_teachers() -> None:
    of_kinds = {page.OPENED, page.READ, quiz.OPENED, quiz.HANDED_IN}
    assert of_kinds.isdisjoint(WORDS)
    assert max(map(len, WORDS)) <= 32
