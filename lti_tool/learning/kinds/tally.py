"""How often each answer was given to the questions of a quiz, the first and the last time that people tried. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from lti_tool.learning.kinds.quiz import Answers, Mark, Question, QuestionKind, Quiz, mark

MOST_TYPED = 6
"""Of what was typed as a number only the most frequent is told; the rest is added up."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to answer: an option (`answer` is its id), or what was typed."""

    answer: str
    is_right: bool
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Tally:
    """One question. Where several options may be chosen, choices add up to more than the people."""

    question: Question
    choices: tuple[Choice, ...]
    right_first: int
    right_last: int
    open_first: int
    """Left unanswered."""
    open_last: int
    other_first: int = 0
    """Typed by few, all together."""
    other_last: int = 0


@dataclass(slots=True)
class _Counts:
    chosen: Counter[str] = field(default_factory=Counter)
    right: int = 0
    open: int = 0


def tally(quiz: Quiz, tries: Iterable[tuple[Answers, Answers]]) -> tuple[Tally, ...]:
    """One Tally per question, in the order of authoring; `tries` holds each person's first and last answers."""
    first = {question.id: _Counts() for question in quiz.questions}
    last = {question.id: _Counts() for question in quiz.questions}
    for first_answers, last_answers in tries:
        marks = mark(quiz, first_answers)
        _count(first, marks)
        _count(last, marks if last_answers is first_answers else mark(quiz, last_answers))
    return tuple(_tally(question, first[question.id], last[question.id]) for question in quiz.questions)


def _count(counts: dict[str, _Counts], marks: Iterable[Mark]) -> None:
    for one in marks:
        count = counts[one.question.id]
        count.right += one.is_right
        count.open += not one.answer
        count.chosen.update(_given(one))


def _given(one: Mark) -> list[str]:
    """Ids of the chosen options; of a number what was typed, in one spelling for all that are right."""
    if isinstance(one.answer, list):
        return one.answer
    if not one.answer:
        return []
    if one.question.kind is not QuestionKind.NUMBER:
        return [one.answer]
    return [RIGHT if one.is_right else "".join(one.answer.lower().replace(".", ",").split())]


RIGHT = "right"
"""Stands for every spelling of the right number."""


def _tally(question: Question, first: _Counts, last: _Counts) -> Tally:
    if question.kind is not QuestionKind.NUMBER:
        choices = tuple(
            Choice(option.id, option.correct, first.chosen[option.id], last.chosen[option.id])
            for option in question.options
        )
        return Tally(question, choices, first.right, last.right, first.open, last.open)
    wrong = (first.chosen + last.chosen).most_common()
    shown = [RIGHT, *[typed for typed, _ in wrong if typed != RIGHT][: MOST_TYPED - 1]]
    choices = tuple(Choice(typed, typed == RIGHT, first.chosen[typed], last.chosen[typed]) for typed in shown)
    others = (count.chosen.total() - sum(count.chosen[typed] for typed in shown) for count in (first, last))
    return Tally(question, choices, first.right, last.right, first.open, last.open, *others)
