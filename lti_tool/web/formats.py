"""Times, dates, numbers and drawings as people here read them: 13.32 uur, 17 maart 2026, 7,5. For templates."""

from datetime import date, datetime
from functools import lru_cache
from typing import Any

from babel.numbers import format_decimal
from flask import Flask
from flask_babel import format_date, format_time, gettext, ngettext
from flask_babel import to_user_timezone as local

from lti_tool.base import clock
from lti_tool.web.i18n import localised, page_language
from lti_tool.web.words import kind_word, state_word


def init(app: Flask) -> None:
    app.add_template_filter(show_clock, "clock")
    for show in (day, long_day, short_day, week_day, week_number, when, moment, number, precise, duration):
        app.add_template_filter(show, show.__name__)
    for tell in (localised, localised_list, state_word, kind_word):
        app.add_template_filter(tell, tell.__name__)
    drawn: Any = app.jinja_env.get_template("_parts.html").module
    app.jinja_env.globals.update(icon=drawn.icon, ring=drawn.ring)


def localised_list(texts: dict[str, list[str]]) -> list[str]:
    """The list in the language of the page, else the Dutch one."""
    return texts.get(page_language()) or texts.get("nl") or []


def show_clock(at: datetime) -> str:
    """13.32 uur; in English 13:32."""
    return str(format_time(at, "H.mm 'uur'" if _is_dutch() else "HH:mm"))


def day(at: datetime) -> str:
    """17 maart 2026."""
    return str(format_date(at, "d MMMM y"))


def long_day(at: datetime) -> str:
    """woensdag 17 maart 2027."""
    return str(format_date(at, "EEEE d MMMM y"))


def week_number(at: datetime) -> int:
    """As Dutch schools count: the week of ISO 8601 in the hub's own time."""
    return int(local(at).isocalendar().week)


def short_day(at: datetime) -> str:
    """17 mrt; of another year than this one 17 mrt 2025."""
    is_this_year = local(at).year == local(clock.now()).year
    return str(format_date(at, "d MMM" if is_this_year else "d MMM y"))


def week_day(on: date) -> str:
    """A day of the calendar, without zone or year: 17 mrt."""
    return str(format_date(on, "d MMM", rebase=False))


def when(at: datetime) -> str:
    """om 13.32 uur; on another day than today: op 17 maart 2026 om 13.32 uur."""
    if local(at).date() == local(clock.now()).date():
        return str(gettext("at %(time)s", time=show_clock(at)))
    return str(gettext("on %(day)s at %(time)s", day=day(at), time=show_clock(at)))


def moment(at: datetime) -> str:
    """17 maart 2026 om 13.32 uur, also today."""
    return str(gettext("%(day)s at %(time)s", day=day(at), time=show_clock(at)))


def number(value: float) -> str:
    """At most one decimal, and none where it is zero: 7,5 and 80."""
    return _written(round(value, 1), "#,##0.#", page_language())


def precise(value: float) -> str:
    """With the decimals that it has: 4,398."""
    return _written(value, "#,##0.######", page_language())


@lru_cache(4096)
def _written(value: float, pattern: str, language: str) -> str:
    return str(format_decimal(value, pattern, language))


def duration(minutes: int) -> str:
    """25 minuten, 1 uur, 1 uur en 15 minuten."""
    return _lasting(minutes, page_language())


@lru_cache(1024)
def _lasting(minutes: int, _language: str) -> str:
    hours, rest = divmod(minutes, 60)
    parts = [ngettext("%(num)d hour", "%(num)d hours", hours)] if hours else []
    if rest or not hours:
        parts.append(ngettext("%(num)d minute", "%(num)d minutes", rest))
    return str(gettext(" and ")).join(parts)


def _is_dutch() -> bool:
    return page_language() == "nl"
