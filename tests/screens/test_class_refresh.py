"""A teacher wants the list of participants again: it is asked for, and the worker reads it."""

from sqlalchemy import update

from lti_tool.protocols.resource_links import classes
from lti_tool.protocols.resource_links.models import ResourceLink
from tests.screens.room import Guest, Room


def teacher(room: Room, *, offers: bool = True) -> Guest:
    guest = room.guest("teacher")
    with room.writing() as session:
        url = "https://school.example/members" if offers else None
        session.execute(update(ResourceLink).values(memberships_url=url))
    return guest


def asked(room: Room) -> bool:
    with room.writing() as session:
        return classes.about(session, 1).asked_at is not None


def test_a_teacher_asks_and_goes_back_to_the_class(room: Room) -> None:
    guest = teacher(room)
    answer = guest.post("class/refresh")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/v/{guest.visit}/class#title")
    assert asked(room)


def test_without_a_roster_there_is_nothing_to_ask(room: Room) -> None:
    assert teacher(room, offers=False).post("class/refresh").status_code == 303
    assert not asked(room)


def test_a_learner_asks_nothing(room: Room) -> None:
    teacher(room)
    assert room.guest("learner").post("class/refresh").status_code == 403
    assert not asked(room)
