"""Markdown of authors becomes safe, orderly HTML."""

from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from lti_tool.screens.learner.markdown import ATTRIBUTES, TAGS, render
from tests.screens.room import Room


@pytest.fixture
def dutch(room: Room) -> Iterator[None]:
    with room.app.test_request_context(headers={"Accept-Language": "nl"}):
        yield


class Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def must_be_safe(html: str) -> None:
    for tag, attributes in Tags(html).found:
        assert tag in TAGS
        assert set(attributes) <= ATTRIBUTES.get(tag, set()) | {"rel", "title"}, (tag, attributes)
        for name in ("href", "src"):
            address = attributes.get(name) or "#"
            assert address.startswith(("#", "/", "https://", "mailto:", "?")) or ":" not in address, address


ATTACKS = (
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "[go](javascript:alert(1))",
    "[go](JaVaScRiPt:alert(1))",
    "[go](&#106;avascript:alert(1))",
    "[go](data:text/html;base64,PHNjcmlwdD4=)",
    "[go](vbscript:x)",
    "![x](javascript:alert(1))",
    "![x](data:image/svg+xml;base64,PHN2Zz4=)",
    '![x" onerror="alert(1)](media/a.svg)',
    '![x](media/a.svg "\\" onload=\\"alert(1)")',
    '[x](https://school.example "\\" onclick=\\"alert(1)")',
    "<a href='javascript:alert(1)'>x</a>",
    "<svg><script>alert(1)</script></svg>",
    "`<script>alert(1)</script>`",
    "> [!tip] <iframe src=//evil.example></iframe>",
    "# <style>body{display:none}</style>",
    "| <b onclick=x> | b |\n|---|---|\n| <script>x</script> | y |",
    '<https://school.example/" onclick="x>',
    "\x00<script\x00>alert(1)</script>",
)


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_of_an_author_runs(dutch: None, attack: str) -> None:
    must_be_safe(render(attack))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.text(alphabet="<>\"'=:/()[]!&#;abcijnoprstv \n`|-*_", max_size=80))
@example(">")
@example("> > x\n>\n> - y")
def test_whatever_is_written_stays_safe(dutch: None, text: str) -> None:
    must_be_safe(render(text))


def test_the_title_of_the_page_stays_the_only_h1_and_headings_can_be_linked(dutch: None) -> None:
    html = render("# Een\n\n## Twee\n\n## Twee\n\n### Drie\n\n###### Zes")
    assert [(tag, a["id"]) for tag, a in Tags(html).found] == [
        ("h2", "een"), ("h2", "twee"), ("h2", "twee-2"), ("h3", "drie"), ("h4", "zes"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "label"), [("tip", "Tip"), ("warning", "Let op"), ("example", "Voorbeeld"), ("think", "Denk even na")]
)
def test_a_callout_says_what_it_is(dutch: None, name: str, label: str) -> None:
    html = render(f"> [!{name}]\n> Kijk **goed**.\n\ndaarna")
    assert f'<aside class="callout callout-{name}" role="note">' in html
    assert f'<p class="callout-label">{label}</p>' in html
    assert "<strong>goed</strong>" in html
    assert "[!" not in html
    assert html.count("</aside>") == 1


def test_a_plain_quotation_stays_one(dutch: None) -> None:
    assert render("> citaat") == "<blockquote>\n<p>citaat</p>\n</blockquote>\n"


def test_a_table_scrolls_by_itself_and_by_keyboard_and_aligns_by_class(dutch: None) -> None:
    html = render("| Stap | Tijd |\n|---|--:|\n| meten | 4,4 |")
    assert '<div class="scroll" tabindex="0" role="region" aria-label="Tabel 1' in html
    assert '<th class="right" scope="col">Tijd</th>' in html
    assert '<td class="right">4,4</td>' in html
    assert "style" not in html


def test_a_picture_on_its_own_is_a_figure_with_room_for_it(dutch: None) -> None:
    html = render('![Een cel](media/cel.svg "De cel")', lambda address: (720, 380))
    assert '<img src="/media/cel.svg" alt="Een cel" width="720" height="380" loading="lazy">' in html
    assert "<figcaption>De cel</figcaption>" in html
    assert "<p>" not in html


def test_a_picture_in_a_line_stays_in_it(dutch: None) -> None:
    html = render("kijk ![x](media/x.svg) hier")
    assert html.startswith("<p>kijk <img")
    assert "figure" not in html


def test_a_link_leaves_without_handing_anything_over(dutch: None) -> None:
    tag, attributes = Tags(render("[norm](https://www.iso.org)")).found[1]
    assert tag == "a"
    assert "noopener" in (attributes["rel"] or "")
