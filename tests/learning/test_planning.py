"""A hub plans its sessions: clashes are refused with the reason, changes reach who has a seat."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.base.errors import Conflict, Invalid, NotFound
from lti_tool.learning.progress import service as progress
from lti_tool.learning.sessions import booking, planning
from lti_tool.learning.sessions.models import Booking, HubSession
from lti_tool.learning.sessions.rules import HERE
from tests.learning.hub import Hub, asked, draft, learner, opened, planned


@pytest.fixture
def hub(session: Session) -> Hub:
    return opened(session)


def test_a_room_a_machine_and_a_trainer_are_at_one_session_at_a_time(session: Session, hub: Hub) -> None:
    hall = planning.add_facility(session, "smidse", "room", "Hal 1")
    robot = planning.add_facility(session, "smidse", "machine", "Cobot 2")
    first = planned(session, hub, facility_ids=(hall, robot), trainer_ids=(hub.coordinator,))
    during = draft(hub).begins + timedelta(hours=6, minutes=59)
    for clash, parts in {
        "Hal 1": {"facility_ids": (hall,)}, "Cobot 2": {"facility_ids": (robot,)},
        "trainer": {"trainer_ids": (hub.coordinator,)},
    }.items():  # fmt: skip
        with pytest.raises(Conflict, match="session-clash") as refused:
            planned(session, hub, during, **parts)
        assert clash in (refused.value.facts["name"], refused.value.facts["kind"])
        assert refused.value.facts["begins"] == first.starts_at.isoformat()
    after = planned(session, hub, draft(hub).begins + timedelta(hours=7), facility_ids=(hall, robot))
    planning.cancel(session, first.public_id, "Storing", actor_id=hub.coordinator)
    planned(session, hub, facility_ids=(hall, robot))
    assert after.facilities == first.facilities


def test_rooms_of_another_hub_are_not_there_to_plan(session: Session, hub: Hub) -> None:
    elsewhere = planning.add_facility(session, "werf", "room", "Loods")
    with pytest.raises(Invalid, match="session-plan"):
        planned(session, hub, facility_ids=(elsewhere,))
    with pytest.raises(NotFound, match="hub"):
        planning.plan(session, "verzonnen", draft(hub), actor_id=hub.coordinator)


def test_a_series_is_planned_whole_or_not_at_all(session: Session, hub: Hub) -> None:
    hall = planning.add_facility(session, "smidse", "room", "Hal 1")
    planned(session, hub, draft(hub).begins + timedelta(weeks=2), facility_ids=(hall,))
    wanted = draft(hub, facility_ids=(hall,))
    with pytest.raises(Conflict, match="session-clash"), session.begin_nested():
        planning.plan_series(session, "smidse", wanted, 4, actor_id=hub.coordinator)
    days = planning.plan_series(session, "smidse", wanted, 2, actor_id=hub.coordinator)
    assert {day.series for day in days} == {days[0].series} != {None}
    assert len(session.scalars(select(HubSession)).all()) == 3
    assert {day.starts_at.astimezone(HERE).hour for day in days} == {9}


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        ("length", {"length": timedelta(minutes=10)}),
        ("place", {"place": " "}),
        ("seats", {"most_seats": 0}),
        ("seats", {"most_seats": 3, "least_seats": 4}),
        ("quotas", {"most_seats": 3, "quotas": ((1, 4),)}),
        ("term", {"term": timedelta(hours=-1)}),
        ("language", {"language": "xx"}),
        ("activity", {"activity_key": "opdracht"}),
    ],
)
def test_a_plan_that_cannot_be_says_what_is_wrong(
    session: Session, hub: Hub, reason: str, changes: dict[str, object]
) -> None:
    with pytest.raises(Invalid) as refused:
        planned(session, hub, **changes)
    assert refused.value.facts["reason"] == reason


def test_who_has_a_seat_keeps_it_when_the_session_moves(session: Session, hub: Hub) -> None:
    day = planned(session, hub, most_seats=1)
    sanne, youssef = learner(session, hub, "sanne"), learner(session, hub, "youssef")
    for one in (sanne, youssef):
        booking.book(session, asked(hub, one), day.public_id)
    later = draft(hub, draft(hub).begins + timedelta(hours=16), most_seats=1)  # past midnight
    planning.change(session, day.public_id, later, "Trainer ziek", seen=0, actor_id=hub.coordinator)
    assert [one.state for one in session.scalars(select(Booking).order_by(Booking.id))] == ["booked", "listed"]
    assert progress.place_by_id(session, sanne).standing.reached["praktijkdag"].at == day.starts_at
    assert (day.revision, day.reason) == (1, "Trainer ziek")
    assert progress.check_standings(session)[1] == []


def test_what_changes_nothing_for_learners_tells_them_nothing(session: Session, hub: Hub) -> None:
    day = planned(session, hub)
    booking.book(session, asked(hub, learner(session, hub, "sanne")), day.public_id)
    planning.change(session, day.public_id, draft(hub, most_seats=9), "", seen=0, actor_id=hub.coordinator)
    assert session.scalars(select(Booking.revision)).one() == 1


def test_of_two_planners_the_second_is_told(session: Session, hub: Hub) -> None:
    day = planned(session, hub)
    planning.change(session, day.public_id, draft(hub, most_seats=9), "", seen=0, actor_id=hub.coordinator)
    with pytest.raises(Conflict, match="session-changed"):
        planning.change(session, day.public_id, draft(hub, most_seats=10), "", seen=0, actor_id=hub.coordinator)


def test_a_room_is_not_made_smaller_than_the_seats_that_were_given(session: Session, hub: Hub) -> None:
    day = planned(session, hub)
    for name in ("sanne", "youssef"):
        booking.book(session, asked(hub, learner(session, hub, name)), day.public_id)
    with pytest.raises(Conflict, match="seats-in-use"):
        planning.change(session, day.public_id, draft(hub, most_seats=1), "", seen=0, actor_id=hub.coordinator)
