"""What a version holds, as a value, and when it may be published. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from lti_tool.base.errors import Invalid, NotFound
from lti_tool.learning.kinds import kind_named


@dataclass(frozen=True, slots=True)
class Step:
    """One activity of a syllabus, its settings parsed by its kind."""

    id: int
    key: str
    kind: str
    title: dict[str, str]
    minutes: int
    points: float
    required: bool
    after: tuple[str, ...]
    settings: Any


@dataclass(frozen=True, slots=True, eq=False)
class Syllabus:
    """A version as learners meet it. Immutable, so that it may be kept in memory for ever."""

    version_id: int
    module_id: int
    module_public_id: str
    number: int
    hub_name: str
    title: dict[str, str]
    summary: dict[str, str]
    about: dict[str, Any]
    pass_points: float
    steps: tuple[Step, ...]

    @property
    def minutes(self) -> int:
        return sum(step.minutes for step in self.steps)

    @property
    def points(self) -> float:
        return sum(step.points for step in self.steps)

    def has(self, key: str) -> bool:
        return any(step.key == key for step in self.steps)

    def step(self, key: str) -> Step:
        """Raises NotFound("activity")."""
        for step in self.steps:
            if step.key == key:
                return step
        raise NotFound("activity", activity=key[:64])

    def only(self, key: str) -> "Syllabus":
        """As if this activity were all there is: nothing comes before it, and it is passed at the module's own share of
        the points. Raises NotFound("activity").
        """
        step = replace(self.step(key), after=(), required=True)
        return replace(self, steps=(step,), pass_points=round(step.points * self.pass_points / self.points, 4))


def check_publishable(steps: Sequence[Step], pass_points: float) -> None:
    """Raises Invalid("version-not-publishable", reason=...)."""
    keys = [step.key for step in steps]
    if not steps or len(set(keys)) != len(keys):
        raise Invalid("version-not-publishable", reason="no activities, or an id twice")
    for position, step in enumerate(steps):
        kind_named(step.kind)
        if not set(step.after) <= set(keys[:position]):
            raise Invalid("version-not-publishable", reason=f"{step.key} comes after something unknown or later")
    total = sum(step.points for step in steps)
    if not 0 <= pass_points <= total or total <= 0:
        raise Invalid("version-not-publishable", reason="points to pass exceed the points there are")
