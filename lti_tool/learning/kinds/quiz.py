"""A quiz: questions with one or several right options, true or false, or a number with a tolerance.

Answers are {question id: list of option ids, or the number as typed}. Marking is pure, so that a standing can
be worked out again from the answers that were handed in.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from lti_tool.base.errors import Invalid
from lti_tool.learning.kinds.evidence import Proof, State, Verdict

OPENED = "opened"
HANDED_IN = "handed-in"
COMPLETES: tuple[str, ...] = (HANDED_IN,)

Localised = dict[str, str]
Answer = list[str] | str
Answers = dict[str, Answer]


class Counts(StrEnum):
    BEST = "best"
    LAST = "last"
    FIRST = "first"


class QuestionKind(StrEnum):
    SINGLE = "single"
    MULTIPLE = "multiple"
    TRUE_FALSE = "true-false"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Option:
    id: str
    text: Localised
    correct: bool
    feedback: Localised


@dataclass(frozen=True, slots=True)
class Question:
    id: str
    kind: QuestionKind
    text: Localised
    points: float
    options: tuple[Option, ...] = ()
    answer: float = 0.0
    tolerance: float = 0.0
    """Absolute; an answer exactly on the edge is right."""
    unit: str = ""
    feedback_correct: Localised | None = None
    feedback_wrong: Localised | None = None


@dataclass(frozen=True, slots=True)
class Quiz:
    questions: tuple[Question, ...]
    attempts: int
    """How often a learner may hand in; 0 is without limit."""
    counts: Counts
    shuffle: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """One question of a handed-in attempt."""

    question: Question
    answer: Answer | None
    fraction: float

    @property
    def points(self) -> float:
        return self.fraction * self.question.points

    @property
    def is_right(self) -> bool:
        return self.fraction == 1.0

    @property
    def names_unit(self) -> bool:
        """The answer was typed with a unit behind its number."""
        return isinstance(self.answer, str) and _bare_number(_compact(self.answer)) is None


def parse(settings: dict[str, Any]) -> Quiz:
    try:
        quiz = Quiz(
            questions=tuple(_question(raw) for raw in settings["questions"]),
            attempts=int(settings.get("attempts", 0)),
            counts=Counts(settings.get("counts", Counts.BEST)),
            shuffle=bool(settings.get("shuffle", False)),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Invalid("activity-settings", path=str(error)) from None
    _check(quiz)
    return quiz


def _question(raw: dict[str, Any]) -> Question:
    feedback = raw.get("feedback", {})
    return Question(
        id=raw["id"],
        kind=QuestionKind(raw["kind"]),
        text=raw["text"],
        points=float(raw["points"]),
        options=tuple(
            Option(o["id"], o["text"], bool(o["correct"]), o.get("feedback", {})) for o in raw.get("options", ())
        ),
        answer=float(raw.get("answer", 0)),
        tolerance=float(raw.get("tolerance", 0)),
        unit=raw.get("unit", ""),
        feedback_correct=feedback.get("correct"),
        feedback_wrong=feedback.get("wrong"),
    )


def _check(quiz: Quiz) -> None:
    ids = [question.id for question in quiz.questions]
    if not ids or len(set(ids)) != len(ids):
        raise Invalid("activity-settings", path="questions: none, or an id twice")
    for question in quiz.questions:
        right = sum(option.correct for option in question.options)
        wants_one = question.kind in (QuestionKind.SINGLE, QuestionKind.TRUE_FALSE)
        if question.points <= 0 or (wants_one and right != 1):
            raise Invalid("activity-settings", path=f"question {question.id}: points or right options")
        if question.kind is QuestionKind.MULTIPLE and not right:
            raise Invalid("activity-settings", path=f"question {question.id}: no right option")


def judge(quiz: Quiz, proofs: Sequence[Proof]) -> Verdict:
    handed_in = sorted(
        (proof for proof in proofs if proof.what == HANDED_IN), key=lambda proof: int(proof.facts["attempt"])
    )
    if not handed_in:
        return Verdict(State.IN_PROGRESS if proofs else State.NOT_STARTED)
    fractions = [fraction(mark(quiz, proof.facts["answers"])) for proof in handed_in]
    counted = {Counts.BEST: max(fractions), Counts.LAST: fractions[-1], Counts.FIRST: fractions[0]}
    return Verdict(State.DONE, fraction=counted[quiz.counts])


def limit(quiz: Quiz) -> int:
    return quiz.attempts


def mark(quiz: Quiz, answers: Answers) -> tuple[Mark, ...]:
    """One Mark per question, in the order of authoring."""
    return tuple(Mark(q, answers.get(q.id), _fraction_of(q, answers.get(q.id))) for q in quiz.questions)


def fraction(marks: Sequence[Mark]) -> float:
    """Share of all points, 0..1, rounded so that equal work gives an equal number everywhere."""
    return round(sum(m.points for m in marks) / sum(m.question.points for m in marks), 6)


def _fraction_of(question: Question, answer: Answer | None) -> float:
    if answer is None or answer == [] or answer == "":
        return 0.0
    if question.kind is QuestionKind.NUMBER:
        number = read_answer(question, answer) if isinstance(answer, str) else None
        return float(number is not None and abs(number - question.answer) <= question.tolerance + 1e-9)
    right = {option.id for option in question.options if option.correct}
    chosen = set(answer) if isinstance(answer, list) else {answer}
    if question.kind is not QuestionKind.MULTIPLE:
        return float(chosen == right)
    wrong = len(chosen - right)
    return max(0.0, (len(chosen & right) - wrong) / len(right))


def read_answer(question: Question, text: str) -> float | None:
    """The number in the question's own unit, with or without that unit behind it (case and spaces do not matter).

    None if it is no number, not clear which, or in another unit. Where the question names no unit, any may follow.
    """
    if not question.unit:
        return read_number(text)
    return _bare_number(_compact(text).removesuffix(_compact(question.unit)))


def read_number(text: str) -> float | None:
    """A number as a Dutch or English learner types it: "4,40", "4.4", "1.250,5", "1,250.5", "4,4 mm".

    One point or comma is the decimal sign, so "1.250" is 1.25. None if it is no number, or not clear which.
    """
    return _bare_number(_compact(text).rstrip("abcdefghijklmnopqrstuvwxyz%°²³/"))


def _compact(text: str) -> str:
    """In lower case, without spaces."""
    return "".join(text.lower().split())


def _bare_number(typed: str) -> float | None:
    try:
        number = float(_with_decimal_point(typed))
    except ValueError:
        return None
    return number if abs(number) < 1e15 else None


def _with_decimal_point(typed: str) -> str:
    """Without signs between thousands; "" where points and commas do not make sense together."""
    signs = [character for character in typed if character in ",."]
    if len(signs) < 2:
        return typed.replace(",", ".")
    whole, decimals = typed.rsplit(signs[-1], 1) if signs[-1] != signs[0] else (typed, "0")
    first, *groups = whole.split(signs[0])
    is_grouped = 1 <= len(first.lstrip("+-")) <= 3 and all(len(group) == 3 for group in groups)
    return f"{first}{''.join(groups)}.{decimals}" if is_grouped else ""


def unreadable(quiz: Quiz, answers: Answers) -> tuple[str, ...]:
    """Ids of the questions whose answer ought to be a number and cannot be read as one in the question's unit."""
    return tuple(question.id for question, typed in _typed(quiz, answers) if read_answer(question, typed) is None)


def in_another_unit(quiz: Quiz, answers: Answers) -> tuple[str, ...]:
    """Those of the unreadable ones where only the unit is in the way."""
    doubtful = unreadable(quiz, answers)
    return tuple(q.id for q, typed in _typed(quiz, answers) if q.id in doubtful and read_number(typed) is not None)


def _typed(quiz: Quiz, answers: Answers) -> list[tuple[Question, str]]:
    """The questions that want a number, with what was typed there."""
    given = ((q, answers.get(q.id)) for q in quiz.questions if q.kind is QuestionKind.NUMBER)
    return [(question, typed) for question, typed in given if isinstance(typed, str)]


def order(quiz: Quiz, seed: str) -> tuple[Question, ...]:
    """The questions as one attempt shows them: shuffled by its seed, options too, always alike for that seed."""
    if not quiz.shuffle:
        return quiz.questions
    questions = list(quiz.questions)
    random.Random(seed).shuffle(questions)
    return tuple(_shuffled(question, seed) for question in questions)


def _shuffled(question: Question, seed: str) -> Question:
    if question.kind not in (QuestionKind.SINGLE, QuestionKind.MULTIPLE):
        return question
    options = list(question.options)
    random.Random(f"{seed}:{question.id}").shuffle(options)
    return Question(
        question.id, question.kind, question.text, question.points, tuple(options), unit=question.unit
    )


def clean_answers(quiz: Quiz, raw: dict[str, list[str]]) -> Answers:
    """Only what this quiz asks: form fields -> Answers; unknown questions and options fall away."""
    answers: Answers = {}
    for question in quiz.questions:
        values = raw.get(question.id, [])
        if question.kind is QuestionKind.NUMBER:
            text = (values[0] if values else "").strip()[:40]
            if text:
                answers[question.id] = text
            continue
        known = {option.id for option in question.options}
        chosen = [value for value in values if value in known]
        if question.kind is not QuestionKind.MULTIPLE:
            chosen = chosen[:1]
        if chosen:
            answers[question.id] = sorted(chosen)
    return answers
