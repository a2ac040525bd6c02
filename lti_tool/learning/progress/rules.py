"""Evidence -> Verdict -> Standing. Pure: the same evidence gives the same standing in any order."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lti_tool.learning.catalogue.rules import Step, Syllabus
from lti_tool.learning.kinds import Proof, State, Verdict, kind_named


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one enrolment stands. Everything else reads this."""

    state: State
    steps: Mapping[str, State]
    progress: float
    """Share of the required activities that are done, 0..1."""
    score: float | None
    """Share of the points, 0..1; None until every required activity is judged. Zero is a score."""
    passed: bool | None

    @property
    def done_count(self) -> int:
        return sum(state is State.DONE for state in self.steps.values())


def verdicts(syllabus: Syllabus, proofs: Iterable[tuple[str, Proof]]) -> dict[str, Verdict]:
    """Judge (activity key, proof) pairs; one verdict per activity of the syllabus."""
    by_activity: dict[str, list[Proof]] = defaultdict(list)
    for key, proof in proofs:
        by_activity[key].append(proof)
    return {step.key: kind_named(step.kind).judge(step.settings, by_activity[step.key]) for step in syllabus.steps}


def standing(syllabus: Syllabus, given: Mapping[str, Verdict]) -> Standing:
    """The standing that these verdicts add up to. Says passed only when nothing required is open."""
    required = [given[step.key] for step in syllabus.steps if step.required]
    finished = all(verdict.state is State.DONE for verdict in required)
    score = _score(syllabus, given) if finished else None
    return Standing(
        state=_state(required, list(given.values())),
        steps={key: verdict.state for key, verdict in given.items()},
        progress=_share(sum(verdict.state is State.DONE for verdict in required), len(required)),
        score=score,
        passed=None if score is None else round(score * syllabus.points, 4) >= syllabus.pass_points,
    )


def _state(required: list[Verdict], every: list[Verdict]) -> State:
    states = {verdict.state for verdict in required}
    if states <= {State.DONE}:
        return State.DONE
    if states <= {State.DONE, State.WAITING}:
        return State.WAITING
    if all(verdict.state is State.NOT_STARTED for verdict in every):
        return State.NOT_STARTED
    return State.IN_PROGRESS


def _score(syllabus: Syllabus, given: Mapping[str, Verdict]) -> float:
    earned = sum(step.points * (given[step.key].fraction or 0.0) for step in syllabus.steps)
    return round(earned / syllabus.points, 6)


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 1.0


def nothing_yet(syllabus: Syllabus) -> Standing:
    return standing(syllabus, verdicts(syllabus, ()))


def missing_before(step: Step, steps: Mapping[str, State]) -> tuple[str, ...]:
    """Keys of the activities that must be done before this one and are not."""
    return tuple(key for key in step.after if steps.get(key) is not State.DONE)


def next_step(syllabus: Syllabus, steps: Mapping[str, State]) -> Step | None:
    """The first required activity that the learner can go on with; None when nothing is open."""
    for step in syllabus.steps:
        state = steps.get(step.key, State.NOT_STARTED)
        if step.required and state in (State.NOT_STARTED, State.IN_PROGRESS):
            return step
    return None
