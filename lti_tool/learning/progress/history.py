"""What happened to one learner in one run, line by line: their own work, and what teachers did."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.learning.catalogue.rules import Syllabus
from lti_tool.learning.kinds import Proof, kind_named
from lti_tool.learning.progress import service
from lti_tool.learning.progress.decisions import WORDS
from lti_tool.learning.progress.models import Attempt

BEGUN = "begun"
"""An attempt was begun: the one fact here that is no evidence."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened."""

    at: datetime
    activity: str
    """Its key; decisions.EVERYTHING where it is about all of them."""
    what: str
    """A word of the kind ("opened", "read", "handed-in"), BEGUN, or of a teacher's act (decisions.Act, Act.back)."""
    by: int | None
    """Id of the teacher who did it; None: the learner."""
    facts: dict[str, Any]
    """Of a teacher's act: reason, was {state, fraction}, and fraction, attempts, until or link; of work: attempt..."""
    fraction: float | None = None
    """What this one fact proves by itself, where it proves a result: an attempt's own share of the points."""

    @property
    def until(self) -> datetime | None:
        """Of more time: until when."""
        given = self.facts.get("until")
        return datetime.fromisoformat(given) if given else None


def timeline(session: Session, enrolment_id: int) -> tuple[Line, ...]:
    """All that happened, the newest first."""
    syllabus = service.syllabus_of(session, service.place_by_id(session, enrolment_id))
    lines = [_line(syllabus, key, proof) for key, proof in service.all_proofs(session, enrolment_id)]
    lines += _begun(session, enrolment_id)
    return tuple(sorted(lines, key=lambda line: (line.at, line.activity, line.what), reverse=True))


def _line(syllabus: Syllabus, key: str, proof: Proof) -> Line:
    if proof.what in WORDS:
        return Line(proof.at, key, proof.what, proof.facts["by"], proof.facts, proof.facts.get("fraction"))
    return Line(proof.at, key, proof.what, None, proof.facts, _alone(syllabus, key, proof))


def _alone(syllabus: Syllabus, key: str, proof: Proof) -> float | None:
    step = next((step for step in syllabus.steps if step.key == key), None)
    return kind_named(step.kind).judge(step.settings, [proof]).fraction if step else None


def _begun(session: Session, enrolment_id: int) -> list[Line]:
    query = select(Attempt.started_at, Attempt.activity_key, Attempt.number)
    rows = session.execute(query.where(Attempt.enrolment_id == enrolment_id))
    return [Line(at, key, BEGUN, None, {"attempt": number}) for at, key, number in rows]
