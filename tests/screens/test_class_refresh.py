"""A teacher wants the list of participants again: it is asked for, and the worker reads it."""

import html
import re

from sqlalchemy import update

from lti_tool.base import clock
from lti_tool.protocols.resource_links import classes
from lti_tool.protocols.resource_links.models import ResourceLink, Roster
from lti_tool.screens.teacher.refreshing import LOOKS_S
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


def test_an_open_page_looks_ever_less_often_until_the_list_has_come(room: Room) -> None:
    guest = teacher(room)
    guest.post("class/refresh")
    page = guest.get("class?find=Anna").text
    assert "We halen een nieuwe lijst op." in page
    waits, address = [], look_of(page)
    while address:
        assert "find=Anna" in address
        waits.append(int(address.partition("|")[2]))
        with room.counting() as statements:
            address = look_of(guest.get(address.partition("|")[0]).text)
        assert sum(one.startswith("SELECT") for one in statements) == 2
    assert waits == sorted(waits) == list(LOOKS_S)
    read(room)
    shown = guest.get("class/known?look=3&find=Anna").text
    assert 'hx-trigger="load"' in shown
    assert "/class?find=Anna" in shown


def look_of(page: str) -> str:
    """The address at which an open page looks, and after how many seconds; empty: it does not."""
    found = re.search(r'hx-get="/v/[^/]+/([^"]*)" hx-trigger="load delay:(\d+)s"', page)
    return f"{html.unescape(found[1])}|{found[2]}" if found else ""


def read(room: Room) -> None:
    """The worker has read it."""
    with room.writing() as session:
        session.execute(update(Roster).values(asked_at=None, complete_at=clock.now()))


def test_asking_keeps_what_is_shown(room: Room) -> None:
    guest = teacher(room)
    assert guest.post("class/refresh?only=left&sort=last").headers["Location"].endswith(
        "/class?only=left&sort=last#title"
    )


def test_without_a_roster_there_is_nothing_to_ask(room: Room) -> None:
    assert teacher(room, offers=False).post("class/refresh").status_code == 303
    assert not asked(room)


def test_a_learner_asks_nothing(room: Room) -> None:
    teacher(room)
    assert room.guest("learner").post("class/refresh").status_code == 403
    assert not asked(room)
