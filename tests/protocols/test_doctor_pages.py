"""The self-test's page: what it shows, to whom, and what it never holds."""

import re
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from lti_tool.app import create_app
from lti_tool.base import clock
from lti_tool.base.db import writing
from lti_tool.protocols.doctor import invite, models, runs, service
from lti_tool.web.extensions import db
from tests import factories
from tests.protocols.conftest import School
from tests.protocols.surgery import TOOL, Surgery

PERSONAL = ("Sanne", "de Vries", "sanne.devries", "voorbeeldcollege.test", "Youssef", "Fatima", "teststudent")


@pytest.fixture
def surgery(school: School) -> Iterator[Surgery]:
    app = create_app(school.settings)
    made = Surgery(school, app, app.test_client())
    made.place_link()
    yield made
    with app.app_context():
        db.engine.dispose()


Opened = Callable[..., TestResponse]


def address(surgery: Surgery, registration_id: int | None = None) -> str:
    """The path of a new self-test."""
    with Session(surgery.school.engine) as session, session.begin():
        url = invite.make(writing(session), registration_id or surgery.school.platform.id, TOOL)
    return url.removeprefix(TOOL)


def get(client: FlaskClient, path: str) -> TestResponse:
    return client.get(path, base_url=TOOL, headers={"Accept-Language": "nl"})


def post(client: FlaskClient, path: str, **headers: str) -> TestResponse:
    return client.post(path, base_url=TOOL, headers={"Origin": "null", "Sec-Fetch-Site": "same-origin"} | headers)


def states_on(page: str) -> dict[str, str]:
    """Title -> state, as the page shows them."""
    found = re.findall(r'<li class="light light-(\w+)".*?<h2>(.*?) <span', page, re.S)
    return {title: state for state, title in found}


def test_the_administrator_checks_and_sees_the_lights(surgery: Surgery) -> None:
    path = address(surgery)
    fresh = get(surgery.client, path).text
    assert "Nog niet gecontroleerd" in fresh
    assert states_on(fresh)["Modules kiezen in de cursus"] == "green", "granted, and yet"
    assert "outcome-grey" in fresh
    surgery.launch()
    done = post(surgery.client, f"{path}/check")
    assert (done.status_code, done.location) == (303, path)
    page = get(surgery.client, path).text
    assert "Alles werkt" in page
    assert set(states_on(page).values()) == {"green", "grey"}
    assert states_on(page).pop("Deze browser") == "grey", "a script lights this one"
    assert list(states_on(page).values()).count("grey") == 1


def test_a_red_light_says_what_it_means_and_how_to_mend_it_in_this_family(surgery: Surgery) -> None:
    surgery.sql("UPDATE registrations SET family = 'moodle'")
    surgery.school.misbehave(withheld="score")
    path = address(surgery)
    post(surgery.client, f"{path}/check")
    page = get(surgery.client, path).text
    assert "Er moet 1 ding hersteld worden" in page
    assert "Niet toegestaan: scores sturen (score)." in page
    assert "Use this service for grade sync and column management" in page
    english = get(surgery.client, f"{path}?language=en").text
    assert "Not granted: send scores (score)." in english


def test_what_came_along_is_told_in_plain_words(surgery: Surgery) -> None:
    surgery.school.misbehave(emails=False)
    surgery.place_link(custom={"due": "$Nothing.known", "groep": "waarde-van-de-groep"})
    surgery.launch()
    page = get(surgery.client, address(surgery)).text
    assert "Je leeromgeving stuurt geen e-mailadressen; mails worden niet verstuurd." in page
    assert re.search(r"Variabelen die niet zijn ingevuld</dt>\s*<dd>.*?due", page, re.S)
    assert re.search(r"Eigen parameters \(custom\)</dt>\s*<dd>.*?groep", page, re.S)
    assert "waarde-van-de-groep" not in page


def test_nothing_personal_and_no_secret_is_shown_kept_or_logged(
    surgery: Surgery, capfd: pytest.CaptureFixture[str]
) -> None:
    path = address(surgery)
    surgery.launch()
    surgery.school.fail("scores", status=500)
    post(surgery.client, f"{path}/check")
    page = get(surgery.client, path).text
    assert "grades-score-refused" in page
    (launch,), (run,) = surgery.rows(models.TestLaunch), surgery.rows(models.CheckRun)
    kept = f"{launch.facts} {launch.services} {launch.code} {run.lights}"
    logged = "".join(capfd.readouterr())
    tokens = list(surgery.school.lms.practice.tokens._tokens)
    assert tokens
    shown = page.replace(path, "")
    assert [one for one in PERSONAL for text in (shown, kept, logged) if one in text] == []
    assert [one for one in tokens for text in (shown, kept, logged) if one in text] == []
    report = re.search(r"<textarea.*?>(.*?)</textarea>", page, re.S)
    secret = path.rpartition("/")[2]
    assert report is not None
    assert secret not in report[1]
    assert secret not in kept + logged
    assert "type_id" not in report[1], "no query of an address"
    assert launch.subject == "sanne"


def test_who_made_a_test_launch_is_forgotten_after_a_day(surgery: Surgery) -> None:
    surgery.launch()
    with time_machine.travel(clock.now() + timedelta(hours=25)), Session(surgery.school.engine) as session:
        with session.begin():
            service.forget_old(writing(session))
        assert session.query(models.TestLaunch).one().subject is None
    with time_machine.travel(clock.now() + timedelta(days=91)), Session(surgery.school.engine) as session:
        with session.begin():
            service.forget_old(writing(session))
        assert session.query(models.TestLaunch).all() == []


def test_the_address_of_another_school_opens_nothing_of_mine(surgery: Surgery) -> None:
    with Session(surgery.school.engine) as session, session.begin():
        other = factories.platform(writing(session), "https://other.example", name="Hogeschool Delta")
    surgery.launch()
    path = address(surgery, other.id)
    page = get(surgery.client, path).text
    assert "Hogeschool Delta" in page
    assert "Oefenomgeving" not in page
    assert surgery.school.lms.url not in page
    post(surgery.client, f"{path}/check")
    post(surgery.client, f"{path}/watch")
    assert {run.registration_id for run in surgery.rows(models.CheckRun)} == {other.id}


@pytest.mark.parametrize("action", ["", "/check", "/watch"])
def test_a_guessed_address_opens_nothing(surgery: Surgery, action: str) -> None:
    address(surgery)
    answer = (post if action else get)(surgery.client, f"/self-test/{'A' * 43}{action}")
    assert answer.status_code == 404
    assert surgery.rows(models.CheckRun) == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    ],
)  # fmt: skip
def test_a_form_of_another_site_does_nothing_even_with_the_secret(surgery: Surgery, headers: dict[str, str]) -> None:
    path = address(surgery)
    assert post(surgery.client, f"{path}/check", **headers).status_code == 403
    assert surgery.rows(models.CheckRun) == []


def test_the_address_goes_nowhere_and_only_its_platform_frames_the_page(surgery: Surgery) -> None:
    headers = get(surgery.client, address(surgery)).headers
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Content-Security-Policy"].endswith(f"frame-ancestors {surgery.school.lms.url}")


def test_one_check_at_a_time_and_not_one_after_the_other(surgery: Surgery) -> None:
    path = address(surgery)
    clients = [surgery.app.test_client() for _ in range(4)]
    answers: list[str] = []
    threads = [
        threading.Thread(target=lambda c=client: answers.append(post(c, f"{path}/check").location or ""))
        for client in clients
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [path, *[f"{path}?soon=1"] * 3]
    assert len(surgery.rows(models.CheckRun)) == 1
    assert "tien seconden" in get(surgery.client, f"{path}?soon=1").text
    with time_machine.travel(clock.now() + timedelta(seconds=11)):
        assert post(surgery.client, f"{path}/check").location == path


def test_a_check_that_died_does_not_stand_in_the_way_for_ever(surgery: Surgery) -> None:
    with Session(surgery.school.engine) as session, session.begin():
        assert runs.begin(writing(session), surgery.school.platform.id, "staff") is not None
    path = address(surgery)
    assert post(surgery.client, f"{path}/check").location == f"{path}?soon=1"
    with time_machine.travel(clock.now() + timedelta(seconds=61)):
        assert post(surgery.client, f"{path}/check").location == path


def test_launches_are_noted_only_while_somebody_watches(surgery: Surgery) -> None:
    surgery.place_link("/lti/launch", "gewoon")
    surgery.launch(link="gewoon")
    assert surgery.rows(models.TestLaunch) == []
    path = address(surgery)
    post(surgery.client, f"{path}/watch")
    assert "We kijken mee tot" in get(surgery.client, path).text.replace("we kijken", "We kijken")
    surgery.launch(link="gewoon")
    assert len(surgery.rows(models.TestLaunch)) == 1
    surgery.school.misbehave(clock_skew_s=500)
    assert surgery.launch(link="gewoon").status_code == 401
    surgery.school.misbehave(clock_skew_s=0)
    assert [note.code for note in surgery.rows(models.TestLaunch)] == [None, "token-time"]
    page = get(surgery.client, path).text
    assert "De laatste testlaunch is geweigerd: De klok van je leeromgeving" in page
    with time_machine.travel(clock.now() + timedelta(minutes=16)):
        surgery.school.misbehave(clock_skew_s=16 * 60)
        surgery.launch(link="gewoon")
    assert len(surgery.rows(models.TestLaunch)) == 2


@pytest.mark.parametrize("user", ["sanne", "fatima", "mirjam"])
def test_a_test_launch_opens_no_module_and_tells_what_came(surgery: Surgery, user: str) -> None:
    answer = surgery.launch(user)
    assert answer.status_code == 303
    page = get(surgery.client, answer.location)
    assert "De testlaunch werkte" in page.text
    assert [one for one in PERSONAL if one in page.text] == []
    assert page.headers["Content-Security-Policy"].endswith(f"frame-ancestors {surgery.school.lms.url}")
    assert surgery.count("people") == 0
    assert surgery.count("visits") == 0
    with time_machine.travel(clock.now() + timedelta(hours=25)):
        assert get(surgery.client, answer.location).status_code == 404


def test_no_flood_of_launches_fills_the_table(surgery: Surgery) -> None:
    for _ in range(33):
        surgery.launch()
    assert len(surgery.rows(models.TestLaunch)) == 30


def test_the_browsers_cookie_is_seen(surgery: Surgery) -> None:
    first = get(surgery.client, "/self-test/browser").json
    assert first is not None
    assert first["kept"] is False
    again = get(surgery.client, f"/self-test/browser?sent={first['sent']}").json
    other = surgery.app.test_client().get(f"/self-test/browser?sent={first['sent']}", base_url=TOOL).json
    assert again is not None
    assert other is not None
    assert (again["kept"], other["kept"]) == (True, False)
