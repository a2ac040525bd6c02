"""A link to one activity opens that one only: nothing comes before it, and its standing counts nothing else."""

import pytest

from lti_tool.base.errors import NotFound
from lti_tool.learning.catalogue import service as catalogue
from lti_tool.learning.progress import service as progress
from tests import factories
from tests.screens.room import MODULE, Guest, Room


def visitor(room: Room, activity: str, role: str = "learner") -> Guest:
    """Somebody who comes in by a link to this activity, of the same run as the module's other links."""
    with room.writing() as session:
        factories.link(session, room.platform, MODULE, resource_link_id=activity, terms={"activity": activity})
    return _come(room, activity, role)


def _come(room: Room, link: str, role: str) -> Guest:
    guest = room.guest(role, link="whole", subject=f"{role}-{link}")
    with room.writing() as session:
        session.connection().exec_driver_sql(
            "UPDATE visits SET resource_link_id = (SELECT id FROM resource_links WHERE resource_link_id = ?)"
            " WHERE public_id = ?", (link, guest.visit),
        )  # fmt: skip
    return guest


@pytest.mark.parametrize("role", ["learner", "teacher"])
def test_the_overview_shows_that_activity_only(room: Room, role: str) -> None:
    page = visitor(room, "toets", role).get().text
    assert "Toets: cobots veilig inzetten" in page
    assert "Van idee naar risicobeoordeling" not in page
    assert "0 van de 1 onderdelen" in page
    assert "Deze link opent één onderdeel van de module." in page


def test_nothing_else_can_be_opened_or_done(room: Room) -> None:
    guest = visitor(room, "toets")
    assert guest.get("a/risico").status_code == 404
    assert guest.post("a/risico/read").status_code == 404


def test_a_quiz_opens_without_what_comes_before_it_in_the_module(room: Room) -> None:
    guest = visitor(room, "toets")
    assert guest.get("a/toets").status_code == 200
    assert guest.post("a/toets/begin").status_code == 303
    assert guest.post("a/toets/1/hand-in", {"page": "x"}).status_code == 303
    page = guest.get().text
    assert "1 van de 1 onderdelen" in page
    assert "Nog niet behaald" in page or "niet behaald" in page.lower()
    with room.writing() as session:
        place = progress.place_by_id(session, guest.enrolment_id or 0)
        assert place.standing.score is None, "the module as a whole is not done"
        assert progress.check_standings(session)[1] == []


def test_a_page_without_points_is_done_and_has_no_result(room: Room) -> None:
    guest = visitor(room, "risico")
    assert "geen punten" in guest.get().text
    assert guest.post("a/risico/read").status_code == 303
    page = guest.get().text
    assert "Je hebt alles afgerond" in page
    assert "Behaald" not in page


def test_what_was_done_through_the_whole_module_stands_here_too(room: Room) -> None:
    guest = visitor(room, "risico").read_pages()
    assert "1 van de 1 onderdelen" in guest.get().text


def test_one_activity_is_passed_at_the_modules_share_of_its_points(room: Room) -> None:
    with room.writing() as session:
        whole = catalogue.syllabus(session, catalogue.current_version_id(session, catalogue.module_id(session, MODULE)))
    alone = whole.only("toets")
    assert (alone.points, alone.pass_points, alone.steps[0].after) == (100, 55, ())
    assert whole.only("risico").pass_points == 0
    with pytest.raises(NotFound, match="activity"):
        whole.only("nothing")


def test_a_link_to_a_part_that_there_is_not_tells_learners_whom_to_ask_and_teachers_can_mend_it(room: Room) -> None:
    """Typed by hand, or gone in the newest version: the page must not send anybody back to itself."""
    learner, teacher = visitor(room, "bestaat-niet"), visitor(room, "bestaat-niet", "teacher")
    answer = learner.get()
    assert answer.status_code == 404
    assert "Je docent kan" in answer.text
    assert "overzicht van de module" not in answer.text
    page = teacher.get()
    assert page.status_code == 200
    assert f"/v/{teacher.visit}/settings" in page.text
