"""The teacher's class view: who stands in it, who does not, what its address asks, and what it takes."""

import csv
import html
import io
import re
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from sqlalchemy import event, select, update

from lti_tool.base import clock
from lti_tool.learning.audit import AuditNote
from lti_tool.learning.people.models import Person
from lti_tool.learning.progress.models import Enrolment, Evidence
from lti_tool.protocols.grades.models import Delivery
from lti_tool.protocols.resource_links.models import Group, Member, ResourceLink, Roster
from lti_tool.screens.teacher import class_files
from tests.screens.room import Guest, Room
from tools import classes

ROW = re.compile(r'<tr role="row">\s*<th role="rowheader".*?</tr>', re.DOTALL)
NAME = re.compile(r'<th role="rowheader" scope="row"><a id="[^"]*" href="([^"#]*)[^"]*">([^<]*)</a>')
MOST = 14


@pytest.fixture
def teacher(room: Room) -> Guest:
    return room.guest("teacher")


def enter(room: Room, name: str, link: str = "link-1", **member: Any) -> Guest:
    """A learner of this name who came in through the link."""
    guest = room.guest(subject=name.lower(), link=link)
    with room.writing() as session:
        mine = session.query(Member).filter_by(subject=name.lower()).order_by(Member.id.desc()).first()
        assert mine is not None
        session.get_one(Person, mine.person_id).name = name
        session.execute(update(Member).where(Member.id == mine.id).values(**(member or {"is_test": False})))
    return guest


def names(page: str) -> list[str]:
    return [name for _, name in NAME.findall(page)]


def row(page: str, name: str) -> str:
    (found,) = [one for one in ROW.findall(page) if f">{name}</a>" in one]
    return " ".join(re.sub(r"<[^>]+>", " ", found).split())


def show(teacher: Guest, query: str = "") -> str:
    answer = teacher.get(f"class{query}")
    assert answer.status_code == 200
    return answer.text


def done_long_ago(room: Room, guest: Guest) -> None:
    with room.writing() as session:
        long_ago = clock.now() - timedelta(days=8)
        session.execute(update(Evidence).where(Evidence.enrolment_id == guest.enrolment_id).values(at=long_ago))


def test_everybody_of_the_link_stands_there_with_a_word_for_each_state(room: Room, teacher: Guest) -> None:
    enter(room, "Anna")
    enter(room, "Bram").read_pages()
    page = show(teacher)
    assert names(page) == ["Anna", "Bram"]
    assert row(page, "Anna").count("Nog niet begonnen") == 3
    assert row(page, "Bram").count("Afgerond") == 2
    assert "Nog geen resultaat" in row(page, "Bram")


@pytest.mark.parametrize("left_out", [{"is_test": True}, {"role": "teacher"}, {"role": "none"}])
def test_test_users_and_who_is_no_learner_count_nowhere(room: Room, teacher: Guest, left_out: dict[str, Any]) -> None:
    enter(room, "Anna")
    enter(room, "Test", **left_out).read_pages()
    page = show(teacher)
    assert names(page) == ["Anna"]
    assert "1 deelnemer" in page
    figures = teacher.get("class/figures").text
    assert "1 deelnemer" in figures
    assert "Nog niemand heeft een onderdeel afgerond" in figures
    assert "Test" not in teacher.get("class.csv").text.replace("Toets", "")


def test_who_shares_the_run_through_another_course_never_appears(room: Room, teacher: Guest) -> None:
    enter(room, "Anna")
    enter(room, "Vreemd", link="link-2").read_pages()
    assert names(show(teacher)) == ["Anna"]
    with room.writing() as session:
        stranger = session.query(Person).filter_by(name="Vreemd").one().public_id
    assert teacher.get(f"class/{stranger}").status_code == 404
    assert "Nog niemand heeft een onderdeel afgerond" in teacher.get("class/figures").text


def test_who_left_stands_apart_and_keeps_their_work(room: Room, teacher: Guest) -> None:
    enter(room, "Anna")
    enter(room, "Weg", left_at=clock.now()).read_pages()
    assert names(show(teacher)) == ["Anna"]
    left = show(teacher, "?only=left")
    assert names(left) == ["Weg"]
    assert "Vertrokken op" in row(left, "Weg")
    assert row(left, "Weg").count("Afgerond") == 2
    assert "1 deelnemer" in teacher.get("class/figures").text


def test_narrowings(room: Room, teacher: Guest) -> None:
    enter(room, "Anna")
    busy, stuck = enter(room, "Bram").read_pages(), enter(room, "Chris").read_pages()
    done_long_ago(room, stuck)
    assert busy.enrolment_id != stuck.enrolment_id
    assert names(show(teacher, "?only=not-started")) == ["Anna"]
    assert names(show(teacher, "?only=in-progress")) == ["Bram", "Chris"]
    assert names(show(teacher, "?only=stuck")) == ["Chris"]
    assert names(show(teacher, "?only=nonsense")) == ["Anna", "Bram", "Chris"]
    assert "7 dagen niets" in row(show(teacher), "Chris")


def test_no_result_in_the_gradebook(room: Room, teacher: Guest) -> None:
    for name, values in (
        ("Sent", {"state": "settled", "sent_points": 80.0}), ("Parked", {"state": "parked", "reason": "score-refused"}),
        ("Held", {"state": "parked", "reason": "school-changed", "sent_points": 80.0}), ("Queued", {"state": "queued"}),
        ("None", None),
    ):  # fmt: skip
        guest = enter(room, name)
        if values is not None:
            deliver(room, guest, values)
    page = show(teacher, "?only=no-result")
    assert names(page) == ["None", "Parked", "Queued"]
    page = show(teacher)
    assert [word for name, word in (
        ("Sent", "Verzonden"), ("Parked", "Niet verzonden"), ("Held", "Aangehouden"), ("Queued", "Onderweg"),
    ) if word not in row(page, name)] == []  # fmt: skip


def deliver(room: Room, guest: Guest, values: dict[str, Any]) -> None:
    with room.writing() as session:
        mine = session.query(Member).filter_by(enrolment_id=guest.enrolment_id).one()
        link = session.get_one(ResourceLink, mine.resource_link_id)
        now = clock.now()
        fields = {
            "registration_id": link.registration_id, "resource_link_id": link.id, "person_id": mine.person_id,
            "enrolment_id": guest.enrolment_id, "subject": mine.subject, "revision": 1, "points": 80.0,
            "activity_progress": "Completed", "grading_progress": "FullyGraded", "maximum": 100.0, "comment": "",
            "due_at": now, "attempts": 0, "timestamp_revision": 0, "conflicts": 0, "had_number": False,
        }  # fmt: skip
        session.add(Delivery(**(fields | values)))


def test_search_forgives_accents_and_letters(room: Room, teacher: Guest) -> None:
    enter(room, "Éline Yıldız")
    enter(room, "Bram")
    assert names(show(teacher, "?find=eline")) == ["Éline Yıldız"]
    assert names(show(teacher, "?find=BRAM")) == ["Bram"]
    assert "Er is niemand die hierbij past" in show(teacher, "?find=%00%25_'\"<")


def test_groups_and_my_own(room: Room, teacher: Guest) -> None:
    enter(room, "Anna", group_ids=["a"])
    enter(room, "Bram", group_ids=["b"])
    with room.writing() as session:
        link = session.scalars(select(ResourceLink)).first()
        assert link is not None
        session.add_all([Group(context_id=link.context_id, group_id=one, name=f"Groep {one}") for one in "ab"])
    assert 'value="mine"' not in show(teacher)
    with room.writing() as session:
        session.execute(update(Member).where(Member.role == "teacher").values(group_ids=["b"]))
    assert names(show(teacher, "?group=a")) == ["Anna"]
    assert names(show(teacher, "?group=mine")) == ["Bram"]
    assert names(show(teacher, "?group=elsewhere")) == ["Anna", "Bram"]


def test_order_is_asked_by_the_address_and_said_to_all(room: Room, teacher: Guest) -> None:
    enter(room, "Anna")
    enter(room, "Bram").read_pages()
    assert 'aria-sort="ascending"' in show(teacher)
    page = show(teacher, "?sort=a.samenwerkend&order=down")
    assert names(page) == ["Bram", "Anna"]
    assert page.count("aria-sort=") == 1
    assert 'aria-sort="descending"' in page
    assert names(show(teacher, "?sort=name&order=down")) == ["Bram", "Anna"]


def test_a_large_class_comes_in_pages_with_figures_over_all(room: Room, teacher: Guest) -> None:
    fill(room, 250)
    page = show(teacher)
    assert len(names(page)) == 100
    in_all = int(re.search(r"Iedereen <span class=\"tally\">([\d.]+)", page)[1])  # type: ignore[index]
    assert 200 < in_all <= 250
    last = show(teacher, "?page=3")
    assert len(names(page)) + len(names(show(teacher, "?page=2"))) + len(names(last)) == in_all
    assert names(show(teacher, "?page=99999999")) == names(last)
    assert not set(re.findall(r"class/[\w-]{16}", page)) & set(re.findall(r"class/[\w-]{16}", last))


FAMILIES = ["Zoë Aalbers", "Emma Elzinga", "Jan Égberts", "Ilse Eggink", "Bram van der Velde", "Noor de Vries"]
LISTED = ["Zoë Aalbers", "Jan Égberts", "Ilse Eggink", "Emma Elzinga", "Bram van der Velde", "Noor de Vries"]


def test_class_and_grades_list_people_in_one_order_by_family_name(room: Room, teacher: Guest) -> None:
    for name in FAMILIES:
        enter(room, name)
    assert names(show(teacher)) == LISTED
    assert re.findall(r"<strong><a [^>]+>([^<]+)</a></strong>", teacher.get("grades").text)[-6:] == LISTED
    assert names(show(teacher, "?order=down")) == LISTED[::-1]
    told = [line[0] for line in csv.reader(io.StringIO(teacher.get("class.csv").text), delimiter=";")]
    assert told[1:] == LISTED


def test_points_stand_with_what_is_over_and_with_the_grade(room: Room, teacher: Guest) -> None:
    guest = enter(room, "Anna").read_pages()
    guest.post("a/toets/begin")
    guest.post("a/toets/1/hand-in", {"page": "x"})
    deliver(room, guest, {"state": "settled", "sent_points": 80.0})
    enter(room, "Bram")
    page = show(teacher)
    assert "Afgerond 0 van 100" in row(page, "Anna")
    assert "Verzonden 80 van 100" in row(page, "Anna")
    assert " van 100" not in row(page, "Bram")
    with room.writing() as session:
        session.execute(update(ResourceLink).values(scale="ogv"))
        session.execute(update(Delivery).values(points=8.0, maximum=10.0))
    assert "Verzonden Goed (8 van 10)" in row(show(teacher), "Anna")


def test_an_excused_part_shows_no_points(room: Room, teacher: Guest) -> None:
    enter(room, "Anna").read_pages()
    address = learner_address(show(teacher), "Anna")
    fields = {"reason": "Al gedaan op het werk", "token": "t", "seen_result": ""}
    form = teacher.get(f"{address}/toets").text
    seen = re.search(r'name="seen_result" value="([^"]*)"', form)
    assert seen
    assert teacher.post(f"{address}/toets/excuse", fields | {"seen_result": seen[1]}).status_code == 303
    assert "Vrijgesteld" in row(show(teacher), "Anna")
    assert " van 100" not in row(show(teacher), "Anna")


PART = "only=in-progress&find=Anna&sort=last&order=down"


def test_what_is_shown_is_kept_on_the_way_to_a_learner_and_back(room: Room, teacher: Guest) -> None:
    enter(room, "Anna").read_pages()
    page = html.unescape(show(teacher, f"?{PART}"))
    address = learner_address(page, "Anna")
    assert address.endswith(f"?{PART}")
    learner = html.unescape(teacher.get(address).text)
    assert f"/class?{PART}#people" in learner
    deciding = re.search(rf"/(class/[^\"]*/toets\?{PART})#title", learner)
    assert deciding
    form = html.unescape(teacher.get(deciding[1]).text)
    assert f"/excuse?{PART}" in form
    done = teacher.post(deciding[1].replace("?", "/excuse?"), {"reason": "Al gedaan", "token": "t", "seen_result": ""})
    assert PART in (done.location or html.unescape(done.text))
    assert f"/class/figures?{PART}" in page
    assert f"/class.csv?{PART}" in page


def test_a_large_class_is_written_in_pieces_that_lose_nobody(room: Room, teacher: Guest) -> None:
    fill(room, class_files.AT_ONCE + 150)
    rows = list(csv.reader(io.StringIO(teacher.get("class.csv").get_data().decode("utf-8-sig")), delimiter=";"))
    left = teacher.get("class.csv?only=left").get_data().decode("utf-8-sig").count("\n") - 1
    assert len(rows) - 1 + left == class_files.AT_ONCE + 150
    assert len({line[1] for line in rows}) == len(rows)


def test_only_of_those_who_are_shown_the_work_is_read(room: Room, teacher: Guest) -> None:
    fill(room, 300)
    assert teacher.get("class").status_code == 200
    seen: list[int] = []
    engine = room.app.extensions["tool"].engine

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if "evidence.facts" in statement:
            seen.append(len(parameters))

    event.listen(engine, "before_cursor_execute", note)
    show(teacher)
    event.remove(engine, "before_cursor_execute", note)
    assert len(seen) == 1
    assert seen[0] < 110


def fill(room: Room, count: int) -> None:
    with room.writing() as session:
        link = session.scalars(select(ResourceLink)).first()
        assert link is not None
        classes.fill(session, link, count)


@pytest.mark.parametrize("path", ["class", "class/figures"])
def test_the_number_of_statements_does_not_grow(room: Room, teacher: Guest, path: str) -> None:
    seen = []
    enter(room, "Anna").read_pages()
    for more in (0, 30, 500):
        if more:
            with room.writing() as session:
                link = session.scalars(select(ResourceLink)).first()
                assert link is not None
                classes.fill(session, link, more, first=more * 10_000)
        assert teacher.get(path).status_code == 200
        with room.counting() as statements:
            assert teacher.get(path).status_code == 200
        seen.append(len(statements))
    assert len(set(seen)) == 1
    assert seen[0] <= MOST


def test_how_the_class_is_known_is_said(room: Room, teacher: Guest) -> None:
    enter(room, "Anna")
    assert "geeft ons hier geen deelnemerslijst" in show(teacher)
    with room.writing() as session:
        link = session.scalars(select(ResourceLink)).first()
        assert link is not None
        link.memberships_url = "https://school.example/members"
        link_id = link.id
    assert "We halen de deelnemerslijst op" in show(teacher)
    now = clock.now()
    for values, words in (
        ({"failed_at": now}, "We konden de deelnemerslijst niet ophalen"),
        ({"failed_at": None, "complete_at": now}, "opgehaald om"),
        ({"is_of_course": True}, "lijst van de hele cursus"),
        ({"failed_at": now}, "er is niemand weggehaald"),
        ({"failed_at": None, "complete_at": now - timedelta(days=3)}, "Deze deelnemerslijst is van"),
    ):  # fmt: skip
        with room.writing() as session:
            roster = session.get(Roster, link_id) or Roster(resource_link_id=link_id, attempts=0, is_of_course=False)
            for name, value in values.items():
                setattr(roster, name, value)
            session.add(roster)
        assert words in show(teacher)


def test_a_link_to_one_activity_shows_that_one(room: Room, teacher: Guest) -> None:
    enter(room, "Anna").read_pages()
    with room.writing() as session:
        session.execute(update(ResourceLink).values(activity_key="samenwerkend"))
    page = show(teacher)
    assert "Van idee naar risicobeoordeling" not in page
    assert "Deze link opent één onderdeel" in page
    assert "Afgerond" in row(page, "Anna")
    assert names(show(teacher, "?only=done")) == ["Anna"]
    learner = teacher.get(learner_address(page, "Anna")).text
    assert "Wat maakt een robot samenwerkend?" in learner
    assert "class=\"s s-not-started\"" not in learner


def test_learners_see_no_class(room: Room, teacher: Guest) -> None:
    learner = enter(room, "Anna")
    for path in ("class", "class/figures", "class.csv", "class.xlsx", "class/anybody"):
        assert learner.get(path).status_code == 403


def learner_address(page: str, name: str) -> str:
    (found,) = [address for address, shown in NAME.findall(page) if shown == name]
    return str(found).split("/", 3)[3]


def test_one_learner_with_their_answers_and_a_note_of_who_looked(room: Room, teacher: Guest) -> None:
    guest = enter(room, "Anna").read_pages()
    guest.post("a/toets/begin")
    guest.post("a/toets/1/hand-in", {"q.scherpe-grijper": "true", "page": "x"})
    answer = teacher.get(learner_address(show(teacher), "Anna"))
    assert answer.status_code == 200
    assert "Poging 1: 0 van de 10 goed" in answer.text
    assert "Antwoord: <strong>Juist</strong>" in " ".join(answer.text.split())
    assert "Wat er gebeurde" in answer.text
    with room.writing() as session:
        (note,) = session.query(AuditNote).filter_by(verb="teacher:learner:look").all()
        anna = session.query(Person).filter_by(name="Anna").one()
        assert note.object_id == anna.public_id
        assert note.actor_id not in (None, anna.id)


def test_a_learner_who_never_began_has_a_page_too(room: Room, teacher: Guest) -> None:
    enter(room, "Anna", enrolment_id=None)
    with room.writing() as session:
        session.execute(Enrolment.__table__.delete())  # type: ignore[attr-defined]
    answer = teacher.get(learner_address(show(teacher), "Anna"))
    assert "Deze deelnemer is nog niet begonnen" in answer.text


@pytest.mark.parametrize("who", ["nobody", "x" * 200, "%00", "../x"])
def test_nobody_of_the_class_has_no_page(room: Room, teacher: Guest, who: str) -> None:
    assert teacher.get(f"class/{who}").status_code == 404


def test_the_csv_is_what_dutch_spreadsheets_read(room: Room, teacher: Guest) -> None:
    enter(room, "=1+1").read_pages()
    with room.writing() as session:
        session.query(Person).filter_by(name="=1+1").one().student_number = "0012345"
    answer = teacher.get("class.csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert re.search(r'filename="mechatronica-4b-\d{4}-\d\d-\d\d\.csv"', answer.headers["Content-Disposition"])
    text = answer.get_data().decode("utf-8-sig")
    assert answer.get_data().startswith(b"\xef\xbb\xbf")
    head, line = csv.reader(io.StringIO(text), delimiter=";")
    told = dict(zip(head, line, strict=True))
    assert told["Naam"] == "'=1+1"
    assert told["Studentnummer"] == "0012345"
    assert told["Van idee naar risicobeoordeling"] == "Afgerond"
    with room.writing() as session:
        assert session.query(AuditNote).filter_by(verb="teacher:class:export").count() == 1


def test_the_workbook_holds_what_the_page_shows(room: Room, teacher: Guest) -> None:
    fill(room, 40)
    answer = teacher.get("class.xlsx?only=done")
    rows = list(openpyxl.load_workbook(io.BytesIO(answer.get_data())).active.iter_rows(values_only=True))
    assert [line[0] for line in rows[1:]] == names(show(teacher, "?only=done"))
    points = [line[rows[0].index("Punten")] for line in rows[1:]]
    assert points
    assert {type(one) for one in points} <= {int, float}


def test_no_other_kind_of_file(room: Room, teacher: Guest) -> None:
    assert teacher.get("class.exe").status_code == 404


def test_the_pictures_have_their_tables(room: Room, teacher: Guest) -> None:
    fill(room, 60)
    page = teacher.get("class/figures").text
    assert page.count("<table") >= 3
    assert " style=" not in page
    assert "Hetzelfde als tabel" in page
    assert page.count('class="bar" role="img"') == 3
