"""What the forms of a day at the hub ask for: a seat, an offered seat, giving it back, another day."""

from flask import request
from sqlalchemy.orm import Session

from lti_tool.base.errors import Conflict, NotFound
from lti_tool.learning.catalogue.rules import Step
from lti_tool.learning.sessions import booking
from lti_tool.learning.sessions.booking import Asked
from lti_tool.screens.learner.desk import Desk
from lti_tool.screens.learner.session import party_of
from lti_tool.web.visits import Visit


def must_be_learner(visit: Visit) -> None:
    """No teacher and no preview takes a seat to try. Raises Conflict("seat-of-learner")."""
    if visit.role != "learner" or visit.is_preview:
        raise Conflict("seat-of-learner")


def book(session: Session, desk: Desk, key: str, day: str) -> None:
    """Raises what `booking.book` and `booking.move` raise, Conflict("link-not-open-yet" | "link-closed")."""
    asked = _asked(session, desk, key)
    desk.must_take(asked.step)
    instead_of = request.form.get("instead_of", "")
    if instead_of:
        booking.move(session, asked, instead_of, day)
    else:
        booking.book(session, asked, day)


def give_back(session: Session, desk: Desk, key: str, day: str) -> None:
    """Raises what `booking.give_back` raises."""
    _step(desk, key)
    booking.give_back(session, desk.place.enrolment_id, day, request.form.get("reason", ""))


def _asked(session: Session, desk: Desk, key: str) -> Asked:
    confirmed = bool(request.form.get("confirmed"))
    return Asked(desk.place.enrolment_id, _step(desk, key), party_of(session, desk), confirmed)


def _step(desk: Desk, key: str) -> Step:
    step = desk.syllabus.step(key)
    if step.kind != "session":
        raise NotFound("activity")
    return step
