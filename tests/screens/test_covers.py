"""Drawn covers: the same one for the same module, on our pages and as a file for those of learning environments."""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

from lti_tool.screens import covers
from tests.screens.choosing import chooser
from tests.screens.room import TOOL, Room

CSS = Path(__file__).parents[2] / "lti_tool" / "web" / "static" / "app.css"


def test_the_file_draws_what_the_page_draws() -> None:
    drawn = re.compile(r' (?:d|cx|cy|r)="[^"]+"')
    for module in ("cobots", "lasersnijden", "printen", "sensoren", "lean", "inclusief"):
        page, file = str(covers.cover(module)), covers.picture(module)
        assert drawn.findall(page) == drawn.findall(file) != []
        assert "class=" not in file
    assert covers.picture("cobots") == covers.picture("cobots")
    assert covers.picture("cobots") != covers.picture("lasersnijden")
    assert ET.fromstring(file).tag == "{http://www.w3.org/2000/svg}svg"  # of our own making


def test_its_colours_are_those_of_the_page() -> None:
    told = re.findall(r"\.cover-\d \{ --g: (\S+); --a: (\S+); --b: (\S+); --c: (\S+); \}", CSS.read_text())
    assert tuple(told) == covers.COLOURS


def test_what_is_placed_brings_its_cover_along(room: Room) -> None:
    teacher = chooser(room)
    teacher.add("cobots-veilig-inzetten")
    (item,) = teacher.place().items
    thumbnail = item["thumbnail"]
    assert (thumbnail["width"], thumbnail["height"]) == (320, 120)
    answer = room.app.test_client().get(thumbnail["url"].removeprefix(TOOL), base_url=TOOL)
    assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml")
    assert answer.text == covers.picture("cobots-veilig-inzetten", "cobots")
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_an_odd_name_draws_a_cover_and_no_markup(room: Room) -> None:
    client = room.app.test_client()
    page = client.get("/covers/%3Cscript%3E.svg?theme=%22%3E%3Cscript%3E", base_url=TOOL)
    assert page.status_code == 200
    assert "script" not in page.text
    assert client.get(f"/covers/{'x' * 65}.svg", base_url=TOOL).status_code == 404
