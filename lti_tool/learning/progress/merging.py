"""Two runs become one, and two people who turn out to be one: no evidence is lost on the way.

The evidence of both stands side by side; a fact that both hold (a page that was read) stays once, with its earlier
time. Attempts are numbered anew in the order in which they were made, so that rules by number (the best, the last)
judge them as if they had been made in one place. The standing follows from all of it.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from lti_tool.base import outbox
from lti_tool.learning.progress import service
from lti_tool.learning.progress.decisions import WORDS
from lti_tool.learning.progress.models import Attempt, Cohort, Enrolment, Evidence

NUMBERED = re.compile(r"(?P<before>.*attempt[-:])(?P<number>[0-9]+)")
ASIDE = 1_000_000
"""Added to numbers while they change places: each is unique at every moment."""
Ids = dict[int, int]
"""Of what is no longer there -> of what it became."""


def cohorts_of(session: Session, owner: str) -> dict[int, int]:
    """The runs of an owner such as "platform:7": module -> run."""
    mine = Cohort.key.startswith(f"{owner}:module:")
    return {row.module_id: row.id for row in session.execute(select(Cohort.module_id, Cohort.id).where(mine))}


def join_cohorts(session: Session, former: str, owner: str) -> tuple[Ids, Ids]:
    """Let the runs of the former owner become those of the other: (runs, enrolments) that became others.

    What became another is left empty; `drop` it once nothing refers to it.
    """
    theirs, cohorts, enrolments = cohorts_of(session, owner), Ids(), Ids()
    for module_id, cohort_id in cohorts_of(session, former).items():
        if module_id in theirs:
            cohorts[cohort_id] = theirs[module_id]
            enrolments |= join_one(session, cohort_id, theirs[module_id])
        else:
            renamed = update(Cohort).where(Cohort.id == cohort_id).values(key=f"{owner}:module:{module_id}")
            session.execute(renamed)
    return cohorts, enrolments


def join_one(session: Session, former: int, cohort_id: int) -> Ids:
    """Let everybody of the former run be in the other: the enrolments that became others."""
    there = dict(session.execute(_by_person(cohort_id)).all())
    coming = dict(session.execute(_by_person(former)).all())
    both = {coming[person]: there[person] for person in coming.keys() & there.keys()}
    for old, new in both.items():
        fold(session, old, new)
    moved = update(Enrolment).where(Enrolment.cohort_id == former, Enrolment.id.not_in(list(both)))
    session.execute(moved.values(cohort_id=cohort_id))
    return both


def _by_person(cohort_id: int) -> Any:
    return select(Enrolment.person_id, Enrolment.id).where(Enrolment.cohort_id == cohort_id)


def change_people(session: Session, people: Mapping[int, int]) -> Ids:
    """Let enrolments be of the people whom theirs became; the enrolments that became others in the same run."""
    both = Ids()
    for former, person_id in people.items():
        theirs = {one.cohort_id: one.id for one in _of_person(session, person_id)}
        for enrolment in _of_person(session, former):
            if enrolment.cohort_id in theirs:
                both[enrolment.id] = theirs[enrolment.cohort_id]
                fold(session, enrolment.id, both[enrolment.id])
            else:
                enrolment.person_id = person_id
        session.flush()
    retell(session, people=people)
    return both


def retell(
    session: Session, *, people: Mapping[int, int] | None = None, links: Mapping[str, str] | None = None
) -> None:  # fmt: skip
    """Let teachers' acts name the people (ids) and links (public ids) that those they named have become."""
    people, links, touched = people or {}, links or {}, set()
    for one in session.scalars(select(Evidence).where(Evidence.what.in_(WORDS))).all() if people or links else ():
        by, link = one.facts["by"], one.facts.get("link")
        told = {"by": people.get(by, by)} | ({"link": links.get(link, link)} if link else {})
        if one.facts != one.facts | told:
            one.facts = one.facts | told
            touched.add(one.enrolment_id)
    session.flush()
    for enrolment_id in touched:
        service.stand_anew(session, service.lock(session, enrolment_id))


def _of_person(session: Session, person_id: int) -> list[Enrolment]:
    return list(session.scalars(select(Enrolment).where(Enrolment.person_id == person_id)))


def fold(session: Session, former_id: int, enrolment_id: int) -> None:
    """Give all that one enrolment proved to another one of the same module; the standing and grades follow."""
    former, enrolment = (service.lock(session, one) for one in (former_id, enrolment_id))
    if not _has_evidence(session, enrolment_id):
        enrolment.version_id = former.version_id
    _number_anew(session, former_id, enrolment_id)
    _share_facts(session, former_id, enrolment_id)
    for model in (Evidence, Attempt):
        session.execute(update(model).where(model.enrolment_id == former_id).values(enrolment_id=enrolment_id))
    enrolment.created_at = min(former.created_at, enrolment.created_at)
    enrolment.started_at = _earlier(former.started_at, enrolment.started_at)
    enrolment.finished_at = _earlier(former.finished_at, enrolment.finished_at)
    session.flush()
    service.stand_anew(session, enrolment)
    outbox.put(session, service.CHANGED, enrolment_id=enrolment_id)


def _has_evidence(session: Session, enrolment_id: int) -> bool:
    return bool(session.scalar(select(func.count()).where(Evidence.enrolment_id == enrolment_id)))


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    known = [at for at in (one, other) if at is not None]
    return min(known) if known else None


def _share_facts(session: Session, former_id: int, enrolment_id: int) -> None:
    """Of a fact that both hold, the earlier one stays."""
    there = {one.key: one for one in session.scalars(select(Evidence).where(Evidence.enrolment_id == enrolment_id))}
    for one in session.scalars(select(Evidence).where(Evidence.enrolment_id == former_id)).all():
        if one.key in there:
            kept = there[one.key]
            if one.at < kept.at:
                kept.at, kept.facts = one.at, one.facts
            session.delete(one)
    session.flush()


Name = tuple[str, int, int]
"""Activity, enrolment and number of an attempt, as it was."""


def _number_anew(session: Session, former_id: int, enrolment_id: int) -> None:
    """Number the attempts of both in the order in which they were made; one that is still open comes last."""
    both = (former_id, enrolment_id)
    attempts = {_name(one): one for one in session.scalars(select(Attempt).where(Attempt.enrolment_id.in_(both)))}
    evidence = session.scalars(select(Evidence).where(Evidence.enrolment_id.in_(both))).all()
    proofs = {name: one for one in evidence if (name := _attempt_of(one)) is not None}
    made = {name: (False, one.at) for name, one in proofs.items()} | {
        name: (one.handed_in_at is None, one.handed_in_at or one.started_at) for name, one in attempts.items()
    }
    numbers = _numbers(made)
    for aside in (ASIDE, 0):
        for name, attempt in attempts.items():
            attempt.number = numbers[name] + aside
        for name, proof in proofs.items():
            _renumber(proof, numbers[name] + aside)
        session.flush()


def _name(attempt: Attempt) -> Name:
    return attempt.activity_key, attempt.enrolment_id, attempt.number


def _attempt_of(proof: Evidence) -> Name | None:
    found = NUMBERED.fullmatch(proof.key)
    return (proof.activity_key, proof.enrolment_id, int(found["number"])) if found else None


def _numbers(made: Mapping[Name, tuple[bool, datetime]]) -> dict[Name, int]:
    counts: dict[str, int] = {}
    numbers = {}
    for name in sorted(made, key=lambda one: (*made[one], one)):
        numbers[name] = counts[name[0]] = counts.get(name[0], 0) + 1
    return numbers


def _renumber(proof: Evidence, number: int) -> None:
    found = NUMBERED.fullmatch(proof.key)
    if found is not None:
        proof.key = f"{found['before']}{number}"
        proof.facts = proof.facts | {"attempt": number}


def drop(session: Session, cohorts: Iterable[int], enrolments: Iterable[int]) -> None:
    """Remove what became others."""
    session.execute(delete(Enrolment).where(Enrolment.id.in_(list(enrolments))))
    session.execute(delete(Cohort).where(Cohort.id.in_(list(cohorts))))
