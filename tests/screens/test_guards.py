"""Who may come in: origins, other people's cookies, roles; and what pictures are served as."""

import re

import pytest

from tests.screens.room import TOOL, Room


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": TOOL}, 303),
        ({"Origin": TOOL, "Sec-Fetch-Site": "same-origin"}, 303),
        ({"Origin": ""}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": TOOL + ".evil.example"}, 403),
        ({"Origin": "http://tool.test"}, 403),
    ],
)
def test_only_our_own_pages_change_something(room: Room, headers: dict[str, str], status: int) -> None:
    guest = room.guest()
    response = guest.post("a/samenwerkend/read", **headers)
    assert response.status_code == status
    state = "Afgerond" if status == 303 else "Nog niet begonnen"
    assert state in guest.get("a/samenwerkend").text


@pytest.mark.parametrize(("site", "status"), [(None, 303), ("same-origin", 303), ("cross-site", 403), ("none", 403)])
def test_without_an_origin_the_browser_must_not_say_that_it_came_from_elsewhere(
    room: Room, site: str | None, status: int
) -> None:
    guest = room.guest()
    headers = {"Sec-Fetch-Site": site} if site else {}
    address = f"/v/{guest.visit}/a/samenwerkend/read"
    assert guest.client.post(address, base_url=TOOL, headers=headers).status_code == status


def test_the_address_alone_opens_nothing(room: Room) -> None:
    guest = room.guest()
    answer = room.app.test_client().get(f"/v/{guest.visit}/", base_url=TOOL)
    assert answer.status_code == 401
    assert "Sanne" not in answer.text
    assert "Cobots" not in answer.text


def test_the_cookie_of_somebody_else_opens_nothing(room: Room) -> None:
    one, other = room.guest(), room.guest()
    answer = other.client.get(f"/v/{one.visit}/", base_url=TOOL)
    assert answer.status_code == 401
    post = other.client.post(f"/v/{one.visit}/a/samenwerkend/read", base_url=TOOL, headers={"Origin": TOOL})
    assert post.status_code == 401
    assert "Nog niet begonnen" in one.get("a/samenwerkend").text


def test_an_unknown_visit_is_no_page(room: Room) -> None:
    assert room.app.test_client().get("/v/nothing/", base_url=TOOL).status_code == 404


@pytest.mark.parametrize("role", ["learner", "none"])
def test_who_is_no_teacher_chooses_nothing(room: Room, role: str) -> None:
    guest = room.guest(role)
    assert guest.get("place").status_code == 403
    assert guest.post("place", {"module": "lasersnijden-en-kanten"}).status_code == 403
    assert "Cobots veilig inzetten" in guest.get().text


def test_learners_do_not_see_what_teachers_see(room: Room) -> None:
    learner, teacher = room.guest().read_pages(), room.guest("teacher")
    assert 'class="teacher-bar"' not in learner.get().text
    assert "card key" not in learner.get("a/toets").text
    assert "card key" in teacher.get("a/toets").text


def test_a_locked_part_is_not_opened_by_its_address(room: Room) -> None:
    guest = room.guest()
    for answer in (guest.get("a/toets"), guest.post("a/toets/begin"), guest.post("a/risico/read")):
        assert answer.status_code == 409
    assert guest.get("a/nothing").status_code == 404


def test_pages_of_a_visit_are_never_kept(room: Room) -> None:
    headers = room.guest().get().headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "unsafe" not in headers["Content-Security-Policy"]


def test_pictures_are_served_so_that_they_cannot_run(room: Room) -> None:
    guest = room.guest()
    source = re.findall(r'src="(/media/[0-9a-f]{32}\.svg)"', guest.get("a/samenwerkend").text)[0]
    picture = room.app.test_client().get(source, base_url=TOOL)
    assert picture.status_code == 200
    assert picture.mimetype == "image/svg+xml"
    assert picture.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert picture.headers["X-Content-Type-Options"] == "nosniff"
    assert "immutable" in picture.headers["Cache-Control"]
    assert b"style=" not in picture.data
    assert b"<script" not in picture.data
    picture.close()


@pytest.mark.parametrize(
    "name", ["../tool.db", "..%2ftool.db", "x.svg", "0" * 32 + ".html", "0" * 32 + ".svg", "0" * 33]
)
def test_only_pictures_are_served(room: Room, name: str) -> None:
    assert room.app.test_client().get(f"/media/{name}", base_url=TOOL).status_code == 404


def test_the_language_switch_leads_nowhere_else(room: Room) -> None:
    guest = room.guest()
    for back in ("https://evil.example/", "//evil.example", f"/v/{guest.visit}/\\evil.example", "/v/other/"):
        answer = guest.post("language", {"language": "en", "back": back})
        assert answer.location == f"/v/{guest.visit}/"
    assert guest.post("language", {"language": "xx"}).status_code == 400
    assert '<html lang="en"' in guest.get().text
