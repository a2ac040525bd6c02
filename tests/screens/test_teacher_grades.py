"""The grades of a link as its teacher sees them, and what can be done about them."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.learning.audit import AuditNote
from lti_tool.protocols.grades import planning
from lti_tool.protocols.grades.models import Delivery, LineItem
from lti_tool.protocols.resource_links.models import Member, ResourceLink
from tests import factories

MODULE = "twee"


@pytest.fixture
def school(room):
    """A link to two pages with three learners who finished them."""
    with room.writing() as session:
        factories.module(session, MODULE, extras=0, required=2)
    room.learners = [room.guest(subject=name, module=MODULE) for name in ("sanne", "lotte", "youssef")]
    with room.writing() as session:
        for guest in room.learners:
            factories.read(session, guest.enrolment_id, "r1", "r2")
            planning.plan(session, guest.enrolment_id)
    return room


def put(school, subject, **values):
    with school.writing() as session:
        session.execute(update(Delivery).where(Delivery.subject == subject).values(**values))


def accepted(**values):
    at = clock.now() - timedelta(minutes=5)
    return {"state": "settled", "sent_points": 100, "sent_maximum": 100, "accepted_at": at} | values


def held(**values):
    change = {"state": "parked", "reason": "school-changed", "finding": "differs", "read_points": 85}
    return accepted(**change, read_maximum=100, read_at=clock.now()) | values


def delivery(school, subject):
    with Session(school.engine) as session:
        return session.scalars(select(Delivery).where(Delivery.subject == subject)).one()


def verbs(school):
    with school.writing() as session:
        return [one.verb for one in session.scalars(select(AuditNote)) if one.verb.startswith("teacher:grade")]


def words(answer):
    text = re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True).split("<main")[1])
    return " ".join(text.split())


def test_each_grade_says_where_it_is(school):
    put(school, "sanne", **accepted(finding="equal", read_at=clock.now(), read_points=100, read_maximum=100))
    put(school, "lotte", **held())
    put(school, "youssef", state="parked", reason="unknown-learner", said="user not enrolled in course")
    page = words(school.guest("teacher", module=MODULE).get("grades"))
    assert "In het cijferboek staat hetzelfde." in page
    assert "In het cijferboek staat 85 van 100. Wij stuurden 100 van 100." in page
    assert "“user not enrolled in course”" in page
    assert "De leeromgeving kent" in page


def test_a_number_that_holds_no_longer_and_still_stands_is_found_and_can_be_asked_out_again(school):
    still = {"finding": "differs", "read_at": clock.now(), "read_points": 100, "read_maximum": 100}
    put(school, "sanne", **accepted(points=None, **still))
    put(school, "lotte", **accepted(state="dropped"))
    teacher = school.guest("teacher", module=MODULE)
    page = words(teacher.get("grades?show=left"))
    assert "Oud cijfer staat er nog (2)" in page
    assert "In het cijferboek staat nog 100 van 100. Dat klopt niet meer. We vroegen je leeromgeving" in page
    assert "Haal het zelf weg in het cijferboek" in page
    teacher.post("grades/again", {"delivery": delivery(school, "sanne").public_id})
    assert (delivery(school, "sanne").state, delivery(school, "sanne").points) == ("queued", None)


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_state_has_words(school, language):
    teacher = school.guest("teacher", module=MODULE, language=language)
    for values in (
        {"state": "queued"},
        {"state": "queued", "attempts": 2, "reason": "platform-busy"},
        accepted(),
        accepted(finding="absent", read_at=clock.now()),
        accepted(finding="unseen"),
        held(),
        held(reason="school-kept"),
        held(points=40),
        {"state": "parked", "reason": "column-removed"},
        {"state": "dropped"},
        accepted(state="dropped"),
        accepted(state="queued", points=None),
        accepted(points=None),
        accepted(points=None, finding="equal", read_at=clock.now()),
        accepted(points=None, finding="differs", read_at=clock.now(), read_points=100, read_maximum=100),
        accepted(points=None, state="parked", reason="score-refused"),
        held(points=None),
    ):
        put(school, "sanne", **values)
        answer = teacher.get("grades")
        assert answer.status_code == 200
        assert "None" not in words(answer)


def test_a_teacher_sends_one_again(school):
    put(school, "sanne", **accepted())
    teacher = school.guest("teacher", module=MODULE)
    answer = teacher.post("grades/again", {"delivery": delivery(school, "sanne").public_id, "from_show": "arrived"})
    assert answer.status_code == 303
    assert "show=arrived" in answer.location
    assert delivery(school, "sanne").state == "queued"
    assert verbs(school) == ["teacher:grades:resend"]


@pytest.mark.parametrize(
    ("what", "states"),
    [
        ("failed", {"sanne": "settled", "lotte": "parked", "youssef": "queued"}),
        ("all", {"sanne": "queued", "lotte": "parked", "youssef": "queued"}),
    ],
)
def test_all_that_failed_or_all_of_the_class_but_never_over_the_schools(school, what, states):
    put(school, "sanne", **accepted())
    put(school, "lotte", **held())
    put(school, "youssef", state="parked", reason="score-refused")
    school.guest("teacher", module=MODULE).post("grades/again", {"again": what})
    assert {name: delivery(school, name).state for name in states} == states


def test_the_teacher_takes_either_number(school):
    for name in ("sanne", "lotte"):
        put(school, name, **held())
    teacher = school.guest("teacher", module=MODULE)
    teacher.post("grades/stands", {"delivery": delivery(school, "sanne").public_id, "stands": "ours"})
    teacher.post("grades/stands", {"delivery": delivery(school, "lotte").public_id, "stands": "school"})
    sanne, lotte = delivery(school, "sanne"), delivery(school, "lotte")
    assert (sanne.state, sanne.is_sure) == ("queued", False), "sent without looking once more"
    assert (lotte.state, lotte.reason) == ("parked", "school-kept")
    assert verbs(school) == ["teacher:grade:ours", "teacher:grade:school"]
    assert "Het cijfer van de school staat" in words(teacher.get("grades"))
    teacher.post("grades/stands", {"delivery": lotte.public_id, "stands": "ours"})
    assert delivery(school, "lotte").state == "queued", "a teacher may come back on it"


@pytest.mark.parametrize(
    ("path", "fields", "status"),
    [
        ("grades/again", {}, 400),
        ("grades/again", {"again": "some"}, 400),
        ("grades/again", {"delivery": "nobody"}, 404),
        ("grades/stands", {"delivery": "nobody", "stands": "ours"}, 404),
        ("grades/stands", {"stands": "both"}, 400),
        ("grades/column", {"column": ""}, 404),
    ],
)
def test_what_cannot_be_done_is_refused(school, path, fields, status):
    assert school.guest("teacher", module=MODULE).post(path, fields).status_code == status
    assert verbs(school) == []


def test_who_comes_second_is_told(school):
    teacher, public_id = school.guest("teacher", module=MODULE), delivery(school, "sanne").public_id
    assert teacher.post("grades/stands", {"delivery": public_id, "stands": "school"}).status_code == 409
    put(school, "sanne", **held())
    assert teacher.post("grades/again", {"delivery": public_id}).status_code == 409


def test_a_grade_of_another_link_is_out_of_reach(school):
    stranger = school.guest("teacher", module=MODULE, link="link-2")
    for path, fields in (("again", {}), ("stands", {"stands": "ours"})):
        fields = fields | {"delivery": delivery(school, "sanne").public_id}
        assert stranger.post(f"grades/{path}", fields).status_code == 404


def test_learners_see_no_grades_of_others(school):
    assert school.learners[0].get("grades").status_code == 403


def test_the_page_looks_by_itself_while_grades_are_on_their_way(school):
    teacher = school.guest("teacher", module=MODULE)
    moving = teacher.get("grades/stand").get_data(as_text=True)
    assert "hx-get" in moving
    assert 'max="3" value="0"' in moving
    for name in ("sanne", "lotte", "youssef"):
        put(school, name, **accepted())
    done = teacher.get("grades/stand").get_data(as_text=True)
    assert "hx-get" not in done
    assert 'max="3" value="3"' in done


def test_how_far_it_is_is_one_count_at_any_size(school):
    teacher = school.guest("teacher", module=MODULE)
    with school.counting() as statements:
        shown = teacher.get("grades/stand").get_data(as_text=True)
    assert sum(one.startswith("SELECT") for one in statements) == 2, "the visit, and the count"
    whole = teacher.get("grades").get_data(as_text=True)
    assert shown.strip() in whole


def test_only_a_column_of_ours_can_be_removed(school):
    teacher = school.guest("teacher", module=MODULE)
    assert "Verwijder de kolom" not in words(teacher.get("grades"))
    with school.writing() as session:
        link_id = session.scalars(select(ResourceLink.id)).first()
        session.add(LineItem(resource_link_id=link_id, activity_key="", url="https://school.example/1", is_ours=True))
    assert "Verwijder de kolom" in words(teacher.get("grades"))
    assert teacher.post("grades/column", {"column": ""}).status_code == 303
    assert "De kolom wordt verwijderd." in words(teacher.get("grades"))
    with school.writing() as session:
        assert session.scalars(select(LineItem.wish)).one() == "remove"
        assert "teacher:column:remove" in [one.verb for one in session.scalars(select(AuditNote))]


def test_test_students_and_who_left_have_a_calm_note(school):
    with school.writing() as session:
        session.execute(update(Member).where(Member.subject == "lotte").values(left_at=clock.now()))
        session.execute(update(Member).where(Member.subject == "youssef").values(is_test=True))
    page = words(school.guest("teacher", module=MODULE).get("grades"))
    assert "Zit niet meer in de cursus." in page
    assert "Een teststudent: er wordt geen cijfer verstuurd." in page
    assert "1 persoon is hier geen student maar bijvoorbeeld docent" in page


def test_a_large_class_comes_in_pages_at_the_same_cost(school):
    teacher = school.guest("teacher", module=MODULE)
    with school.counting() as few:
        teacher.get("grades")
    for number in range(250):
        school.guest(subject=f"learner-{number}", module=MODULE)
    with school.counting() as many:
        first = words(teacher.get("grades"))
    assert len(many) == len(few)
    assert "Pagina 1 van 3" in first
    assert teacher.get("grades?page=3").get_data(as_text=True).count('class="grade-row"') == 53
    assert teacher.get("grades?page=99").status_code == 200


def test_several_columns_each_have_their_own_list(school):
    with school.writing() as session:
        session.execute(update(ResourceLink).values(columns="each", lineitems_url="https://school.example/items"))
        for guest in school.learners:
            planning.plan(session, guest.enrolment_id)
    teacher = school.guest("teacher", module=MODULE, terms={"grades": "each"})
    page = teacher.get("grades?column=r2").get_data(as_text=True)
    assert "?column=r1" in page
    assert page.count("50 van 50") == 3


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (accepted(finding="equal", read_at=clock.now()), "We keken in het cijferboek: daar staat hetzelfde."),
        (accepted(finding="absent", read_at=clock.now()), "In het cijferboek staat op dit moment geen cijfer."),
        (held(), "Je school heeft zelf een cijfer ingevuld"),
        (held(reason="school-kept"), "Je school heeft zelf een cijfer ingevuld"),
    ],
)
def test_the_learner_reads_the_same_in_calm_words(school, values, told):
    put(school, "sanne", **values)
    assert told in words(school.learners[0].get())


def test_the_learner_reads_the_word_of_the_scale(school):
    with school.writing() as session:
        session.execute(update(ResourceLink).values(scale="ogv"))
        planning.plan(session, school.learners[0].enrolment_id)
    put(school, "sanne", **accepted(sent_points=8, sent_maximum=10))
    assert "Goed ( 8 van 10)" in words(school.learners[0].get()).replace("Goed (8", "Goed ( 8")


def test_each_name_leads_to_what_that_learner_did(school):
    teacher = school.guest("teacher", module=MODULE)
    first = re.search(r'<strong><a href="/v/[^/]+/(class/[^"]+)">([^<]+)</a></strong>', teacher.get("grades").text)
    page = teacher.get(first[1])
    assert page.status_code == 200
    assert first[2] in page.text
