"""The class as a file for spreadsheets: who is asked for, in the order asked, with all that the page tells and more."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import datetime

from flask_babel import gettext
from flask_babel import to_user_timezone as local

from lti_tool.base import sheets
from lti_tool.screens.teacher.roll import Line, Roll
from lti_tool.screens.teacher.words import grade_word
from lti_tool.web.i18n import localised
from lti_tool.web.words import state_word


def names(roll: Roll, lines: Sequence[Line]) -> list[str]:
    """The columns; student numbers and e-mail only where anybody's was told, grades where the link sends any."""
    asides = [
        (gettext("Student number"), any(line.member.student_number for line in lines)),
        (gettext("E-mail"), any(line.member.email for line in lines)),
    ]
    return [
        gettext("Name"), *(name for name, is_told in asides if is_told), gettext("Group"),
        *(localised(step.title) for step in roll.steps), gettext("Points"), gettext("Of"), gettext("Passed"),
        *([gettext("Gradebook")] if roll.link.sends_grades else []), gettext("Last active"), gettext("Left"),
    ]  # fmt: skip


def rows(roll: Roll, lines: Sequence[Line]) -> Iterator[list[sheets.Cell]]:
    """A line per learner in the columns of `names`; times as people here read clocks."""
    has_number = any(line.member.student_number for line in lines)
    has_email = any(line.member.email for line in lines)
    words = {state: state_word(state) for line in lines for state in line.states.values() if state}
    for line in lines:
        member = line.member
        yield [
            member.name, *([member.student_number] if has_number else []), *([member.email] if has_email else []),
            ", ".join(roll.facts.groups.get(one, one) for one in member.group_ids),
            *(words[state] if (state := line.states[step.key]) else None for step in roll.steps),
            None if line.points is None else round(line.points, 2), line.maximum, line.passed,
            *([grade_word(line.grade)] if roll.link.sends_grades else []), _clock(line.last_at), _clock(member.left_at),
        ]  # fmt: skip


def _clock(at: datetime | None) -> datetime | None:
    return local(at) if at else None


def csv(roll: Roll, lines: Sequence[Line]) -> Iterator[bytes]:
    return (one.encode() for one in sheets.csv_lines(names(roll, lines), rows(roll, lines)))


def xlsx(roll: Roll, lines: Sequence[Line]) -> bytes:
    return sheets.xlsx(roll.link.course_title or gettext("Class"), names(roll, lines), rows(roll, lines))


def file_name(roll: Roll, suffix: str) -> str:
    """Such as "mechatronica-4b-2026-11-23.csv"."""
    course = unicodedata.normalize("NFKD", roll.link.course_title or roll.link.title).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", course.lower()).strip("-")[:60] or "klas"
    return f"{slug}-{local(roll.at):%Y-%m-%d}.{suffix}"
