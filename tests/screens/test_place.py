"""A teacher places hub content: in one press, several in an order, one part, each with its own terms; or nothing."""

import re
from typing import Any

import pytest

from lti_tool.learning.catalogue import service as catalogue
from lti_tool.protocols.resource_links import rules
from tests.learning import drafts
from tests.screens.choosing import DL, Chooser, chooser, form_of, sent
from tests.screens.room import MODULE, Room

OTHER = "lasersnijden-en-kanten"


def terms(item: dict[str, Any]) -> rules.Terms:
    return rules.terms_of(rules.named_in(item["custom"]))


def test_one_press_places_a_module_as_is_right_for_most(room: Room) -> None:
    teacher = chooser(room)
    page = teacher.get()
    assert "Kies voor Mechatronica 4B" in page.text
    form = re.search(r'<form class="choose".*?</form>', page.text, re.DOTALL)
    assert form and "Plaatsen" in form[0]
    placed = sent(room, teacher.post("place", **form_of(form[0])))
    (item,) = placed.items
    assert item["title"] == "Cobots veilig inzetten"
    assert item["lineItem"]["scoreMaximum"] == 100
    assert terms(item) == rules.Terms(module=MODULE)
    assert placed.claims[DL + "msg"] == "1 onderdeel gekozen."


def test_several_come_in_the_order_that_the_teacher_made(room: Room) -> None:
    teacher = chooser(room)
    first, second, third = teacher.add(MODULE), teacher.add(OTHER), teacher.add(MODULE, activity="toets")
    assert teacher.keys() == [first, second, third]
    teacher.post("place/list", piece=third, how="up")
    teacher.post("place/list", piece=third, how="up")
    teacher.post("place/list", piece=first, how="down")
    assert teacher.keys() == [third, second, first]
    teacher.post("place/list", piece=second, how="out")
    placed = teacher.place()
    assert [item["custom"]["placement"] for item in placed.items] == [third, first]
    assert placed.claims[DL + "msg"] == "2 onderdelen gekozen."


def test_with_something_in_the_list_a_card_adds_to_it(room: Room) -> None:
    teacher = chooser(room)
    assert "Zet in een lijst" in teacher.get().text
    teacher.add(MODULE)
    page = teacher.get().text
    assert "Zet in de lijst" in page
    assert ">Plaatsen<" not in page
    assert "1 onderdeel in je lijst" in page


def test_one_part_of_a_module_comes_with_its_own_points(room: Room) -> None:
    teacher = chooser(room)
    page = teacher.get(f"place/m/{MODULE}").text
    assert "Toets: cobots veilig inzetten" in page
    (quiz,) = sent(room, teacher.post("place", module=MODULE, activity="toets")).items
    assert (quiz["title"], terms(quiz).activity) == ("Toets: cobots veilig inzetten", "toets")
    (page_item,) = sent(room, chooser(room).post("place", module=MODULE, activity="risico")).items
    assert "lineItem" not in page_item
    assert terms(page_item).columns == "none"


def test_every_term_that_a_teacher_sets_goes_with_the_item(room: Room) -> None:
    teacher = chooser(room)
    key = teacher.add(MODULE)
    fields = teacher.fields(key) | {
        "title": "Cobots, week 12", "scale": "points", "maximum": "12,5", "opens": "2026-03-16T08:30",
        "due": "2026-03-29T23:59", "closes": "2026-04-05T23:59", "late": "deduct", "late_percent": "20", "run": "own",
        "speaks": "en",
    }  # fmt: skip
    assert teacher.post(f"place/list/{key}", **fields).status_code == 303
    listed = teacher.get("place/list").text
    for words in ("Cobots, week 12", "12,5 punten", "16 maart 2026 om 8.30 uur", "iedereen begint opnieuw"):
        assert words in listed
    assert "te laat: 20% eraf per dag" in listed
    (item,) = teacher.place().items
    assert item["title"] == "Cobots, week 12"
    assert item["lineItem"]["scoreMaximum"] == 12.5
    assert item["available"] == {"startDateTime": "2026-03-16T07:30:00Z", "endDateTime": "2026-04-05T21:59:00Z"}
    assert item["submission"] == {"endDateTime": "2026-03-29T21:59:00Z"}  # summer time begins on the 29th
    chosen = terms(item)
    assert (chosen.has_own_run, chosen.language, chosen.late, chosen.late_percent) == (True, "en", "deduct", 20)


@pytest.mark.parametrize(("scale", "maximum"), [("grade", 10), ("ogv", 10), ("pass", 100), ("points", 100)])
def test_a_scale_brings_its_own_maximum(room: Room, scale: str, maximum: int) -> None:
    teacher = chooser(room)
    key = teacher.add(MODULE)
    teacher.post(f"place/list/{key}", **(teacher.fields(key) | {"scale": scale}))
    (item,) = teacher.place().items
    assert (terms(item).scale, item["lineItem"]["scoreMaximum"]) == (scale, maximum)


def test_no_column_is_asked_where_the_teacher_wants_none(room: Room) -> None:
    teacher = chooser(room)
    key = teacher.add(MODULE)
    teacher.post(f"place/list/{key}", **(teacher.fields(key) | {"columns": "none"}))
    (item,) = teacher.place().items
    assert "lineItem" not in item
    assert item["custom"]["grades"] == "off"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"title": "  "}, "Geef het een titel."),
        ({"opens": "2026-03-17T10:00", "due": "2026-03-17T09:00"}, "Dit ligt voor het moment waarop het opent"),
        ({"opens": "2026-03-17T10:00", "closes": "2026-03-17T10:00"}, "Dit ligt voor het moment waarop het opent"),
        ({"closes": "2026-03-17T10:00", "due": "2026-03-18T10:00"}, "Dit ligt na het moment waarop het sluit"),
        ({"opens": "morgen"}, "Kies een datum en een tijd"),
        ({"due": "0001-01-01T00:00"}, "Kies een datum en een tijd"),
        ({"maximum": "veel"}, "Vul een aantal punten in"),
        ({"maximum": "-1"}, "Vul een aantal punten in"),
        ({"maximum": "nan"}, "Vul een aantal punten in"),
        ({"late": "deduct", "late_percent": "0"}, "Vul een geheel getal van 1 tot en met 100 in."),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_beside_its_field(room: Room, typed: dict[str, str], words: str) -> None:
    teacher = chooser(room)
    key = teacher.add(MODULE)
    refused = teacher.post(f"place/list/{key}", **(teacher.fields(key) | {"speaks": "en"} | typed))
    assert refused.status_code == 400
    assert words in refused.text
    field = next(reversed(typed))
    marked = re.search(rf'name="{field}"[^>]*aria-invalid="true" aria-describedby="([\w-]+)"', refused.text)
    assert marked
    assert f'id="{marked[1]}"' in refused.text
    assert re.search(r'<option value="en" selected>', refused.text), "what else was typed stays"
    assert terms(teacher.place().items[0]) == rules.Terms(module=MODULE)


@pytest.mark.parametrize("typed", [{"scale": "x"}, {"columns": "x"}, {"late": "x"}, {"speaks": "xx"}])
def test_what_no_form_of_ours_sends_is_refused(room: Room, typed: dict[str, str]) -> None:
    teacher = chooser(room)
    key = teacher.add(MODULE)
    assert teacher.post(f"place/list/{key}", **(teacher.fields(key) | typed)).status_code == 400


def test_cancelling_tells_the_platform_that_nothing_was_chosen(room: Room) -> None:
    teacher = chooser(room)
    teacher.add(MODULE)
    placed = sent(room, teacher.post("place"))
    assert placed.claims.get(DL + "content_items", []) == []
    assert placed.claims[DL + "msg"] == "Er is niets gekozen."


def test_a_platform_that_takes_one_gets_one(room: Room) -> None:
    teacher = chooser(room, accept_multiple=False)
    page = teacher.get().text
    assert "Je leeromgeving neemt hier één onderdeel tegelijk aan." in page
    assert "Eerst instellen" in page
    first = teacher.post("place/add", module=MODULE)
    assert re.search(r"/place/list/[\w-]+#title$", first.location)
    teacher.post("place/add", module=OTHER)
    assert [terms(item).module for item in teacher.place().items] == [OTHER]


def test_a_platform_without_columns_says_so_and_gets_none(room: Room) -> None:
    teacher = chooser(room, accept_lineitem=False)
    assert "Je leeromgeving maakt hier geen kolom voor een cijfer." in teacher.get().text
    (item,) = sent(room, teacher.post("place", module=MODULE)).items
    assert "lineItem" not in item


def test_a_platform_that_wants_other_things_is_told_so(room: Room) -> None:
    teacher = chooser(room, accept_types=("file",))
    page = teacher.get().text
    assert "Je leeromgeving vraagt hier om iets anders dan modules." in page
    assert 'class="choose"' not in page
    assert teacher.post("place/add", module=MODULE).status_code == 400
    assert teacher.post("place", module=MODULE).status_code == 400


def test_what_was_placed_is_not_placed_twice(room: Room) -> None:
    teacher = chooser(room)
    first = sent(room, teacher.post("place", module=MODULE))
    page = teacher.get().text
    assert "Je keuze is naar je cursus gestuurd." in page
    assert 'class="choose"' not in page
    refused = teacher.post("place/add", module=OTHER)
    assert refused.status_code == 409
    assert teacher.post("place", module=OTHER).status_code == 409
    again = sent(room, teacher.post("place/again"))
    assert again.claims["nonce"] == first.claims["nonce"]


def test_two_tabs_add_to_one_list_and_neither_loses_anything(room: Room) -> None:
    teacher = chooser(room)
    shown = teacher.add(MODULE)
    seen = teacher.revision()
    teacher.add(OTHER)
    refused = teacher.post("place/answer", revision=seen)
    assert refused.status_code == 409
    assert "Je lijst is intussen veranderd" in refused.text
    assert teacher.post("place/list", piece=shown, how="down").status_code == 303
    assert len(teacher.place().items) == 2


def test_two_tabs_that_set_up_one_piece_are_told(room: Room) -> None:
    teacher = chooser(room)
    key = teacher.add(MODULE)
    older = teacher.fields(key)
    teacher.add(OTHER)
    assert teacher.post(f"place/list/{key}", **(older | {"title": "Eerste"})).status_code == 303
    refused = teacher.post(f"place/list/{key}", **(older | {"title": "Tweede"}))
    assert refused.status_code == 409
    assert "intussen in een ander tabblad ingesteld" in refused.text
    assert re.search(r"[0-9A-F]{4}|[0-9a-f]{8}", refused.text), "a reference"
    assert teacher.place().items[0]["title"] == "Eerste"


def test_what_is_gone_from_the_list_is_said(room: Room) -> None:
    teacher = chooser(room)
    key = teacher.add(MODULE)
    teacher.post("place/list", piece=key, how="out")
    assert teacher.post("place/list", piece=key, how="out").status_code == 404
    assert teacher.get(f"place/list/{key}").status_code == 404
    assert "Er staat nog niets in." in teacher.get("place/list").text


@pytest.mark.parametrize(
    ("asked", "there"),
    [
        ("words=kobots", [MODULE]), ("words=lassersnijden", [OTHER]), ("hub=plaatwerk-noord", [OTHER]),
        ("level=mbo-3", [MODULE]), ("theme=cobots", [MODULE]), ("length=long", []), ("speaks=en", [MODULE, OTHER]),
        ("words=qqqqq", []), ("page=9", []), ("page=x", [MODULE, OTHER]), ("words=%00&hub=%00", []),
    ],
)  # fmt: skip
def test_the_address_narrows_down_what_is_shown(room: Room, asked: str, there: list[str]) -> None:
    page = chooser(room).get(f"place?{asked}").text
    assert list(dict.fromkeys(re.findall(r'name="module" value="([\w-]+)"', page))) == there


def test_only_what_the_school_may_use_can_be_placed(room: Room) -> None:
    with room.writing() as session:
        catalogue.seed_hub(session, "elders", "Elders", "Oost", {"nl": "Techniek"})
        catalogue.publish(session, "smeden", "elders", drafts.version_draft())
    give_hubs(room, ["elders"])
    teacher = chooser(room)
    assert re.findall(r'name="module" value="([\w-]+)"', teacher.get().text) == ["smeden"]
    assert teacher.get(f"place/m/{MODULE}").status_code == 404
    assert teacher.post("place", module=MODULE).status_code == 404
    assert teacher.post("place/add", module=MODULE).status_code == 404


def give_hubs(room: Room, hubs: list[str]) -> None:
    with room.writing() as session:
        from_here = session.connection().exec_driver_sql
        from_here("UPDATE registrations SET hubs = ?", (str(hubs).replace("'", '"'),))


def test_a_module_that_was_withdrawn_meanwhile_is_named_in_the_list(room: Room) -> None:
    teacher = chooser(room)
    teacher.add(MODULE)
    with room.writing() as session:
        catalogue.withdraw(session, MODULE)
    assert "Deze module wordt niet meer aangeboden" in teacher.get("place/list").text
    assert teacher.post("place/answer", revision=teacher.revision()).status_code == 404


def test_no_more_than_the_platform_takes(room: Room) -> None:
    teacher = chooser(room)
    for _ in range(50):
        assert teacher.post("place/add", module=MODULE).status_code == 303
    assert teacher.post("place/add", module=MODULE).status_code == 400


def test_the_chooser_speaks_english_too(room: Room) -> None:
    page = chooser(room, language="en").get().text
    assert "Using cobots safely" in page
    assert "Choose for Mechatronica 4B" in page


def test_every_module_has_a_drawing_of_its_own_that_stays_the_same(room: Room) -> None:
    first, second = (re.findall(r'<svg class="cover.*?</svg>', chooser(room).get().text, re.DOTALL) for _ in range(2))
    assert first == second
    assert len(set(first)) == 2
    assert not any("style" in one for one in first)


@pytest.mark.parametrize("role", ["learner", "none"])
@pytest.mark.parametrize("path", ["place", "place/list", f"place/m/{MODULE}", "settings"])
def test_only_teachers_choose(room: Room, role: str, path: str) -> None:
    assert room.guest(role).get(path).status_code == 403


def test_a_teacher_without_a_request_or_a_link_is_told(room: Room) -> None:
    teacher: Chooser = chooser(room)
    with room.writing() as session:
        session.connection().exec_driver_sql("DELETE FROM choice_requests")
    assert teacher.get().status_code == 404


def test_who_adds_to_the_list_stays_where_they_were(room: Room) -> None:
    teacher = chooser(room)
    searched = teacher.post("place/add", module=MODULE, back=f"/v/{teacher.guest.visit}/place?words=cobot&page=2")
    assert searched.location.endswith(f"/place?words=cobot&page=2#m-{MODULE}")
    page = teacher.get("place?words=cobot").text
    assert f'id="m-{MODULE}"' in page
    assert page.count("Staat in je lijst") == 1
    looked = teacher.post("place/add", module=MODULE, activity="toets", back=f"/v/x/place/m/{MODULE}")
    assert looked.location.endswith(f"/place/m/{MODULE}#part-toets")
    page = teacher.get(f"place/m/{MODULE}").text
    assert 'id="part-toets"' in page
    assert page.count("Staat in je lijst") == 2
    assert "2 onderdelen in je lijst" in page


def test_while_something_is_asked_the_only_way_out_tells_the_platform(room: Room) -> None:
    teacher = chooser(room)
    key = teacher.add(MODULE)
    for page in ("place", f"place/m/{MODULE}", "place/list", f"place/list/{key}"):
        assert "Terug naar je cursus" not in teacher.get(page).text
    teacher.place()
    for page in ("place", "place/list"):
        after = teacher.get(page).text
        assert "Terug naar je cursus" in after
        assert not any(word in after for word in ("Annuleren", "Haal weg", "Instellen<"))


@pytest.mark.parametrize(
    "back", ["http://[x?words=a", "//[", "?a=b\r\nX-Evil: y", "https://evil.test/?words=a", "?\u2028"]
)
def test_the_way_back_from_adding_stays_in_the_chooser(room: Room, back: str) -> None:
    teacher = chooser(room)
    answer = teacher.post("place/add", module=MODULE, back=back)
    assert answer.status_code == 303
    assert answer.location.startswith(f"/v/{teacher.guest.visit}/place")
    assert "X-Evil" not in answer.headers


def test_what_a_result_becomes_follows_the_points_before_anything_is_saved(room: Room) -> None:
    teacher = chooser(room)
    key = teacher.add(MODULE)
    path = f"place/list/{key}"
    looked = teacher.post(path, **teacher.fields(key) | {"maximum": "40", "scale": "pass", "look": "1"})
    assert looked.status_code == 200
    rows = re.findall(r"<td>([^<]*)</td><td>([^<]*)</td>", looked.text[looked.text.index('id="mapping"') :])
    assert rows[:2] == [("Niet behaald", "0 van 40"), ("Behaald", "40 van 40")]
    assert teacher.fields(key)["maximum"] == "100"
    assert teacher.post(path, **teacher.fields(key) | {"maximum": "40"}).status_code == 303
    assert teacher.fields(key)["maximum"] == "40"
