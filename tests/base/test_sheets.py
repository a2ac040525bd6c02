"""Tables for spreadsheets: read as meant by Dutch ones, and never worked out as a formula."""

import csv
import io
from datetime import UTC, datetime
from typing import Any

import openpyxl
import pytest

from lti_tool.base import sheets

NAMES = ["Naam", "Punten", "Behaald", "Bezig"]
AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
LINK = '=HYPERLINK("//x.test")'
EVIL = ["=1+1", "+31 6", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠1", LINK,
        " =1", "\u200b=1", "\u202e=1", "\xa0\ufeff=1", "\x01=1"]


def test_csv_is_read_back_as_it_was_meant() -> None:
    text = "".join(sheets.csv_lines(NAMES, [["Zoë; \"de\" Wit", 7.5, True, AT], ["Daan", None, False, None]]))
    assert text.startswith("\ufeffNaam;Punten")
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))
    assert rows[1:] == [["Zoë; \"de\" Wit", "7,5", "ja", "2026-11-23 10:00:00"], ["Daan", "", "nee", ""]]


def workbook(title: str, names: list[str], rows: Any) -> bytes:
    made = io.BytesIO()
    sheets.write_xlsx(made, title, names, rows)
    return made.getvalue()


@pytest.mark.parametrize("text", EVIL)
def test_no_text_is_a_formula_in_csv(text: str) -> None:
    (_, line) = "".join(sheets.csv_lines(["=x"], [[text]])).removeprefix("\ufeff").split("\r\n", 1)
    assert next(csv.reader([line], delimiter=";"), [""])[0].startswith("'")


def test_a_workbook_holds_numbers_as_numbers_and_texts_as_texts() -> None:
    rows = [["Zoë", 7.5, True, AT], *([text, 1, None, None] for text in EVIL)]
    book = openpyxl.load_workbook(io.BytesIO(workbook("Klas [4B]: a/b?*", NAMES, rows)))
    sheet = book.active
    read = list(sheet.iter_rows())
    assert [cell.value for cell in read[1]] == ["Zoë", 7.5, "ja", AT.replace(tzinfo=None)]
    assert {row[0].data_type for row in read[1:]} == {"s"}
    told = [row[0].value.replace("_x000D_", "").strip() for row in read[2:]]
    assert told == [text.replace("\x01", "").strip() for text in EVIL]
    assert sheet.freeze_panes == "B2"


ODD = "a\x01\x0b\ufffe\uffff\ud800b"


@pytest.mark.parametrize(
    ("title", "name"),
    [("Robotica in de praktijk 🤖🤖, klas 4B", "Robotica in de praktijk 🤖🤖, k"), ("🤖" * 20, "🤖" * 15),
     ("'[]'", "1"), ("History", "History 1"), (ODD, "ab"), ("", "1")],
)  # fmt: skip
def test_every_course_has_a_sheet_that_opens(title: str, name: str) -> None:
    """Excel counts an emoji as two, keeps "History" for itself, and opens no workbook with signs that XML forbids."""
    book = openpyxl.load_workbook(io.BytesIO(workbook(title, [ODD], [[ODD]])))
    assert book.sheetnames == [name]
    assert [cell.value for cell in book.active["A"]] == ["ab", "ab"]


def test_odd_signs_are_left_out_of_csv() -> None:
    assert "".join(sheets.csv_lines([ODD], [[ODD]])).encode() == "\ufeffab\r\nab\r\n".encode()


def test_ten_thousand_rows_come_line_by_line() -> None:
    lines = sheets.csv_lines(["n"], ([number] for number in range(10_000)))
    assert [next(lines), next(lines)] == ["\ufeffn\r\n", "0\r\n"]
    assert sum(1 for _ in lines) == 9_999
