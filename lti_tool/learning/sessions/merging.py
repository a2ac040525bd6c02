"""Enrolments that became others, and runs: their seats and marks follow, after their evidence was joined."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lti_tool.learning.sessions import attendance, seats
from lti_tool.learning.sessions.models import Booking, HubSession, Mark
from lti_tool.learning.sessions.rules import OPEN, Seat

BEST = (Seat.OVER, Seat.BOOKED, Seat.OFFERED, Seat.LISTED, Seat.FREED, Seat.HELD)


def follow(session: Session, became: Mapping[int, int], runs: Mapping[int, int] | None = None) -> None:
    """Of two open seats of one person for one activity the one they have here stays, and the other is freed."""
    for former, cohort_id in (runs or {}).items():
        session.execute(update(Booking).where(Booking.cohort_id == former).values(cohort_id=cohort_id))
    for former, enrolment_id in became.items():
        theirs = select(Booking).where(Booking.enrolment_id == former)
        for booking in session.scalars(theirs.order_by(Booking.session_id)).all():
            day = session.get_one(HubSession, booking.session_id, with_for_update=True)
            _follow(session, day, booking, enrolment_id)
            _marks_follow(session, day, former, enrolment_id)
            seats.pass_on(session, day)
    session.flush()


def _follow(session: Session, day: HubSession, coming: Booking, enrolment_id: int) -> None:
    here = session.scalars(select(Booking).where(Booking.enrolment_id == enrolment_id)).all()
    same = next((one for one in here if one.session_id == day.id), None)
    if same is not None:
        state = min(Seat(coming.state), Seat(same.state), key=BEST.index)
        same.revision = max(coming.revision, same.revision)
        session.delete(coming)
        session.flush()
        seats.change(session, day, same, state, same.ends_at or coming.ends_at)
        return
    is_second = coming.state in OPEN and any(_rivals(one, coming) for one in here)
    if is_second:
        coming.state = Seat.FREED
    coming.enrolment_id = enrolment_id
    session.flush()
    if is_second:
        seats.change(session, day, coming, Seat.FREED)


def _rivals(one: Booking, other: Booking) -> bool:
    return one.state in OPEN and one.activity_key == other.activity_key


def _marks_follow(session: Session, day: HubSession, former: int, enrolment_id: int) -> None:
    """Number the marks of both anew, by when they were made, above all numbers that were used; tell which holds."""
    query = select(Mark).where(Mark.session_id == day.id, Mark.enrolment_id.in_((former, enrolment_id)))
    marks: Sequence[Mark] = sorted(session.scalars(query), key=lambda one: (one.at, one.revision))
    if all(one.enrolment_id == enrolment_id for one in marks):
        return
    base = max(one.revision for one in marks)
    for number, one in enumerate(marks, start=base + 1):
        one.enrolment_id, one.revision = enrolment_id, number
    session.flush()
    attendance.tell(session, day, marks[-1])
