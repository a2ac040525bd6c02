"""The form in which a teacher says how a module counts, for whom, and until when; of links to be and that are there.

Times are typed as they are in the Netherlands and kept in UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from werkzeug.datastructures import MultiDict

from lti_tool.base.errors import Invalid
from lti_tool.learning.catalogue.search import Card
from lti_tool.protocols.resource_links import rules
from lti_tool.protocols.resource_links.rules import Columns, Late, Scale, Terms
from lti_tool.web.extensions import tool

E = TypeVar("E", bound=StrEnum)
LONGEST_TITLE = 200
TYPED = "%Y-%m-%dT%H:%M"
Form = MultiDict[str, str]

PROBLEMS: Mapping[str, LazyString] = {
    "title": _l("Give it a title."),
    "maximum": _l("Write a number of points that your learning environment takes, such as 100."),
    "moment": _l("Choose a date and a time, such as 17 March 2026 at 13:30."),
    "day": _l("Choose a day, such as 31 August 2026."),
    "closes-first": _l("This lies before the moment at which it opens. Choose a later one."),
    "due-first": _l("This lies before the moment at which it opens. Choose a later one."),
    "due-after-close": _l("This lies after the moment at which it closes, when nobody can hand in any more."),
    "percent": _l("Write a whole number from 1 to 100."),
}


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody typed, what it means, and what is wrong with it by field."""

    terms: Terms
    title: str
    maximum: float
    problems: dict[str, str] = field(default_factory=dict)
    """Field -> code of PROBLEMS."""

    def problem(self, name: str) -> str:
        return str(PROBLEMS[self.problems[name]]) if name in self.problems else ""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What columns the platform takes."""

    least: float = 0.01
    most: float = 10_000
    whole: bool = False

    def takes(self, points: float) -> bool:
        return self.least <= points <= self.most and not (self.whole and points % 1)


def read(form: Form, before: Typed, card: Card | None, bounds: Bounds) -> Typed:
    """The terms that the form asks; module and activity stay. Raises Invalid("form") for what no form of ours sends."""
    problems: dict[str, str] = {}
    late = _one_of(Late, form.get("late"), before.terms.late)
    terms = replace(
        before.terms,
        has_own_run=form.get("run", "own" if before.terms.has_own_run else "shared") == "own",
        columns=_columns(form, before.terms, card),
        scale=_one_of(Scale, form.get("scale"), before.terms.scale),
        language=_language(form, before.terms),
        opens_at=_moment(form, "opens", before.terms.opens_at, problems),
        closes_at=_moment(form, "closes", before.terms.closes_at, problems),
        due_at=_moment(form, "due", before.terms.due_at, problems),
        late=late,
        late_percent=_percent(form, before.terms, late, problems),
    )
    problems |= out_of_order(terms.opens_at, terms.due_at, terms.closes_at)
    title = form.get("title", before.title).strip()[:LONGEST_TITLE]
    if not title:
        problems["title"] = "title"
    return Typed(terms, title, _maximum(form, before, terms, bounds, problems), problems)


def _one_of(kind: type[E], text: str | None, otherwise: E) -> E:
    if text is None:
        return otherwise
    try:
        return kind(text)
    except ValueError:
        raise Invalid("form") from None


def _columns(form: Form, before: Terms, card: Card | None) -> Columns:
    chosen = _one_of(Columns, form.get("columns"), before.columns)
    if chosen is Columns.EACH and (before.activity or (card and sum(part.points > 0 for part in card.parts) < 2)):
        return Columns.ONE
    return chosen


def _language(form: Form, before: Terms) -> str | None:
    chosen = form.get("speaks", before.language or "")
    if chosen not in ("", "nl", "en"):
        raise Invalid("form")
    return chosen or None


def _moment(form: Form, name: str, before: datetime | None, problems: dict[str, str]) -> datetime | None:
    """As typed; what was left as it stood stays, with its seconds, and in the hour that comes twice in autumn."""
    typed = form.get(name, "").strip()
    if not typed:
        return None
    if typed == shown(before):
        return before
    try:
        local = datetime.strptime(typed[:16], TYPED)  # noqa: DTZ007  # the zone comes next
        if local.year not in rules.YEARS:
            raise ValueError
    except ValueError:
        problems[name] = "moment"
        return None
    return local.replace(tzinfo=ZoneInfo(tool().settings.time_zone)).astimezone(UTC)


def shown(at: datetime | None) -> str:
    """A moment as the field for it holds it."""
    return at.astimezone(ZoneInfo(tool().settings.time_zone)).strftime(TYPED) if at else ""


def _percent(form: Form, before: Terms, late: Late, problems: dict[str, str]) -> int:
    typed = form.get("late_percent", str(before.late_percent)).strip()
    found = rules.percent(typed)
    if found is not None:
        return found
    if late is Late.DEDUCT:
        problems["late_percent"] = "percent"
    return before.late_percent


def out_of_order(opens: datetime | None, due: datetime | None, closes: datetime | None) -> dict[str, str]:
    """Of three dates that belong together those that cannot be: field -> code of PROBLEMS."""
    found = {}
    if opens and closes and closes <= opens:
        found["closes"] = "closes-first"
    if opens and due and due <= opens:
        found["due"] = "due-first"
    elif closes and due and due > closes:
        found["due"] = "due-after-close"
    return found


def _maximum(form: Form, before: Typed, terms: Terms, bounds: Bounds, problems: dict[str, str]) -> float:
    typed = form.get("maximum")
    if typed is None or terms.columns is Columns.NONE or terms.scale in (Scale.GRADE, Scale.OGV):
        return before.maximum
    try:
        points = round(float(typed.strip().replace(",", ".")), 2)
    except ValueError:
        points = 0.0
    if not bounds.takes(points):
        problems["maximum"] = "maximum"
        return before.maximum
    return points


def differences(one: Terms, other: Terms) -> list[str]:
    """The names of what two terms say differently."""
    return [term.name for term in fields(Terms) if getattr(one, term.name) != getattr(other, term.name)]
