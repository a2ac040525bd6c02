"""Every refusal in plain words: what happened, what you can do. One entry per code of a ToolError."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from flask_babel.speaklater import LazyString

from lti_tool.web.refusals import doctor, general, hub_days, launch, registration, staff, visit
from lti_tool.web.refusals.entries import Entry

Facts = Mapping[str, str | int | float | None]


@dataclass(frozen=True, slots=True)
class Words:
    title: str
    what: str
    do: str


REFUSALS: MappingProxyType[str, Entry] = MappingProxyType(
    launch.ENTRIES
    | visit.ENTRIES
    | registration.ENTRIES
    | staff.ENTRIES
    | doctor.ENTRIES
    | hub_days.ENTRIES
    | general.ENTRIES
)


def refusal_for(code: str, facts: Facts) -> Words:
    """The words for a code; an unknown one reads as a failure of ours."""
    title, what, do = REFUSALS.get(code, REFUSALS["failure"])
    return Words(_fill(title, facts), _fill(what, facts), _fill(do, facts))


def _fill(text: LazyString, facts: Facts) -> str:
    plain = str(text)
    return str(plain % Blank(facts)) if "%(" in plain else plain


class Blank(dict[str, str | int | float | None]):
    """Facts in which a missing one reads as a question mark."""

    def __missing__(self, key: str) -> str:
        return "?"
