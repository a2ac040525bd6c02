"""The form of a copied course: dates by the clock of the school, shifted by the first one, and read back."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict

from lti_tool.base.errors import Invalid
from lti_tool.protocols.copying.plan import CoursePlan, PlannedLink
from lti_tool.protocols.copying.rules import Shift, first_day
from lti_tool.protocols.resource_links.copies import DATES
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


@dataclass(frozen=True, slots=True)
class Dating:
    """The dates of the whole page."""

    first_was: date | None
    """The first day in the original course; None: it has no dates."""
    first: str
    fields: dict[str, list[DateField]]
    """By link."""


def zone() -> tzinfo:
    """The school's: of flask_babel's, of another library, the difference to UTC is not always right."""
    return ZoneInfo(tool().settings.time_zone)


def dating(plan: CoursePlan, typed: str) -> Dating:
    """The fields as they are to be shown: shifted where a first day was typed. Raises Invalid("copy-dates")."""
    first_was = first_day((one.dates for one in plan.links), zone())
    shift = Shift(first_was, _day(typed)) if typed and first_was else None
    fields = {one.public_id: list(_fields(one, shift)) for one in plan.links}
    return Dating(first_was, typed if shift else "", fields)


def _day(typed: str) -> date:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        raise Invalid("copy-dates") from None


def _fields(link: PlannedLink, shift: Shift | None) -> Iterator[DateField]:
    """Only of dates that the original has, or the copy got since."""
    for term in link.editable:
        was, planned = link.dates.get(term), link.new_dates.get(term)
        at = shift.of(was, zone()) if shift is not None and was is not None else planned
        if was is not None or planned is not None:
            yield DateField(f"{term}.{link.public_id}", term, was, _written(at))


def _written(at: datetime | None) -> str:
    return at.astimezone(zone()).strftime(WRITTEN) if at is not None else ""


def dates_in(plan: CoursePlan, form: MultiDict[str, str]) -> dict[str, dict[str, datetime | None]]:
    """What was filled in, per link. A field that was left empty is no date. Raises Invalid("copy-dates")."""
    names = {one.public_id: [name for name in DATES if f"{name}.{one.public_id}" in form] for one in plan.links}
    return {
        public_id: {name: _moment(form[f"{name}.{public_id}"]) for name in found}
        for public_id, found in names.items()
        if found
    }


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text[:16]).replace(tzinfo=zone()) if text else None
    except ValueError:
        raise Invalid("copy-dates") from None


def is_unseen(form: MultiDict[str, str]) -> bool:
    """True where a first day was typed and the dates that follow from it were not shown yet."""
    return form.get("first", "") not in ("", form.get("shown", ""))
