"""The words on screen for how far hybrid work is: a day at the hub, a practical assignment. Filters for templates."""

from types import MappingProxyType

from flask import Flask
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from lti_tool.learning.kinds import Reached, Stage
from lti_tool.learning.sessions.reports import Offer
from lti_tool.learning.sessions.rules import Seat
from lti_tool.web.formats import day

STAGE_WORDS: MappingProxyType[Stage, LazyString] = MappingProxyType(
    {
        Stage.LISTED: _l("On the waiting list: %(when)s"),
        Stage.OFFERED: _l("Seat offered: %(when)s"),
        Stage.BOOKED: _l("Booked: %(when)s"),
        Stage.ABSENT: _l("Not there on %(when)s"),
        Stage.ABSENT_EXCUSED: _l("Not there on %(when)s, with notice"),
        Stage.PRESENT: _l("There on %(when)s"),
        Stage.HANDED_IN: _l("Handed in on %(when)s"),
        Stage.SENT_BACK: _l("Sent back on %(when)s: hand in again"),
        Stage.RESIT: _l("Resit since %(when)s"),
        Stage.JUDGED: _l("Assessed on %(when)s"),
    }
)
_SEATS: MappingProxyType[Seat, LazyString] = MappingProxyType(
    {
        Seat.BOOKED: _l("You have a seat"),
        Seat.OFFERED: _l("A seat is offered to you"),
        Seat.OVER: _l("This day is over"),
        Seat.FREED: _l("You gave up this seat"),
    }
)
_MARKS: MappingProxyType[str, LazyString] = MappingProxyType(
    {
        "present": _l("You were there"),
        "late": _l("You were there, from later on"),
        "left-early": _l("You left early"),
        "absent": _l("You were not there"),
        "absent-excused": _l("You were not there, with notice"),
    }
)


def init(app: Flask) -> None:
    app.add_template_filter(stage_word, "stage_word")
    app.add_template_filter(day_word, "day_word")


def stage_word(reached: Reached) -> str:
    return str(STAGE_WORDS[reached.stage]) % {"when": day(reached.at)}


def day_word(offer: Offer) -> str:
    """How it stands between this learner and this day."""
    if offer.mine is None:
        return ""
    if (mark := offer.mine.was_there) and mark in _MARKS:
        return str(_MARKS[mark])
    if offer.is_cancelled:
        return str(gettext("Cancelled by the hub"))
    if offer.mine.seat is Seat.LISTED:
        return str(gettext("Number %(place)s on the waiting list", place=offer.mine.place))
    return str(_SEATS[offer.mine.seat])
