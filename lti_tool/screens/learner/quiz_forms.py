"""What quiz forms ask for: begin, keep the answers so far, hand in.

Kept work is {"answers": ..., "page": ...}. `page` names the open page that sent it, so that a page whose last
answer got lost on the way back may go on, while another, older page cannot overwrite what is newer.
"""

from dataclasses import dataclass
from typing import Any

from flask import render_template
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from lti_tool.base import clock
from lti_tool.base.errors import NotFound
from lti_tool.learning.catalogue.rules import Step
from lti_tool.learning.kinds import Proof, quiz
from lti_tool.learning.progress import attempts
from lti_tool.learning.progress import service as progress
from lti_tool.learning.progress.attempts import Try
from lti_tool.screens.learner.desk import Desk
from lti_tool.screens.learner.quiz import answers_of
from lti_tool.web.visits import Visit

Form = MultiDict[str, str]
FIELD = "q."


@dataclass(frozen=True, slots=True)
class Saving:
    attempt: Try
    is_kept: bool
    """False: newer answers from elsewhere were there and stayed."""
    seen: int
    """The count of savings that the page knew."""


def begin(session: Session, desk: Desk, key: str) -> None:
    """Raises Conflict("link-not-open-yet" | "link-closed" | "no-attempts-left" | "activity-locked")."""
    step = _quiz_step(desk, key)
    desk.must_take(step)
    attempts.begin(session, desk.place.enrolment_id, step, limit=step.settings.attempts)
    proof = Proof(quiz.OPENED, clock.now(), {})
    progress.record(session, desk.place.enrolment_id, step, proof, key=quiz.OPENED)


def keep(session: Session, desk: Desk, key: str, number: int, form: Form) -> Saving:
    """Kept at any time: what comes after the closing is not handed in, and not lost either.

    Raises Conflict("attempt-handed-in"), NotFound("attempt").
    """
    step, enrolment_id = _quiz_step(desk, key), desk.place.enrolment_id
    work = _work(step, form)
    known = next((t for t in attempts.tries(session, enrolment_id, step) if t.number == number), None)
    saves = form.get("saves", 0, type=int)
    if known is not None and known.work.get("page") == work["page"]:
        saves = known.saves
    attempt = attempts.keep(session, enrolment_id, step, number, work, saves=saves)
    return Saving(attempt, answers_of(attempt) == work["answers"], saves)


def told(visit: Visit, desk: Desk, key: str, saving: Saving) -> str:
    """The part of the page that says what was kept and when."""
    takes = desk.takes(desk.syllabus.step(key))
    return render_template("learner/_saved.html", visit=visit, key=key, saving=saving, is_closed=not takes)


def hand_in(session: Session, desk: Desk, key: str, number: int, form: Form) -> None:
    """Close the attempt and record it; a second time changes nothing. Raises NotFound("attempt").

    While a number cannot be read, the work is only kept: the page then tells which. Nobody loses points by a comma.
    Likewise once the link is closed.
    """
    step, enrolment_id = _quiz_step(desk, key), desk.place.enrolment_id
    work = _work(step, form)
    if not desk.takes(step) and _is_handed_in(session, enrolment_id, step, number):
        return
    if quiz.unreadable(step.settings, work["answers"]) or not desk.takes(step):
        keep(session, desk, key, number, form)
        return
    attempt = attempts.hand_in(session, enrolment_id, step, number, work)
    facts = {"attempt": number, "answers": answers_of(attempt)}
    proof = Proof(quiz.HANDED_IN, attempt.handed_in_at or clock.now(), facts)
    progress.record(session, enrolment_id, step, proof, key=f"attempt-{number}")


def _is_handed_in(session: Session, enrolment_id: int, step: Step, number: int) -> bool:
    return any(one.number == number and not one.is_open for one in attempts.tries(session, enrolment_id, step))


def _work(step: Step, form: Form) -> dict[str, Any]:
    raw = {name.removeprefix(FIELD): form.getlist(name) for name in form if name.startswith(FIELD)}
    return {"answers": quiz.clean_answers(step.settings, raw), "page": form.get("page", "")[:32]}


def _quiz_step(desk: Desk, key: str) -> Step:
    step = desk.syllabus.step(key)
    if step.kind != "quiz":
        raise NotFound("activity")
    return step
