"""The form of a copied course: dates by the clock of the school, shifted by the first one, and read back."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo
from zoneinfo import ZoneInfo

from lti_tool.protocols.copying.plan import CoursePlan, PlannedLink
from lti_tool.protocols.copying.rules import Shift, first_day
from lti_tool.protocols.resource_links.copies import DATES
from lti_tool.protocols.resource_links.rules import YEARS
from lti_tool.screens.teacher.terms_form import PROBLEMS, Form, out_of_order
from lti_tool.web.extensions import tool

WRITTEN = "%Y-%m-%dT%H:%M"


@dataclass(frozen=True, slots=True)
class DateField:
    """One date of one link."""

    name: str
    term: str
    was: datetime | None
    """In the original course."""
    value: str
    problem: str
    """What is wrong with it, in words; empty: nothing."""


@dataclass(frozen=True, slots=True)
class Filled:
    """The dates of a form, and what was wrong with it."""

    dates: dict[str, dict[str, datetime | None]]
    """By link, then by term. A field that was left empty is no date."""
    problems: dict[str, str]
    """Name of a field -> code of terms_form.PROBLEMS."""


@dataclass(frozen=True, slots=True)
class Dating:
    """The dates of the whole page."""

    first_was: date | None
    """The first day in the original course; None: it has no dates."""
    first: str
    shown: str
    """The first day whose dates stand in the fields."""
    first_problem: str
    fields: dict[str, list[DateField]]
    """By link."""


def zone() -> tzinfo:
    """The school's: of flask_babel's, of another library, the difference to UTC is not always right."""
    return ZoneInfo(tool().settings.time_zone)


def dating(plan: CoursePlan, first: str) -> Dating:
    """The fields as they are to be shown: shifted where a first day was typed."""
    first_was, day = first_day((one.dates for one in plan.links), zone()), _day(first)
    shift = Shift(first_was, day) if day and first_was else None
    fields = {one.public_id: list(_fields(one, shift)) for one in plan.links}
    problem = str(PROBLEMS["day"]) if first and day is None else ""
    return Dating(first_was, first if shift or problem else "", first if shift else "", problem, fields)


def typed(plan: CoursePlan, form: Form, problems: dict[str, str]) -> Dating:
    """The fields as they were filled in, each with what is wrong with it."""
    first_was = first_day((one.dates for one in plan.links), zone())
    fields = {
        one.public_id: [
            replace(field, value=form.get(field.name, field.value), problem=_sentence(problems.get(field.name)))
            for field in _fields(one, None)
        ]
        for one in plan.links
    }
    return Dating(first_was, form.get("first", ""), form.get("shown", ""), "", fields)


def _sentence(code: str | None) -> str:
    return str(PROBLEMS[code]) if code else ""


def _day(typed: str) -> date | None:
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        return None
    return day if day.year in YEARS else None


def _fields(link: PlannedLink, shift: Shift | None) -> Iterator[DateField]:
    """Only of dates that the original has, or the copy got since."""
    for term in link.editable:
        was, planned = link.dates.get(term), link.new_dates.get(term)
        at = shift.of(was, zone()) if shift is not None and was is not None else planned
        if was is not None or planned is not None:
            yield DateField(f"{term}.{link.public_id}", term, was, _written(at), "")


def _written(at: datetime | None) -> str:
    return at.astimezone(zone()).strftime(WRITTEN) if at is not None else ""


def read(plan: CoursePlan, form: Form) -> Filled:
    """What was filled in, per link."""
    filled = Filled({}, {})
    for one in plan.links:
        names = [term for term in DATES if f"{term}.{one.public_id}" in form]
        if names:
            filled.dates[one.public_id] = _of_link(one.public_id, names, form, filled.problems)
    return filled


def _of_link(public_id: str, names: list[str], form: Form, problems: dict[str, str]) -> dict[str, datetime | None]:
    dates: dict[str, datetime | None] = {}
    for name in names:
        try:
            dates[name] = _moment(form[f"{name}.{public_id}"])
        except ValueError:
            problems[f"{name}.{public_id}"] = "moment"
    wrong = out_of_order(*(dates.get(name) for name in ("opens_at", "due_at", "closes_at")))
    problems.update({f"{term}_at.{public_id}": code for term, code in wrong.items()})
    return dates


def _moment(text: str) -> datetime | None:
    """Raises ValueError."""
    if not text:
        return None
    at = datetime.fromisoformat(text[:16])
    if at.year not in YEARS:
        raise ValueError
    return at.replace(tzinfo=zone())


def is_unseen(form: Form) -> bool:
    """True where a first day was typed and the dates that follow from it were not shown yet."""
    return form.get("first", "") not in ("", form.get("shown", ""))
