"""A practical assignment: handed in by the learner, judged by a person along a rubric. Pure.

`learning.assessment` keeps texts, files and judgements; a judgement becomes evidence when it counts. Each fact names
the submission that it is about (1, 2, 3, ...) and judgements carry a revision that only grows, so any order will do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from lti_tool.base.errors import Invalid
from lti_tool.learning.kinds.evidence import Proof, Reached, Stage, State, Verdict

Localised = dict[str, str]
HANDED_IN, JUDGED, SENT_BACK, RESIT = "handed-in", "judged", "sent-back", "resit"
COMPLETES: tuple[str, ...] = (JUDGED,)
FILE_KINDS = ("jpeg", "png", "pdf", "mp4")


class Counts(StrEnum):
    BEST = "best"
    LAST = "last"


@dataclass(frozen=True, slots=True)
class Level:
    word: Localised
    points: float
    text: Localised
    """What work of this level looks like."""


@dataclass(frozen=True, slots=True)
class Criterion:
    id: str
    title: Localised
    levels: tuple[Level, ...]
    """From weak to strong."""

    @property
    def most(self) -> float:
        return self.levels[-1].points


@dataclass(frozen=True, slots=True)
class HandIn:
    """What a learner hands in."""

    takes_text: bool
    files: int
    """At most."""
    kinds: tuple[str, ...]
    again: bool
    """Work may be replaced until somebody begins to judge it."""


@dataclass(frozen=True, slots=True)
class Practical:
    text: Localised
    """The assignment, Markdown in each language."""
    criteria: tuple[Criterion, ...]
    hand_in: HandIn
    least_level: int
    """Index of the level that every criterion must reach for the module to be passed; 0 asks nothing."""
    resits: int
    counts: Counts

    @property
    def points(self) -> float:
        return sum(one.most for one in self.criteria)


def parse(settings: dict[str, Any]) -> Practical:
    try:
        taken = settings.get("hand_in", {})
        practical = Practical(
            text=dict(settings["text"]),
            criteria=tuple(_criterion(raw) for raw in settings["criteria"]),
            hand_in=HandIn(
                bool(taken.get("text", True)), int(taken.get("files", 6)), tuple(taken.get("kinds", FILE_KINDS)),
                bool(taken.get("again", True)),
            ),
            least_level=int(settings.get("least_level", 1)),
            resits=int(settings.get("resits", 1)),
            counts=Counts(settings.get("counts", Counts.BEST)),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Invalid("activity-settings", path=str(error)) from None
    _check(practical)
    return practical


def _criterion(raw: dict[str, Any]) -> Criterion:
    levels = tuple(Level(one["word"], float(one["points"]), one["text"]) for one in raw["levels"])
    return Criterion(raw["id"], raw["title"], levels)


def _check(practical: Practical) -> None:
    ids = [one.id for one in practical.criteria]
    if not ids or len(set(ids)) != len(ids):
        raise Invalid("activity-settings", path="criteria: none, or an id twice")
    for one in practical.criteria:
        points = [level.points for level in one.levels]
        if len(points) < 2 or points != sorted(points) or points[0] < 0 or points[-1] <= 0:
            raise Invalid("activity-settings", path=f"criterion {one.id}: two levels or more, from few points to many")
        if not 0 <= practical.least_level < len(points):
            raise Invalid("activity-settings", path=f"least_level: criterion {one.id} has no such level")
    if not practical.text.get("nl") or not set(practical.hand_in.kinds) <= set(FILE_KINDS):
        raise Invalid("activity-settings", path="text.nl, or hand_in.kinds")
    if practical.hand_in.files < 0 or not (practical.hand_in.takes_text or practical.hand_in.files):
        raise Invalid("activity-settings", path="hand_in: neither text nor files")


def judge(practical: Practical, proofs: Sequence[Proof]) -> Verdict:
    handed_in = {one.facts["submission"]: one for one in proofs if one.what == HANDED_IN}
    said: dict[int, Proof] = {}
    for one in proofs:
        number = one.facts["submission"] if one.what in (JUDGED, SENT_BACK) else 0
        if number and (number not in said or one.facts["revision"] > said[number].facts["revision"]):
            said[number] = one
    numbers = handed_in.keys() | said.keys()
    if not numbers:
        return Verdict(State.IN_PROGRESS if proofs else State.NOT_STARTED)
    newest = max(numbers)
    last = said.get(newest)
    if last is None:
        return Verdict(State.WAITING, reached=Reached(Stage.HANDED_IN, handed_in[newest].at))
    if last.what == SENT_BACK:
        return Verdict(State.IN_PROGRESS, reached=Reached(Stage.SENT_BACK, last.at))
    resits = [one for one in proofs if one.what == RESIT and one.facts["submission"] >= newest]
    if resits:
        return Verdict(State.IN_PROGRESS, reached=Reached(Stage.RESIT, min(one.at for one in resits)))
    judged = [one for _, one in sorted(said.items()) if one.what == JUDGED]
    counting = last if practical.counts is Counts.LAST else max(judged, key=lambda one: _worth(practical, one))
    is_enough, fraction = _worth(practical, counting)
    return Verdict(State.DONE, fraction, Reached(Stage.JUDGED, last.at), is_enough=is_enough)


def _worth(practical: Practical, judged: Proof) -> tuple[bool, float]:
    """(every criterion reaches the least level, share of the points)"""
    levels = judged.facts["levels"]
    return is_enough(practical, levels), fraction(practical, levels)


def is_enough(practical: Practical, levels: dict[str, int]) -> bool:
    return all(levels.get(one.id, 0) >= practical.least_level for one in practical.criteria)


def fraction(practical: Practical, levels: dict[str, int]) -> float:
    """Share of the points, 0..1; a criterion without a level, or of a rubric since changed, counts as its lowest."""
    points = sum(one.levels[min(levels.get(one.id, 0), len(one.levels) - 1)].points for one in practical.criteria)
    return round(points / practical.points, 6)


def limit(practical: Practical) -> int:
    """Handing in once, and again for each resit; what was sent back does not count."""
    return 1 + practical.resits
