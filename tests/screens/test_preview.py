"""A teacher looks at a module as a participant does, and nothing stays of it."""

import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from lti_tool import tables
from lti_tool.base import clock
from lti_tool.base.vault import fingerprint
from lti_tool.protocols.grades.models import Delivery
from lti_tool.web.visits import VisitRecord
from lti_tool.worker import Worker
from tests.screens.choosing import chooser
from tests.screens.room import MODULE, TOOL, Guest, Room


def everything(room: Room) -> dict[str, int]:
    with Session(room.engine) as session:
        return {
            name: session.execute(text(f'SELECT count(*) FROM "{name}"')).scalar_one()
            for name in tables.metadata.tables
        }


def begin(guest: Guest, **fields: str) -> Guest:
    answer = guest.post("preview", {"module": MODULE, **fields})
    assert answer.status_code == 303
    found = re.search(r"/v/([^/]+)/#title$", answer.location)
    assert found
    return Guest(guest.room, guest.client, found[1], None)


def work_through(look: Guest) -> None:
    for key in ("samenwerkend", "risico"):
        assert look.post(f"a/{key}/read").status_code == 303
    assert look.post("a/toets/begin").status_code == 303
    assert look.post("a/toets/1/hand-in", {"page": "x"}).status_code == 303


def test_a_preview_is_what_a_participant_sees_under_a_banner(room: Room) -> None:
    look = begin(chooser(room).guest)
    for path in ("", "a/samenwerkend"):
        page = look.get(path).text
        assert "Voorbeeld: niets wordt bewaard." in page
        assert 'data-role="learner"' in page
    assert look.get("a/toets").status_code == 409, "the parts before it come first, as for participants"
    work_through(look)
    assert "Stop het voorbeeld" in look.get("a/toets").text


def test_a_preview_of_one_activity_shows_that_one_as_its_link_does(room: Room) -> None:
    look = begin(chooser(room).guest, activity="toets")
    page = look.get().text
    assert "Toets: cobots veilig inzetten" in page
    assert "Van idee naar risicobeoordeling" not in page
    assert "Deze link opent één onderdeel van de module." in page
    assert look.get("a/risico").status_code == 404
    assert look.get("a/toets").status_code == 200, "nothing comes before it in such a link"
    assert look.post("a/toets/begin").status_code == 303
    assert look.post("preview/close").status_code == 303


@pytest.mark.parametrize("path", ["", "settings"])
def test_a_link_to_one_activity_offers_a_preview_of_that_one(room: Room, path: str) -> None:
    whole, one = room.guest("teacher"), room.guest("teacher", link="link-2", terms={"activity": "toets"})
    assert offered(one.get(path).text) == {"module": MODULE, "activity": "toets"}
    assert offered(whole.get(path).text) == {"module": MODULE}


def test_one_part_in_the_list_offers_a_preview_of_that_one(room: Room) -> None:
    teacher = chooser(room)
    key = teacher.add(MODULE, activity="toets")
    assert offered(teacher.get(f"place/list/{key}").text) == {"module": MODULE, "activity": "toets"}


def offered(page: str) -> dict[str, str]:
    form = re.search(r'action="[^"]*/preview">(.*?)</form>', page, re.DOTALL)
    assert form
    return dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[1]))


def test_an_activity_that_there_is_not_cannot_be_looked_at(room: Room) -> None:
    assert chooser(room).guest.post("preview", {"module": MODULE, "activity": "nothing"}).status_code == 404


def test_closing_it_leaves_nothing_and_leads_back(room: Room) -> None:
    teacher = chooser(room).guest
    before = everything(room)
    look = begin(teacher)
    work_through(look)
    assert everything(room)["evidence"] > before["evidence"]
    closed = look.post("preview/close")
    assert closed.status_code == 303
    assert closed.location.endswith(f"/v/{teacher.visit}/#title")
    after = everything(room)
    assert {name: n for name, n in after.items() if n != before[name] and name != "outbox"} == {}
    assert look.get().status_code == 404


def test_the_worker_removes_what_nobody_closed_after_a_day(room: Room) -> None:
    teacher = chooser(room).guest
    before = everything(room)
    work_through(begin(teacher))
    worker = Worker(room.app.extensions["tool"].settings, room.engine)
    try:
        with time_machine.travel(clock.now() + timedelta(hours=23), tick=False):
            worker.tidy()
            assert everything(room)["evidence"] > before["evidence"]
        with time_machine.travel(clock.now() + timedelta(hours=26), tick=False):
            worker.tidy()
            worker.run_until_idle()
    finally:
        worker.close()
    after = everything(room)
    with Session(room.engine) as session:
        begun = "SELECT count(*) FROM audit_notes WHERE verb = 'person:enrolment:begin'"
        assert session.execute(text(begun)).scalar_one() == 0
    for name in ("evidence", "attempts", "enrolments", "cohorts", "visits"):
        assert after[name] == before[name], name


def test_no_figure_and_no_gradebook_knows_of_it(room: Room) -> None:
    look = begin(room.guest("teacher"))
    work_through(look)
    worker = Worker(room.app.extensions["tool"].settings, room.engine)
    worker.run_until_idle()
    worker.close()
    with Session(room.engine) as session:
        assert session.scalars(select(Delivery)).all() == []
        link = session.execute(text("SELECT count(*) FROM members WHERE role = 'learner'")).scalar_one()
        assert link == 0


def test_a_preview_is_no_door_to_the_teachers_pages(room: Room) -> None:
    look = begin(room.guest("teacher"))
    for path in ("place", "settings"):
        assert look.get(path).status_code == 403
    assert look.post("preview", {"module": MODULE}).status_code == 403


def test_only_a_preview_can_be_closed(room: Room) -> None:
    learner = room.guest()
    assert learner.post("preview/close").status_code == 404
    assert learner.get().status_code == 200


@pytest.mark.parametrize("role", ["learner", "none"])
def test_only_teachers_preview(room: Room, role: str) -> None:
    assert room.guest(role).post("preview", {"module": MODULE}).status_code == 403


def test_without_cookies_one_ticket_opens_both(room: Room) -> None:
    """The platform's storage keeps it under the id of the first visit, and that is where the page looks."""
    teacher = room.guest("teacher")
    with room.writing() as session:
        record = session.scalars(select(VisitRecord).where(VisitRecord.public_id == teacher.visit)).one()
        record.storage_frame, record.browser, record.ticket = "_parent", None, fingerprint("secret")
        record.frame_ancestors = "https://school.example"
    bare = Guest(room, room.app.test_client(), teacher.visit, None)
    answer = bare.post("preview", {"module": MODULE}, **{"X-Visit-Ticket": "secret"})
    look = Guest(room, bare.client, answer.location.removeprefix("/v/").partition("/")[0], None)
    asked = look.get()
    assert f'data-ticket="{teacher.visit}"' in asked.text
    assert "https://school.example" in asked.headers["Content-Security-Policy"].partition("form-action")[2]
    assert "Voorbeeld" in look.get(**{"X-Visit-Ticket": "secret"}).text
    assert look.get(**{"X-Visit-Ticket": "other"}).status_code == 401
    assert TOOL not in asked.text
