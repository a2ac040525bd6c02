"""Evidence -> Verdict -> Standing: pure, the same in any order, and never passed too early."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.learning.catalogue.rules import Step, Syllabus
from lti_tool.learning.kinds import Proof, State, Verdict, page, quiz
from lti_tool.learning.progress import rules

START = datetime(2026, 9, 1, 9, tzinfo=UTC)
TODO, BUSY, WAIT, DONE = State.NOT_STARTED, State.IN_PROGRESS, State.WAITING, State.DONE
QUIZ = quiz.parse(
    {"questions": [
        {"id": name, "kind": "single", "points": points, "text": {"nl": "?"},
         "options": [{"id": "a", "correct": True, "text": {"nl": "ja"}},
                     {"id": "b", "correct": False, "text": {"nl": "nee"}}]}
        for name, points in (("q1", 54), ("q2", 1), ("q3", 45))
    ]}
)  # fmt: skip
PAGE = page.parse({"markdown": {"nl": "Lees"}})


def step(
    key: str, kind: str = "page", *, points: float = 0, required: bool = True, after: tuple[str, ...] = ()
) -> Step:  # fmt: skip
    settings: Any = QUIZ if kind == "quiz" else PAGE
    return Step(1, key, kind, {"nl": key}, 5, points, required, after, settings)


def syllabus(*steps: Step, pass_points: float = 55) -> Syllabus:
    return Syllabus(1, 1, "m", 1, "Hub", {"nl": "M"}, {"nl": ""}, {}, pass_points, steps)


MODULE = syllabus(step("p"), step("q", "quiz", points=100, after=("p",)), step("extra", required=False))


def stands(made: Syllabus, **verdicts: Verdict) -> rules.Standing:
    return rules.standing(made, {step.key: verdicts.get(step.key, Verdict(TODO)) for step in made.steps})


@pytest.mark.parametrize(
    ("p", "q", "extra", "state", "progress", "score", "passed"),
    [
        (Verdict(TODO), Verdict(TODO), Verdict(TODO), TODO, 0.0, None, None),
        (Verdict(BUSY), Verdict(TODO), Verdict(TODO), BUSY, 0.0, None, None),
        (Verdict(TODO), Verdict(TODO), Verdict(BUSY), BUSY, 0.0, None, None),
        (Verdict(TODO), Verdict(TODO), Verdict(DONE, 1.0), BUSY, 0.0, None, None),
        (Verdict(DONE, 1.0), Verdict(TODO), Verdict(TODO), BUSY, 0.5, None, None),
        (Verdict(DONE, 1.0), Verdict(WAIT), Verdict(TODO), WAIT, 0.5, None, None),
        (Verdict(TODO), Verdict(DONE, 1.0), Verdict(TODO), BUSY, 0.5, None, None),
        (Verdict(DONE, 1.0), Verdict(DONE, 0.0), Verdict(TODO), DONE, 1.0, 0.0, False),
        (Verdict(DONE, 1.0), Verdict(DONE, 0.54), Verdict(TODO), DONE, 1.0, 0.54, False),
        (Verdict(DONE, 1.0), Verdict(DONE, 0.55), Verdict(TODO), DONE, 1.0, 0.55, True),
        (Verdict(DONE, 1.0), Verdict(DONE, 1.0), Verdict(BUSY), DONE, 1.0, 1.0, True),
    ],
)
def test_standing(
    p: Verdict, q: Verdict, extra: Verdict, state: State, progress: float, score: float | None, passed: bool | None
) -> None:  # fmt: skip
    got = stands(MODULE, p=p, q=q, extra=extra)
    assert (got.state, got.progress, got.score, got.passed) == (state, progress, score, passed)


def test_none_yet_differs_from_zero() -> None:
    open_still = stands(MODULE, p=Verdict(DONE, 1.0), q=Verdict(BUSY))
    zero = stands(MODULE, p=Verdict(DONE, 1.0), q=Verdict(DONE, 0.0))
    assert open_still.score is None
    assert zero.score == 0.0
    assert open_still != zero


def test_a_module_that_anybody_passes_still_has_to_be_finished() -> None:
    easy = syllabus(step("p"), step("q", "quiz", points=100), pass_points=0)
    assert stands(easy, p=Verdict(DONE, 1.0)).passed is None
    assert stands(easy, p=Verdict(DONE, 1.0), q=Verdict(DONE, 0.0)).passed is True


def test_thirds_add_up_to_a_pass() -> None:
    """0.1 + 0.2 and its friends do not fail somebody who has exactly enough points."""
    thirds = syllabus(*(step(f"q{i}", "quiz", points=100 / 3) for i in range(3)), pass_points=100)
    assert stands(thirds, **{f"q{i}": Verdict(DONE, 1.0) for i in range(3)}).passed is True


def test_what_comes_before() -> None:
    assert rules.missing_before(MODULE.step("q"), {"p": BUSY}) == ("p",)
    assert rules.missing_before(MODULE.step("q"), {}) == ("p",)
    assert rules.missing_before(MODULE.step("q"), {"p": DONE}) == ()
    assert rules.missing_before(MODULE.step("p"), {}) == ()


@pytest.mark.parametrize(
    ("steps", "key"),
    [({}, "p"), ({"p": BUSY}, "p"), ({"p": DONE}, "q"), ({"p": DONE, "q": BUSY}, "q"), ({"p": DONE, "q": DONE}, None)],
)
def test_the_next_step_is_the_first_required_one_that_is_open(steps: dict[str, State], key: str | None) -> None:
    found = rules.next_step(MODULE, steps)
    assert (found.key if found else None) == key


def test_everything_starts_with_nothing() -> None:
    nothing = rules.nothing_yet(MODULE)
    assert (nothing.state, nothing.progress, nothing.score, nothing.done_count) == (TODO, 0.0, None, 0)


facts = st.one_of(
    st.tuples(st.sampled_from(["p", "extra"]), st.sampled_from([page.OPENED, page.READ]), st.just({})),
    st.tuples(st.just("q"), st.just(quiz.OPENED), st.just({})),
    st.builds(
        lambda attempt, right: (
            "q", quiz.HANDED_IN,
            {"attempt": attempt, "answers": {f"q{i + 1}": ["a" if right >> i & 1 else "b"] for i in range(3)}},
        ),
        st.integers(1, 3),
        st.integers(0, 7),
    ),
)  # fmt: skip


def one_per_attempt(given_facts: list[tuple[str, str, dict[str, Any]]]) -> list[tuple[str, Proof]]:
    """An attempt is handed in once, so that two facts of one attempt are the same fact."""
    seen: dict[Any, tuple[str, Proof]] = {}
    for minute, (key, what, particulars) in enumerate(given_facts):
        name = (key, what, particulars.get("attempt"))
        seen.setdefault(name, (key, Proof(what, START + timedelta(minutes=minute), particulars)))
    return list(seen.values())


@given(st.lists(facts, max_size=12), st.randoms(use_true_random=False), st.lists(st.integers(0, 11), max_size=6))
def test_order_and_repetition_change_nothing(
    given_facts: list[tuple[str, str, dict[str, Any]]], chance: Any, again: list[int]
) -> None:  # fmt: skip
    proofs = one_per_attempt(given_facts)
    shuffled = proofs + [proofs[index] for index in again if index < len(proofs)]
    chance.shuffle(shuffled)
    first = rules.standing(MODULE, rules.verdicts(MODULE, proofs))
    assert rules.standing(MODULE, rules.verdicts(MODULE, shuffled)) == first


verdicts = st.builds(
    lambda state, fraction: Verdict(state, fraction if state is DONE else None),
    st.sampled_from(State),
    st.floats(0, 1),
)


@given(st.lists(st.tuples(verdicts, st.booleans(), st.integers(0, 100)), min_size=1, max_size=8), st.floats(0, 1))
def test_nobody_passes_while_something_required_is_open(
    given_steps: list[tuple[Verdict, bool, int]], share_to_pass: float
) -> None:  # fmt: skip
    steps = [step(f"s{i}", points=points + 1, required=required) for i, (_, required, points) in enumerate(given_steps)]
    made = syllabus(*steps, pass_points=share_to_pass * sum(s.points for s in steps))
    got = rules.standing(made, {f"s{i}": verdict for i, (verdict, _, _) in enumerate(given_steps)})
    finished = all(verdict.state in (DONE, State.EXCUSED) for verdict, required, _ in given_steps if required)
    weighs = any(verdict.state is not State.EXCUSED for verdict, _, _ in given_steps)
    assert (got.passed is not None) is (got.score is not None) is (finished and weighs)
    assert got.score is None or 0.0 <= got.score <= 1.0
    assert 0.0 <= got.progress <= 1.0
    assert (got.state is DONE) is finished
