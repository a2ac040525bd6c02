"""What each column of a link should show for one learner: the link as a whole, or one activity each. Pure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from lti_tool.learning.catalogue.rules import Step, Syllabus
from lti_tool.learning.kinds import Proof, State
from lti_tool.learning.progress import lateness
from lti_tool.learning.progress.lateness import LinkResult
from lti_tool.learning.progress.rules import Standing
from lti_tool.learning.progress.service import Place
from lti_tool.protocols.grades import rules, scales, words
from lti_tool.protocols.grades.rules import Value
from lti_tool.protocols.platforms.families import family_named
from lti_tool.protocols.resource_links.members import Owed
from lti_tool.protocols.resource_links.rules import Columns

WHOLE = ""
"""The key of the column that shows the link as a whole."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What one column should show, and the words beside it."""

    activity_key: str
    value: Value
    comment: str


@dataclass(frozen=True, slots=True)
class Learner:
    """What the columns are worked out from."""

    place: Place
    syllabus: Syllabus
    standing: Standing
    proofs: Callable[[], Sequence[tuple[str, Proof]]]
    """All of their evidence; asked only where a link shows more, or less, than the standing."""
    language: str


def entries(owed: Owed, learner: Learner) -> Iterator[Entry]:
    """One per column of the link; none for an activity that this learner's version does not have."""
    is_split = owed.columns is Columns.EACH and owed.activity_key is None
    may_be_late = owed.policy.due_at is not None and (owed.policy.closes or owed.policy.percent_per_day > 0)
    if not is_split and not may_be_late and owed.activity_key is None:
        yield _of_whole(owed, learner, learner.standing)
        return
    result = lateness.link_result(learner.syllabus, learner.proofs(), owed.policy)
    if not is_split and owed.activity_key is None:
        yield _of_whole(owed, learner, result.standing)
        return
    for step in learner.syllabus.steps:
        if step.points > 0 and owed.activity_key in (None, step.key):
            yield _of_activity(step.key if is_split else WHOLE, step, owed, learner, result)


def _of_whole(owed: Owed, learner: Learner, standing: Standing) -> Entry:
    value = rules.value_of(standing, learner.syllabus.points)
    value, said = _scaled(value, standing.score, None, owed, learner)
    return Entry(WHOLE, value, words.joined(said, words.comment(learner.syllabus, standing, learner.language)))


def _of_activity(key: str, step: Step, owed: Owed, learner: Learner, result: LinkResult) -> Entry:
    state = result.standing.steps[step.key]
    share = (result.activities[step.key].fraction or 0.0) if state is State.DONE else None
    value, said = _scaled(rules.value_of_activity(state), share, step.key, owed, learner)
    return Entry(key, value, words.joined(said, words.comment_of_activity(step, state, learner.language)))


def _scaled(value: Value, share: float | None, activity: str | None, owed: Owed, learner: Learner) -> tuple[Value, str]:
    """The value on the scale of the link, and its word."""
    stick = scales.yardstick(learner.syllabus, activity, family_named(owed.family).choosing.maximum_near)
    if share is None:
        maximum = scales.maximum_of(owed.scale, stick.column)
        return Value(value.activity_progress, value.grading_progress, None, maximum), ""
    mark = scales.mark(owed.scale, share, stick)
    shown = Value(value.activity_progress, value.grading_progress, mark.points, mark.maximum)
    return shown, words.spoken(mark, learner.language)
