"""Late work: what a link shows of it, as a table; and that it never lowers what stood."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.learning.catalogue.rules import Step, Syllabus
from lti_tool.learning.kinds import Proof, State, page, quiz
from lti_tool.learning.progress import lateness, rules
from lti_tool.learning.progress.decisions import EVERYTHING, Act
from lti_tool.learning.progress.lateness import Policy

DUE = datetime(2026, 9, 11, 21, 59, tzinfo=UTC)
"""23.59 uur in September."""
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ACCEPT = Policy(due_at=DUE, link="a")
DEDUCT = Policy(due_at=DUE, percent_per_day=10, link="a")
CLOSE = Policy(due_at=DUE, closes=True, link="a")
TEN = [
    {"id": f"q{number}", "kind": "number", "points": 1, "text": {"nl": "?"}, "answer": 1, "tolerance": 0}
    for number in range(10)
]


def module(counts: str = "best") -> Syllabus:
    settings = quiz.parse({"questions": TEN, "counts": counts})
    reading = page.parse({"markdown": {"nl": "Lees"}})
    steps = (
        Step(1, "p", "page", {"nl": "P"}, 5, 20, True, (), reading),
        Step(2, "q", "quiz", {"nl": "Q"}, 5, 80, True, (), settings),
    )
    return Syllabus(1, 1, "m", 1, "Hub", {"nl": "M"}, {"nl": ""}, {}, 55, steps)


def attempt(number: int, right: int, at: datetime) -> tuple[str, Proof]:
    answers = {f"q{one}": "1" for one in range(right)}
    return "q", Proof(quiz.HANDED_IN, at, {"attempt": number, "answers": answers})


def read(at: datetime) -> tuple[str, Proof]:
    return "p", Proof(page.READ, at, {})


def act(key: str, what: Act, at: datetime, **facts: Any) -> tuple[str, Proof]:
    told = {"by": 1, "reason": "omdat", "token": f"{what}{at}"} | facts
    return key, Proof(what, at, told)


def worth(policy: Policy, *proofs: tuple[str, Proof], counts: str = "best") -> tuple[float | None, int]:
    found = lateness.link_result(module(counts), proofs, policy).activities["q"]
    return found.fraction, found.days_late


@pytest.mark.parametrize(
    ("at", "days"),
    [
        (DUE - DAY, 0), (DUE, 0), (DUE + timedelta(seconds=59.9), 0), (DUE + MINUTE, 1), (DUE + DAY, 1),
        (DUE + DAY + timedelta(seconds=59), 1), (DUE + DAY + MINUTE, 2), (DUE + 9 * DAY + HOUR, 10),
    ],
)  # fmt: skip
def test_a_day_that_has_begun_counts_and_the_minute_named_is_in_time(at: datetime, days: int) -> None:
    assert lateness.days_late(at, DUE) == days
    assert lateness.days_late(at, None) == 0


@pytest.mark.parametrize(
    ("policy", "attempts", "fraction", "days"),
    [
        (Policy(), [(8, 5 * DAY)], 0.8, 0),
        (ACCEPT, [(8, 5 * DAY)], 0.8, 0),
        (DEDUCT, [(8, -HOUR)], 0.8, 0),
        (DEDUCT, [(8, timedelta(0))], 0.8, 0),
        (DEDUCT, [(8, HOUR)], 0.72, 1),
        (DEDUCT, [(8, DAY + HOUR)], 0.64, 2),
        (DEDUCT, [(8, 30 * DAY)], 0.0, 30),
        (DEDUCT, [(8, -HOUR), (9, HOUR)], 0.81, 1),
        (DEDUCT, [(8, -HOUR), (8, HOUR)], 0.8, 0),
        (DEDUCT, [(8, -HOUR), (3, HOUR)], 0.8, 0),
        (DEDUCT, [(6, HOUR), (9, 2 * DAY + HOUR)], 0.63, 3),
        (DEDUCT, [(8, HOUR), (9, 4 * DAY + HOUR)], 0.72, 1),
        (DEDUCT, [(0, HOUR)], 0.0, 1),
        (CLOSE, [(8, HOUR)], None, 0),
        (CLOSE, [(8, -HOUR), (10, HOUR)], 0.8, 0),
        (DEDUCT, [], None, 0),
    ],
)
def test_what_late_work_is_worth(
    policy: Policy, attempts: list[tuple[int, timedelta]], fraction: float | None, days: int
) -> None:
    proofs = [attempt(number, right, DUE + after) for number, (right, after) in enumerate(attempts, 1)]
    assert worth(policy, *proofs) == (fraction, days)


def test_a_later_attempt_that_counts_as_last_does_not_lower_what_was_in_time() -> None:
    assert worth(DEDUCT, attempt(1, 8, DUE - HOUR), attempt(2, 3, DUE + HOUR), counts="last") == (0.8, 0)


def test_the_whole_is_the_sum_of_what_each_is_worth() -> None:
    found = lateness.link_result(module(), [read(DUE - HOUR), attempt(1, 8, DUE + HOUR)], DEDUCT)
    assert found.standing.score == round((20 + 80 * 0.72) / 100, 6)
    assert (found.standing.state, found.standing.passed) == (State.DONE, True)


def test_what_was_not_there_when_it_closed_leaves_no_score() -> None:
    found = lateness.link_result(module(), [read(DUE - HOUR), attempt(1, 8, DUE + HOUR)], CLOSE)
    assert (found.standing.state, found.standing.score) == (State.IN_PROGRESS, None)


@pytest.mark.parametrize(
    ("key", "link", "fraction"), [("q", "a", 0.8), (EVERYTHING, "a", 0.8), ("p", "a", 0.72), ("q", "b", 0.72)]
)
def test_more_time_holds_for_its_activity_and_its_link(key: str, link: str, fraction: float) -> None:
    until = (DUE + 2 * HOUR).isoformat()
    given = act(key, Act.EXTENDED, DUE - DAY, until=until, link=link)
    assert worth(DEDUCT, attempt(1, 8, DUE + HOUR), given)[0] == fraction


def test_more_time_never_shortens() -> None:
    given = act("q", Act.EXTENDED, DUE - 2 * DAY, until=(DUE - DAY).isoformat(), link="a")
    assert worth(DEDUCT, attempt(1, 8, DUE - HOUR), given) == (0.8, 0)


@pytest.mark.parametrize("policy", [DEDUCT, CLOSE])
def test_a_teachers_word_is_never_late(policy: Policy) -> None:
    corrected = act("q", Act.CORRECTED, DUE + 5 * DAY, fraction=0.7)
    assert worth(policy, attempt(1, 3, DUE + HOUR), corrected) == (0.7, 0)
    excused = lateness.link_result(module(), [read(DUE), act("q", Act.EXCUSED, DUE + DAY)], policy)
    assert (excused.standing.score, excused.activities["q"].fraction) == (1.0, None)


def test_after_a_reopening_only_what_came_later_counts() -> None:
    proofs = [attempt(1, 9, DUE - DAY), act("q", Act.REOPENED, DUE - HOUR), attempt(2, 5, DUE + HOUR)]
    assert worth(DEDUCT, *proofs) == (0.45, 1)


@given(
    st.lists(st.tuples(st.integers(0, 10), st.integers(-50, 400)), max_size=5), st.integers(1, 100), st.randoms()
)
def test_never_less_than_in_time_nor_more_than_without_lateness(
    made: list[tuple[int, int]], percent: int, chance: Any
) -> None:
    hours, rights = sorted(after for _, after in made), [right for right, _ in made]
    both = zip(rights, hours, strict=True)
    proofs = [attempt(number, right, DUE + after * HOUR) for number, (right, after) in enumerate(both, 1)]
    in_time, plain = worth(CLOSE, *proofs)[0], worth(ACCEPT, *proofs)[0]
    policy = Policy(due_at=DUE, percent_per_day=percent)
    found = worth(policy, *proofs)
    assert (found[0] is None) is (plain is None)
    assert (in_time or 0) <= (found[0] or 0) <= (plain or 0)
    chance.shuffle(proofs)
    assert worth(policy, *proofs) == found


def test_without_a_due_time_a_link_shows_the_standing() -> None:
    proofs = [read(DUE), attempt(1, 8, DUE)]
    assert lateness.link_result(module(), proofs, Policy()).standing == rules.judged(module(), proofs)
