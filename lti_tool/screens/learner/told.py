"""The sentences for the dates of a link and for what a teacher decided. Filters for templates."""

from dataclasses import dataclass
from types import MappingProxyType

from flask import Blueprint
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from lti_tool.learning.catalogue.rules import Step
from lti_tool.learning.progress.decisions import Act, Decision
from lti_tool.protocols.resource_links.dates import Door, Hours
from lti_tool.protocols.resource_links.rules import Late
from lti_tool.screens.learner.desk import Desk
from lti_tool.web.formats import moment

WORDS: MappingProxyType[Act, LazyString] = MappingProxyType(
    {
        Act.CORRECTED: _l("Your teacher has set your result"),
        Act.EXCUSED: _l("Your teacher has excused you"),
        Act.REOPENED: _l("Your teacher has reopened this"),
        Act.EXTENDED: _l("Your teacher has given you more time"),
    }
)


@dataclass(frozen=True, slots=True)
class Told:
    """What a page says of the dates. `is_shut`: nothing can be handed in now."""

    lines: tuple[str, ...]
    is_shut: bool


def init(blueprint: Blueprint) -> None:
    blueprint.add_app_template_filter(decided_word, "decided_word")
    blueprint.add_app_template_filter(dates_told, "dates_told")


def decided_word(decision: Decision) -> str:
    if decision.act is Act.ALLOWED and (more := decision.attempts):
        words = ngettext("Your teacher gave you %(num)d more try", "Your teacher gave you %(num)d more tries", more)
        return str(words)
    return str(WORDS[decision.act])


def dates_told(desk: Desk, step: Step | None) -> Told | None:
    """What to say of the dates of a step, or of all; None where there are none."""
    hours = desk.hours(step)
    lines = tuple(filter(None, (_door(hours), _due(desk, hours) if hours.door is not Door.CLOSED else None)))
    return Told(lines, not desk.takes(step)) if lines else None


def _door(hours: Hours) -> str | None:
    if hours.door is Door.NOT_YET and hours.opens_at:
        return str(gettext("This opens on %(when)s.", when=moment(hours.opens_at)))
    if hours.door is Door.CLOSED and hours.ends_at:
        words = _l("This closed on %(when)s. You can hand in nothing more; what you did stays here.")
        return str(words) % {"when": moment(hours.ends_at)}
    if hours.ends_at and hours.ends_at != hours.due_at:
        return str(gettext("This closes on %(when)s.", when=moment(hours.ends_at)))
    return None


def _due(desk: Desk, hours: Hours) -> str | None:
    if hours.due_at is None:
        return None
    given = {"when": moment(hours.due_at), "percent": desk.dates.late_percent}
    return str(_sentence(desk.dates.late, hours.is_late)) % given


def _sentence(late: Late, is_late: bool) -> LazyString:
    if late is Late.CLOSE:
        return _l("Hand in before %(when)s; after that it closes.")
    if late is Late.DEDUCT and is_late:
        return _l("The due time was %(when)s. You can still hand in, with %(percent)s%% taken off per day.")
    if late is Late.DEDUCT:
        return _l("Hand in before %(when)s; after that %(percent)s%% is taken off per day.")
    if is_late:
        return _l("The due time was %(when)s. You can still hand in.")
    return _l("Hand in before %(when)s. You can hand in later too, without loss.")
