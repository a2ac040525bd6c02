"""Evidence -> Verdict -> Standing. Pure: the same evidence gives the same standing in any order."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from lti_tool.learning.catalogue.rules import Step, Syllabus
from lti_tool.learning.kinds import Proof, Reached, State, Verdict, kind_named
from lti_tool.learning.progress import decisions
from lti_tool.learning.progress.decisions import Decision

Decided = Mapping[str, tuple[Decision, ...]]
"""Activity key, or decisions.EVERYTHING -> what teachers decided of it and is in force. Others are left out."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one enrolment stands. Everything else reads this."""

    state: State
    steps: Mapping[str, State]
    progress: float
    """Share of the required activities that are over, 0..1."""
    score: float | None
    """Share of the points that count (see `weighed`), 0..1; None until every required activity is judged, and where no
    points are left to count. Zero is a score."""
    passed: bool | None
    decided: Decided = field(default_factory=dict)
    reached: Mapping[str, Reached] = field(default_factory=dict)
    """Activity key -> how far it is, where its kind says more than a state."""

    @property
    def done_count(self) -> int:
        return sum(state.is_over for state in self.steps.values())


def by_activity(proofs: Iterable[tuple[str, Proof]]) -> dict[str, list[Proof]]:
    sorted_out: dict[str, list[Proof]] = defaultdict(list)
    for key, proof in proofs:
        sorted_out[key].append(proof)
    return sorted_out


def judged(syllabus: Syllabus, proofs: Iterable[tuple[str, Proof]]) -> Standing:
    """The standing that (activity key, proof) pairs prove."""
    sorted_out = by_activity(proofs)
    decided = decided_of(sorted_out)
    return standing(syllabus, _verdicts(syllabus, sorted_out, decided), decided)


def decided_of(sorted_out: Mapping[str, Iterable[Proof]]) -> Decided:
    found = {key: decisions.in_force(mine) for key, mine in sorted_out.items()}
    return {key: found[key] for key in sorted(found) if found[key]}


def verdicts(syllabus: Syllabus, proofs: Iterable[tuple[str, Proof]]) -> dict[str, Verdict]:
    """Judge (activity key, proof) pairs; one verdict per activity of the syllabus."""
    sorted_out = by_activity(proofs)
    return _verdicts(syllabus, sorted_out, decided_of(sorted_out))


def _verdicts(syllabus: Syllabus, sorted_out: Mapping[str, list[Proof]], decided: Decided) -> dict[str, Verdict]:
    return {
        step.key: decisions.verdict(
            kind_named(step.kind), step.settings, sorted_out.get(step.key, ()), decided.get(step.key, ())
        )
        for step in syllabus.steps
    }


def standing(syllabus: Syllabus, given: Mapping[str, Verdict], decided: Decided | None = None) -> Standing:
    """The standing that these verdicts add up to. Says passed only when nothing required is open."""
    required = [given[step.key] for step in syllabus.steps if step.required]
    finished = all(verdict.state.is_over for verdict in required)
    score = _score(syllabus, given) if finished else None
    return Standing(
        state=_state(required, list(given.values())),
        steps={key: verdict.state for key, verdict in given.items()},
        progress=_share(sum(verdict.state.is_over for verdict in required), len(required)),
        score=score,
        passed=None if score is None else _suffices(syllabus, score, required),
        decided=decided or {},
        reached={key: verdict.reached for key, verdict in given.items() if verdict.reached},
    )


def _suffices(syllabus: Syllabus, score: float, required: list[Verdict]) -> bool:
    """The points do, and so does each required activity by itself."""
    has_points = round(score * syllabus.points, 4) >= syllabus.pass_points
    return has_points and all(verdict.is_enough for verdict in required)


def _state(required: list[Verdict], every: list[Verdict]) -> State:
    states = {verdict.state for verdict in required}
    if states <= {State.DONE, State.EXCUSED}:
        return State.DONE
    if states <= {State.DONE, State.EXCUSED, State.WAITING}:
        return State.WAITING
    if all(verdict.state is State.NOT_STARTED for verdict in every):
        return State.NOT_STARTED
    return State.IN_PROGRESS


def _score(syllabus: Syllabus, given: Mapping[str, Verdict]) -> float | None:
    """Activities that a teacher excused weigh nothing: their points leave both sides."""
    points = weighed(syllabus, {key: verdict.state for key, verdict in given.items()})
    earned = sum(step.points * (given[step.key].fraction or 0.0) for step in syllabus.steps)
    return round(earned / points, 6) if points else None


def weighed(syllabus: Syllabus, steps: Mapping[str, State]) -> float:
    """The points that count for this learner: all, less those of what a teacher excused."""
    return sum(step.points for step in syllabus.steps if steps.get(step.key) is not State.EXCUSED)


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 1.0


def nothing_yet(syllabus: Syllabus) -> Standing:
    return standing(syllabus, verdicts(syllabus, ()))


def missing_before(step: Step, steps: Mapping[str, State]) -> tuple[str, ...]:
    """Keys of the activities that must be over before this one and are not."""
    return tuple(key for key in step.after if not steps.get(key, State.NOT_STARTED).is_over)


def next_step(syllabus: Syllabus, steps: Mapping[str, State]) -> Step | None:
    """The first required activity that the learner can go on with; None when nothing is open."""
    for step in syllabus.steps:
        state = steps.get(step.key, State.NOT_STARTED)
        if step.required and state in (State.NOT_STARTED, State.IN_PROGRESS):
            return step
    return None
