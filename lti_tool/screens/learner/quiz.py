"""A quiz on screen: before the first attempt, during one, and its result with feedback."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import request
from sqlalchemy.orm import Session

from lti_tool.learning.catalogue.rules import Step
from lti_tool.learning.kinds import quiz
from lti_tool.learning.kinds.quiz import Answers, Mark, Quiz
from lti_tool.learning.progress import attempts, decisions
from lti_tool.learning.progress.attempts import Try
from lti_tool.learning.progress.decisions import Decision
from lti_tool.screens.learner.desk import Desk

TEMPLATE = "learner/quiz.html"


@dataclass(frozen=True, slots=True)
class Result:
    """One handed-in attempt, question by question as the learner saw them."""

    attempt: Try
    marks: tuple[Mark, ...]
    fraction: float

    @property
    def right_count(self) -> int:
        return sum(mark.is_right for mark in self.marks)


def extras(session: Session, desk: Desk, step: Step) -> dict[str, Any]:
    settings: Quiz = step.settings
    tries = attempts.tries(session, desk.place.enrolment_id, step)
    decided = desk.place.standing.decided.get(step.key, ())
    room = attempts.room(settings.attempts, [attempt.handed_in_at for attempt in tries], decided)
    running = next((attempt for attempt in tries if attempt.is_open), None)
    results = [result_of(settings, attempt) for attempt in tries if not attempt.is_open]
    wanted = request.args.get("attempt", type=int)
    shown = next((result for result in results if result.attempt.number == wanted), None)
    if shown is None and running is None and results:
        shown = results[-1]
    answers = answers_of(running) if running else {}
    since = decisions.reopened_at(decided)
    counting = [one for one in results if since is None or (one.attempt.handed_in_at or since) > since]
    return {
        "quiz": settings,
        "running": None if shown else running,
        "questions": quiz.order(settings, running.seed) if running else (),
        "answers": answers,
        "unreadable": quiz.unreadable(settings, answers),
        "in_another_unit": quiz.in_another_unit(settings, answers),
        "page_id": secrets.token_hex(6),
        "results": results,
        "shown": shown,
        "counted": _counted(settings, counting),
        "counting": {one.attempt.number for one in counting},
        "last_number": room.former + room.limit,
        "attempts_left": room.left,
        "is_closed": not desk.takes(step),
    }


def tries_left(step: Step, handed_in: Sequence[datetime], decided: Sequence[Decision]) -> int | None:
    """How many attempts can still change the result; None is without limit. An open one is among them."""
    settings: Quiz = step.settings
    room = attempts.room(settings.attempts, handed_in, decided)
    return 0 if settings.counts is quiz.Counts.FIRST and room.used else room.left


def answers_of(attempt: Try) -> Answers:
    answers: Answers = attempt.work.get("answers", {})
    return answers


def result_of(settings: Quiz, attempt: Try) -> Result:
    marks = {mark.question.id: mark for mark in quiz.mark(settings, answers_of(attempt))}
    in_order = tuple(
        replace(marks[shown.id], question=replace(marks[shown.id].question, options=shown.options))
        for shown in quiz.order(settings, attempt.seed)
    )
    return Result(attempt, in_order, quiz.fraction(in_order))


def _counted(settings: Quiz, results: Sequence[Result]) -> Result | None:
    """The attempt that counts."""
    if not results:
        return None
    if settings.counts is quiz.Counts.BEST:
        return max(results, key=lambda result: result.fraction)
    return results[-1] if settings.counts is quiz.Counts.LAST else results[0]
