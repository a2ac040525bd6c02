"""The learner's pages as plain forms, without any script."""

import re

import pytest

from tests.screens.room import MODULE, Room

RIGHT = {
    "q.scherpe-grijper": "false", "q.afstand-berekenen": "2,14", "page": "x",
}  # fmt: skip


def points(html: str) -> float:
    found = re.search(r'data-points="([\d.]+)"', html)
    assert found, html
    return float(found[1])


def test_reading_answering_and_handing_in_by_plain_forms(room: Room) -> None:
    guest = room.guest()
    for key in ("samenwerkend", "risico"):
        answer = guest.post(f"a/{key}/read")
        assert answer.status_code == 303
        assert answer.location.endswith("/#title")
    assert "Begin met de toets" in guest.get("a/toets").text
    assert guest.post("a/toets/begin").status_code == 303

    saved = guest.post("a/toets/1/answers", RIGHT | {"saves": "0"})
    assert saved.status_code == 303
    page = guest.get("a/toets").text
    assert 'value="2,14"' in page
    assert re.search(r'name="q.scherpe-grijper" value="false" checked', page)

    assert guest.post("a/toets/1/hand-in", RIGHT | {"saves": "1"}).status_code == 303
    result = guest.get("a/toets").text
    assert points(result) == 20
    assert "20 van de 100 punten" in result
    assert "Nog niet behaald" in guest.get().text


def test_the_right_answers_stay_hidden_while_an_attempt_is_left(room: Room) -> None:
    guest = room.guest().read_pages()
    for number in (1, 2):
        guest.post("a/toets/begin")
        guest.post(f"a/toets/{number}/hand-in", {"q.afstand-berekenen": "9", "page": "x"})
        html = guest.get("a/toets").text
        assert ("Goede antwoord" in html or "Juiste antwoord" in html or "Goed antwoord" in html) is (number == 2)
    assert guest.post("a/toets/begin").status_code == 409


def test_handing_in_twice_changes_nothing(room: Room) -> None:
    guest = room.guest().read_pages()
    guest.post("a/toets/begin")
    guest.post("a/toets/1/hand-in", RIGHT)
    guest.post("a/toets/1/hand-in", {"page": "x"})
    assert points(guest.get("a/toets").text) == 20
    assert guest.post("a/toets/1/answers", RIGHT).status_code == 409
    assert guest.post("a/toets/7/hand-in", RIGHT).status_code == 404


def test_a_number_in_doubt_is_asked_again_and_the_attempt_stays_open(room: Room) -> None:
    guest = room.guest().read_pages()
    guest.post("a/toets/begin")
    guest.post("a/toets/1/hand-in", RIGHT | {"q.afstand-berekenen": "1.2,3.4", "saves": "0"})
    html = guest.get("a/toets").text
    assert "Schrijf het zoals 4,4" in html
    assert 'value="1.2,3.4"' in html
    assert "result-number" not in html


def test_newer_answers_from_elsewhere_stay(room: Room) -> None:
    guest = room.guest().read_pages()
    guest.post("a/toets/begin")
    guest.post("a/toets/1/answers", RIGHT | {"saves": "0"})
    late = guest.post(
        "a/toets/1/answers", {"q.afstand-berekenen": "9", "page": "y", "saves": "0"}, **{"HX-Request": "true"}
    )
    assert "Er zijn nieuwere antwoorden" in late.text
    assert 'value="2,14"' in guest.get("a/toets").text


def test_what_was_never_asked_falls_away(room: Room) -> None:
    guest = room.guest().read_pages()
    guest.post("a/toets/begin")
    odd = {"q.scherpe-grijper": ["false", "true"], "q.nothing": "x", "q.arm-of-toepassing": "<b>", "page": "p" * 999}
    assert guest.post("a/toets/1/answers", odd | {"saves": "many"}).status_code == 303
    html = guest.get("a/toets").text
    assert "&lt;b&gt;" not in html
    assert html.count(" checked") == 1


@pytest.mark.parametrize("body", [b"\xff\xfe%00", b"q.afstand-berekenen=%00%00", "q.afstand-berekenen=😀".encode()])
def test_strange_bytes_do_no_harm(room: Room, body: bytes) -> None:
    guest = room.guest().read_pages()
    guest.post("a/toets/begin")
    answer = guest.post("a/toets/1/answers", body, **{"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status_code in (303, 400)
    assert guest.get("a/toets").status_code == 200


def test_a_body_that_is_too_large_is_refused_in_words(room: Room) -> None:
    guest = room.guest().read_pages()
    guest.post("a/toets/begin")
    answer = guest.post("a/toets/1/answers", {"page": "x" * 600_000})
    assert answer.status_code == 413
    assert "te groot" in answer.text


def test_names_are_shown_as_they_are_and_never_as_html(room: Room) -> None:
    guest = room.guest()
    assert "Sanne de Vries" in guest.get().text


def test_a_quiet_overview_stops_looking_for_its_grade(room: Room) -> None:
    guest = room.guest()
    assert "hx-get" in guest.get().text
    asked = [guest.get(f"receipts?look={look}&seen=noneNone").text for look in range(1, 12)]
    assert ["hx-get" in text for text in asked] == [True, True] + [False] * 9
    assert not any('id="receipts"' in text for text in asked)
    assert 'hx-swap-oob="innerHTML"' in guest.get("receipts?look=1&seen=else").text


def test_a_link_without_a_module_waits_for_the_teacher(room: Room) -> None:
    student = room.guest(module=None, link="empty")
    answer = student.get()
    assert answer.status_code == 404
    assert "Je docent heeft nog geen module gekozen" in answer.text
    teacher = room.guest("teacher", module=None, link="empty")
    assert teacher.get().location.endswith("/choose")
    assert teacher.post("choose", {}).status_code == 400
    assert teacher.post("choose", {"module": "nothing"}).status_code == 404
    assert teacher.post("choose", {"module": MODULE, "run": "shared"}).status_code == 303
    assert "Cobots veilig inzetten" in teacher.get().text
