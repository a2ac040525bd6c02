"""The class as a file for spreadsheets: who is asked for, in the order asked, with all that the page tells and more.

It is written to disk a piece of the class at a time, so that a class of any size takes the same memory, and no
transaction waits for whoever fetches it.
"""

import re
import tempfile
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import IO

from flask_babel import gettext
from flask_babel import to_user_timezone as local
from sqlalchemy.orm import Session

from lti_tool.base import sheets
from lti_tool.learning.catalogue.rules import Step
from lti_tool.learning.kinds import State
from lti_tool.learning.people import many as people
from lti_tool.learning.people.many import Told
from lti_tool.protocols.resource_links import classes
from lti_tool.screens.teacher.lines import Line, lines
from lti_tool.screens.teacher.roll import Roll
from lti_tool.screens.teacher.words import grade_word, mark_word
from lti_tool.web.i18n import localised
from lti_tool.web.words import state_word

AT_ONCE = 2000
"""Learners whose work is held in memory together."""
PIECE = 65_536


def written(session: Session, roll: Roll, ids: Sequence[int], suffix: str) -> IO[bytes]:
    """A file of these learners in this order, csv or xlsx; it is gone from the disk once closed."""
    told = people.told(session, classes.learner_ids(roll.link.link_id, with_left=True))
    table, file = _Table(roll, told), tempfile.TemporaryFile()  # noqa: SIM115  # whoever sends it closes it
    rows = (table.row(line) for line in _lines(session, roll, ids))
    if suffix == "csv":
        sheets.write_csv(file, table.names(), rows)
    else:
        sheets.write_xlsx(file, roll.link.course_title or gettext("Class"), table.names(), rows)
    file.seek(0)
    return file


def _lines(session: Session, roll: Roll, ids: Sequence[int]) -> Iterator[Line]:
    for first in range(0, len(ids), AT_ONCE):
        yield from lines(session, roll, ids[first : first + AT_ONCE])


def pieces(file: IO[bytes]) -> Iterator[bytes]:
    while piece := file.read(PIECE):
        yield piece


class _Table:
    """The columns: student numbers and e-mail only where anybody's was told, grades where the link sends any."""

    def __init__(self, roll: Roll, told: Told) -> None:
        self._roll, self._told, self._sends = roll, told, roll.link.sends_grades
        self._words = {state: state_word(state) for state in State}

    def names(self) -> list[str]:
        return [
            gettext("Name"), *([gettext("Student number")] if self._told.numbers else []),
            *([gettext("E-mail")] if self._told.emails else []), gettext("Group"),
            *(name for step in self._roll.steps for name in self._of_step(step)), gettext("Points"), gettext("Of"),
            gettext("Passed"), *([gettext("Gradebook"), gettext("In the gradebook")] if self._sends else []),
            gettext("Last active"), gettext("Left"),
        ]  # fmt: skip

    def _of_step(self, step: Step) -> list[str]:
        title = localised(step.title)
        return [title, gettext("%(title)s: points", title=title)] if step.points else [title]

    def row(self, line: Line) -> list[sheets.Cell]:
        """Times as people here read clocks."""
        member, groups = line.member, self._roll.facts.groups
        return [
            member.name, *([member.student_number] if self._told.numbers else []),
            *([member.email] if self._told.emails else []), ", ".join(groups.get(one, one) for one in member.group_ids),
            *(cell for step in self._roll.steps for cell in self._cells(step, line)),
            _number(line.points), line.maximum, line.passed, *(_grade(line) if self._sends else []),
            _clock(line.last_at), _clock(member.left_at),
        ]  # fmt: skip

    def _cells(self, step: Step, line: Line) -> list[sheets.Cell]:
        state, earned = line.states[step.key], line.earned.get(step.key)
        word = self._words[state] if state else None
        return [word, _number(earned.points if earned else None)] if step.points else [word]


def _grade(line: Line) -> list[sheets.Cell]:
    mark = line.grade.mark
    return [grade_word(line.grade.glance), mark_word(mark) if mark else None]


def _number(points: float | None) -> float | None:
    return None if points is None else round(points, 2)


def _clock(at: datetime | None) -> datetime | None:
    return local(at) if at else None


def file_name(roll: Roll, suffix: str) -> str:
    """Such as "mechatronica-4b-2026-11-23.csv"."""
    course = unicodedata.normalize("NFKD", roll.link.course_title or roll.link.title).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", course.lower()).strip("-")[:60] or "klas"
    return f"{slug}-{local(roll.at):%Y-%m-%d}.{suffix}"
