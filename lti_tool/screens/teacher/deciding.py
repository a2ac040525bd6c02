"""What a teacher's forms ask for: correct, excuse, reopen, more attempts, more time, and take it back."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import flask_babel
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from lti_tool.base.errors import Conflict, Invalid, NotFound
from lti_tool.learning.catalogue.rules import Step
from lti_tool.learning.kinds.quiz import read_number
from lti_tool.learning.people import service as people
from lti_tool.learning.progress import acts, history
from lti_tool.learning.progress.acts import Signed
from lti_tool.learning.progress.decisions import WORDS, Act
from lti_tool.learning.progress.history import Line
from lti_tool.screens.teacher import pupils
from lti_tool.screens.teacher.pupils import Pupil
from lti_tool.web.visits import Visit

Form = MultiDict[str, str]
TOKEN = 32
"""A token of a form is no longer."""


@dataclass(frozen=True, slots=True)
class Refused:
    """What could not be done, for the page that shows the form again with all that was typed."""

    act: str
    code: str
    status: int
    form: Form


def decide(session: Session, visit: Visit, one: Pupil, act: str, form: Form) -> Refused | None:
    """Do it, or say why not. Raises NotFound("page") for an act that there is not."""
    if act not in DOES:
        raise NotFound("page")
    signed = Signed(
        visit.person_id, form.get("reason", ""), form.get("token", "")[:TOKEN] or secrets.token_hex(8),
        form.get("seen_result", ""),
    )  # fmt: skip
    try:
        DOES[act](session, pupils.enrolment(session, one), one, signed, form)
    except (Conflict, Invalid) as error:
        return Refused(act, error.code, error.status, form)
    return None


def _correct(session: Session, enrolment_id: int, one: Pupil, signed: Signed, form: Form) -> None:
    step = _step(one)
    acts.correct(session, enrolment_id, step, signed, fraction=_fraction(step, form.get("points", "")))


def _fraction(step: Step, typed: str) -> float:
    """Of the points as typed. A part without points is done, and that is all. Raises Invalid("act-points")."""
    if not step.points:
        return 1.0
    points = read_number(typed)
    if points is None:
        raise Invalid("act-points")
    return points / step.points


def _excuse(session: Session, enrolment_id: int, one: Pupil, signed: Signed, form: Form) -> None:
    acts.excuse(session, enrolment_id, _step(one), signed)


def _reopen(session: Session, enrolment_id: int, one: Pupil, signed: Signed, form: Form) -> None:
    acts.reopen(session, enrolment_id, _step(one), signed)


def _allow(session: Session, enrolment_id: int, one: Pupil, signed: Signed, form: Form) -> None:
    acts.allow(session, enrolment_id, _step(one), signed, attempts=form.get("attempts", 0, type=int))


def _extend(session: Session, enrolment_id: int, one: Pupil, signed: Signed, form: Form) -> None:
    acts.extend(
        session, enrolment_id, one.step, signed, until=_moment(form.get("until", "")), link=one.dates.link
    )  # fmt: skip


def _moment(typed: str) -> datetime:
    """A day and time as browsers send it, in the time of the page. Raises Invalid("act-until")."""
    try:
        naive = datetime.fromisoformat(typed)
        return flask_babel.to_utc(naive).replace(tzinfo=UTC) if naive.tzinfo is None else naive
    except (ValueError, OverflowError):
        raise Invalid("act-until") from None


def _step(one: Pupil) -> Step:
    if one.step is None:
        raise NotFound("page")
    return one.step


Does = Callable[[Session, int, Pupil, Signed, Form], None]


def _back(act: Act) -> Does:
    def take_back(session: Session, enrolment_id: int, one: Pupil, signed: Signed, form: Form) -> None:
        link = one.dates.link if act is Act.EXTENDED else ""
        acts.take_back(session, enrolment_id, one.step, signed, act, link=link)

    return take_back


DOES: MappingProxyType[str, Does] = MappingProxyType(
    {
        "correct": _correct, "excuse": _excuse, "reopen": _reopen, "allow": _allow, "extend": _extend,
        "correct-back": _back(Act.CORRECTED), "excuse-back": _back(Act.EXCUSED), "reopen-back": _back(Act.REOPENED),
        "allow-back": _back(Act.ALLOWED), "extend-back": _back(Act.EXTENDED),
    }
)  # fmt: skip
"""The last part of the address -> what it does."""


def facts(session: Session, one: Pupil, refused: Refused | None = None, done: str = "") -> dict[str, Any]:
    """What the page of one activity of one learner shows."""
    here = pupils.position(session, one)
    lines = _lines(session, one)
    return {
        "pupil": one, "position": here, "room": pupils.room(session, one, here), "hours": pupils.hours(one),
        "lines": lines, "names": _names(session, lines), "refused": refused, "done": done if done in DOES else "",
        "token": secrets.token_hex(8), "may_reopen": acts.may_reopen(here),
        "in_force": {str(decision.act): decision for decision in _mine(here.decided, one.dates.link)},
    }  # fmt: skip


def _mine(decided: Any, link: str) -> list[Any]:
    return [one for one in decided if one.act is not Act.EXTENDED or one.link == link]


def _lines(session: Session, one: Pupil) -> list[Line]:
    """What teachers did here, the newest first."""
    every = history.timeline(session, one.place.enrolment_id) if one.place else ()
    return [line for line in every if line.what in WORDS and line.activity == one.key]


def _names(session: Session, lines: list[Line]) -> dict[int, str]:
    return people.names(session, {line.by for line in lines if line.by is not None})
