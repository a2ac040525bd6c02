"""The sentences for what happened at a hub: seats, attendance, assessments."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from lti_tool.learning.kinds import practical, session
from lti_tool.learning.progress.history import Line
from lti_tool.web.formats import moment

OF_SESSION: MappingProxyType[str, LazyString] = MappingProxyType(
    {
        session.BOOKED: _l("Seat booked: %(when)s"),
        session.LISTED: _l("On the waiting list: %(when)s"),
        session.OFFERED: _l("Seat offered: %(when)s"),
        session.FREED: _l("Seat released: %(when)s"),
        session.PRESENT: _l("Present: %(when)s"),
        session.LATE: _l("Present, from later on: %(when)s"),
        session.LEFT_EARLY: _l("Left early: %(when)s"),
        session.ABSENT: _l("Absent: %(when)s"),
        session.ABSENT_EXCUSED: _l("Absent with notice: %(when)s"),
        session.UNMARKED: _l("Attendance taken back: %(when)s"),
    }
)
OF_PRACTICAL: MappingProxyType[str, LazyString] = MappingProxyType(
    {
        practical.HANDED_IN: _l("Handed in"),
        practical.JUDGED: _l("Assessed: %(result)s"),
        practical.SENT_BACK: _l("Sent back by the assessor"),
        practical.RESIT: _l("Resit given"),
    }
)


def sentence(line: Line, kind: str, result: str) -> str | None:
    """None for a word of another kind. `result` is what this alone is worth, in words."""
    words: Mapping[str, LazyString] = {"session": OF_SESSION, "practical": OF_PRACTICAL}.get(kind, {})
    if line.what not in words:
        return None
    begins = line.facts.get("starts_at")
    given = {"when": moment(datetime.fromisoformat(begins)) if begins else "", "result": result}
    return str(words[line.what]) % given
