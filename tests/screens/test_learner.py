"""The learner's pages as plain forms, without any script."""

import re

import pytest

from lti_tool.base import clock
from lti_tool.learning.catalogue.rules import Step
from lti_tool.learning.kinds import quiz
from lti_tool.protocols.resource_links.models import Context, ResourceLink
from lti_tool.screens.learner.kinds import SCREENS
from tests.learning.drafts import QUESTIONS
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


@pytest.mark.parametrize("number", [7, 2**40, 10**23, "9" * 5000])
@pytest.mark.parametrize("verb", ["answers", "hand-in"])
def test_an_attempt_that_never_was_is_not_found_however_large_its_number(room: Room, verb: str, number: int) -> None:
    guest = room.guest().read_pages()
    guest.post("a/toets/begin")
    assert guest.post(f"a/toets/{number}/{verb}", RIGHT | {"saves": "9" * 30}).status_code == 404


def test_a_number_in_doubt_is_asked_again_and_the_attempt_stays_open(room: Room) -> None:
    guest = room.guest().read_pages()
    guest.post("a/toets/begin")
    guest.post("a/toets/1/hand-in", RIGHT | {"q.afstand-berekenen": "1.2,3.4", "saves": "0"})
    html = guest.get("a/toets").text
    assert "Schrijf het zoals 4,4" in html
    assert 'value="1.2,3.4"' in html
    assert "result-number" not in html


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("nl", "We vragen een antwoord in m. Jij schreef een andere eenheid, of een die we niet kennen."),
        ("en", "We ask for an answer in m. You wrote another unit, or one that we do not know."),
    ],
)
def test_an_answer_in_another_unit_is_asked_again_before_it_costs_points(
    room: Room, language: str, words: str
) -> None:
    guest = room.guest(language=language).read_pages()
    guest.post("a/toets/begin")
    guest.post("a/toets/1/hand-in", RIGHT | {"q.afstand-berekenen": "214 cm", "saves": "0"})
    html = guest.get("a/toets").text
    assert words in html
    assert 'value="214 cm"' in html
    assert "result-number" not in html

    guest.post("a/toets/1/hand-in", RIGHT | {"q.afstand-berekenen": "2,14 M", "saves": "1"})
    html = guest.get("a/toets").text
    assert points(html) == 20
    assert "<strong>2,14 M</strong>" in html


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
    assert teacher.get().location.endswith("/place#title")
    assert teacher.post("place", {}).status_code == 400
    assert teacher.post("place", {"module": "nothing"}).status_code == 404
    assert teacher.post("place", {"module": MODULE, "run": "shared"}).status_code == 303
    assert "Cobots veilig inzetten" in teacher.get().text


LEFT = re.compile(r"Je hebt nog 1 poging\.")
NONE_LEFT = "Je hebt geen poging meer die meetelt."
ASK = "Vraag je docent wat je nu kunt doen."


@pytest.mark.parametrize("role", ["learner", "teacher"])
def test_who_has_not_passed_reads_how_many_attempts_are_left_and_then_whom_to_ask(room: Room, role: str) -> None:
    guest = room.guest(role).read_pages()
    assert NONE_LEFT not in guest.get().text
    for number in (1, 2):
        guest.post("a/toets/begin")
        guest.post(f"a/toets/{number}/hand-in", {"page": "x"})
        html = guest.get().text
        assert bool(LEFT.search(html)) is (number == 1)
        assert (NONE_LEFT in html) is (number == 2)
        assert (ASK in html) is (number == 2 and role == "learner")


def test_an_attempt_under_way_is_still_one_that_is_left(room: Room) -> None:
    guest = room.guest().read_pages()
    guest.post("a/toets/begin")
    guest.post("a/toets/1/hand-in", {"page": "x"})
    guest.post("a/toets/begin")
    assert LEFT.search(guest.get().text)


@pytest.mark.parametrize(
    ("attempts", "counts", "left"),
    [(2, "best", 1), (2, "last", 1), (2, "first", 0), (0, "best", None), (0, "first", 0)],
)
def test_only_attempts_that_can_change_the_result_are_left(attempts: int, counts: str, left: int | None) -> None:
    made = quiz.parse({"questions": [QUESTIONS[0]], "attempts": attempts, "counts": counts})
    step = Step(1, "toets", "quiz", {"nl": "Toets"}, 5, 100, True, (), made)
    assert SCREENS["quiz"].tries_left(step, [clock.now()], ()) == left
    assert SCREENS["page"].tries_left(step, [clock.now()], ()) == 0


def receipt_headings(html: str) -> list[str]:
    part = html.partition('id="receipts"')[2].partition("</section>")[0]
    return re.findall(r"<h3>(.*?)</h3>", part)


@pytest.mark.parametrize(
    ("course", "titles", "headings"),
    [
        ("Mechatronica 4B", ("Cobots", ""), ["Mechatronica 4B: Cobots", "Mechatronica 4B"]),
        ("Mechatronica 4B", ("Cobots", "Robots"), ["Mechatronica 4B: Cobots", "Mechatronica 4B: Robots"]),
        ("Mechatronica 4B", ("",), ["Mechatronica 4B"]),
        ("", ("Cobots", ""), ["Cobots"]),
        ("", ("Cobots",), []),
    ],
)
def test_a_receipt_is_named_by_what_the_platform_tells(
    room: Room, course: str, titles: tuple[str, ...], headings: list[str]
) -> None:
    for number in range(len(titles)):
        guest = room.guest(subject="sanne", link=f"link-{number}")
    with room.writing() as session:
        for link, title in zip(session.query(ResourceLink).order_by(ResourceLink.id), titles, strict=True):
            link.title = title
        session.query(Context).one().title = course
    assert receipt_headings(guest.get().text) == headings


@pytest.mark.parametrize(
    ("language", "words"), [("nl", "zoek de eigen parameters"), ("en", "find the custom parameters")]
)
def test_a_teacher_reads_how_to_switch_grades_on_again(room: Room, language: str, words: str) -> None:
    teacher = room.guest("teacher", language=language)
    assert "grades=off" not in teacher.get().text
    with room.writing() as session:
        session.query(ResourceLink).one().columns = "none"
    html = teacher.get().text
    assert "grades=off" in html
    assert words in html
