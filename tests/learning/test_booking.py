"""Seats at the hub: booked once, given back, passed on in order, never more than there are; evidence follows."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
import time_machine
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.db import writing
from lti_tool.base.errors import Conflict, Invalid, NotFound
from lti_tool.learning.catalogue import service as catalogue
from lti_tool.learning.kinds import Stage
from lti_tool.learning.progress import service as progress
from lti_tool.learning.sessions import booking, planning, seats
from lti_tool.learning.sessions.models import Booking, HubSession
from lti_tool.learning.sessions.rules import Seat
from tests.learning.drafts import page_draft, version_draft
from tests.learning.hub import Hub, asked, day_draft, draft, draft_of, learner, opened, planned


@pytest.fixture
def hub(session: Session) -> Hub:
    return opened(session)


def stage(session: Session, enrolment_id: int) -> Stage | None:
    reached = progress.place_by_id(session, enrolment_id).standing.reached.get("praktijkdag")
    return reached.stage if reached else None


def states(session: Session, day: HubSession) -> list[str]:
    query = select(Booking.state).where(Booking.session_id == day.id, Booking.enrolment_id.is_not(None))
    return list(session.scalars(query.order_by(Booking.asked_at, Booking.id)))


def fill(session: Session, hub: Hub, day: HubSession, *names: str, party: int | None = None) -> list[int]:
    found = [learner(session, hub, name) for name in names]
    for one in found:
        booking.book(session, asked(hub, one, party), day.public_id)
    return found


def test_a_seat_is_booked_and_the_standing_says_so(session: Session, hub: Hub) -> None:
    day = planned(session, hub)
    (sanne,) = fill(session, hub, day, "sanne")
    standing = progress.place_by_id(session, sanne).standing
    assert standing.reached["praktijkdag"].stage is Stage.BOOKED
    assert standing.reached["praktijkdag"].at == day.starts_at
    assert (standing.score, standing.passed) == (None, None)
    assert progress.check_standings(session) == (1, [])


def test_booking_twice_is_booking_once(session: Session, hub: Hub) -> None:
    day = planned(session, hub)
    (sanne,) = fill(session, hub, day, "sanne")
    again = booking.book(session, asked(hub, sanne), day.public_id)
    assert again.seat is Seat.BOOKED
    assert states(session, day) == ["booked"]
    assert session.scalars(select(Booking.revision)).one() == 1


def test_who_comes_when_all_is_taken_stands_on_the_list_in_order(session: Session, hub: Hub) -> None:
    day = planned(session, hub, most_seats=1)
    fill(session, hub, day, "sanne")
    places = [booking.book(session, asked(hub, learner(session, hub, n)), day.public_id).place for n in ("y", "l")]
    assert places == [1, 2]
    assert states(session, day) == ["booked", "listed", "listed"]


def test_a_seat_that_comes_free_is_offered_to_the_first_who_waits(session: Session, hub: Hub) -> None:
    day = planned(session, hub, most_seats=1)
    sanne, youssef, lotte = fill(session, hub, day, "sanne", "youssef", "lotte")
    booking.give_back(session, sanne, day.public_id)
    assert states(session, day) == ["freed", "offered", "listed"]
    assert stage(session, youssef) is Stage.OFFERED
    assert booking.answer(session, youssef, day.public_id).seat is Seat.BOOKED
    assert stage(session, youssef) is Stage.BOOKED
    assert stage(session, sanne) is None
    assert booking.book(session, asked(hub, lotte), day.public_id).place == 1


def test_an_offer_nobody_answers_goes_to_the_next(session: Session, hub: Hub) -> None:
    day = planned(session, hub, most_seats=1)
    sanne, youssef, lotte = fill(session, hub, day, "sanne", "youssef", "lotte")
    booking.give_back(session, sanne, day.public_id)
    assert day.look_at == session.scalars(select(Booking.ends_at).where(Booking.state == Seat.OFFERED)).one()
    with time_machine.travel(clock.now() + seats.TIME_TO_ANSWER + timedelta(seconds=1)):
        seats.pass_on(session, day)
        assert states(session, day) == ["freed", "freed", "offered"]
        with pytest.raises(Conflict, match="offer-over"):
            booking.answer(session, youssef, day.public_id)
        assert booking.answer(session, lotte, day.public_id).seat is Seat.BOOKED


def test_who_asks_now_does_not_pass_who_waits(session: Session, hub: Hub) -> None:
    day = planned(session, hub, most_seats=1)
    fill(session, hub, day, "sanne", "youssef")
    day.most_seats = 2  # the hub found a larger room, and nobody looked since
    noor = learner(session, hub, "noor")
    assert booking.book(session, asked(hub, noor), day.public_id).seat is Seat.LISTED
    assert states(session, day) == ["booked", "offered", "listed"]


def test_a_guaranteed_seat_waits_for_its_school_and_then_flows_back(session: Session, hub: Hub) -> None:
    day = planned(session, hub, most_seats=3, quotas=((hub.delta, 2),))
    fill(session, hub, day, "a", "b", "c", party=hub.baken)
    assert states(session, day) == ["booked", "listed", "listed"]
    fill(session, hub, day, "d", party=hub.delta)
    assert states(session, day) == ["booked", "listed", "listed", "booked"]
    returns_at = day.starts_at - timedelta(days=14)
    assert day.look_at == returns_at
    with time_machine.travel(returns_at):
        seats.pass_on(session, day)
    assert states(session, day) == ["booked", "offered", "listed", "booked"]


def test_seats_that_a_teacher_holds_are_for_the_class_until_the_hold_ends(session: Session, hub: Hub) -> None:
    day = planned(session, hub, most_seats=2)
    learner(session, hub, "sanne")
    run = session.scalars(select(progress.Cohort.id)).one()
    until = clock.now() + timedelta(days=3)
    booking.hold(session, day.public_id, run, hub.delta, 2, until, actor_id=hub.coordinator)
    other = learner(session, hub, "ander", run="andere-klas")
    assert booking.book(session, asked(hub, other), day.public_id).seat is Seat.LISTED
    fill(session, hub, day, "sanne")
    assert states(session, day) == ["listed", "booked"]
    with time_machine.travel(until):
        seats.pass_on(session, day)
    assert states(session, day) == ["offered", "booked"]


def test_holding_again_changes_the_number_and_never_doubles_it(session: Session, hub: Hub) -> None:
    day = planned(session, hub, most_seats=4)
    learner(session, hub, "sanne")
    run = session.scalars(select(progress.Cohort.id)).one()
    until = clock.now() + timedelta(days=3)
    for count in (3, 3, 1, 2):
        booking.hold(session, day.public_id, run, hub.delta, count, until, actor_id=hub.coordinator)
        held = select(func.count()).where(Booking.state == Seat.HELD)
        assert session.scalar(held) == count
    fill(session, hub, day, "sanne", "youssef", "lotte")  # two of them on held seats
    with pytest.raises(Conflict, match="session-full"):
        booking.hold(session, day.public_id, run, hub.delta, 2, until, actor_id=hub.coordinator)


def test_one_seat_for_one_activity(session: Session, hub: Hub) -> None:
    day = planned(session, hub)
    other = planned(session, hub, draft(hub).begins + timedelta(days=1))
    (sanne,) = fill(session, hub, day, "sanne")
    with pytest.raises(Conflict, match="booked-elsewhere"):
        booking.book(session, asked(hub, sanne), other.public_id)


def test_moving_keeps_the_old_seat_until_there_is_a_new_one(session: Session, hub: Hub) -> None:
    day = planned(session, hub)
    other = planned(session, hub, draft(hub).begins + timedelta(days=1), most_seats=1)
    (sanne,) = fill(session, hub, day, "sanne")
    fill(session, hub, other, "vol")
    with pytest.raises(Conflict, match="session-full"):
        booking.move(session, asked(hub, sanne), day.public_id, other.public_id)
    assert states(session, day) == ["booked"]
    third = planned(session, hub, draft(hub).begins + timedelta(days=2))
    assert booking.move(session, asked(hub, sanne), day.public_id, third.public_id).seat is Seat.BOOKED
    assert (states(session, day), states(session, third)) == (["freed"], ["booked"])
    assert progress.place_by_id(session, sanne).standing.reached["praktijkdag"].at == third.starts_at
    again = booking.move(session, asked(hub, sanne), day.public_id, third.public_id)  # a double click
    assert again.seat is Seat.BOOKED


def test_after_the_term_giving_back_takes_a_reason(session: Session, hub: Hub) -> None:
    day = planned(session, hub)
    (sanne,) = fill(session, hub, day, "sanne")
    with time_machine.travel(day.free_until, tick=False):
        with pytest.raises(Conflict, match="cancel-term-over"):
            booking.give_back(session, sanne, day.public_id)
        with pytest.raises(Invalid, match="reason"):
            booking.give_back(session, sanne, day.public_id, "x")
        booking.give_back(session, sanne, day.public_id, "Ziek")
    told = session.scalars(select(Booking)).one()
    assert (told.state, told.reason, told.announced_at) == ("freed", "Ziek", day.free_until)


def test_what_must_come_before_comes_before_booking(session: Session, hub: Hub) -> None:
    day = planned(session, hub)
    new = learner(session, hub, "nieuw", has_read=False)
    with pytest.raises(Conflict, match="activity-locked"):
        booking.book(session, asked(hub, new), day.public_id)


def test_what_safety_asks_is_confirmed_first(session: Session, hub: Hub) -> None:
    day = planned(session, hub, safety={"nl": "Draag veiligheidsschoenen."})
    sanne = learner(session, hub, "sanne")
    with pytest.raises(Invalid, match="safety-not-confirmed"):
        booking.book(session, asked(hub, sanne), day.public_id)
    booking.book(session, asked(hub, sanne, confirmed=True), day.public_id)
    assert session.scalars(select(Booking.confirmed_at)).one() is not None


def test_a_session_of_another_module_or_activity_is_none(session: Session, hub: Hub) -> None:
    catalogue.publish(session, "ander", "werf", version_draft(page_draft(points=50.0), day_draft(points=50.0)))
    elsewhere = draft_of(catalogue.module_id(session, "ander"))
    other = planning.plan(session, "werf", elsewhere, actor_id=None)
    sanne = learner(session, hub, "sanne")
    for public_id in (other.public_id, "verzonnen"):
        with pytest.raises(NotFound, match="session"):
            booking.book(session, asked(hub, sanne), public_id)


def test_a_cancelled_session_releases_all_and_takes_nobody(session: Session, hub: Hub) -> None:
    day = planned(session, hub, most_seats=1)
    sanne, youssef = fill(session, hub, day, "sanne", "youssef")
    planning.cancel(session, day.public_id, "Robot stuk", actor_id=hub.coordinator)
    planning.cancel(session, day.public_id, "Robot stuk", actor_id=hub.coordinator)
    assert states(session, day) == ["freed", "freed"]
    assert (stage(session, sanne), stage(session, youssef)) == (None, None)
    with pytest.raises(Conflict, match="session-cancelled"):
        booking.book(session, asked(hub, sanne), day.public_id)
    assert day.revision == 1


@pytest.mark.slow
def test_two_hundred_for_eight_seats(engine: Engine) -> None:
    """All at once: eight booked, the others on the list in the order in which they came; nobody gets an error."""
    with Session(engine) as session, session.begin():
        hub = opened(writing(session))
        public_id = planned(session, hub).public_id
        people = [learner(session, hub, f"u{number}") for number in range(200)]
    barrier = Barrier(20)

    def race(mine: list[int]) -> list[tuple[int, Seat, int]]:
        barrier.wait()
        found = []
        for one in mine:
            with Session(engine) as session, session.begin():
                booked = booking.book(writing(session), asked(hub, one), public_id)
            found.append((one, booked.seat, booked.place))
        return found

    with ThreadPoolExecutor(20) as threads:
        told = [one for part in threads.map(race, [people[n::20] for n in range(20)]) for one in part]
    assert sorted(place for _, seat, place in told if seat is Seat.LISTED) == list(range(1, 193))
    assert sum(seat is Seat.BOOKED for _, seat, _ in told) == 8
    with Session(engine) as session:
        listed = select(Booking.enrolment_id).where(Booking.state == Seat.LISTED)
        order = session.scalars(listed.order_by(Booking.asked_at, Booking.id)).all()
        assert order == [one for one, seat, place in sorted(told, key=lambda it: it[2]) if seat is Seat.LISTED]
        assert progress.check_standings(session) == (200, [])
