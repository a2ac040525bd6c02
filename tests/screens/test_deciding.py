"""A teacher decides something of a learner's result: who may, what is refused, and what both then read."""

import re
from datetime import timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from lti_tool.base import clock
from lti_tool.learning.kinds import State
from lti_tool.learning.people.models import Person
from lti_tool.learning.progress import service as progress
from lti_tool.learning.progress.rules import Standing
from lti_tool.protocols.resource_links.models import Member, ResourceLink
from tests.screens.room import Guest, Room

REASON = "Besproken in de les"


@pytest.fixture
def learner(room: Room) -> Guest:
    """Read everything, and one attempt with nothing right."""
    guest = room.guest().read_pages()
    guest.post("a/toets/begin")
    guest.post("a/toets/1/hand-in", {"page": "x"})
    return guest


@pytest.fixture
def teacher(room: Room) -> Guest:
    return room.guest("teacher")


def standing(guest: Guest) -> Standing:
    assert guest.enrolment_id is not None
    with guest.room.writing() as session:
        return progress.place_by_id(session, guest.enrolment_id).standing


def public_id(guest: Guest) -> str:
    assert guest.enrolment_id is not None
    with guest.room.writing() as session:
        person_id = progress.place_by_id(session, guest.enrolment_id).person_id
        return session.get_one(Person, person_id).public_id


def address(guest: Guest, key: str = "toets") -> str:
    return f"class/{public_id(guest)}/{key}"


def hidden(page: str) -> dict[str, str]:
    """What every form of the page carries along unseen."""
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))


def act(teacher: Guest, learner: Guest, what: str, key: str = "toets", **typed: Any) -> TestResponse:
    page = teacher.get(address(learner, key)).text
    fields = hidden(page) | {"reason": REASON} | typed
    return teacher.post(f"{address(learner, key)}/{what}", fields)


def done(answer: TestResponse) -> None:
    assert answer.status_code == 303, answer.text


def change_link(room: Room, **changes: Any) -> None:
    with room.writing() as session:
        for link in session.query(ResourceLink):
            for name, value in changes.items():
                setattr(link, name, value)


def test_a_result_is_set_and_both_read_why(teacher: Guest, learner: Guest) -> None:
    answer = act(teacher, learner, "correct", points="80")
    done(answer)
    assert standing(learner).score is not None
    after = teacher.client.get(answer.location, base_url="https://tool.test").text
    assert "Het resultaat staat er." in after
    assert "80 van de 100 punten" in after
    assert REASON in after
    theirs = learner.get("a/toets").text
    assert REASON in theirs
    assert "80 van de 100 punten" in theirs


def test_the_learners_page_leads_there_and_tells_what_happened(teacher: Guest, learner: Guest) -> None:
    done(act(teacher, learner, "correct", points="80"))
    page = teacher.get(f"class/{public_id(learner)}").text
    assert f"/v/{teacher.visit}/{address(learner)}" in page
    happened = page[page.index("Wat er gebeurde") :]
    told = ("Resultaat aangepast: 80 van de 100", "Leverde poging 1 in: 0 van de", "Begon aan poging 1", "Gelezen")
    assert [happened.index(one) for one in told] == sorted(happened.index(one) for one in told)
    assert "Door Sanne de Vries. Reden: " + REASON in happened
    assert "Eerst: 0 van de 100 punten" in happened
    assert f"/v/{teacher.visit}/class/{public_id(learner)}#title" in teacher.get(address(learner)).text


def test_the_class_shows_who_is_excused(room: Room, teacher: Guest, learner: Guest) -> None:
    assert "s-excused" not in teacher.get("class").text
    done(act(teacher, learner, "excuse", key="samenwerkend"))
    page = teacher.get("class").text
    assert page.count("s-excused") == 1
    assert "Vrijgesteld" in page


def test_points_are_read_as_people_write_them(teacher: Guest, learner: Guest) -> None:
    done(act(teacher, learner, "correct", points="72,5"))
    assert standing(learner).score == 0.725


@pytest.mark.parametrize(
    ("what", "typed", "word"),
    [
        ("correct", {"points": "veel"}, "Vul een getal in van 0 tot en met 100."),
        ("correct", {"points": "101"}, "Vul een getal in van 0 tot en met 100."),
        ("correct", {"points": "-1"}, "Vul een getal in van 0 tot en met 100."),
        ("correct", {"points": ""}, "Vul een getal in van 0 tot en met 100."),
        ("correct", {"points": "80", "reason": " x "}, "Schrijf 3 tot 500 tekens."),
        ("excuse", {"reason": ""}, "Schrijf 3 tot 500 tekens."),
        ("allow", {"attempts": "0"}, "Vul een heel getal in van 1 tot en met 20."),
        ("allow", {"attempts": "twee"}, "Vul een heel getal in van 1 tot en met 20."),
        ("allow", {"attempts": "21"}, "Vul een heel getal in van 1 tot en met 20."),
        ("extend", {"until": "morgen"}, "Kies een dag en een tijd die nog komen, binnen drie jaar."),
        ("extend", {"until": "2020-01-01T12:00"}, "Kies een dag en een tijd die nog komen, binnen drie jaar."),
        ("extend", {"until": "9999-12-31T23:59"}, "Kies een dag en een tijd die nog komen, binnen drie jaar."),
        ("extend", {"until": "0001-01-01T00:00"}, "Kies een dag en een tijd die nog komen, binnen drie jaar."),
    ],
)
def test_wrong_input_is_told_beside_its_field_and_nothing_typed_is_lost(
    room: Room, teacher: Guest, learner: Guest, what: str, typed: dict[str, str], word: str
) -> None:
    change_link(room, due_at=clock.now() + timedelta(days=1))
    before, fields = standing(learner), {"reason": "Een lange reden van mij"} | typed
    answer = act(teacher, learner, what, **fields)
    assert answer.status_code == 400
    assert word in answer.text
    assert 'aria-invalid="true"' in answer.text
    for text in filter(str.strip, fields.values()):
        assert text in answer.text
    assert standing(learner) == before


def test_the_second_of_two_teachers_is_told_what_the_first_did(room: Room, teacher: Guest, learner: Guest) -> None:
    second = room.guest("teacher")
    seen = hidden(second.get(address(learner)).text)
    done(act(teacher, learner, "correct", points="80"))
    fields = seen | {"points": "55", "reason": "Mijn eigen reden"}
    answer = second.post(f"{address(learner)}/correct", fields)
    assert answer.status_code == 409
    assert "Er is intussen iets veranderd" in answer.text
    assert "80 van de 100 punten" in answer.text
    assert REASON in answer.text
    assert "Mijn eigen reden" in answer.text
    assert standing(learner).score == 0.8
    once_more = fields | hidden(answer.text)
    done(second.post(f"{address(learner)}/correct", once_more))
    assert standing(learner).score == 0.55


def test_sent_twice_is_done_once(teacher: Guest, learner: Guest) -> None:
    fields = hidden(teacher.get(address(learner)).text) | {"attempts": "1", "reason": REASON}
    for _ in range(2):
        done(teacher.post(f"{address(learner)}/allow", fields))
    assert [one.attempts for one in standing(learner).decided["toets"]] == [1]


@pytest.mark.parametrize("act_and_back", ["correct", "excuse", "reopen", "allow", "extend"])
def test_each_act_is_done_and_taken_back(room: Room, teacher: Guest, learner: Guest, act_and_back: str) -> None:
    change_link(room, due_at=clock.now() + timedelta(days=1))
    before = standing(learner)
    soon = (clock.now() + timedelta(days=9)).strftime("%Y-%m-%dT%H:%M")
    done(act(teacher, learner, act_and_back, points="80", attempts="1", until=soon))
    assert standing(learner) != before
    assert REASON in learner.get("a/toets").text
    done(act(teacher, learner, f"{act_and_back}-back"))
    assert standing(learner) == before
    answer = act(teacher, learner, f"{act_and_back}-back")
    assert answer.status_code == 409
    assert "Er is niets om terug te nemen" in answer.text


def test_who_has_not_begun_can_be_excused(room: Room, teacher: Guest) -> None:
    newcomer = room.guest()
    with room.writing() as session:
        member = session.query(Member).filter_by(enrolment_id=newcomer.enrolment_id).one()
        person = session.get_one(Person, member.person_id).public_id
        assert newcomer.enrolment_id is not None
        place = progress.place_by_id(session, newcomer.enrolment_id)
        member.enrolment_id = None
        session.flush()
        session.execute(progress.Enrolment.__table__.delete().where(progress.Enrolment.id == newcomer.enrolment_id))
    fields = hidden(teacher.get(f"class/{person}/toets").text) | {"reason": REASON}
    done(teacher.post(f"class/{person}/toets/excuse", fields))
    with room.writing() as session:
        again = progress.place(session, place.cohort_id, place.person_id)
        assert again is not None
        assert again.standing.steps["toets"] is State.EXCUSED


@pytest.mark.parametrize("role", ["learner", "none"])
def test_only_a_teacher_decides(room: Room, teacher: Guest, learner: Guest, role: str) -> None:
    other = room.guest(role)
    fields = hidden(teacher.get(address(learner)).text) | {"reason": REASON, "points": "100"}
    for guest in (learner, other):
        assert guest.get(address(learner)).status_code == 403
        assert guest.post(f"{address(learner)}/correct", fields).status_code == 403
    assert standing(learner).score == 0.0


def test_only_learners_of_this_link_can_be_decided_about(room: Room, teacher: Guest, learner: Guest) -> None:
    elsewhere = room.guest(link="link-2").read_pages()
    colleague = room.guest("teacher")
    fields = hidden(teacher.get(address(learner)).text) | {"reason": REASON, "points": "100"}
    for guest in (elsewhere, colleague, teacher):
        assert teacher.get(address(guest)).status_code == 404
        assert teacher.post(f"{address(guest)}/correct", fields).status_code == 404
    assert teacher.get("class/nobody/toets").status_code == 404


def test_what_there_is_not_is_not_found(teacher: Guest, learner: Guest) -> None:
    fields, person = {"reason": REASON, "points": "1"}, public_id(learner)
    assert teacher.get(f"class/{person}/geen-onderdeel").status_code == 404
    for path in ("toets/vernietig", "*/correct", "geen-onderdeel/correct"):
        assert teacher.post(f"class/{person}/{path}", fields).status_code == 404


def test_a_reason_is_text_and_nothing_else(teacher: Guest, learner: Guest) -> None:
    nasty = "<script>alert(1)</script> & 'x'"
    done(act(teacher, learner, "correct", points="80", reason=nasty))
    for page in (teacher.get(address(learner)).text, learner.get("a/toets").text):
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)" in page


def test_a_form_gone_back_to_and_filled_in_otherwise_is_not_said_to_be_done(teacher: Guest, learner: Guest) -> None:
    """Pressed twice it is one act; after Back, with other points or for another act, it is told as overtaken."""
    here = address(learner)
    old = hidden(teacher.get(here).text) | {"reason": REASON}
    for _ in range(2):
        done(teacher.post(f"{here}/correct", old | {"points": "40"}))
    assert teacher.post(f"{here}/correct", old | {"points": "80"}).status_code == 409
    assert teacher.post(f"{here}/excuse", old).status_code == 409
    assert teacher.post(f"{here}/correct", old | {"points": "40", "reason": "Iets anders"}).status_code == 409
    assert standing(learner).score == 0.4


def test_a_token_of_no_form_of_ours_breaks_nothing(teacher: Guest, learner: Guest) -> None:
    for token in ("a\x00b", "é" * 40, " ", ":act:"):
        assert act(teacher, learner, "allow", attempts="1", token=token).status_code in (303, 400, 409)
