"""Days at the hub and practical assignments: the same verdict in any order, and never passed too early."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.base.errors import Invalid
from lti_tool.learning.catalogue.rules import Step, Syllabus
from lti_tool.learning.kinds import Proof, Stage, State, page, practical, session
from lti_tool.learning.progress import rules
from tests.learning.hub import PRACTICAL

START = datetime(2027, 3, 1, 9, tzinfo=UTC)
DAY = session.parse({"text": {"nl": "Kom."}})
WORK = practical.parse(PRACTICAL)
GOOD, FAIR = {"meten": 2, "risico": 2, "werkt": 2}, {"meten": 1, "risico": 1, "werkt": 1}
WEAK = {"meten": 2, "risico": 0, "werkt": 2}


def seat(what: str, name: str = "a", revision: int = 1, begins: int = 21) -> Proof:
    facts = {"session": name, "revision": revision, "starts_at": (START + timedelta(days=begins)).isoformat()}
    return Proof(what, START, facts)


@pytest.mark.parametrize(
    ("proofs", "state", "stage", "fraction"),
    [
        ([], State.NOT_STARTED, None, None),
        ([seat("listed")], State.NOT_STARTED, Stage.LISTED, None),
        ([seat("listed"), seat("offered", revision=2)], State.NOT_STARTED, Stage.OFFERED, None),
        ([seat("booked")], State.IN_PROGRESS, Stage.BOOKED, None),
        ([seat("booked"), seat("freed", revision=2)], State.NOT_STARTED, None, None),
        ([seat("booked"), seat("present")], State.DONE, Stage.PRESENT, 1.0),
        ([seat("booked"), seat("late")], State.DONE, Stage.PRESENT, 1.0),
        ([seat("booked"), seat("left-early")], State.IN_PROGRESS, Stage.ABSENT, None),
        ([seat("booked"), seat("absent")], State.IN_PROGRESS, Stage.ABSENT, None),
        ([seat("booked"), seat("absent-excused")], State.IN_PROGRESS, Stage.ABSENT_EXCUSED, None),
        ([seat("booked"), seat("absent"), seat("booked", "b")], State.IN_PROGRESS, Stage.BOOKED, None),
        ([seat("absent"), seat("present", revision=2)], State.DONE, Stage.PRESENT, 1.0),
        ([seat("present"), seat("absent", revision=2)], State.IN_PROGRESS, Stage.ABSENT, None),
        ([seat("booked"), seat("present"), seat("unmarked", revision=2)], State.IN_PROGRESS, Stage.BOOKED, None),
    ],
)
def test_what_a_day_at_the_hub_proves(
    proofs: list[Proof], state: State, stage: Stage | None, fraction: float | None
) -> None:
    verdict = session.judge(DAY, proofs)
    assert (verdict.state, verdict.fraction) == (state, fraction)
    assert (verdict.reached.stage if verdict.reached else None) == stage


def hand_in(number: int = 1) -> Proof:
    return Proof("handed-in", START + timedelta(days=number), {"submission": number})


def said(what: str, levels: dict[str, int] | None = None, number: int = 1, revision: int = 1) -> Proof:
    facts: dict[str, Any] = {"submission": number, "revision": revision, "levels": levels or {}}
    return Proof(what, START + timedelta(days=10 * revision), facts)


RESIT = Proof("resit", START + timedelta(days=30), {"submission": 1})


@pytest.mark.parametrize(
    ("proofs", "state", "stage", "fraction", "is_enough"),
    [
        ([], State.NOT_STARTED, None, None, True),
        ([hand_in()], State.WAITING, Stage.HANDED_IN, None, True),
        ([hand_in(), said("judged", GOOD)], State.DONE, Stage.JUDGED, 1.0, True),
        ([hand_in(), said("judged", FAIR)], State.DONE, Stage.JUDGED, 0.6, True),
        ([hand_in(), said("judged", WEAK)], State.DONE, Stage.JUDGED, 0.666667, False),
        ([hand_in(), said("sent-back")], State.IN_PROGRESS, Stage.SENT_BACK, None, True),
        ([hand_in(), said("sent-back"), hand_in(2)], State.WAITING, Stage.HANDED_IN, None, True),
        ([hand_in(), said("judged", WEAK), said("judged", FAIR, revision=2)], State.DONE, Stage.JUDGED, 0.6, True),
        ([hand_in(), said("judged", WEAK), RESIT], State.IN_PROGRESS, Stage.RESIT, None, True),
        ([hand_in(), said("judged", WEAK), RESIT, hand_in(2)], State.WAITING, Stage.HANDED_IN, None, True),
        ([hand_in(), said("judged", FAIR), RESIT, hand_in(2), said("judged", WEAK, 2)],
         State.DONE, Stage.JUDGED, 0.6, True),  # the better of two counts, and enough goes before points
    ],
)  # fmt: skip
def test_what_a_practical_assignment_proves(
    proofs: list[Proof], state: State, stage: Stage | None, fraction: float | None, is_enough: bool
) -> None:
    verdict = practical.judge(WORK, proofs)
    assert (verdict.state, verdict.fraction, verdict.is_enough) == (state, fraction, is_enough)
    assert (verdict.reached.stage if verdict.reached else None) == stage


@pytest.mark.parametrize(
    "changes",
    [
        {"text": {"en": "No Dutch"}}, {"criteria": []}, {"criteria": PRACTICAL["criteria"] * 2},
        {"hand_in": {"text": False, "files": 0}}, {"hand_in": {"kinds": ["exe"]}}, {"least_level": 3},
        {"criteria": [{"id": "a", "title": {"nl": "A"}, "levels": [{"word": {}, "points": 1, "text": {}}]}]},
        {"counts": "average"},
    ],
)  # fmt: skip
def test_a_rubric_that_cannot_be_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match="activity-settings"):
        practical.parse(PRACTICAL | changes)


MODULE = Syllabus(1, 1, "m", 2, "Hub", {"nl": "M"}, {"nl": ""}, {}, 55, (
    Step(1, "lezen", "page", {"nl": "L"}, 5, 20, True, (), page.parse({"markdown": {"nl": "L"}})),
    Step(2, "dag", "session", {"nl": "D"}, 60, 20, True, ("lezen",), DAY),
    Step(3, "werk", "practical", {"nl": "W"}, 60, 60, True, ("dag",), WORK),
))  # fmt: skip

seats = st.tuples(
    st.sampled_from(["booked", "listed", "offered", "freed", "present", "late", "left-early", "absent", "unmarked"]),
    st.sampled_from("ab"), st.integers(1, 3),
)  # fmt: skip
works = st.tuples(
    st.sampled_from(["handed-in", "judged", "sent-back", "resit"]), st.integers(1, 3), st.integers(1, 3),
    st.sampled_from([GOOD, FAIR, WEAK]),
)  # fmt: skip


def pairs(of_day: list[tuple[str, str, int]], of_work: list[tuple[str, int, int, dict[str, int]]]) -> list[Any]:
    """(activity key, fact): one fact for each name it could have, as the database keeps it."""
    day = {(what in session.MARKS, name, rev): ("dag", seat(what, name, rev)) for what, name, rev in of_day}
    work = {
        (what in ("judged", "sent-back"), number, revision if what in ("judged", "sent-back") else what): (
            "werk", Proof(what, START, {"submission": number, "revision": revision, "levels": levels}),
        )
        for what, number, revision, levels in of_work
    }  # fmt: skip
    return [("lezen", Proof("read", START, {})), *day.values(), *work.values()]


@given(st.lists(seats, max_size=8), st.lists(works, max_size=8), st.randoms())
def test_any_order_and_repetition_of_facts_gives_the_same_standing(of_day: Any, of_work: Any, chance: Any) -> None:
    facts = pairs(of_day, of_work)
    first = rules.judged(MODULE, facts)
    mixed = facts + chance.sample(facts, chance.randint(0, len(facts)))
    chance.shuffle(mixed)
    assert rules.judged(MODULE, mixed) == first


@given(st.lists(seats, max_size=8), st.lists(works, max_size=8))
def test_nothing_is_passed_while_something_required_is_open_or_not_enough(of_day: Any, of_work: Any) -> None:
    standing = rules.judged(MODULE, pairs(of_day, of_work))
    is_open = any(not state.is_over for state in standing.steps.values())
    assert (standing.score is None) == is_open
    if is_open:
        assert standing.passed is None
    if standing.passed:
        assert practical.judge(WORK, [fact for key, fact in pairs(of_day, of_work) if key == "werk"]).is_enough
