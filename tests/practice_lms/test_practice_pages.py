"""The pages do what they say, for whom they are meant, and always say that this is a practice environment."""

from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from practice_double import Platform, score


class Visitor(requests.Session):
    """A browser without scripts in which someone is logged in."""

    def __init__(self, platform: Platform, person: str) -> None:
        super().__init__()
        self.root = platform.url
        self.post(f"{self.root}/person", data={"user": person}, timeout=10)

    def see(self, path: str) -> requests.Response:
        return self.get(self.root + path, timeout=10)

    def press(self, path: str, **fields: Any) -> requests.Response:
        return self.post(self.root + path, data=fields, timeout=10)


@pytest.mark.parametrize(
    ("person", "path", "status"),
    [
        ("fatima", "/courses/mechatronica-4b/gradebook", 200),
        ("sanne", "/courses/mechatronica-4b/gradebook", 200),
        ("sanne", "/courses/mechatronica-4b/gradebook/1/youssef", 404),
        ("sanne", "/tools", 403),
        ("mirjam", "/tools", 200),
        ("mirjam", "/courses/plaatbewerking-3a", 200),
        ("fatima", "/courses/bestaat-niet", 404),
        ("fatima", "/links/bestaat-niet", 404),
        ("sanne", "/misbehave", 200),
    ],
)
def test_pages_are_for_whom_they_are_meant(platform: Platform, person: str, path: str, status: int) -> None:
    answer = Visitor(platform, person).see(path)

    assert answer.status_code == status
    assert "Oefenomgeving" in answer.text
    assert "style=" not in answer.text


def test_a_student_sees_own_grades_only(platform: Platform) -> None:
    platform.send_score(score("sanne"))
    column = platform.column()["id"]
    sanne, fatima = Visitor(platform, "sanne"), Visitor(platform, "fatima")
    address = "/courses/mechatronica-4b/gradebook"

    assert "Youssef Amrani" not in sanne.see(address).text
    assert "Youssef Amrani" in fatima.see(address).text
    assert sanne.see(f"{address}/{column}/youssef").status_code == 403
    assert "van 10" in sanne.see(f"{address}/{column}/sanne").text
    assert sanne.press(f"{address}/{column}/sanne", points="100").status_code == 403


def test_a_teacher_types_a_grade_with_a_comma(platform: Platform) -> None:
    column = platform.column("lasersnijden")["id"]
    address = f"/courses/mechatronica-4b/gradebook/{column}/lotte"
    fatima = Visitor(platform, "fatima")

    page = fatima.press(address, points="7,5", comment="Netjes", locked="on").text

    result = platform.column("lasersnijden")["results"][0]
    assert (result["score"], result["given_by"], result["is_locked"]) == (7.5, "fatima", True)
    assert "met de hand ingevuld" in page
    assert fatima.press(address, points="11").status_code == 400
    assert fatima.press(address, points="veel").status_code == 400


def test_a_name_with_markup_is_shown_as_text(platform: Platform) -> None:
    platform.control("users", id="raar", given="<b>Bo", family="& Zn", courses={"mechatronica-4b": "student"})

    assert "&lt;b&gt;Bo" in Visitor(platform, "fatima").see("/courses/mechatronica-4b").text


def test_the_panel_plans_switches_and_resets(platform: Platform) -> None:
    fatima = Visitor(platform, "fatima")
    told = requests.get(f"{platform.url}/control/misbehave", timeout=10).json()["switches"]
    form = {name: value for name, value in told.items() if not isinstance(value, bool | dict)}

    fatima.press("/misbehave/faults", group="scores", how="503", times="2", retry_after="5")
    fatima.press("/misbehave/faults", group="token", how="lost", times="1")
    page = fatima.press("/misbehave/switches", **(form | {"timestamps": "moodle", "storage": "on"})).text
    fatima.press("/misbehave/slow", scores="40")

    now = requests.get(f"{platform.url}/control/misbehave", timeout=10).json()
    assert [one["remaining"] for one in now["faults"]["planned"]] == [2, 1]
    assert (now["switches"]["timestamps"], now["switches"]["names"]) == ("moodle", False)
    assert now["switches"]["slow_ms"] == {"scores": 40}
    assert "Retry-After 5 s" in page
    fatima.press("/misbehave/do/reset")
    now = requests.get(f"{platform.url}/control/misbehave", timeout=10).json()
    assert (now["switches"], now["faults"]["planned"]) == (told, [])


def test_a_form_of_another_site_is_not_taken(platform: Platform) -> None:
    headers = {"Origin": "http://elders.test"}

    answer = requests.post(f"{platform.url}/misbehave/do/reset", headers=headers, timeout=10)

    assert answer.status_code == 403


def test_a_teacher_takes_a_link_away(platform: Platform) -> None:
    assert Visitor(platform, "sanne").press("/links/cobots/remove").status_code == 403
    page = Visitor(platform, "fatima").press("/links/cobots/remove").text

    assert "/links/cobots" not in page
    assert "/links/lasersnijden" in page


def test_the_language_switch_stays_on_the_page(platform: Platform) -> None:
    fatima = Visitor(platform, "fatima")

    page = fatima.press("/language", language="en", back="/courses/mechatronica-4b")
    elsewhere = fatima.post(
        f"{platform.url}/language", data={"back": "//elders.test"}, allow_redirects=False, timeout=10
    )

    assert page.url.endswith("/courses/mechatronica-4b")
    assert 'lang="en"' in page.text
    assert elsewhere.headers["Location"] == "/"


def test_localhost_leads_to_the_name_of_the_issuer(platform: Platform) -> None:
    port = urlsplit(platform.url).port

    answer = requests.get(f"http://localhost:{port}/courses", allow_redirects=False, timeout=10)

    assert answer.headers["Location"] == f"{platform.url}/courses"


@pytest.mark.parametrize(
    ("asked", "spoken"),
    [("en-GB,en;q=0.9", "en"), ("en-US", "en"), ("nl-NL,nl;q=0.9,en;q=0.8", "nl"), ("de-DE,en;q=0.5", "en"),
     ("de-DE", "nl"), ("", "nl")],
)  # fmt: skip
def test_the_browser_says_the_language_until_a_person_chose(platform: Platform, asked: str, spoken: str) -> None:
    fatima = Visitor(platform, "fatima")
    fatima.headers["Accept-Language"] = asked

    assert f'<html lang="{spoken}"' in fatima.see("/courses").text
    for chosen in ("nl", "en"):
        fatima.press("/language", language=chosen)
        assert f'<html lang="{chosen}"' in fatima.see("/courses").text
