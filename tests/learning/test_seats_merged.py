"""Two enrolments that turn out to be one: one seat, the marks of both, and a standing that follows from evidence."""

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.learning.kinds import Stage, State
from lti_tool.learning.progress import merging as progress_merging
from lti_tool.learning.progress import runs
from lti_tool.learning.progress import service as progress
from lti_tool.learning.progress.models import Cohort, Enrolment
from lti_tool.learning.sessions import attendance, booking, merging
from lti_tool.learning.sessions.attendance import Tap
from lti_tool.learning.sessions.models import Booking, Mark
from tests.learning.hub import Hub, asked, draft, learner, opened, planned


@pytest.fixture
def hub(session: Session) -> Hub:
    return opened(session)


@pytest.fixture
def both(session: Session, hub: Hub) -> tuple[int, int]:
    """The same person in two runs: (former, here)."""
    return learner(session, hub, "sanne", run="oud"), learner(session, hub, "sanne", run="nieuw")


def join(session: Session) -> int:
    """The former run goes on in the other; the enrolment that is left."""
    old, new = (session.scalars(select(Cohort.id).where(Cohort.key == key)).one() for key in ("oud", "nieuw"))
    became = runs.join(session, old, new)
    merging.follow(session, became, {old: new})
    session.expire_all()
    for table in (Booking, Mark):
        assert session.scalars(select(table.id).where(table.enrolment_id.in_(became))).all() == []
    progress_merging.drop(session, (), became)
    assert progress.check_standings(session)[1] == []
    return session.scalars(select(Enrolment.id).where(Enrolment.cohort_id == new)).one()


def seats(session: Session) -> list[tuple[int, str]]:
    rows = session.execute(select(Booking.session_id, Booking.state).order_by(Booking.session_id))
    return [(row.session_id, row.state) for row in rows]


def test_a_seat_goes_along(session: Session, hub: Hub, both: tuple[int, int]) -> None:
    day = planned(session, hub)
    booking.book(session, asked(hub, both[0]), day.public_id)
    left = join(session)
    assert seats(session) == [(day.id, "booked")]
    assert progress.place_by_id(session, left).standing.reached["praktijkdag"].stage is Stage.BOOKED


def test_of_two_seats_for_one_activity_one_stays(session: Session, hub: Hub, both: tuple[int, int]) -> None:
    first, second = planned(session, hub), planned(session, hub, draft(hub, after_days=25).begins)
    booking.book(session, asked(hub, both[0]), first.public_id)
    booking.book(session, asked(hub, both[1]), second.public_id)
    left = join(session)
    assert seats(session) == [(first.id, "freed"), (second.id, "booked")]
    assert progress.place_by_id(session, left).standing.reached["praktijkdag"].at == second.starts_at


def test_two_seats_at_one_session_are_one_and_the_other_is_free_again(
    session: Session, hub: Hub, both: tuple[int, int]
) -> None:
    day = planned(session, hub, most_seats=2)
    for one in both:
        booking.book(session, asked(hub, one), day.public_id)
    waits = learner(session, hub, "youssef", run="nieuw-2")
    booking.book(session, asked(hub, waits), day.public_id)
    join(session)
    found = session.execute(select(Booking.enrolment_id, Booking.state)).all()
    assert sorted(row.state for row in found) == ["booked", "offered"]
    assert {row.state for row in found if row.enrolment_id == waits} == {"offered"}


@pytest.mark.parametrize("first", ["present", "absent"])
def test_the_mark_that_was_made_last_holds(session: Session, hub: Hub, both: tuple[int, int], first: str) -> None:
    day = planned(session, hub)
    last = {"present": "absent", "absent": "present"}[first]
    for one in both:
        booking.book(session, asked(hub, one), day.public_id)
    with time_machine.travel(day.starts_at) as now:
        for one, what in zip(both, (first, last), strict=True):
            now.shift(60)
            attendance.mark(session, day.public_id, [Tap(one, what, f"token-{one:06}")], actor_id=hub.coordinator)
        left = join(session)
    state = progress.place_by_id(session, left).standing.steps["praktijkdag"]
    assert state is (State.DONE if last == "present" else State.IN_PROGRESS)
    assert len(attendance.of_session(session, day.id)) == 1
