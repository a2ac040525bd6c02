"""Quizzes: what may be authored, how answers are read and marked, and which attempt counts."""

import random
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.base.errors import Invalid
from lti_tool.learning.kinds import Proof, State, quiz
from lti_tool.learning.kinds.quiz import Counts, Quiz

AT = datetime(2026, 9, 1, 12, tzinfo=UTC)


def options(*correct: bool) -> list[dict[str, Any]]:
    return [{"id": "abcdef"[i], "correct": right, "text": {"nl": "x"}} for i, right in enumerate(correct)]


def question(kind: str = "single", **changes: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {"id": "q", "kind": kind, "points": 10, "text": {"nl": "Wat?"}}
    if kind != "number":
        fields["options"] = options(True, False, False)
    return fields | changes


def parsed(*questions: dict[str, Any], **settings: Any) -> Quiz:
    return quiz.parse({"questions": list(questions), **settings})


def fraction(made: Quiz, **answers: Any) -> float:
    return quiz.fraction(quiz.mark(made, answers))


def handed_in(attempt: int, answers: dict[str, Any]) -> Proof:
    return Proof(quiz.HANDED_IN, AT, {"attempt": attempt, "answers": answers})


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"questions": []},
        {"questions": [question(), question()]},
        {"questions": [question(points=0)]},
        {"questions": [question(kind="essay")]},
        {"questions": [question(options=options(True, True))]},
        {"questions": [question(options=options(False, False))]},
        {"questions": [question("multiple", options=options(False, False))]},
        {"questions": [question("true-false", options=options(False, False))]},
        {"questions": [question(points="veel")]},
        {"questions": [question()], "counts": "median"},
        {"questions": [question()], "attempts": "vaak"},
    ],
)
def test_an_unsound_quiz_is_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match="activity-settings"):
        quiz.parse(settings)


@pytest.mark.parametrize(
    ("kind", "right", "answer", "share"),
    [
        ("single", (True, False, False), ["a"], 1.0),
        ("single", (True, False, False), ["b"], 0.0),
        ("single", (True, False, False), ["a", "b"], 0.0),
        ("true-false", (False, True), ["b"], 1.0),
        ("multiple", (True, True, False, False), ["a", "b"], 1.0),
        ("multiple", (True, True, False, False), ["a"], 0.5),
        ("multiple", (True, True, False, False), ["a", "b", "c"], 0.5),
        ("multiple", (True, True, False, False), ["a", "c"], 0.0),
        ("multiple", (True, True, False, False), ["c", "d"], 0.0),
        ("multiple", (True, True, False, False), [], 0.0),
    ],
)
def test_choices_are_marked(kind: str, right: tuple[bool, ...], answer: list[str], share: float) -> None:
    assert fraction(parsed(question(kind, options=options(*right))), q=answer) == share


@pytest.mark.parametrize(
    ("typed", "share"),
    [("4,4", 1), ("4.40", 1), ("4,5", 1), ("4,3", 1), ("4,51", 0), ("4,4 mm", 1), ("", 0), ("veel", 0), ("-4,4", 0)],
)
def test_numbers_are_right_within_the_tolerance_and_on_its_edge(typed: str, share: float) -> None:
    assert fraction(parsed(question("number", answer=4.4, tolerance=0.1)), q=typed) == share


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("4,40", 4.4), ("4.4", 4.4), ("1.250,5", 1250.5), (" 4,4 mm ", 4.4), ("-3", -3.0), ("+3", 3.0),
        ("20 °C", 20.0), ("35%", 35.0), ("12 m/s", 12.0), ("3 m²", 3.0), ("1 250", 1250.0), ("0", 0.0),
        ("", None), ("abc", None), ("nan", None), ("inf", None), ("-inf", None), ("1e400", None), ("1,2,3", None),
        ("٤", 4.0), ("--4", None), ("mm", None),
    ],
)  # fmt: skip
def test_numbers_are_read_as_people_type_them(typed: str, number: float | None) -> None:
    assert quiz.read_number(typed) == number


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("1,250.5", 1250.5), ("12,000.0", 12000.0), ("1.250,5", 1250.5), ("-1.250,50 mm", -1250.5),
        ("1.250.000", 1250000.0), ("1,250,000.5", 1250000.5), ("1.250", 1.25), ("1,250", 1.25),
    ],
)  # fmt: skip
def test_of_two_signs_the_last_is_the_decimal_one_and_a_single_one_always_is(typed: str, number: float) -> None:
    assert quiz.read_number(typed) == number


@pytest.mark.parametrize("typed", ["1.250,5,3", "1,2.5", "1.250,5.3", "12.50,5", "1250.000,5", "1,,5", "1.5.2"])
def test_signs_that_make_no_sense_together_are_no_number(typed: str) -> None:
    assert quiz.read_number(typed) is None


def test_numbers_that_cannot_be_read_are_named_and_empty_ones_are_not() -> None:
    made = parsed(question("number", id="one", answer=4), question("number", id="two"), question(id="three"))
    assert quiz.unreadable(made, {"one": "1,2,3", "three": ["a"]}) == ("one",)
    assert quiz.unreadable(made, {"one": "4,0 mm"}) == ()


@pytest.mark.parametrize(
    ("unit", "typed", "number"),
    [
        ("m", "2,14", 2.14), ("m", "2,14 m", 2.14), ("m", "2.14m", 2.14), ("m", " 2,14  M ", 2.14),
        ("r/min", "1.250,5 R / Min", 1250.5), ("°C", "20 ° c", 20.0), ("%", "35%", 35.0), ("m²", "3 m²", 3.0),
        ("m", "2,14 cm", None), ("m", "2,14 mm", None), ("m", "2,14 m/s", None), ("m", "2,14 m²", None),
        ("m", "2,14 %", None), ("mm", "4,4 m", None), ("m", "2,14 meter", None), ("m", "m", None),
        ("m", "1,2,3 m", None), ("", "3 stuks", 3.0),
    ],
)  # fmt: skip
def test_a_number_counts_bare_or_with_the_unit_that_was_asked(unit: str, typed: str, number: float | None) -> None:
    asked = parsed(question("number", answer=number or 2.14, unit=unit))
    assert quiz.read_answer(asked.questions[0], typed) == number
    assert fraction(asked, q=typed) == (number is not None)
    assert quiz.unreadable(asked, {"q": typed}) == (() if number is not None else ("q",))


def test_of_doubtful_answers_those_in_another_unit_are_told_apart() -> None:
    made = parsed(*(question("number", id=name, answer=4, unit="mm") for name in ("bare", "own", "other", "none")))
    answers: dict[str, Any] = {"bare": "4", "own": "4 mm", "other": "4 cm", "none": "1,2,3"}
    assert quiz.unreadable(made, answers) == ("other", "none")
    assert quiz.in_another_unit(made, answers) == ("other",)
    assert [mark.names_unit for mark in quiz.mark(made, answers)[:2]] == [False, True]


@given(st.text(max_size=40))
def test_whatever_is_typed_is_a_finite_number_or_none(typed: str) -> None:
    number = quiz.read_number(typed)
    assert number is None or abs(number) < 1e15


@given(st.floats(min_value=-1e9, max_value=1e9).map(lambda number: round(number, 3)))
def test_dutch_and_english_notation_say_the_same(number: float) -> None:
    typed = f"{number:.3f}"
    assert quiz.read_number(typed) == quiz.read_number(typed.replace(".", ",")) == number


def test_points_weigh_and_an_unanswered_question_earns_nothing() -> None:
    made = parsed(question(id="one", points=30), question(id="two", points=70))
    assert fraction(made, one=["a"]) == 0.3
    assert fraction(made, one=["a"], two=["a"]) == 1.0
    assert fraction(made) == 0.0


@pytest.mark.parametrize(("counts", "expected"), [(Counts.BEST, 1.0), (Counts.LAST, 0.5), (Counts.FIRST, 0.0)])
def test_the_attempt_that_counts_is_the_authors_choice_in_any_order(counts: Counts, expected: float) -> None:
    made = parsed(question(id="one"), question(id="two"), counts=counts)
    proofs = [
        handed_in(1, {}),
        handed_in(2, {"one": ["a"], "two": ["a"]}),
        handed_in(3, {"one": ["a"]}),
        Proof(quiz.OPENED, AT, {}),
    ]
    for seed in range(6):
        random.Random(seed).shuffle(proofs)
        assert quiz.judge(made, proofs).fraction == expected


def test_begun_is_not_done_and_has_no_number() -> None:
    made = parsed(question())
    assert (quiz.judge(made, []).state, quiz.judge(made, []).fraction) == (State.NOT_STARTED, None)
    opened = quiz.judge(made, [Proof(quiz.OPENED, AT, {})])
    assert (opened.state, opened.fraction) == (State.IN_PROGRESS, None)


def test_nothing_right_is_zero_and_done() -> None:
    verdict = quiz.judge(parsed(question()), [handed_in(1, {"q": ["b"]})])
    assert (verdict.state, verdict.fraction) == (State.DONE, 0.0)


def shuffling() -> Quiz:
    questions = [question(id=f"q{i}", options=options(True, *[False] * 5)) for i in range(8)]
    return parsed(*questions, question("true-false", id="tf"), shuffle=True)


def shown(made: Quiz, seed: str) -> list[tuple[str, ...]]:
    return [(asked.id, *(option.id for option in asked.options)) for asked in quiz.order(made, seed)]


def test_one_attempt_always_shows_the_same_order_and_others_another() -> None:
    made = shuffling()
    assert shown(made, "seed") == shown(made, "seed")
    assert len({str(shown(made, str(seed))) for seed in range(20)}) == 20


def test_shuffling_loses_nothing_and_leaves_true_and_false_in_place() -> None:
    made = shuffling()
    for seed in map(str, range(20)):
        assert sorted(asked.id for asked in quiz.order(made, seed)) == sorted(asked.id for asked in made.questions)
        by_id = {entry[0]: entry[1:] for entry in shown(made, seed)}
        assert sorted(by_id["q0"]) == list("abcdef")
        assert by_id["tf"] == ("a", "b", "c")


def test_the_order_of_authoring_stays_without_shuffle() -> None:
    made = parsed(question(id="b"), question(id="a"))
    assert [asked.id for asked in quiz.order(made, "seed")] == ["b", "a"]


def test_answers_are_kept_only_where_the_quiz_asks_them() -> None:
    made = parsed(
        question(id="one"), question("multiple", id="more", options=options(True, True)), question("number", id="n")
    )
    raw = {"one": ["b", "a"], "more": ["b", "a", "z"], "n": ["  4,4 " + "0" * 100], "other": ["a"], "csrf": ["x"]}
    assert quiz.clean_answers(made, raw) == {"one": ["b"], "more": ["a", "b"], "n": "4,4 " + "0" * 36}
    assert quiz.clean_answers(made, {"one": ["zzz"], "n": [" "]}) == {}
    assert quiz.clean_answers(made, {}) == {}
