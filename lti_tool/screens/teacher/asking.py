"""What a teacher asks of the class by the address of the page: which learners, in which order, which page. Pure."""

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from lti_tool.learning.kinds import State
from lti_tool.protocols.grades.glance import Glance
from lti_tool.screens.teacher.roll import Line, Roll

AT_ONCE = 100
MINE = "mine"
MOST_PAGES = 10_000
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)

ONLY: Mapping[str, Callable[[Line], bool]] = {
    "": lambda line: True,
    "not-started": lambda line: line.state is State.NOT_STARTED,
    "in-progress": lambda line: line.state in (State.IN_PROGRESS, State.WAITING),
    "done": lambda line: line.state.is_over,
    "stuck": lambda line: line.is_stuck,
    "no-result": lambda line: line.grade not in (Glance.SENT, Glance.HELD, Glance.KEPT),
}
"""Narrowings of who is in the class now."""
LEFT = "left"

_STATE_ORDER = {state: place for place, state in enumerate(State)}
_GRADE_ORDER = {glance: place for place, glance in enumerate(Glance)}
SORTS: Mapping[str, Callable[[Line], Any]] = {
    "name": lambda line: _by_name(line.member.filed),
    "progress": lambda line: (line.done, line.points or -1.0),
    "points": lambda line: -1.0 if line.points is None else line.points,
    "last": lambda line: line.last_at or LONG_AGO,
    "grade": lambda line: _GRADE_ORDER[line.grade],
}
AS_IT_IS = {"only": "", "group": "", "find": "", "sort": "name", "order": "", "page": "1"}
"""What no address has to say."""
STEP = "a."
"""Before the key of an activity, to sort by it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """As it stands in the address; whatever cannot be read is what stands there by itself."""

    only: str = ""
    group: str = ""
    find: str = ""
    sort: str = "name"
    is_down: bool = False
    page: int = 1

    def address(self, **changes: Any) -> dict[str, str]:
        """The query of the same page with these changes; the first page unless a page is named."""
        other = replace(self, **({"page": 1} | changes))
        told = {
            "only": other.only, "group": other.group, "find": other.find, "sort": other.sort,
            "order": "down" if other.is_down else "", "page": str(other.page),
        }  # fmt: skip
        return {name: value for name, value in told.items() if value != AS_IT_IS[name]}

    @property
    def narrows(self) -> bool:
        return bool(self.only or self.group or self.find)


def asked(query: Mapping[str, str], roll: Roll) -> Asked:
    only, group, sort = query.get("only", ""), query.get("group", ""), query.get("sort", "")
    keys = {STEP + step.key for step in roll.steps}
    page = query.get("page", "")
    return Asked(
        only if only in ONLY or only == LEFT else "",
        group if group in roll.facts.groups or (group == MINE and roll.my_groups) else "",
        query.get("find", "").replace("\x00", "").strip()[:80],
        sort if sort in SORTS or sort in keys else "name",
        query.get("order") == "down",
        min(int(page), MOST_PAGES) if page.isascii() and page.isdigit() and len(page) < 9 and int(page) else 1,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Answered:
    """Of those who fit the lines of one page."""

    lines: Sequence[Line]
    count: int
    page: int
    pages: int
    first: int
    """Number of the first line of the page among all that fit, from 1."""


def fitting(roll: Roll, wish: Asked) -> list[Line]:
    """All who fit, in the order asked."""
    lines: Iterable[Line] = roll.left if wish.only == LEFT else filter(ONLY[wish.only], roll.lines)
    if wish.group:
        groups = set(roll.my_groups) if wish.group == MINE else {wish.group}
        lines = (line for line in lines if groups.intersection(line.member.group_ids))
    words = plain(wish.find).split()
    if words:
        lines = (line for line in lines if _is_called(line, words))
    by_name = sorted(lines, key=SORTS["name"])
    return sorted(by_name, key=_key(wish), reverse=wish.is_down)


def _is_called(line: Line, words: Sequence[str]) -> bool:
    told = plain(f"{line.member.name} {line.member.student_number or ''} {line.member.email or ''}")
    return all(word in told for word in words)


def _key(wish: Asked) -> Callable[[Line], Any]:
    if wish.sort in SORTS:
        return SORTS[wish.sort]
    key = wish.sort.removeprefix(STEP)
    return lambda line: _STATE_ORDER[state] if (state := line.states.get(key)) else -1


def page_of(lines: Sequence[Line], page: int) -> Answered:
    pages = max(1, -(-len(lines) // AT_ONCE))
    page = min(page, pages)
    first = (page - 1) * AT_ONCE
    return Answered(lines[first : first + AT_ONCE], len(lines), page, pages, first + 1)


def plain(text: str) -> str:
    """In small letters without accents, so that "eline" finds "Éline"."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in apart if not unicodedata.combining(sign))


def _by_name(filed: tuple[bool, str, str]) -> tuple[bool, str, str]:
    is_nameless, family, given = filed
    return is_nameless, plain(family), plain(given)
