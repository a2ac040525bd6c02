"""Classes of any size, made at once: for measuring, for pictures, and for tests. Not by the journeys of learners.

Every learner's own work follows from a seed, so that a class of thirty is the same each time. The standing is what the
rules say of the evidence that is written.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.db import new_public_id
from lti_tool.learning.catalogue import service as catalogue
from lti_tool.learning.catalogue.rules import Step, Syllabus
from lti_tool.learning.kinds import Proof, State, quiz
from lti_tool.learning.kinds.page import READ
from lti_tool.learning.people.models import Identity, Person
from lti_tool.learning.progress import rules
from lti_tool.learning.progress.models import Attempt, Enrolment, Evidence
from lti_tool.protocols.grades.models import Delivery
from lti_tool.protocols.resource_links.models import Member, ResourceLink

GIVEN = (
    "Sanne", "Youssef", "Lotte", "Piet", "Fatima", "Ruud", "Joke", "Kevin", "Mirjam", "Noor", "Daan", "Emre", "Inge",
    "Jesse", "Zoë", "Bram", "Amina", "Tjeerd", "Xavi", "Éline",
)  # fmt: skip
FAMILY = (
    "de Vries", "Amrani", "Bakker", "van der Meer", "Yıldız", "Hendriks", "Postma", "Tan", "Visser", "de Wit", "Kaya",
    "Jansen", "van Dijk", "Smit", "El Idrissi", "Mulder", "de Boer", "Öztürk", "Vermeulen-van Wijngaarden",
)  # fmt: skip
GROUPS = ("groep-a", "groep-b")
DELIVERED = ("settled", "settled", "settled", "queued", "parked")
OPEN = 0.2
"""Share of the attempts that are not handed in."""
AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Made:
    """All rows of one learner."""

    person: dict[str, Any]
    identity: dict[str, Any]
    enrolment: dict[str, Any] | None
    member: dict[str, Any]
    evidence: list[dict[str, Any]]
    attempts: list[dict[str, Any]]
    delivery: dict[str, Any] | None


def fill(session: Session, link: ResourceLink, count: int, *, first: int = 1_000_000, seed: int = 1) -> None:
    """Put this many learners in the class of a link that opens a module; ids begin at `first`."""
    assert link.module_id is not None
    syllabus = catalogue.syllabus(session, catalogue.current_version_id(session, link.module_id))
    chance, some = Random(seed), []
    for number in range(first, first + count):
        some.append(_learner(link, syllabus, number, chance))
        if len(some) == AT_ONCE:
            _write(session, some)
            some = []
    _write(session, some)


def _write(session: Session, some: list[Made]) -> None:
    tables: dict[Any, list[dict[str, Any]]] = {
        Person: [one.person for one in some],
        Identity: [one.identity for one in some],
        Enrolment: [one.enrolment for one in some if one.enrolment],
        Member: [one.member for one in some],
        Evidence: [row for one in some for row in one.evidence],
        Attempt: [row for one in some for row in one.attempts],
        Delivery: [one.delivery for one in some if one.delivery],
    }
    for table, rows in tables.items():
        if rows:
            session.execute(insert(table), rows)


def _learner(link: ResourceLink, syllabus: Syllabus, number: int, chance: Random) -> Made:
    now = clock.now()
    came = now - timedelta(days=chance.randint(0, 45), minutes=chance.randint(0, 600))
    has_begun = chance.random() < 0.85
    evidence, attempts = _work(syllabus, number, came, chance) if has_begun else ([], [])
    proofs = [(row["activity_key"], Proof(row["what"], row["at"], row["facts"])) for row in evidence]
    standing = rules.standing(syllabus, rules.verdicts(syllabus, proofs))
    name = f"{chance.choice(GIVEN)} {chance.choice(FAMILY)}"
    has_left = chance.random() < 0.04
    enrolment = {
        "id": number, "cohort_id": link.cohort_id, "person_id": number, "version_id": syllabus.version_id,
        "created_at": came, "state": standing.state, "progress": standing.progress, "score": standing.score,
        "steps": {key: str(state) for key, state in standing.steps.items()}, "passed": standing.passed,
        "started_at": came if evidence else None, "finished_at": now if standing.state is State.DONE else None,
    }  # fmt: skip
    return Made(
        {"id": number, "public_id": new_public_id(), "name": name, "created_at": came,
         "email": f"{number}@student.voorbeeldcollege.test", "student_number": f"{number % 1_000_000 + 200_000}"},
        {"authority": f"lti:{link.registration_id}", "subject": f"made-{number}", "person_id": number},
        enrolment if has_begun else None,
        {"resource_link_id": link.id, "person_id": number, "subject": f"made-{number}", "role": "learner",
         "enrolment_id": number if has_begun else None, "is_test": False, "last_launch_at": came if has_begun else None,
         "seen_at": now, "left_at": now - timedelta(days=3) if has_left else None,
         "group_ids": [chance.choice(GROUPS)]},
        evidence, attempts,
        _delivery(link, number, standing.score, chance) if standing.score is not None else None,
    )  # fmt: skip


def _work(
    syllabus: Syllabus, number: int, at: datetime, chance: Random
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What this learner did in turn, as far as they came: facts, and attempts with their answers."""
    evidence: list[dict[str, Any]] = []
    attempts: list[dict[str, Any]] = []
    for step in syllabus.steps[: chance.randint(1, len(syllabus.steps) + 1)]:
        at = min(at + timedelta(hours=chance.randint(1, 90)), clock.now())
        if not isinstance(step.settings, quiz.Quiz):
            evidence.append(_fact(number, step, READ, at, {}, READ))
            continue
        evidence.append(_fact(number, step, quiz.OPENED, at, {}, quiz.OPENED))
        for row in _tries(number, step, at, chance):
            attempts.append(row)
            if row["handed_in_at"] is None:
                break
            facts = {"attempt": row["number"], "answers": row["work"]["answers"]}
            evidence.append(_fact(number, step, quiz.HANDED_IN, row["handed_in_at"], facts, f"attempt-{row['number']}"))
    return evidence, attempts


def _fact(number: int, step: Step, what: str, at: datetime, facts: dict[str, Any], key: str) -> dict[str, Any]:
    return {
        "enrolment_id": number, "activity_key": step.key, "what": what, "at": at, "facts": facts,
        "key": f"{step.key}:{key}",
    }  # fmt: skip


def _tries(number: int, step: Step, at: datetime, chance: Random) -> Iterator[dict[str, Any]]:
    for attempt in range(1, chance.randint(1, 2) + 1):
        is_open = chance.random() < OPEN
        yield {
            "enrolment_id": number, "activity_key": step.key, "number": attempt, "seed": f"{number}-{attempt}",
            "work": {"answers": _answers(step.settings, chance, 0.45 + 0.25 * attempt)}, "saves": 1, "started_at": at,
            "saved_at": at, "handed_in_at": None if is_open else at,
        }  # fmt: skip


def _answers(settings: quiz.Quiz, chance: Random, skill: float) -> quiz.Answers:
    answers: quiz.Answers = {}
    for question in settings.questions:
        knows = chance.random() < skill
        if question.kind is quiz.QuestionKind.NUMBER:
            wrong = chance.choice((1.5, 2, 12, round(question.answer * 10, 3)))
            answers[question.id] = str(question.answer if knows else wrong)
        elif knows:
            answers[question.id] = sorted(option.id for option in question.options if option.correct)
        elif chance.random() < 0.9:
            answers[question.id] = [chance.choice(question.options).id]
    return answers


def _delivery(link: ResourceLink, number: int, score: float, chance: Random) -> dict[str, Any]:
    now, state, points = clock.now(), chance.choice(DELIVERED), round(score * 100, 2)
    is_sent = state == "settled"
    return {
        "public_id": new_public_id(), "registration_id": link.registration_id, "resource_link_id": link.id,
        "person_id": number, "enrolment_id": number, "subject": f"made-{number}", "activity_key": "", "revision": 1,
        "activity_progress": "Completed", "grading_progress": "FullyGraded", "points": points, "maximum": 100.0,
        "comment": "", "state": state, "due_at": now + timedelta(days=1), "attempts": 0 if is_sent else 2,
        "timestamp_revision": 1, "conflicts": 0, "had_number": is_sent, "sent_points": points if is_sent else None,
        "accepted_at": now if is_sent else None, "reason": "score-refused" if state == "parked" else None,
    }  # fmt: skip
