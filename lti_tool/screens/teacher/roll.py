"""The class of a link as its teacher sees it: who is in it, in one light row each, and what all of it is about.

Test users and teachers are no part of it, nor is anybody who shares the run through another course. Who left stands
apart and counts in no figure. What is shown of somebody is read for those alone who are shown (`lines`).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.errors import NotFound
from lti_tool.learning import reports
from lti_tool.learning.catalogue import service as catalogue
from lti_tool.learning.catalogue.rules import Step, Syllabus
from lti_tool.learning.people import many as people
from lti_tool.protocols.grades import glance
from lti_tool.protocols.resource_links import classes
from lti_tool.protocols.resource_links.classes import ClassFacts
from lti_tool.protocols.resource_links.placed import Placed, placed

STUCK_AFTER = timedelta(days=7)
OLD_AFTER = timedelta(hours=24)

Entry = Row[Any]
"""A learner: person_id, has_left, name, given_name, family_name, version_id, state, is_stuck, grade (a rank); and where
they were asked group_ids, and public_id, email, student_number."""


@dataclass(frozen=True, slots=True)
class Roll:
    link: Placed
    facts: ClassFacts
    syllabi: Mapping[int, Syllabus]
    """Those in which people here work, by version id, the newest first."""
    steps: tuple[Step, ...]
    here: tuple[Entry, ...]
    """Who is in the class now."""
    left: tuple[Entry, ...]
    my_groups: tuple[str, ...]
    """Ids of the teacher's own groups."""
    at: datetime

    @property
    def syllabus(self) -> Syllabus:
        """The newest version that anybody here works in."""
        return next(iter(self.syllabi.values()))

    @property
    def cohort_id(self) -> int:
        assert self.link.cohort_id is not None
        return self.link.cohort_id

    @property
    def is_old(self) -> bool:
        """The list of participants was not read for a while."""
        return self.facts.complete_at is not None and self.facts.complete_at < self.at - OLD_AFTER

    @property
    def older_version_count(self) -> int:
        """Learners who work in an older version of the module."""
        return sum(entry.version_id not in (None, self.syllabus.version_id) for entry in self.here)

    def syllabus_of(self, version_id: int | None) -> Syllabus:
        """The version of a learner; the newest for who has not begun."""
        return self.syllabi[version_id] if version_id is not None else self.syllabus


def roll(
    session: Session, link_id: int, teacher_id: int, *, with_groups: bool = False, with_told: bool = False
) -> Roll:  # fmt: skip
    """Everybody in the class of this link; a fixed number of statements whatever its size.

    Raises NotFound("no-module") while the link leads to no module.
    """
    link, at = placed(session, link_id), clock.now()
    if link.cohort_id is None or link.module_id is None:
        raise NotFound("no-module")
    entries = _entries(session, link, at, with_groups=with_groups, with_told=with_told)
    facts = classes.about(session, link_id)
    syllabi = _syllabi(session, link, {one.version_id for one in entries} - {None})
    return Roll(
        link, facts, syllabi, _steps(syllabi.values()), tuple(one for one in entries if not one.has_left),
        tuple(one for one in entries if one.has_left),
        classes.groups_of(session, link_id, teacher_id) if facts.groups else (), at,
    )  # fmt: skip


def _entries(session: Session, link: Placed, at: datetime, *, with_groups: bool, with_told: bool) -> Sequence[Entry]:
    query = classes.learners(link.link_id, with_groups=with_groups)
    person_id = query.selected_columns.person_id
    query = people.with_names(query, person_id, is_all_told=with_told)
    query = reports.with_standing(query, person_id, link.cohort_id or 0, link.activity_key, at - STUCK_AFTER)
    return session.execute(glance.with_rank(query, person_id, link.link_id)).all()


def _syllabi(session: Session, link: Placed, version_ids: Collection[int]) -> dict[int, Syllabus]:
    """The versions in which people here work; the current one while nobody does."""
    ids = version_ids or {catalogue.current_version_id(session, link.module_id or 0)}
    found = sorted((catalogue.syllabus(session, one) for one in ids), key=lambda one: -one.number)
    return {one.version_id: narrowed(one, link.activity_key) for one in found}


def narrowed(syllabus: Syllabus, only: str | None) -> Syllabus:
    """The one activity that a link opens, where it opens one and this version has it."""
    return syllabus.only(only) if only and syllabus.has(only) else syllabus


def _steps(syllabi: Collection[Syllabus]) -> tuple[Step, ...]:
    """The activities of the newest version, then those that older ones had."""
    found: dict[str, Step] = {}
    for syllabus in syllabi:
        for step in syllabus.steps:
            found.setdefault(step.key, step)
    return tuple(found.values())
