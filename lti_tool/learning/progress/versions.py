"""A newer version of a module: who is at work in which one, and taking learners along when their teacher asks it.

What they proved stays theirs. It goes on counting where the activity is the same in both versions; of one that changed
it is set aside under the number of the version in which it was earned, for what it answers is no longer asked.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from lti_tool.base import outbox
from lti_tool.learning import audit
from lti_tool.learning.catalogue import service as catalogue
from lti_tool.learning.catalogue.rules import Step, Syllabus
from lti_tool.learning.progress import service
from lti_tool.learning.progress.models import Attempt, Enrolment, Evidence

LONGEST_KEY = 64


@dataclass(frozen=True, slots=True)
class Moving:
    """What becomes of the work of learners who go from one version to another."""

    before: Syllabus
    after: Syllabus
    enrolments: tuple[int, ...]

    @property
    def kept(self) -> tuple[Step, ...]:
        return tuple(step for step in self.after.steps if is_same(self.before, step))

    @property
    def begun_anew(self) -> tuple[Step, ...]:
        """There in both, and changed."""
        known = {step.key for step in self.before.steps}
        return tuple(step for step in self.after.steps if step.key in known and not is_same(self.before, step))

    @property
    def new(self) -> tuple[Step, ...]:
        known = {step.key for step in self.before.steps}
        return tuple(step for step in self.after.steps if step.key not in known)

    @property
    def gone(self) -> tuple[Step, ...]:
        known = {step.key for step in self.after.steps}
        return tuple(step for step in self.before.steps if step.key not in known)


def is_same(syllabus: Syllabus, step: Step) -> bool:
    """True where that version asks the same of this activity."""
    return any((one.key, one.kind, one.settings) == (step.key, step.kind, step.settings) for one in syllabus.steps)


def behind(session: Session, enrolments: Collection[int], version_id: int) -> list[Moving]:
    """Those of these enrolments that are in another version than this one, by their version."""
    query = select(Enrolment.version_id, Enrolment.id).where(
        Enrolment.id.in_(enrolments), Enrolment.version_id != version_id
    )
    groups: dict[int, list[int]] = {}
    for version, enrolment_id in session.execute(query.order_by(Enrolment.version_id, Enrolment.id)):
        groups.setdefault(version, []).append(enrolment_id)
    after = catalogue.syllabus(session, version_id) if groups else None
    return [
        Moving(catalogue.syllabus(session, version), after, tuple(ids)) for version, ids in groups.items() if after
    ]


def at_work(session: Session, enrolments: Collection[int]) -> int:
    """How many of these have begun."""
    begun = Enrolment.id.in_(enrolments) & Enrolment.started_at.is_not(None)
    return session.scalar(select(func.count()).select_from(Enrolment).where(begun)) or 0


def move(session: Session, enrolments: Collection[int], version_id: int, *, actor_id: int) -> int:
    """Let these learners go on in that version; returns how many moved. Grades follow."""
    moving = behind(session, enrolments, version_id)
    for one in moving:
        changed = [step.key for step in one.before.steps if not is_same(one.after, step)]
        for enrolment_id in one.enrolments:
            _move(session, enrolment_id, one, changed)
    count = sum(len(one.enrolments) for one in moving)
    if count:
        audit.note(session, "teacher:version:move", actor_id=actor_id, object_id=str(version_id), learners=count)
    return count


def _move(session: Session, enrolment_id: int, moving: Moving, changed: list[str]) -> None:
    enrolment = service.lock(session, enrolment_id)
    if enrolment.version_id != moving.before.version_id:
        return  # somebody else moved them meanwhile
    for key in changed:
        _set_aside(session, enrolment_id, key, moving.before.number)
    enrolment.version_id = moving.after.version_id
    session.flush()
    service.stand_anew(session, enrolment)
    outbox.put(session, service.CHANGED, enrolment_id=enrolment_id)


def _set_aside(session: Session, enrolment_id: int, key: str, number: int) -> None:
    mark = f"@{number}"
    aside = key[: LONGEST_KEY - len(mark)] + mark
    for model in (Evidence, Attempt):
        mine = (model.enrolment_id == enrolment_id) & (model.activity_key == key)
        values = {"activity_key": aside}
        session.execute(update(model).where(mine).values(values))
    keys = Evidence.enrolment_id == enrolment_id, Evidence.activity_key == aside, Evidence.key.startswith(f"{key}:")
    for one in session.scalars(select(Evidence).where(*keys)):
        one.key = f"{aside}{one.key.removeprefix(key)}"
