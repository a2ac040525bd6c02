"""What a link's gradebook shows of work that came after the due time. Pure.

Being late is a matter of the link: the standing knows no dates (docs/decisions/0014). For each activity the better of
two counts: what was proven in time, and what was proven later with the deduction of that moment, whichever moment is
best. So late work, and one try more, never lower what stood. The minute of the due time belongs to it as a whole: who
reads "before 23.59" and hands in at 23.59 is in time. What a teacher decided (a correction, an excuse) is never late.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from lti_tool.learning.catalogue.rules import Step, Syllabus
from lti_tool.learning.kinds import Proof, Verdict, kind_named
from lti_tool.learning.progress import decisions, rules
from lti_tool.learning.progress.decisions import EVERYTHING, WORDS
from lti_tool.learning.progress.rules import Decided, Standing

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a teacher chose for a link. Late work counts in full unless it says otherwise."""

    due_at: datetime | None = None
    percent_per_day: int = 0
    """Taken off for each day (24 hours) that has begun since."""
    closes: bool = False
    """What comes after the due time does not count."""
    link: str = ""
    """Public id of the link: more time that a teacher gave for it goes before `due_at`."""


@dataclass(frozen=True, slots=True)
class Earned:
    """Of one activity what counts for the link."""

    fraction: float | None
    """0..1, the deduction taken off; None while there is no result, or the learner was excused."""
    days_late: int
    """For how many days something was taken off; 0 is in time."""


@dataclass(frozen=True, slots=True)
class LinkResult:
    """One learner's result for one link: per activity, and all of it as a standing whose score is the link's."""

    activities: Mapping[str, Earned]
    standing: Standing


def link_result(syllabus: Syllabus, proofs: Iterable[tuple[str, Proof]], policy: Policy) -> LinkResult:
    """What (activity key, proof) pairs are worth for a link with this policy, whatever their order."""
    sorted_out = rules.by_activity(proofs)
    decided = rules.decided_of(sorted_out)
    judged = {step.key: _judged(step, sorted_out.get(step.key, ()), policy, decided) for step in syllabus.steps}
    given = {key: verdict for key, (verdict, _) in judged.items()}
    earned = {key: Earned(verdict.fraction, days) for key, (verdict, days) in judged.items()}
    return LinkResult(earned, rules.standing(syllabus, given, decided))


def _judged(step: Step, proofs: Sequence[Proof], policy: Policy, decided: Decided) -> tuple[Verdict, int]:
    """The verdict that counts, its deduction taken off, and the days of that."""
    mine, due_at = decided.get(step.key, ()), due_for(policy, decided, step.key)
    days = {day for proof in proofs if proof.what not in WORDS and (day := days_late(proof.done_at, due_at))}
    everything = _until(step, proofs, mine, due_at, max(days, default=0))
    if not days or decisions.decides(mine) or not (policy.closes or policy.percent_per_day):
        return everything, 0
    in_time = _until(step, proofs, mine, due_at, 0)
    if policy.closes:
        return in_time, 0
    stages = [(_fraction(in_time), 0)] + [
        (_less(_fraction(_until(step, proofs, mine, due_at, day)), policy, day), -day) for day in days
    ]
    best, minus_day = max(stages)
    return (everything, 0) if everything.fraction is None else (replace(everything, fraction=best), -minus_day)


def _until(
    step: Step, proofs: Sequence[Proof], mine: Sequence[decisions.Decision], due_at: datetime | None, day: int
) -> Verdict:
    """The verdict on what was there after so many days."""
    there = [proof for proof in proofs if proof.what in WORDS or days_late(proof.done_at, due_at) <= day]
    return decisions.verdict(kind_named(step.kind), step.settings, there, mine)


def _fraction(verdict: Verdict) -> float:
    return -1.0 if verdict.fraction is None else verdict.fraction


def _less(fraction: float, policy: Policy, days: int) -> float:
    return round(fraction * max(0.0, 1 - days * policy.percent_per_day / 100), 6) if fraction > 0 else fraction


def due_for(policy: Policy, decided: Decided, key: str = EVERYTHING) -> datetime | None:
    """The due time of one activity, or of all, for this learner: more time that a teacher gave goes before."""
    if policy.due_at is None:
        return None
    return later(policy.due_at, decided, policy.link, key)


def later(at: datetime, decided: Decided, link: str, key: str = EVERYTHING) -> datetime:
    """This time of a link, or a later one that a teacher gave this learner for the activity or for all."""
    given = [decisions.extended_until(decided.get(one, ()), link) for one in {key, EVERYTHING}]
    return max(at, *(until for until in given if until is not None)) if any(given) else at


def end_of(at: datetime) -> datetime:
    """The end of its minute: the first moment that is too late."""
    return at.replace(second=0, microsecond=0) + MINUTE


def days_late(at: datetime, due_at: datetime | None) -> int:
    """How many days late something is; a day that has begun counts whole. 0: in time."""
    if due_at is None or at < end_of(due_at):
        return 0
    return (at - end_of(due_at)) // DAY + 1
