"""Tables for spreadsheets: CSV as Dutch ones read it (UTF-8 with a mark, semicolons, decimal commas), and XLSX.

What people typed stays text: nothing is ever worked out as a formula.
"""

import csv
import io
import json
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import IO, Any

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""A text that begins so would be worked out by a spreadsheet; an apostrophe before it says that it is text."""
UNSEEN = " \xa0\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\ufeff"
"""Some spreadsheets pass over these at the beginning."""
NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What no workbook may hold, nor any file in UTF-8."""
MARK = "\ufeff"
CSV, XLSX = "text/csv; charset=utf-8", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONGEST_CELL = 32_767
WIDTHS = range(8, 41)
"""In characters."""

Cell = Any
"""None, bool, int, float, str or datetime; anything else is written as JSON."""


def csv_lines(names: Iterable[str], rows: Iterable[Iterable[Cell]]) -> Iterator[str]:
    """The lines of a CSV file, one by one; the first holds the names of the columns."""
    yield MARK + csv_line(harmless(name) for name in names)
    for row in rows:
        yield csv_line(csv_cell(value) for value in row)


def csv_line(cells: Iterable[str]) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerow(cells)
    return text.getvalue()


def csv_cell(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "ja" if value else "nee"
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".").replace(".", ",")
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, str):
        return harmless(value)
    return str(value) if isinstance(value, int) else json.dumps(value, ensure_ascii=False)


def harmless(text: str) -> str:
    """The text, so that no spreadsheet takes it for a formula."""
    text = NO_XML.sub("", text)
    return "'" + text if text.startswith(FORMULA) or text.lstrip(UNSEEN).startswith(FORMULA) else text


def write_csv(file: IO[bytes], names: Iterable[str], rows: Iterable[Iterable[Cell]]) -> None:
    file.writelines(line.encode() for line in csv_lines(names, rows))


def write_xlsx(file: IO[bytes], title: str, names: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """A workbook with one sheet: the names in a row that stays in sight, numbers as numbers, texts as texts.

    Rows go to disk as they come, so that no more than one is held in memory.
    """
    with tempfile.TemporaryDirectory() as folder:
        book = Workbook(file, {"constant_memory": True, "tmpdir": folder, "default_date_format": "yyyy-mm-dd hh:mm"})
        sheet = book.add_worksheet(_sheet_name(title))
        sheet.freeze_panes(1, 1)
        bold = book.add_format({"bold": True})
        for column, name in enumerate(names):
            sheet.set_column(column, column, max(WIDTHS[0], min(len(name) + 2, WIDTHS[-1])))
            sheet.write_string(0, column, NO_XML.sub("", name), bold)
        for number, row in enumerate(rows, start=1):
            _write(sheet, number, row)
        book.close()


def _write(sheet: Worksheet, number: int, row: Sequence[Cell]) -> None:
    for column, value in enumerate(row):
        if isinstance(value, bool):
            sheet.write_string(number, column, csv_cell(value))
        elif isinstance(value, str):
            sheet.write_string(number, column, NO_XML.sub("", value)[:LONGEST_CELL])
        elif isinstance(value, int | float):
            sheet.write_number(number, column, value)
        elif isinstance(value, datetime):
            sheet.write_datetime(number, column, value.replace(tzinfo=None))
        elif value is not None:
            sheet.write_string(number, column, json.dumps(value, ensure_ascii=False)[:LONGEST_CELL])


def _sheet_name(title: str) -> str:
    """What Excel takes as the name of a sheet: 31 units of UTF-16, some signs left out, and no name of its own."""
    plain = "".join(" " if sign in "[]:*?/\\'" else sign for sign in NO_XML.sub("", title)).strip()
    name = plain.encode("utf-16-le")[:62].decode("utf-16-le", "ignore").strip() or "1"
    return f"{name} 1" if name.lower() == "history" else name
