"""A learner's day at the hub: chosen, moved, given up; told in plain words when something stands in the way."""

import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from lti_tool.base import clock
from lti_tool.learning.assessment import service as assessment
from lti_tool.learning.assessment.service import Said
from lti_tool.learning.catalogue import service as catalogue
from lti_tool.learning.progress import service as progress
from lti_tool.learning.sessions import attendance, planning
from lti_tool.learning.sessions.attendance import Tap
from lti_tool.learning.sessions.models import Booking, HubSession
from tests.learning.drafts import version_draft
from tests.learning.hub import PRACTICAL, day_draft, draft_of, page_draft
from tests.screens.room import Guest, Room


@pytest.fixture
def days(room: Room) -> list[HubSession]:
    """Two days of one seat, a day apart, of a module of the hub."""
    with room.writing() as session:
        activities = page_draft(points=50.0), day_draft(after=("lezen",), points=50.0)
        catalogue.publish(session, "hubdag", "de-smidse", version_draft(*activities))
        module_id = catalogue.module_id(session, "hubdag")
        planned = [
            planning.plan(session, "de-smidse", draft_of(
                module_id, after_days=days, most_seats=1, safety={"nl": "Draag veiligheidsschoenen."},
            ), actor_id=None) for days in (21, 22)
        ]  # fmt: skip
        session.expunge_all()
        return planned


def learner(room: Room, subject: str = "") -> Guest:
    return room.guest(module="hubdag", link="hubdag", subject=subject).read_pages()


def text(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def book(guest: Guest, day: HubSession, **fields: str) -> int:
    return guest.post(f"a/praktijkdag/days/{day.public_id}/book", {"confirmed": "yes"} | fields).status_code


def test_a_learner_chooses_a_day_and_sees_it_from_then_on(room: Room, days: list[HubSession]) -> None:
    sanne = learner(room)
    page = text(sanne.get("a/praktijkdag").text)
    assert page.count("Schrijf me in voor deze dag") == 2
    assert "1 plek vrij" in page
    assert "Draag veiligheidsschoenen." in page
    assert book(sanne, days[0]) == 303
    page = text(sanne.get("a/praktijkdag").text)
    assert "Je hebt een plek" in page
    assert "Ik kan niet komen" in page
    assert "Verplaats naar deze dag" in page
    assert "Ingeschreven:" in text(sanne.get().text)


def test_a_double_click_books_once(room: Room, days: list[HubSession]) -> None:
    sanne = learner(room)
    assert [book(sanne, days[0]), book(sanne, days[0])] == [303, 303]
    with room.writing() as session:
        assert session.scalars(select(Booking.state)).all() == ["booked"]


def test_who_comes_too_late_stands_on_the_list_and_gets_the_seat_offered(room: Room, days: list[HubSession]) -> None:
    sanne, youssef = learner(room), learner(room)
    book(sanne, days[0])
    assert "Vol" in text(youssef.get("a/praktijkdag").text)
    assert book(youssef, days[0]) == 303
    assert "Nummer 1 op de wachtlijst" in text(youssef.get("a/praktijkdag").text)
    assert sanne.post(f"a/praktijkdag/days/{days[0].public_id}/give-back").status_code == 303
    assert "Er is een plek voor je" in text(youssef.get("a/praktijkdag").text)
    assert book(youssef, days[0]) == 303
    assert "Je hebt een plek" in text(youssef.get("a/praktijkdag").text)


def test_moving_to_a_full_day_keeps_the_seat_and_says_so(room: Room, days: list[HubSession]) -> None:
    sanne, youssef = learner(room), learner(room)
    book(sanne, days[0])
    book(youssef, days[1])
    refused = sanne.post(
        f"a/praktijkdag/days/{days[1].public_id}/book", {"confirmed": "yes", "instead_of": days[0].public_id}
    )
    assert refused.status_code == 409
    assert "Je houdt de plek die je hebt." in text(refused.text)
    assert "Je hebt een plek" in text(sanne.get("a/praktijkdag").text)


def test_without_confirming_safety_there_is_no_seat(room: Room, days: list[HubSession]) -> None:
    sanne = learner(room)
    refused = sanne.post(f"a/praktijkdag/days/{days[0].public_id}/book")
    assert refused.status_code == 400
    assert "Bevestig de veiligheidsregels" in text(refused.text)


def test_before_the_parts_that_come_first_nothing_can_be_chosen(room: Room, days: list[HubSession]) -> None:
    new = room.guest(module="hubdag", link="hubdag")
    assert book(new, days[0]) == 409
    teacher = room.guest("teacher", module="hubdag", link="hubdag")
    page = text(teacher.get("a/praktijkdag").text)
    assert "Je kiest een dag als je dit hebt afgerond: lezen" in page
    assert "Schrijf me in" not in page


def test_after_the_term_the_reason_goes_to_the_hub(room: Room, days: list[HubSession]) -> None:
    sanne = learner(room)
    book(sanne, days[0])
    with room.writing() as session:
        day = session.get_one(HubSession, days[0].id)
        day.free_until = clock.now()
    assert "Schrijf waarom je niet kunt komen" in text(sanne.get("a/praktijkdag").text)
    address = f"a/praktijkdag/days/{days[0].public_id}/give-back"
    assert sanne.post(address).status_code == 409
    assert sanne.post(address, {"reason": "Ik ben ziek"}).status_code == 303
    with room.writing() as session:
        assert session.scalars(select(Booking.reason)).all() == ["Ik ben ziek"]
    assert "Je hebt deze plek opgegeven" in text(sanne.get("a/praktijkdag").text)


def test_a_day_that_the_hub_cancels_says_why(room: Room, days: list[HubSession]) -> None:
    sanne = learner(room)
    book(sanne, days[0])
    with room.writing() as session:
        planning.cancel(session, days[0].public_id, "De robot is stuk", actor_id=None)
    page = text(sanne.get("a/praktijkdag").text)
    assert "De hub heeft deze dag geannuleerd" in page
    assert "De hub zegt: De robot is stuk" in page
    assert book(sanne, days[1]) == 303
    with room.writing() as session:
        assert progress.check_standings(session)[1] == []


def test_a_day_of_another_module_is_not_there(room: Room, days: list[HubSession]) -> None:
    sanne = learner(room)
    assert sanne.post("a/praktijkdag/days/verzonnen/book", {"confirmed": "yes"}).status_code == 404
    assert sanne.post(f"a/lezen/days/{days[0].public_id}/book").status_code == 404


def test_the_page_costs_as_many_statements_whatever_the_number_of_days(room: Room, days: list[HubSession]) -> None:
    sanne = learner(room)
    book(sanne, days[0])
    sanne.get("a/praktijkdag")
    with room.counting() as few:
        sanne.get("a/praktijkdag")
    with room.writing() as session:
        for number in range(20):
            wanted = draft_of(days[0].module_id, after_days=30 + number)
            planning.plan(session, "de-smidse", wanted, actor_id=None)
    with room.counting() as many:
        page = sanne.get("a/praktijkdag").text
    assert page.count("Verplaats naar deze dag") == 21
    assert len(many) == len(few)


def test_days_that_were_are_no_longer_offered(room: Room, days: list[HubSession]) -> None:
    sanne = learner(room)
    with time_machine.travel(days[1].starts_at + timedelta(minutes=1)), room.writing() as session:
        session.connection().exec_driver_sql("UPDATE visits SET began_at = ?, seen_at = ?", (clock.now(),) * 2)
    with time_machine.travel(days[1].starts_at + timedelta(minutes=2)):
        assert "Er is nu geen andere dag" in text(sanne.get("a/praktijkdag").text)


def test_a_practical_assignment_shows_its_rubric_and_then_what_was_said(room: Room) -> None:
    with room.writing() as session:
        work = page_draft("opdracht", kind="practical", points=60.0, settings=PRACTICAL)
        catalogue.publish(session, "werk", "de-smidse", version_draft(work, number=1))
    sanne = room.guest(module="werk", link="werk")
    page = text(sanne.get("a/opdracht").text)
    assert "Hoe het wordt beoordeeld" in page
    assert "Laat je werk in de hub aan je trainer zien" in page
    with room.writing() as session:
        place = progress.place_by_id(session, sanne.enrolment_id or 0)
        step = progress.syllabus_of(session, place).step("opdracht")
        weak = Said({"meten": 2, "risico": 0, "werkt": 2}, "Noem <vijf> gevaren.")
        assessment.judge(session, place.enrolment_id, step, weak, actor_id=None)
    answer = sanne.get("a/opdracht").text
    assert "Noem &lt;vijf&gt; gevaren." in answer
    page = text(answer)
    assert "40 van de 60 punten" in page
    assert "Nog niet voldoende" in page
    assert page.count("Jouw niveau") == 3
    assert "minstens “voldoende”" in page
    assert "Beoordeeld op" in text(sanne.get().text)


def test_the_teacher_sees_the_day_and_the_work_of_a_learner(room: Room, days: list[HubSession]) -> None:
    sanne = learner(room, "sanne")
    book(sanne, days[0])
    with time_machine.travel(days[0].starts_at), room.writing() as session:
        tap = Tap(sanne.enrolment_id or 0, "late", "tap-0001")
        attendance.mark(session, days[0].public_id, [tap], actor_id=None)
    teacher = room.guest("teacher", module="hubdag", link="hubdag")
    page = teacher.get("class").text
    assert "Afgerond" in text(page)
    person = re.search(r"/class/([\w-]{10,})", page)
    assert person is not None
    seen = text(teacher.get(f"class/{person[1]}").text)
    assert "Plek vastgelegd:" in seen
    assert "Aanwezig, maar later gekomen:" in seen
    assert teacher.get("class/figures").status_code == 200
    assert teacher.get("class.csv").status_code == 200
    assert teacher.get(f"class/{person[1]}/praktijkdag").status_code == 200
