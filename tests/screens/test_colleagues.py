"""Staff look after their own hub's staff and see what concerns it; nobody gives away more than they have."""

import html
import re

import pytest
from sqlalchemy import update

from lti_tool.learning.people.models import Person
from lti_tool.protocols.platforms.models import Registration
from tests import factories
from tests.protocols import mailbox
from tests.screens.office import CENTRAL, COORDINATOR, TOOL, TRAINER, Desk, Office, Offices

ENGLISH = {"Accept-Language": "en"}
NEW = {"name": "Kevin Tan", "email": "kevin@desmidse.test", "role": "hub-trainer", "hub": "de-smidse"}


@pytest.fixture
def office(offices: Offices) -> Office:
    return offices()


@pytest.fixture
def joke(office: Office) -> Desk:
    """The coordinator of De Smidse."""
    office.appoint("mirjam@centrum.test", CENTRAL, name="Mirjam Visser")
    return office.signed_in(office.appoint("joke@desmidse.test", COORDINATOR, "de-smidse"))


def shown_link(page: str) -> str:
    found = re.search(r'readonly value="([^"]+)"', page)
    assert found is not None
    return html.unescape(found[1]).removeprefix(TOOL)


def test_a_coordinator_appoints_in_the_own_hub_only(office: Office, joke: Desk) -> None:
    assert joke.post("/staff/staff", NEW).status_code == 303
    assert "Kevin Tan" in joke.get("/staff/staff").text
    wrong = ({"hub": "sensorhuis"}, {"role": "central-admin"}, {"hub": "nowhere"}, {"role": "king"}, {"hub": ""})
    assert {joke.post("/staff/staff", NEW | changes).status_code for changes in wrong} == {400}
    assert "Mirjam" not in joke.get("/staff/staff").text


def test_posts_of_another_hub_do_not_exist_for_them(office: Office, joke: Desk) -> None:
    theirs = office.appoint("piet@sensorhuis.test", TRAINER, "sensorhuis", "Piet van der Meer")
    assert "Piet" not in joke.get("/staff/staff").text
    for what in ("end", "link"):
        assert joke.post(f"/staff/staff/{theirs}/{what}").status_code == 404


def test_a_trainer_sees_no_staff_page(office: Office, joke: Desk) -> None:
    trainer = office.signed_in(office.appoint("kevin@desmidse.test", TRAINER, "de-smidse"))
    assert trainer.get("/staff/staff").status_code == 403
    assert 'href="/staff/staff"' not in trainer.get("/staff/me").text


def test_a_link_is_shown_once_and_signs_in(office: Office, joke: Desk) -> None:
    post = office.appoint("kevin@desmidse.test", TRAINER, "de-smidse", "Kevin Tan")
    path = shown_link(joke.post(f"/staff/staff/{post}/link", {"how": "show"}).text)
    assert path not in joke.get("/staff/staff").text
    kevin = office.desk()
    assert kevin.post(path).status_code == 303
    assert "Kevin Tan" in kevin.get("/staff/me").text


def test_nobody_gets_a_link_that_opens_more_than_they_may_give(office: Office, joke: Desk) -> None:
    """A coordinator gives the central administrator a post in the hub; that must not let them in as the centre."""
    joke.post("/staff/staff", NEW | {"email": "mirjam@centrum.test", "name": "Somebody Else"})
    page = joke.get("/staff/staff").text
    assert "Somebody Else" not in page  # and renames nobody
    posts = re.findall(r'action="/staff/staff/([^/]+)/end"', page)
    answers = [joke.post(f"/staff/staff/{post}/link", {"how": "show"}).status_code for post in posts]
    assert sorted(answers) == [200, 403]


def test_ending_the_last_post_signs_out_at_once(office: Office, joke: Desk) -> None:
    post = office.appoint("kevin@desmidse.test", TRAINER, "de-smidse")
    kevin, link = office.signed_in(post), office.link_for(post)
    assert joke.post(f"/staff/staff/{post}/end").status_code == 303
    assert kevin.get("/staff/").status_code == 303
    assert office.desk().post(link).status_code == 401


def test_the_last_central_administrator_stays(office: Office) -> None:
    post = office.appoint("mirjam@centrum.test")
    mirjam = office.signed_in(post)
    assert mirjam.post(f"/staff/staff/{post}/end").status_code == 400
    assert mirjam.get("/staff/").status_code == 200


@pytest.mark.mail
def test_a_link_is_mailed_in_the_language_of_who_gets_it(offices: Offices) -> None:
    with mailbox.running() as box:
        office = offices(smtp_url=box.url, mail_from="noreply@hub.test")
        post = office.appoint("kevin@desmidse.test", TRAINER, "de-smidse")
        with office.writing() as session:
            session.execute(update(Person).values(language="en"))
        mirjam = office.signed_in(office.appoint("mirjam@centrum.test"))
        answer = mirjam.post(f"/staff/staff/{post}/link", {"how": "mail"})
        assert answer.location == f"/staff/staff?mailed={post}"
        office.worker.run_until_idle()
        assert (box.mails[0]["To"], box.mails[0]["Subject"]) == (
            "kevin@desmidse.test", "Your link to sign in to Technohub",
        )  # fmt: skip


def test_the_audit_says_what_was_done_in_words(office: Office, joke: Desk) -> None:
    joke.post("/staff/staff", NEW)
    page = joke.get("/staff/audit", **ENGLISH).text
    assert "gave somebody a post (Hub trainer)" in page
    assert "Joke Postma" in page
    assert "gaf iemand een functie" in joke.get("/staff/audit", **{"Accept-Language": "nl"}).text


def test_hub_staff_read_only_what_concerns_their_hub(office: Office, joke: Desk) -> None:
    with office.writing() as session:
        for number, hubs in enumerate((["de-smidse"], ["sensorhuis"], [])):
            school = factories.platform(session, f"https://lms{number}.test", name=f"School {number}")
            session.execute(update(Registration).where(Registration.id == school.id).values(hubs=hubs))
    piet = office.signed_in(office.appoint("piet@sensorhuis.test", COORDINATOR, "sensorhuis", "Piet van der Meer"))
    told = joke.get("/staff/audit").text
    assert [f"School {number}" in told for number in range(3)] == [True, False, False]
    assert "Piet" not in joke.get("/staff/audit?what=").text
    assert "Joke" not in piet.get("/staff/audit?what=").text.split("<main")[1].split("<table")[1]
    mirjam = office.signed_in(office.appoint("mirjam@centrum.test"))
    page = mirjam.get("/staff/audit").text
    assert [name in page for name in ("School 0", "School 1", "School 2", "Piet")] == [True] * 4


def test_a_learner_is_never_named(office: Office) -> None:
    with office.writing() as session:
        school = factories.platform(session)
        factories.module(session)
        factories.learner(session, school, factories.link(session, school), "Sanne de Vries")
    mirjam = office.signed_in(office.appoint("mirjam@centrum.test"))
    page = mirjam.get("/staff/audit?what=person:", **ENGLISH).text
    assert "began a module" in page
    assert "Sanne" not in page


def test_older_notes_are_paged_by_id(offices: Offices) -> None:
    office = offices(limit_sign_in="off")
    post = office.appoint("mirjam@centrum.test")
    mirjam = office.signed_in(post)
    for _ in range(60):
        office.signed_in(post)
    first = mirjam.get("/staff/audit", **ENGLISH).text
    older = re.search(r'href="([^"]*before=\d+)"', first)
    assert older is not None
    assert "Earlier" in first
    second = mirjam.get(html.unescape(older[1]), **ENGLISH).text
    assert (first.count("<tr><td>"), second.count("<tr><td>")) == (50, 12)
    assert "Earlier" not in second
