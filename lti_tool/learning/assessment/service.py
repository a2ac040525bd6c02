"""Judge a practical assignment, correct what was said, give a resit, and read what was said.

A judgement is a row here, with all that an inspection asks, and a fact of evidence, from which the standing follows.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.errors import Conflict, Invalid, NotFound
from lti_tool.learning import audit
from lti_tool.learning.assessment.models import Judgement
from lti_tool.learning.catalogue.rules import Step
from lti_tool.learning.kinds import Proof, practical
from lti_tool.learning.kinds.practical import Practical
from lti_tool.learning.progress import service as progress

ROLES = frozenset({"trainer", "teacher", "external"})
LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Said:
    """What an assessor says of one learner's work."""

    levels: Mapping[str, int]
    """Each criterion of the rubric -> index of the level."""
    comment: str = ""
    role: str = "trainer"
    seen: int = 0
    """The newest revision that the assessor saw; 0: nothing was said yet."""


@dataclass(frozen=True, slots=True)
class Judged:
    submission: int
    revision: int
    levels: dict[str, int]
    comment: str
    role: str
    by_id: int | None
    at: datetime
    version_id: int
    rubric: str
    fraction: float
    """Of the points."""
    is_enough: bool


def judge(session: Session, enrolment_id: int, step: Step, said: Said, *, actor_id: int | None) -> Judged:
    """Keep what is said of the work in hand. Of two assessors at once the second is told.

    Raises NotFound("activity"), Invalid("judgement"), Conflict("judgement-newer" | "judgement-own").
    """
    rubric = _rubric(step)
    enrolment = progress.lock(session, enrolment_id)
    if actor_id is not None and enrolment.person_id == actor_id:
        raise Conflict("judgement-own")
    before = history(session, enrolment_id, step)
    if said.seen != (before[-1].revision if before else 0):
        raise Conflict("judgement-newer")
    _must_be_sound(rubric, said)
    made = Judgement(
        enrolment_id=enrolment_id, activity_key=step.key, submission=_in_hand(session, enrolment_id, step, before),
        revision=said.seen + 1, levels=dict(said.levels), comment=said.comment.strip(), by_id=actor_id, role=said.role,
        version_id=enrolment.version_id, rubric=fingerprint(rubric), at=clock.now(),
    )  # fmt: skip
    session.add(made)
    session.flush()
    tell(session, made)
    audit.note(session, "staff:work:judge", actor_id=actor_id, object_id=made.public_id, activity=step.key)
    return _judged(rubric, made)


def tell(session: Session, made: Judgement) -> None:
    """The evidence."""
    facts = {"submission": made.submission, "revision": made.revision, "levels": made.levels, "by": made.by_id}
    key = f"{made.activity_key}:judged:{made.revision}"
    progress.tell(session, made.enrolment_id, made.activity_key, Proof(practical.JUDGED, made.at, facts), key)


def give_resit(session: Session, enrolment_id: int, step: Step, *, actor_id: int | None) -> None:
    """Let the learner try once more; the better of two counts unless the module says the last. Twice is once.

    Raises NotFound("activity"), Conflict("resit-nothing-judged" | "resit-none-left").
    """
    rubric = _rubric(step)
    progress.lock(session, enrolment_id)
    before = history(session, enrolment_id, step)
    if not before:
        raise Conflict("resit-nothing-judged")
    newest = max(one.submission for one in before)
    if newest > rubric.resits:
        raise Conflict("resit-none-left")
    fact = Proof(practical.RESIT, clock.now(), {"submission": newest, "by": actor_id})
    progress.tell(session, enrolment_id, step.key, fact, f"{step.key}:resit:{newest}")
    audit.note(session, "staff:work:resit", actor_id=actor_id, object_id=str(enrolment_id), activity=step.key)


def history(session: Session, enrolment_id: int, step: Step) -> list[Judged]:
    """All that was said, oldest first. Raises NotFound("activity") where the step is no practical assignment."""
    rubric = _rubric(step)
    mine = Judgement.enrolment_id == enrolment_id, Judgement.activity_key == step.key
    rows = session.scalars(select(Judgement).where(*mine).order_by(Judgement.revision))
    return [_judged(rubric, one) for one in rows]


def fingerprint(rubric: Practical) -> str:
    """Of the criteria, their levels and points: two rubrics that ask the same have the same."""
    asked: list[Any] = [
        [one.id, one.title, [[level.word, level.points, level.text] for level in one.levels]] for one in rubric.criteria
    ]
    return sha256(json.dumps(asked, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _rubric(step: Step) -> Practical:
    if not isinstance(step.settings, Practical):
        raise NotFound("activity", activity=step.key)
    return step.settings


def _must_be_sound(rubric: Practical, said: Said) -> None:
    levels = {one.id: len(one.levels) for one in rubric.criteria}
    is_whole = said.levels.keys() == levels.keys() and all(0 <= said.levels[key] < levels[key] for key in levels)
    if not is_whole or said.role not in ROLES or len(said.comment.strip()) > LONGEST:
        raise Invalid("judgement")


def _in_hand(session: Session, enrolment_id: int, step: Step, before: list[Judged]) -> int:
    """The submission that a judgement now is about: a new one after a resit was given."""
    newest = max((one.submission for one in before), default=1)
    given = [one.facts["submission"] for one in progress.proofs(session, enrolment_id, step.key) if one.what == "resit"]
    return newest + 1 if newest in given else newest


def _judged(rubric: Practical, row: Judgement) -> Judged:
    return Judged(
        row.submission, row.revision, row.levels, row.comment, row.role, row.by_id, row.at, row.version_id, row.rubric,
        practical.fraction(rubric, row.levels), practical.is_enough(rubric, row.levels),
    )  # fmt: skip
