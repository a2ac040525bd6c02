"""What a teacher does to a learner's result: correct, excuse, reopen, more attempts, more time, and take it back.

Each act is a fact beside the learner's own, with its reason, who did it and what stood before (docs/decisions/0014).
`sheet` is what a teacher sees before acting; an act carries the mark of what they saw, so that of two who act at once
the second is told, and a token of its form, so that a double click does it once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2s
from typing import Any

from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.errors import Conflict, Invalid
from lti_tool.learning import audit
from lti_tool.learning.catalogue.rules import Step, Syllabus
from lti_tool.learning.kinds import Proof, State, Verdict, kind_named
from lti_tool.learning.progress import decisions, service
from lti_tool.learning.progress.decisions import EVERYTHING, WORDS, Act, Decision
from lti_tool.learning.progress.models import Enrolment
from lti_tool.learning.progress.rules import Standing

REASON = range(3, 501)
"""So many characters a reason has."""
MOST_ATTEMPTS = 20
LATEST = timedelta(days=3 * 366)
Pairs = Sequence[tuple[str, Proof]]


@dataclass(frozen=True, slots=True)
class Position:
    """One activity of one learner, or (`step` None) all of it together, as a teacher finds it."""

    step: Step | None
    verdict: Verdict
    work: Verdict
    """What the learner's own work proves, had no teacher said a word of its result."""
    decided: tuple[Decision, ...]
    seen: str
    """Mark of all this; it changes when something here does."""

    @property
    def key(self) -> str:
        return self.step.key if self.step else EVERYTHING


@dataclass(frozen=True, slots=True)
class Signed:
    """Who acts, why, and on the strength of what they saw."""

    actor_id: int
    reason: str
    """3..500 characters. The learner reads it."""
    token: str
    """Of the form: the same one twice is one act."""
    seen: str
    """Position.seen."""


def sheet(session: Session, enrolment_id: int) -> dict[str, Position]:
    """Activity key -> how it stands, in the order of the module; last EVERYTHING, where only more time is given."""
    syllabus = service.syllabus_of(session, service.place_by_id(session, enrolment_id))
    pairs = service.all_proofs(session, enrolment_id)
    return {key: position(syllabus, pairs, key) for key in (*(step.key for step in syllabus.steps), EVERYTHING)}


def position(syllabus: Syllabus, pairs: Pairs, key: str) -> Position:
    """One activity, or EVERYTHING, from all evidence of a learner."""
    mine = [proof for at, proof in pairs if at == key]
    decided = decisions.in_force(mine)
    if key == EVERYTHING:
        return Position(None, Verdict(State.NOT_STARTED), Verdict(State.NOT_STARTED), decided, _mark(mine, None))
    step = syllabus.step(key)
    kind = kind_named(step.kind)
    verdict = decisions.verdict(kind, step.settings, mine, decided)
    work = kind.judge(step.settings, [proof for proof in mine if proof.what not in WORDS])
    return Position(step, verdict, work, decided, _mark(mine, verdict))


def _mark(proofs: Sequence[Proof], verdict: Verdict | None) -> str:
    """A learner who merely looks in leaves it as it is; a result or an act does not."""
    acts = sorted(proof.facts["token"] for proof in proofs if proof.what in WORDS)
    result = (verdict.state.is_over, verdict.fraction) if verdict else None
    return blake2s(repr((acts, result)).encode(), digest_size=8).hexdigest()


def correct(session: Session, enrolment_id: int, step: Step, signed: Signed, *, fraction: float) -> Standing:
    """Set the result, a fraction 0..1 of its points, in the place of what the learner earned.

    This and all others raise Invalid("act-reason"), Conflict("act-overtaken"); this one Invalid("act-points").
    """
    if not 0.0 <= fraction <= 1.0:
        raise Invalid("act-points")
    return _do(session, enrolment_id, step, signed, Act.CORRECTED, fraction=round(fraction, 6))


def excuse(session: Session, enrolment_id: int, step: Step, signed: Signed) -> Standing:
    """Let the learner off: it counts as done, and its points count neither for nor against."""
    return _do(session, enrolment_id, step, signed, Act.EXCUSED)


def reopen(session: Session, enrolment_id: int, step: Step, signed: Signed) -> Standing:
    """Let the learner do it anew, with all its attempts; what was there stays to be seen and decides no longer.

    Raises Conflict("act-nothing-to-reopen").
    """
    return _do(session, enrolment_id, step, signed, Act.REOPENED)


def allow(session: Session, enrolment_id: int, step: Step, signed: Signed, *, attempts: int) -> Standing:
    """Give so many attempts more. Raises Invalid("act-attempts"), Conflict("act-no-limit")."""
    if not 1 <= attempts <= MOST_ATTEMPTS:
        raise Invalid("act-attempts", most=MOST_ATTEMPTS)
    if not limit_of(step):
        raise Conflict("act-no-limit")
    return _do(session, enrolment_id, step, signed, Act.ALLOWED, attempts=attempts)


def extend(
    session: Session, enrolment_id: int, step: Step | None, signed: Signed, *, until: datetime, link: str
) -> Standing:
    """Give time until then, for one activity or (`step` None) all, by the link of this public id.

    Raises Invalid("act-until") for a time that has passed, or lies years ahead.
    """
    if not clock.now() < until < clock.now() + LATEST:
        raise Invalid("act-until")
    return _do(session, enrolment_id, step, signed, Act.EXTENDED, until=until.isoformat(), link=link)


def take_back(
    session: Session, enrolment_id: int, step: Step | None, signed: Signed, act: Act, *, link: str = ""
) -> Standing:
    """End what teachers did in this way; `link` where it was more time. Raises Conflict("act-nothing-to-take-back")."""
    facts = {"link": link} if act is Act.EXTENDED else {}
    return _do(session, enrolment_id, step, signed, act, is_back=True, **facts)


def _do(
    session: Session, enrolment_id: int, step: Step | None, signed: Signed, act: Act, *, is_back: bool = False,
    **facts: Any,
) -> Standing:  # fmt: skip
    enrolment = service.lock(session, enrolment_id)
    key = step.key if step else EVERYTHING
    name, what, reason = f"{key}:act:{signed.token}", act.back if is_back else act, _reason(signed.reason)
    before = service.fact(session, enrolment_id, name)
    if before is not None:
        _must_be_the_same(before, what, facts | {"reason": reason}, key)
        return service.place_by_id(session, enrolment_id).standing
    pairs = service.all_proofs(session, enrolment_id)
    here = position(service.syllabus_of(session, service.place_by_id(session, enrolment_id)), pairs, key)
    if here.seen != signed.seen:
        raise Conflict("act-overtaken", activity=key)
    _must_make_sense(here, act, is_back, facts.get("link", ""))
    told = {"by": signed.actor_id, "reason": reason, "token": signed.token, "was": _was(here)} | facts
    proof = Proof(what, _now_after(pairs), told)
    after = service.add(session, enrolment, key, proof, name)
    _note(session, enrolment, key, signed, act, is_back)
    return after


def _must_be_the_same(before: Proof, what: str, wanted: dict[str, Any], key: str) -> None:
    """The form was sent already: once more it is one act; with something else in it, after Back, it is overtaken."""
    if before.what != what or any(before.facts.get(name) != value for name, value in wanted.items()):
        raise Conflict("act-overtaken", activity=key)


def _reason(text: str) -> str:
    """Without what a database would refuse. Raises Invalid("act-reason")."""
    reason = text.replace("\x00", "").strip()
    if len(reason) not in REASON:
        raise Invalid("act-reason", least=REASON.start, most=REASON.stop - 1)
    return reason


def _must_make_sense(here: Position, act: Act, is_back: bool, link: str) -> None:
    if is_back:
        if not any(one.act is act and one.link == link for one in here.decided):
            raise Conflict("act-nothing-to-take-back")
    elif act is Act.REOPENED and not may_reopen(here):
        raise Conflict("act-nothing-to-reopen")


def may_reopen(here: Position) -> bool:
    """There is something that decides, and would no longer."""
    return here.verdict.state in (State.DONE, State.EXCUSED, State.WAITING)


def limit_of(step: Step | None) -> int:
    """How often a learner may hand this in, before what teachers allow; 0: there is no limit."""
    return kind_named(step.kind).limit(step.settings) if step else 0


def _was(here: Position) -> dict[str, Any]:
    """What stood before, and stays to be read."""
    return {"state": str(here.verdict.state), "fraction": here.verdict.fraction}


def _now_after(pairs: Pairs) -> datetime:
    """Now, and later than all that is recorded: what a reopening ends lies before it, whatever clocks say."""
    last = max((proof.at for _, proof in pairs), default=None)
    return max(clock.now(), last + timedelta(microseconds=1)) if last else clock.now()


VERBS = {
    Act.CORRECTED: ("teacher:result:correct", "teacher:result:correct-back"),
    Act.EXCUSED: ("teacher:result:excuse", "teacher:result:excuse-back"),
    Act.REOPENED: ("teacher:result:reopen", "teacher:result:reopen-back"),
    Act.ALLOWED: ("teacher:result:allow", "teacher:result:allow-back"),
    Act.EXTENDED: ("teacher:result:extend", "teacher:result:extend-back"),
}


def _note(session: Session, enrolment: Enrolment, key: str, signed: Signed, act: Act, is_back: bool) -> None:
    """Ids only: the reason and the old value stand in the evidence."""
    audit.note(
        session, VERBS[act][is_back], actor_id=signed.actor_id, object_id=str(enrolment.id), activity=key,
        person=enrolment.person_id,
    )  # fmt: skip
