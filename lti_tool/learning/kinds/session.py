"""A day at the hub: done by who was there. `learning.sessions` keeps bookings and attendance; this is what they prove.

Every fact names its session and carries a revision that only grows within (session, learner), so that facts may come
late and in any order: of one session the newest booking word and the newest attendance word hold.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lti_tool.base.errors import Invalid
from lti_tool.learning.kinds.evidence import Proof, Reached, Stage, State, Verdict

BOOKED, LISTED, OFFERED, FREED = "booked", "listed", "offered", "freed"
PRESENT, LATE, LEFT_EARLY, ABSENT, ABSENT_EXCUSED = "present", "late", "left-early", "absent", "absent-excused"
UNMARKED = "unmarked"
"""A mark that was a mistake and is taken back."""
BOOKINGS = frozenset({BOOKED, LISTED, OFFERED, FREED})
MARKS = frozenset({PRESENT, LATE, LEFT_EARLY, ABSENT, ABSENT_EXCUSED, UNMARKED})
COMPLETES: tuple[str, ...] = (PRESENT, LATE, LEFT_EARLY)
_STAGES = {BOOKED: Stage.BOOKED, OFFERED: Stage.OFFERED, LISTED: Stage.LISTED}


@dataclass(frozen=True, slots=True)
class HubDay:
    text: dict[str, str]
    """Markdown in each language: what happens there, what to bring."""
    left_early_counts: bool
    """Who left early need not come again."""


def parse(settings: dict[str, Any]) -> HubDay:
    text = settings.get("text")
    if not isinstance(text, dict) or not text.get("nl"):
        raise Invalid("activity-settings", path="text.nl")
    return HubDay({language: str(words) for language, words in text.items()}, bool(settings.get("left_early_counts")))


def judge(day: HubDay, proofs: Sequence[Proof]) -> Verdict:
    bookings, marks = _newest(proofs, BOOKINGS), _newest(proofs, MARKS)
    counts = {PRESENT, LATE} | ({LEFT_EARLY} if day.left_early_counts else set())
    if been := [one for one in marks.values() if one.what in counts]:
        return Verdict(State.DONE, 1.0, Reached(Stage.PRESENT, min(map(_begins, been))))
    is_marked = {name for name, one in marks.items() if one.what != UNMARKED}
    for word, stage in _STAGES.items():
        open_ = [one for name, one in bookings.items() if one.what == word and name not in is_marked]
        if open_:
            state = State.IN_PROGRESS if word == BOOKED else State.NOT_STARTED
            return Verdict(state, reached=Reached(stage, max(map(_begins, open_))))
    missed = [one for name, one in marks.items() if name in is_marked]
    if not missed:
        return Verdict(State.NOT_STARTED)
    last = max(missed, key=lambda one: (_begins(one), one.what))
    stage = Stage.ABSENT_EXCUSED if last.what == ABSENT_EXCUSED else Stage.ABSENT
    return Verdict(State.IN_PROGRESS, reached=Reached(stage, _begins(last)))


def limit(day: HubDay) -> int:
    """A day at the hub is handed in nowhere."""
    return 0


def _newest(proofs: Iterable[Proof], words: frozenset[str]) -> dict[str, Proof]:
    """Session -> the newest fact of these words."""
    found: dict[str, Proof] = {}
    for one in proofs:
        name = one.facts["session"] if one.what in words else ""
        if name and (name not in found or one.facts["revision"] > found[name].facts["revision"]):
            found[name] = one
    return found


def _begins(proof: Proof) -> datetime:
    return datetime.fromisoformat(proof.facts["starts_at"])
