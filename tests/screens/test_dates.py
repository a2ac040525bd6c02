"""What a learner reads and can do by the dates of their link: beforehand, before opening, after closing."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from lti_tool.base import clock
from lti_tool.learning.people.models import Person
from lti_tool.learning.progress import acts
from lti_tool.learning.progress import service as progress
from lti_tool.learning.progress.acts import Signed
from lti_tool.learning.progress.decisions import EVERYTHING
from lti_tool.learning.progress.models import Attempt
from lti_tool.protocols.grades import planning
from lti_tool.protocols.grades.models import Delivery
from lti_tool.protocols.resource_links.models import ResourceLink
from lti_tool.web.visits import VisitRecord
from tests import factories
from tests.screens.room import Guest, Room

DUE = datetime(2026, 3, 17, 22, 59, tzinfo=UTC)
"""23.59 uur in March."""
HOUR = timedelta(hours=1)
ANSWER = {"q.scherpe-grijper": "false", "page": "x"}


def change_link(room: Room, **changes: Any) -> None:
    with room.writing() as session:
        for link in session.query(ResourceLink):
            for name, value in changes.items():
                setattr(link, name, value)


@pytest.fixture
def learner(room: Room) -> Guest:
    """Read everything, and began the quiz."""
    guest = room.guest().read_pages()
    guest.post("a/toets/begin")
    return guest


def later(guest: Guest, at: datetime) -> Any:
    """A clock that stands at that moment, with the visit still open."""
    with guest.room.writing() as session:
        record = session.query(VisitRecord).filter_by(public_id=guest.visit).one()
        record.began_at = record.seen_at = at - timedelta(minutes=1)
    return time_machine.travel(at, tick=False)


def attempts_of(guest: Guest) -> list[Attempt]:
    with guest.room.writing() as session:
        found = session.query(Attempt).filter_by(enrolment_id=guest.enrolment_id).order_by(Attempt.number).all()
        session.expunge_all()
    return found


@pytest.mark.parametrize(
    ("terms", "after", "words"),
    [
        ({}, -HOUR, "Inleveren voor 17 maart 2026 om 23.59 uur. Later inleveren mag ook, zonder aftrek."),
        ({}, HOUR, "De inlevertijd was 17 maart 2026 om 23.59 uur. Je kunt nog inleveren."),
        ({"late": "deduct", "late_percent": 15}, -HOUR,
         "Inleveren voor 17 maart 2026 om 23.59 uur; daarna 15% aftrek per dag."),
        ({"late": "deduct"}, HOUR, "Je kunt nog inleveren, met 10% aftrek per dag."),
        ({"late": "close"}, -HOUR, "Inleveren voor 17 maart 2026 om 23.59 uur; daarna sluit dit."),
        ({"closes_at": DUE + 24 * HOUR}, -HOUR, "Dit sluit op 18 maart 2026 om 23.59 uur."),
        ({"late": "close"}, HOUR, "Dit is gesloten sinds 17 maart 2026 om 23.59 uur."),
        ({"opens_at": DUE}, -HOUR, "Dit gaat open op 17 maart 2026 om 23.59 uur."),
    ],
)  # fmt: skip
def test_the_learner_reads_beforehand_what_holds(
    room: Room, learner: Guest, terms: dict[str, Any], after: timedelta, words: str
) -> None:
    change_link(room, due_at=DUE, **terms)
    with later(learner, DUE + after):
        assert words in learner.get("").text
        assert words in learner.get("a/toets").text


def test_without_dates_nothing_is_said(learner: Guest) -> None:
    for page in (learner.get("").text, learner.get("a/toets").text):
        assert 'class="hours' not in page


def test_before_it_opens_nothing_can_be_seen_or_done(room: Room) -> None:
    newcomer = room.guest()
    change_link(room, opens_at=DUE)
    with later(newcomer, DUE - HOUR):
        overview = newcomer.get("").text
        assert "Nog niet open" in overview
        assert "/a/" not in overview
        answer = newcomer.get("a/samenwerkend")
        assert answer.status_code == 409
        assert "Je docent zet het open op 17 maart 2026 om 23.59 uur." in answer.text
        assert newcomer.post("a/samenwerkend/read").status_code == 409
        assert newcomer.post("a/toets/begin").status_code == 409
    with later(newcomer, DUE):
        assert newcomer.get("a/samenwerkend").status_code == 200
        assert newcomer.post("a/samenwerkend/read").status_code == 303


def test_handing_in_within_the_minute_of_closing_counts(room: Room, learner: Guest) -> None:
    change_link(room, due_at=DUE, late="close")
    with later(learner, DUE + timedelta(seconds=59)):
        assert learner.post("a/toets/1/hand-in", ANSWER).status_code == 303
    assert attempts_of(learner)[0].handed_in_at == DUE + timedelta(seconds=59)


def test_after_closing_nothing_is_taken_and_nothing_is_lost(room: Room, learner: Guest) -> None:
    change_link(room, closes_at=DUE)
    with later(learner, DUE + timedelta(minutes=1)):
        saved = learner.post("a/toets/1/answers", ANSWER | {"saves": "0"}, **{"HX-Request": "true"})
        assert "Je antwoorden zijn bewaard, maar niet ingeleverd." in saved.text
        handed_in = learner.post("a/toets/1/hand-in", ANSWER | {"saves": "1"})
        assert handed_in.status_code == 303
        page = learner.get("a/toets").text
        assert "Bewaard, maar niet ingeleverd" in page
        assert "Inleveren</span>" not in page
        assert learner.get("a/samenwerkend").status_code == 200
    [attempt] = attempts_of(learner)
    assert attempt.handed_in_at is None
    assert attempt.work["answers"] == {"scherpe-grijper": ["false"]}


def test_after_closing_no_new_attempt_begins_and_results_stay(room: Room, learner: Guest) -> None:
    learner.post("a/toets/1/hand-in", ANSWER)
    change_link(room, closes_at=DUE)
    with later(learner, DUE + HOUR):
        assert learner.post("a/toets/begin").status_code == 409
        page = learner.get("a/toets").text
        assert "result-number" in page
        assert "Nog een keer" not in page
        assert learner.post("a/toets/1/hand-in", ANSWER).status_code == 303
    assert len(attempts_of(learner)) == 1


@pytest.mark.parametrize("key", ["toets", EVERYTHING])
def test_more_time_opens_it_again_for_this_learner_only(room: Room, learner: Guest, key: str) -> None:
    other = room.guest().read_pages()
    change_link(room, due_at=DUE, late="close")
    assert learner.enrolment_id is not None
    with later(learner, DUE + HOUR):
        with room.writing() as session:
            link = session.query(ResourceLink).one().public_id
            place = progress.place_by_id(session, learner.enrolment_id)
            step = progress.syllabus_of(session, place).step(key) if key != EVERYTHING else None
            seen = acts.sheet(session, learner.enrolment_id)[key].seen
            signed = Signed(place.person_id, "Was ziek", "a-token", seen)
            acts.extend(session, learner.enrolment_id, step, signed, until=clock.now() + 24 * HOUR, link=link)
        assert "Was ziek" in learner.get("" if key == EVERYTHING else "a/toets").text
        page = learner.get("a/toets").text
        assert "18 maart 2026 om 23.59 uur" not in page
        assert "19 maart 2026 om 0.59 uur" in page
        assert learner.post("a/toets/1/hand-in", ANSWER).status_code == 303
    with later(other, DUE + HOUR):
        assert other.post("a/toets/begin").status_code == 409
    assert attempts_of(learner)[0].handed_in_at is not None


def test_a_teacher_is_bound_by_no_dates(room: Room) -> None:
    change_link(room, opens_at=DUE + 24 * HOUR)
    teacher = room.guest("teacher")
    with later(teacher, DUE):
        change_link(room, opens_at=DUE + 24 * HOUR)
        assert teacher.get("a/samenwerkend").status_code == 200
        assert "Dit gaat open op" in teacher.get("").text


def test_the_refusal_tells_machines_too(room: Room, learner: Guest) -> None:
    change_link(room, closes_at=DUE)
    with later(learner, DUE + HOUR):
        answer = learner.post("a/toets/begin", Accept="application/json")
    assert json.loads(answer.text)["code"] == "link-closed"


@pytest.fixture
def in_parts(room: Room) -> Guest:
    """One of two pages, 50 points each, was read in time."""
    with room.writing() as session:
        factories.module(session, "twee", extras=0, required=2)
    guest = room.guest(module="twee")
    change_link(room, due_at=DUE)
    with time_machine.travel(DUE - HOUR, tick=False):
        read(guest, "r1")
    return guest


def read(guest: Guest, key: str) -> None:
    with guest.room.writing() as session:
        factories.read(session, guest.enrolment_id or 0, key)


def said(guest: Guest, path: str = "") -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", guest.get(path).text).split())


def sent(guest: Guest) -> float | None:
    with guest.room.writing() as session:
        planning.plan(session, guest.enrolment_id or 0)
        return session.query(Delivery).filter_by(enrolment_id=guest.enrolment_id).one().points


def test_what_being_late_takes_off_is_told_beside_what_counts(room: Room, in_parts: Guest) -> None:
    change_link(room, late="deduct", late_percent=10)
    with later(in_parts, DUE + 26 * HOUR):
        read(in_parts, "r2")
        page = said(in_parts)
        assert "Je verdiende 100 van de 100 punten." in page
        assert "“r2” kwam 2 dagen te laat: 10 punten eraf." in page
        assert "Voor je cursus tellen 90 van de 100 punten." in page
        assert "Je hebt 100 van de 100 punten" not in page
        assert sent(in_parts) == 90, "the gradebook gets what the page says"


def test_the_teacher_reads_the_same(room: Room, in_parts: Guest) -> None:
    change_link(room, late="deduct", late_percent=50)
    with time_machine.travel(DUE + 2 * HOUR, tick=False):
        read(in_parts, "r2")
    teacher = room.guest("teacher", module="twee")
    with room.writing() as session:
        person_id = progress.place_by_id(session, in_parts.enrolment_id or 0).person_id
        public = session.get_one(Person, person_id).public_id
    page = said(teacher, f"class/{public}")
    assert "Verdiend: 100 van de 100 punten. “r2” kwam 1 dag te laat: 25 punten eraf. 75 van de 100 punten" in page


def test_what_came_after_closing_counts_for_nothing_and_that_is_told(room: Room, in_parts: Guest) -> None:
    change_link(room, late="close")
    with later(in_parts, DUE + HOUR):
        read(in_parts, "r2")
        page = said(in_parts)
    assert "“r2” kwam na de inlevertijd: die 50 punten tellen niet." in page
    assert "Er is geen resultaat voor je cursus" in page


@pytest.mark.parametrize("late", ["deduct", "close", "accept"])
def test_who_is_in_time_reads_of_no_deduction(room: Room, in_parts: Guest, late: str) -> None:
    with time_machine.travel(DUE, tick=False):
        read(in_parts, "r2")
    change_link(room, late=late)
    with later(in_parts, DUE + 26 * HOUR):
        assert "Je hebt 100 van de 100 punten." in said(in_parts)
