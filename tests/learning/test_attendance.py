"""Who was there: marked by a trainer, once, in the session's hours; conflicts are kept and shown."""

from datetime import timedelta
from itertools import count

import pytest
import time_machine
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.base.errors import Conflict, Invalid, NotFound
from lti_tool.learning import audit
from lti_tool.learning.kinds import Stage, State
from lti_tool.learning.people import service as people
from lti_tool.learning.people.service import Profile
from lti_tool.learning.progress import service as progress
from lti_tool.learning.sessions import attendance, booking
from lti_tool.learning.sessions.attendance import Tap
from lti_tool.learning.sessions.models import HubSession, Mark
from tests.learning.hub import Hub, asked, learner, opened, planned

numbers = count(1)


@pytest.fixture
def hub(session: Session) -> Hub:
    return opened(session)


@pytest.fixture
def day(session: Session, hub: Hub) -> HubSession:
    return planned(session, hub)


@pytest.fixture
def sanne(session: Session, hub: Hub, day: HubSession) -> int:
    enrolment_id = learner(session, hub, "sanne")
    booking.book(session, asked(hub, enrolment_id), day.public_id)
    return enrolment_id


def tap(enrolment_id: int, what: str = "present", **given: object) -> Tap:
    return Tap(enrolment_id, what, **({"token": f"tap-{next(numbers):06}"} | given))  # type: ignore[arg-type]


def state(session: Session, enrolment_id: int) -> State:
    return progress.place_by_id(session, enrolment_id).standing.steps["praktijkdag"]


def test_who_was_there_is_done_with_the_day(session: Session, hub: Hub, day: HubSession, sanne: int) -> None:
    with time_machine.travel(day.starts_at, tick=False):
        marked = attendance.mark(session, day.public_id, [tap(sanne, "late")], actor_id=hub.coordinator)
    assert marked[sanne].what == "late"
    assert state(session, sanne) is State.DONE
    standing = progress.place_by_id(session, sanne).standing
    assert standing.reached["praktijkdag"].stage is Stage.PRESENT
    assert progress.check_standings(session)[1] == []
    notes = select(func.count()).select_from(audit.AuditNote).where(audit.AuditNote.verb == "staff:day:mark")
    assert session.scalar(notes) == 1


def test_the_same_tap_comes_in_once(session: Session, hub: Hub, day: HubSession, sanne: int) -> None:
    once = tap(sanne)
    with time_machine.travel(day.starts_at):
        for _ in range(2):
            attendance.mark(session, day.public_id, [once], actor_id=hub.coordinator)
    assert session.scalar(select(func.count()).select_from(Mark)) == 1


def test_absence_opens_the_day_again_and_no_number_comes_of_it(
    session: Session, hub: Hub, day: HubSession, sanne: int
) -> None:
    with time_machine.travel(day.ends_at):
        attendance.mark(session, day.public_id, [tap(sanne, "absent")], actor_id=hub.coordinator)
        standing = progress.place_by_id(session, sanne).standing
        assert (standing.steps["praktijkdag"], standing.score) == (State.IN_PROGRESS, None)
        assert standing.reached["praktijkdag"].stage is Stage.ABSENT


def test_who_was_absent_books_the_next_day(session: Session, hub: Hub, day: HubSession, sanne: int) -> None:
    with time_machine.travel(day.ends_at):
        attendance.mark(session, day.public_id, [tap(sanne, "absent")], actor_id=hub.coordinator)
        again = planned(session, hub)
        booking.book(session, asked(hub, sanne), again.public_id)
        assert progress.place_by_id(session, sanne).standing.reached["praktijkdag"].stage is Stage.BOOKED


def test_a_correction_is_a_newer_mark(session: Session, hub: Hub, day: HubSession, sanne: int) -> None:
    with time_machine.travel(day.starts_at) as now:
        attendance.mark(session, day.public_id, [tap(sanne, "absent")], actor_id=hub.coordinator)
        now.shift(60)
        late = attendance.mark(session, day.public_id, [tap(sanne, "late", saw=1)], actor_id=hub.coordinator)
    assert (late[sanne].what, late[sanne].revision, late[sanne].differs) == ("late", 2, ())
    assert state(session, sanne) is State.DONE
    assert session.scalar(select(func.count()).select_from(Mark)) == 2


def test_two_trainers_who_differ_are_both_kept_and_shown(
    session: Session, hub: Hub, day: HubSession, sanne: int
) -> None:
    """The one was offline for a day; what holds is what was seen last, whichever came in first."""
    kevin = people.recognise(session, "staff", "kevin", Profile(name="Kevin Tan")).id
    with time_machine.travel(day.starts_at + timedelta(hours=1)):
        attendance.mark(session, day.public_id, [tap(sanne, "present")], actor_id=hub.coordinator)
    with time_machine.travel(day.starts_at + timedelta(days=1)):
        half_past = timedelta(hours=23, minutes=30)
        offline = tap(sanne, "absent", ago=half_past, how="offline")
        marked = attendance.mark(session, day.public_id, [offline], actor_id=kevin)
    assert (marked[sanne].what, marked[sanne].differs) == ("present", ("absent",))
    assert state(session, sanne) is State.DONE
    assert progress.check_standings(session)[1] == []


def test_marks_are_made_in_the_hours_of_the_session_and_later_with_a_reason(
    session: Session, hub: Hub, day: HubSession, sanne: int
) -> None:
    with time_machine.travel(day.starts_at - timedelta(hours=3)), pytest.raises(Conflict, match="too-early"):
        attendance.mark(session, day.public_id, [tap(sanne)], actor_id=hub.coordinator)
    with time_machine.travel(day.ends_at + timedelta(days=2)):
        with pytest.raises(Invalid, match="reason"):
            attendance.mark(session, day.public_id, [tap(sanne)], actor_id=hub.coordinator)
        attendance.mark(session, day.public_id, [tap(sanne, reason="Lijst op papier")], actor_id=hub.coordinator)
    assert state(session, sanne) is State.DONE


def test_nobody_marks_themselves(session: Session, hub: Hub, day: HubSession, sanne: int) -> None:
    person_id = progress.place_by_id(session, sanne).person_id
    with time_machine.travel(day.starts_at), pytest.raises(Conflict, match="attendance-own"):
        attendance.mark(session, day.public_id, [tap(sanne)], actor_id=person_id)


def test_who_has_no_seat_is_not_marked(session: Session, hub: Hub, day: HubSession) -> None:
    stranger = learner(session, hub, "vreemd")
    with time_machine.travel(day.starts_at), pytest.raises(NotFound, match="booking"):
        attendance.mark(session, day.public_id, [tap(stranger)], actor_id=hub.coordinator)
    with time_machine.travel(day.starts_at), pytest.raises(Invalid, match="attendance"):
        attendance.mark(session, day.public_id, [tap(stranger, "excused")], actor_id=hub.coordinator)
