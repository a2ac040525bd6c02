"""The teacher of a placed link sees its terms and their sources, changes them, and is told of news and of others."""

import re

import pytest
from sqlalchemy import select

from lti_tool.learning.catalogue import service as catalogue
from lti_tool.learning.catalogue.models import Version
from lti_tool.learning.progress import service as progress
from lti_tool.protocols.resource_links.models import Member, ResourceLink
from tests import factories
from tests.learning import drafts
from tests.screens.choosing import form_of
from tests.screens.room import MODULE, Guest, Room

OTHER = "lasersnijden-en-kanten"


def form(guest: Guest) -> dict[str, str]:
    page = guest.get("settings").text
    return form_of(page[page.index('class="fields"') :])


def save(guest: Guest, **fields: str) -> int:
    return guest.post("settings", form(guest) | fields).status_code


def link(room: Room, name: str = "link-1") -> ResourceLink:
    with room.writing() as session:
        found = session.scalars(select(ResourceLink).where(ResourceLink.resource_link_id == name)).one()
        session.expunge(found)
        return found


def sources(guest: Guest) -> dict[str, str]:
    page = guest.get("settings").text
    return dict(re.findall(r'<tr><th scope="row">([^<]*)</th><td>[^<]*</td>\s*<td>([^<]*)</td>', page))


def test_the_page_says_where_each_setting_came_from(room: Room) -> None:
    with room.writing() as session:
        terms = {"scale": "grade", "due_there": "2026-03-17T12:00:00Z"}
        factories.link(session, room.platform, MODULE, resource_link_id="said", terms=terms)
    teacher = room.guest("teacher", link="chosen")
    assert save(teacher, late="close") == 303
    told = sources(teacher)
    assert told["Werk dat te laat wordt ingeleverd"] == "hier gekozen"
    assert told["Gaat open"] == "niemand koos iets anders"
    with room.writing() as session:
        from_link = session.scalars(select(ResourceLink).where(ResourceLink.resource_link_id == "said")).one()
        cohort_id, link_id = from_link.cohort_id, from_link.id
    visitor = room.guest("teacher", link="chosen")
    with room.writing() as session:
        session.connection().exec_driver_sql(
            "UPDATE visits SET resource_link_id = ?, cohort_id = ? WHERE public_id = ?",
            (link_id, cohort_id, visitor.visit),
        )
    told = sources(visitor)
    assert told["Hoe het resultaat wordt geschreven"] == "de link zelf"
    assert told["Inleveren voor"] == "de instellingen van de link in je cursus"


def test_what_a_teacher_changes_holds_from_then_on(room: Room) -> None:
    teacher = room.guest("teacher")
    assert save(teacher, columns="none", due="2026-06-17T13:30", late="deduct", late_percent="25", speaks="en") == 303
    now = link(room)
    assert (now.columns, now.late, now.late_percent, now.language, now.revision) == ("none", "deduct", 25, "en", 1)
    assert now.due_at is not None
    assert now.due_at.isoformat() == "2026-06-17T11:30:00+00:00"
    assert form(teacher)["due"] == "2026-06-17T13:30"


def test_saving_what_stands_there_changes_nothing(room: Room) -> None:
    teacher = room.guest("teacher")
    assert save(teacher) == 303
    assert link(room).revision == 0


def test_a_due_time_before_the_opening_is_refused_beside_the_field(room: Room) -> None:
    teacher = room.guest("teacher")
    fields = form(teacher) | {"opens": "2026-03-17T10:00", "due": "2026-03-16T10:00"}
    refused = teacher.post("settings", fields)
    assert refused.status_code == 400
    assert 'aria-describedby="due-problem"' in refused.text
    assert link(room).opens_at is None


def test_of_two_teachers_the_second_is_told_and_decides(room: Room) -> None:
    karin, joost = room.guest("teacher"), room.guest("teacher")
    karins, joosts = form(karin), form(joost)
    assert karin.post("settings", karins | {"scale": "grade"}).status_code == 303
    clash = joost.post("settings", joosts | {"late": "close"})
    assert clash.status_code == 409
    assert "Iemand anders heeft dit intussen gewijzigd" in clash.text
    assert "Een cijfer van 1 tot 10" in clash.text
    assert "Kan na de inleverdatum niet meer" in clash.text
    assert (link(room).scale, link(room).late) == ("grade", "accept")
    assert joost.post("settings", form_of(clash.text)).status_code == 303
    assert (link(room).scale, link(room).late) == ("points", "close")


def test_two_who_want_the_same_do_not_clash(room: Room) -> None:
    karin, joost = room.guest("teacher"), room.guest("teacher")
    karins, joosts = form(karin), form(joost)
    assert karin.post("settings", karins | {"scale": "grade"}).status_code == 303
    assert joost.post("settings", joosts | {"scale": "grade"}).status_code == 303


def test_a_fresh_start_begins_empty_and_going_back_finds_all_again(room: Room) -> None:
    learner, teacher = room.guest().read_pages(), room.guest("teacher")
    assert "1 deelnemer is hier bezig" in teacher.get("settings").text
    assert save(teacher, run="own") == 303
    assert "0 van de 3 onderdelen" in learner.get().text
    assert save(teacher, run="shared") == 303
    assert "2 van de 3 onderdelen" in learner.get().text


def test_a_withdrawn_module_is_said_and_who_began_goes_on(room: Room) -> None:
    learner, teacher = room.guest(), room.guest("teacher")
    with room.writing() as session:
        catalogue.withdraw(session, MODULE)
    assert "De hub heeft deze module teruggetrokken" in teacher.get("settings").text
    assert learner.get().status_code == 200
    assert save(teacher, late="close") == 303


def newer(room: Room) -> None:
    """Version 3: the first page as it was, the second changed, the quiz gone, a page new."""
    with room.writing() as session:
        old = session.scalars(select(Version).where(Version.number == 2)).one()
        kept = {one.key: one for one in old.activities}
        page = {
            key: drafts.page_draft(key, title=kept[key].title, settings=kept[key].settings, points=50.0)
            for key in ("samenwerkend", "risico")
        }
        changed = drafts.page_draft("risico", title={"nl": "Risico"}, points=50.0)
        note = {"nl": "De tweede pagina is nieuw geschreven."}
        draft = drafts.version_draft(
            page["samenwerkend"], changed, drafts.page_draft("extra", title={"nl": "Extra"}), number=3,
            change_note=note, title={"nl": "Cobots veilig inzetten"}, pass_points=50.0,
        )  # fmt: skip
        catalogue.publish(session, MODULE, "de-smidse", draft)


def test_a_newer_version_is_told_and_learners_stay_until_the_teacher_moves_them(room: Room) -> None:
    learner, teacher = room.guest().read_pages(), room.guest("teacher")
    newer(room)
    page = teacher.get("settings").text
    for words in (
        "1 deelnemer zit in versie 2", "De tweede pagina is nieuw geschreven.", "Blijft, met het resultaat:",
        "Veranderd, dus opnieuw te doen:", "Vervallen:", "Neem 1 deelnemer mee naar versie 3",
    ):  # fmt: skip
        assert words in page
    assert "toets" in learner.get().text
    assert teacher.post("settings/version", {"version": "2"}).status_code == 400
    assert teacher.post("settings/version", {"version": "3"}).status_code == 303
    with room.writing() as session:
        place = progress.place_by_id(session, learner.enrolment_id or 0)
        assert progress.syllabus_of(session, place).number == 3
        states = {key: str(state) for key, state in place.standing.steps.items()}
        assert states == {"samenwerkend": "done", "risico": "not-started", "extra": "not-started"}
        assert progress.check_standings(session)[1] == []
    assert learner.post("a/risico/read").status_code == 303
    assert learner.post("a/extra/read").status_code == 303
    assert "versie 2" not in teacher.get("settings").text


def test_only_learners_of_this_link_are_moved(room: Room) -> None:
    here, elsewhere = room.guest(), room.guest(link="other")
    teacher = room.guest("teacher")
    newer(room)
    assert teacher.post("settings/version", {"version": "3"}).status_code == 303
    with room.writing() as session:
        numbers = [
            progress.syllabus_of(session, progress.place_by_id(session, one.enrolment_id or 0)).number
            for one in (here, elsewhere)
        ]
    assert numbers == [3, 2]


def test_a_copy_made_by_hand_in_the_course_is_told_and_can_be_set_apart(room: Room) -> None:
    room.guest(link="first")
    teacher = room.guest("teacher", link="copy")
    with room.writing() as session:
        first, copy = (
            session.scalars(select(ResourceLink).where(ResourceLink.resource_link_id == name)).one()
            for name in ("first", "copy")
        )
        copy.copied_from_id = first.id
    page = teacher.get("settings").text
    assert "Deze link is een kopie van een andere link in deze cursus" in page
    assert "De voortgang is dezelfde" in page
    assert save(teacher, run="own") == 303
    assert "Iedereen begint hier opnieuw, los van" in teacher.get("settings").text


def test_a_link_without_a_module_leads_to_the_chooser(room: Room) -> None:
    teacher = room.guest("teacher", module=None, link="bare")
    assert teacher.get("settings").location.endswith("/place#title")


@pytest.mark.parametrize("fields", [{"scale": "x"}, {"run": "x", "late": "x"}])
def test_strange_forms_change_nothing(room: Room, fields: dict[str, str]) -> None:
    teacher = room.guest("teacher")
    assert save(teacher, **fields) == 400
    assert link(room).revision == 0


def test_changes_are_noted(room: Room) -> None:
    teacher = room.guest("teacher")
    save(teacher, late="close", scale="ogv")
    with room.writing() as session:
        asked = "SELECT facts FROM audit_notes WHERE verb = 'teacher:link:set'"
        assert session.connection().exec_driver_sql(asked).scalar_one() == '{"what": "late, scale"}'
        assert session.scalars(select(Member)).first() is not None


def test_shared_progress_promises_no_more_than_holds_in_a_copy(room: Room) -> None:
    page = room.guest("teacher").get("settings").text
    assert "Samen met andere links naar deze module" in page
    assert "Een gekopieerde cursus begint opnieuw, los van de andere" in page


@pytest.mark.parametrize("date", ["2026-11-01T22:59:59Z", "2026-10-25T01:30:00Z"])
def test_a_date_that_nobody_touched_stays_to_the_second_also_when_the_clocks_go_back(room: Room, date: str) -> None:
    """The field shows minutes, and 02:30 twice in that night: what was not typed anew must not become the teacher's."""
    teacher = room.guest("teacher", link="dated", terms={"due_there": date})
    before = link(room, "dated").due_at
    assert save(teacher, scale="grade") == 303
    assert link(room, "dated").due_at == before
    assert sources(teacher)["Inleveren voor"] == "de instellingen van de link in je cursus"


@pytest.mark.parametrize("percent", ["000100000000000", "0001", "1000", "-1", "٣", "1e1", ""])
def test_a_deduction_is_a_whole_number_from_1_to_100(room: Room, percent: str) -> None:
    teacher = room.guest("teacher")
    assert save(teacher, late="deduct", late_percent=percent) == 400
    assert link(room).late_percent == 10


def use(guest: Guest, module: str) -> dict[str, str]:
    """The form of the button that lets the link open this module, as the page shows it now."""
    page = guest.get(f"place/m/{module}").text
    return form_of(page[page.index('class="choose"') :].partition("</form>")[0])


def test_the_second_of_two_teachers_who_choose_another_module_is_told(room: Room) -> None:
    karin, joost = room.guest("teacher", module=None), room.guest("teacher", module=None)
    older = use(joost, OTHER)
    assert karin.post("place", use(karin, MODULE)).status_code == 303
    learner = room.guest()
    chosen = link(room).module_id
    refused = joost.post("place", older)
    assert refused.status_code == 409
    assert "intussen" in refused.text
    assert link(room).module_id == chosen
    assert learner.get().status_code == 200
    assert joost.post("place", use(joost, OTHER)).status_code == 303


def test_choosing_the_module_that_is_open_already_takes_nobodys_work_away(room: Room) -> None:
    """Pressed twice, or once more later: a run of its own stays one."""
    learner, teacher = room.guest(), room.guest("teacher")
    assert save(teacher, run="own") == 303
    before = link(room)
    for _ in range(2):
        assert teacher.post("place", use(teacher, MODULE)).status_code == 303
    after = link(room)
    assert (after.cohort_id, after.has_own_run, after.revision) == (before.cohort_id, True, before.revision)
    with room.writing() as session:
        kept = session.scalars(select(Member).where(Member.role == "learner")).one()
        assert kept.enrolment_id is not None
    assert learner.get().status_code == 200


def test_another_module_leaves_the_run_a_run_of_its_own(room: Room) -> None:
    teacher = room.guest("teacher")
    assert save(teacher, run="own") == 303
    assert teacher.post("place", use(teacher, OTHER)).status_code == 303
    assert link(room).has_own_run


def mapped(page: str) -> list[list[str]]:
    """The rows of the table that says what a result becomes."""
    table = page[page.index('id="mapping"') : page.index("</table>", page.index('id="mapping"'))]
    return [re.findall(r"<t[dh][^>]*>([^<]*)<", one) for one in table.split("<tr")[2:]]


def test_what_a_result_becomes_stands_there_before_anything_is_saved(room: Room) -> None:
    teacher = room.guest("teacher")
    assert mapped(teacher.get("settings").text)[2] == ["55%", "Behaald", "55 van 100"]
    looked = teacher.post("settings", form(teacher) | {"scale": "ogv", "late_percent": "33", "look": "1"})
    assert looked.status_code == 200
    assert mapped(looked.text) == [
        ["vanaf 0%", "Onvoldoende", "4 van 10"], ["vanaf 55%", "Voldoende", "6 van 10"],
        ["vanaf 80%", "Goed", "8 van 10"],
    ]  # fmt: skip
    assert form_of(looked.text[looked.text.index('class="fields"') :])["late_percent"] == "33"
    assert link(room).revision == 0


@pytest.mark.parametrize(
    ("fields", "rows"),
    [
        ({"scale": "pass"}, [["vanaf 0%", "Niet behaald", "0 van 100"], ["vanaf 55%", "Behaald", "100 van 100"]]),
        ({"scale": "grade"}, [["0%", "Cijfer 1,0", "1 van 10"], ["55%", "Cijfer 5,5", "5,5 van 10"]]),
    ],
)
def test_the_table_follows_the_scale(room: Room, fields: dict[str, str], rows: list[list[str]]) -> None:
    teacher = room.guest("teacher")
    shown = mapped(teacher.post("settings", form(teacher) | fields | {"look": "1"}).text)
    assert [row for row in shown if row in rows] == rows


def test_without_a_column_or_points_nothing_is_promised(room: Room) -> None:
    teacher, reading = room.guest("teacher"), room.guest("teacher", link="link-2", terms={"activity": "risico"})
    looked = teacher.post("settings", form(teacher) | {"columns": "none", "look": "1"}).text
    assert "Niets: er wordt geen kolom gevuld." in looked
    assert "Niets: hier zijn geen punten." in reading.get("settings").text


def test_what_is_wrong_is_told_with_what_it_becomes(room: Room) -> None:
    teacher = room.guest("teacher")
    fields = {"opens": "2026-03-17T10:00", "due": "2026-03-16T10:00", "scale": "ogv", "look": "1"}
    looked = teacher.post("settings", form(teacher) | fields)
    assert looked.status_code == 200
    assert 'aria-describedby="due-problem"' in looked.text
    assert len(mapped(looked.text)) == 3


def test_columns_with_maxima_of_their_own_tell_the_share(room: Room) -> None:
    teacher = room.guest("teacher")
    with room.writing() as session:
        pages = [drafts.page_draft(key, title={"nl": key}, points=points) for key, points in (("a", 30.0), ("b", 70.0))]
        draft = drafts.version_draft(*pages, number=3, title={"nl": "Cobots"}, pass_points=50.0)
        catalogue.publish(session, MODULE, "de-smidse", draft)
    split = form(teacher) | {"columns": "each", "look": "1"}
    assert mapped(teacher.post("settings", split).text)[2] == ["50%", "Behaald", "50% van de punten van het onderdeel"]
    assert mapped(teacher.post("settings", split | {"scale": "ogv"}).text)[1] == ["vanaf 50%", "Voldoende", "6 van 10"]
