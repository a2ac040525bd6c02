"""What teachers decided of a learner's work, and what it makes of the verdict of a kind. Pure.

A teacher's act is evidence beside the learner's own (docs/decisions/0014). Acts of one sort follow each other: the
newest is in force, and a taking back ends all of its sort before it. So nothing is ever removed, and any order of the
same facts gives the same outcome; facts of one moment are told apart by their own id.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from lti_tool.learning.kinds import Proof, State, Verdict

EVERYTHING = "*"
"""In the place of an activity's key: the act is about all of them."""
BACK = "-taken-back"


class Act(StrEnum):
    CORRECTED = "corrected"
    """A teacher set the result: it goes before the learner's own until it is taken back."""
    EXCUSED = "excused"
    """The learner need not do it; it counts as done, and its points count for nobody."""
    REOPENED = "reopened"
    """What was there before decides no longer; the learner works on it anew."""
    ALLOWED = "allowed"
    """More attempts. Several add up."""
    EXTENDED = "extended"
    """A later due time, for one link."""

    @property
    def back(self) -> str:
        """The word of the fact that takes it back."""
        return f"{self}{BACK}"


WORDS = frozenset(Act) | {act.back for act in Act}
"""What the facts of teachers are called; no kind has a word of these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A teacher's act that is in force."""

    act: Act
    at: datetime
    by: int
    """Id of the person."""
    reason: str
    token: str
    fraction: float | None = None
    """Corrected: 0..1."""
    attempts: int = 0
    """Allowed: of all such acts together."""
    until: datetime | None = None
    """Extended."""
    link: str = ""
    """Extended: public id of the link for which it holds."""


def in_force(proofs: Iterable[Proof]) -> tuple[Decision, ...]:
    """Of all evidence of one activity what teachers decided and is in force, oldest first."""
    told = {one.facts["token"]: one for one in proofs if one.what in WORDS}
    acts = sorted(told.values(), key=lambda one: (one.at, one.facts["token"]))
    found: dict[tuple[str, str], Decision] = {}
    for one in acts:
        sort = (one.what.removesuffix(BACK), one.facts.get("link", ""))
        if one.what.endswith(BACK):
            found.pop(sort, None)
        else:
            found[sort] = _decision(one, found.pop(sort, None))
    return tuple(found.values())


def _decision(proof: Proof, earlier: Decision | None) -> Decision:
    until = proof.facts.get("until")
    return Decision(
        act=Act(proof.what), at=proof.at, by=int(proof.facts["by"]), reason=proof.facts["reason"],
        token=proof.facts["token"], fraction=proof.facts.get("fraction"),
        attempts=int(proof.facts.get("attempts", 0)) + (earlier.attempts if earlier else 0),
        until=datetime.fromisoformat(until) if until else None, link=proof.facts.get("link", ""),
    )  # fmt: skip


def verdict(kind: Any, settings: Any, proofs: Sequence[Proof], decided: Sequence[Decision]) -> Verdict:
    """What the evidence proves, once teachers had their say: the newest word of theirs, else the work itself."""
    if not decided:
        return _of_work(kind, settings, proofs)
    since, said = reopened_at(decided), decides(decided)
    if said is not None:
        return Verdict(State.EXCUSED) if said.act is Act.EXCUSED else Verdict(State.DONE, said.fraction)
    found = _of_work(kind, settings, [one for one in proofs if since is None or one.at > since])
    begun_before = since is not None and found.state is State.NOT_STARTED
    return Verdict(State.IN_PROGRESS) if begun_before else found


def _of_work(kind: Any, settings: Any, proofs: Sequence[Proof]) -> Verdict:
    verdict: Verdict = kind.judge(settings, [one for one in proofs if one.what not in WORDS])
    return verdict


def decides(decided: Sequence[Decision]) -> Decision | None:
    """The correction or excuse that stands in the place of the learner's own result now."""
    since = reopened_at(decided)
    said = [one for one in decided if one.act in (Act.CORRECTED, Act.EXCUSED) and (since is None or one.at > since)]
    return said[-1] if said else None


def reopened_at(decided: Iterable[Decision]) -> datetime | None:
    """Only what came after this moment counts."""
    return next((one.at for one in decided if one.act is Act.REOPENED), None)


def more_attempts(decided: Iterable[Decision]) -> int:
    return sum(one.attempts for one in decided if one.act is Act.ALLOWED)


def extended_until(decided: Iterable[Decision], link: str) -> datetime | None:
    """The later due time that a teacher gave for this link, the latest if there are several."""
    times = [one.until for one in decided if one.act is Act.EXTENDED and one.link == link and one.until]
    return max(times, default=None)


def written(decided: Iterable[Decision]) -> list[dict[str, Any]]:
    """As it is kept beside the standing."""
    return [
        {
            "act": str(one.act), "at": one.at.isoformat(), "by": one.by, "reason": one.reason, "token": one.token,
            "fraction": one.fraction, "attempts": one.attempts, "link": one.link,
            "until": one.until.isoformat() if one.until else None,
        }
        for one in decided
    ]  # fmt: skip


def read(rows: Iterable[dict[str, Any]]) -> tuple[Decision, ...]:
    return tuple(
        Decision(
            act=Act(row["act"]), at=datetime.fromisoformat(row["at"]), by=row["by"], reason=row["reason"],
            token=row["token"], fraction=row["fraction"], attempts=row["attempts"], link=row["link"],
            until=datetime.fromisoformat(row["until"]) if row["until"] else None,
        )
        for row in rows
    )  # fmt: skip
