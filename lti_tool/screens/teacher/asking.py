"""What a teacher asks of the class by the address of the page: which learners, in which order, which page."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from lti_tool.learning import reports
from lti_tool.learning.kinds import State
from lti_tool.learning.people import many as people
from lti_tool.learning.people.names import plain
from lti_tool.learning.progress import rules
from lti_tool.learning.reports import Progress
from lti_tool.protocols.grades.glance import GLANCES, Glance
from lti_tool.protocols.resource_links import classes
from lti_tool.screens.teacher.roll import Entry, Roll

AT_ONCE = 100
MINE = "mine"
MOST_PAGES = 10_000
_ARRIVED = {GLANCES.index(one) for one in (Glance.SENT, Glance.HELD, Glance.KEPT)}

ONLY: Mapping[str, Callable[[Entry], bool]] = {
    "": lambda entry: True,
    "not-started": lambda entry: entry.state in (None, State.NOT_STARTED),
    "in-progress": lambda entry: entry.state in (State.IN_PROGRESS, State.WAITING),
    "done": lambda entry: entry.state in (State.DONE, State.EXCUSED),
    "stuck": lambda entry: bool(entry.is_stuck),
    "no-result": lambda entry: entry.grade not in _ARRIVED,
}
"""Narrowings of who is in the class now."""
LEFT = "left"
SORTS = ("name", "progress", "points", "last", "grade")
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
    """The people of one page, of all who fit."""

    ids: Sequence[int]
    count: int
    page: int
    pages: int
    first: int
    """Number of the first of the page among all that fit, from 1."""


def fitting(session: Session, roll: Roll, wish: Asked) -> list[int]:
    """The ids of all who fit, in the order asked. By name and gradebook it reads nothing more."""
    entries: Iterable[Entry] = roll.left if wish.only == LEFT else filter(ONLY[wish.only], roll.here)
    if wish.group:
        groups = set(roll.my_groups) if wish.group == MINE else {wish.group}
        entries = (entry for entry in entries if groups.intersection(entry.group_ids))
    words = plain(wish.find).split()
    if words:
        entries = (entry for entry in entries if _is_called(entry, words))
    if wish.sort == "name":
        found = sorted(entries, key=people.place_in_order, reverse=wish.is_down)
    else:
        by_name = sorted(entries, key=people.place_in_order)
        found = sorted(by_name, key=_key(session, roll, wish), reverse=wish.is_down)
    return [entry.person_id for entry in found]


def _is_called(entry: Entry, words: Sequence[str]) -> bool:
    known = people.known(entry)
    told = plain(f"{known.name} {known.student_number or ''} {known.email or ''}")
    return all(word in told for word in words)


def _key(session: Session, roll: Roll, wish: Asked) -> Callable[[Entry], Any]:
    if wish.sort == "grade":
        return lambda entry: entry.grade
    whose = classes.learner_ids(roll.link.link_id, with_left=wish.only == LEFT)
    known = reports.cohort_progress(session, roll.cohort_id, whose, only=roll.link.activity_key)
    of = _BY.get(wish.sort) or (lambda roll, found: _place(found, wish.sort.removeprefix(STEP)))
    places = {person_id: of(roll, found) for person_id, found in known.items()}
    return lambda entry: places.get(entry.person_id, NOWHERE)


NOWHERE = (-1.0, -1.0)
"""Before whoever has anything to be sorted by."""
_STATE_ORDER = {state: float(place) for place, state in enumerate(State)}


def _place(found: Progress, key: str) -> tuple[float, float]:
    return (_STATE_ORDER[found.steps[key]], 0.0) if key in found.steps else NOWHERE


def _points(roll: Roll, found: Progress) -> float:
    weighed = rules.weighed(roll.syllabus_of(found.version_id), found.steps)
    return -1.0 if found.score is None else found.score * weighed


_BY: Mapping[str, Callable[[Roll, Progress], tuple[float, float]]] = {
    "points": lambda roll, found: (_points(roll, found), 0.0),
    "progress": lambda roll, found: (sum(one.is_over for one in found.steps.values()), _points(roll, found)),
    "last": lambda roll, found: (found.last_at.timestamp() if found.last_at else 0.0, 0.0),
}


def page_of(ids: Sequence[int], page: int) -> Answered:
    pages = max(1, -(-len(ids) // AT_ONCE))
    page = min(page, pages)
    first = (page - 1) * AT_ONCE
    return Answered(ids[first : first + AT_ONCE], len(ids), page, pages, first + 1)
