"""Practical assignments: judged along the rubric, corrected, done again; who and by which rubric is kept."""

from collections.abc import Mapping

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.errors import Conflict, Invalid, NotFound
from lti_tool.learning import audit
from lti_tool.learning.assessment import merging, service
from lti_tool.learning.assessment.models import Judgement
from lti_tool.learning.assessment.service import Said
from lti_tool.learning.kinds import Stage, State
from lti_tool.learning.progress import merging as progress_merging
from lti_tool.learning.progress import runs
from lti_tool.learning.progress import service as progress
from lti_tool.learning.progress.models import Cohort, Enrolment
from tests.learning.hub import Hub, learner, opened

GOOD, FAIR = {"meten": 2, "risico": 2, "werkt": 2}, {"meten": 1, "risico": 1, "werkt": 1}
WEAK = {"meten": 2, "risico": 0, "werkt": 2}


@pytest.fixture
def hub(session: Session) -> Hub:
    return opened(session)


@pytest.fixture
def sanne(session: Session, hub: Hub) -> int:
    return learner(session, hub, "sanne")


def judge(
    session: Session, hub: Hub, enrolment_id: int, levels: Mapping[str, int], **given: object
) -> service.Judged:
    before = service.history(session, enrolment_id, hub.practical)
    fields: dict[str, object] = {"seen": before[-1].revision if before else 0}
    said = Said(levels, **(fields | given))  # type: ignore[arg-type]
    return service.judge(session, enrolment_id, hub.practical, said, actor_id=hub.coordinator)


def standing(session: Session, enrolment_id: int) -> tuple[State, Stage]:
    found = progress.place_by_id(session, enrolment_id).standing
    return found.steps["opdracht"], found.reached["opdracht"].stage


def test_what_was_said_counts_and_is_kept_with_its_rubric(session: Session, hub: Hub, sanne: int) -> None:
    judged = judge(session, hub, sanne, FAIR, comment="Netjes gemeten.")
    assert (judged.fraction, judged.is_enough, judged.submission, judged.revision) == (0.6, True, 1, 1)
    assert standing(session, sanne) == (State.DONE, Stage.JUDGED)
    (kept,) = session.scalars(select(Judgement)).all()
    assert (kept.by_id, kept.role, kept.comment) == (hub.coordinator, "trainer", "Netjes gemeten.")
    assert kept.version_id == hub.syllabus.version_id
    assert kept.rubric == service.fingerprint(hub.practical.settings)
    assert "staff:work:judge" in session.scalars(select(audit.AuditNote.verb)).all()
    assert progress.check_standings(session)[1] == []


def test_a_correction_is_a_newer_judgement(session: Session, hub: Hub, sanne: int) -> None:
    judge(session, hub, sanne, GOOD)
    judge(session, hub, sanne, WEAK)
    said = service.history(session, sanne, hub.practical)
    assert [(one.revision, one.submission, one.is_enough) for one in said] == [(1, 1, True), (2, 1, False)]
    assert progress.proofs(session, sanne, "opdracht")[-1].facts["levels"] == WEAK


def test_of_two_assessors_the_second_is_told(session: Session, hub: Hub, sanne: int) -> None:
    judge(session, hub, sanne, GOOD)
    with pytest.raises(Conflict, match="judgement-newer"):
        judge(session, hub, sanne, WEAK, seen=0)


@pytest.mark.parametrize(
    "levels", [{}, {"meten": 1}, FAIR | {"meten": 3}, FAIR | {"meten": -1}, FAIR | {"verzonnen": 1}]
)
def test_a_judgement_names_every_criterion_with_a_level_it_has(
    session: Session, hub: Hub, sanne: int, levels: dict[str, int]
) -> None:
    with pytest.raises(Invalid, match="judgement"):
        judge(session, hub, sanne, levels)


def test_nobody_judges_their_own_work(session: Session, hub: Hub, sanne: int) -> None:
    person_id = progress.place_by_id(session, sanne).person_id
    with pytest.raises(Conflict, match="judgement-own"):
        service.judge(session, sanne, hub.practical, Said(GOOD), actor_id=person_id)
    with pytest.raises(NotFound, match="activity"):
        service.judge(session, sanne, hub.day, Said(GOOD), actor_id=hub.coordinator)


def test_after_a_resit_the_better_work_counts(session: Session, hub: Hub, sanne: int) -> None:
    with pytest.raises(Conflict, match="resit-nothing-judged"):
        service.give_resit(session, sanne, hub.practical, actor_id=hub.coordinator)
    judge(session, hub, sanne, WEAK)
    for _ in range(2):
        service.give_resit(session, sanne, hub.practical, actor_id=hub.coordinator)
    assert standing(session, sanne) == (State.IN_PROGRESS, Stage.RESIT)
    again = judge(session, hub, sanne, FAIR)
    assert again.submission == 2
    assert standing(session, sanne) == (State.DONE, Stage.JUDGED)
    with pytest.raises(Conflict, match="resit-none-left"):
        service.give_resit(session, sanne, hub.practical, actor_id=hub.coordinator)
    assert progress.check_standings(session)[1] == []


@pytest.mark.parametrize(("first", "last"), [(GOOD, WEAK), (WEAK, GOOD)])
def test_of_two_enrolments_that_become_one_the_last_word_holds(
    session: Session, hub: Hub, sanne: int, first: dict[str, int], last: dict[str, int]
) -> None:
    other = learner(session, hub, "sanne", run="oud")
    with time_machine.travel(clock.now()) as now:
        judge(session, hub, sanne, first)
        now.shift(60)
        judge(session, hub, other, last)
        old, new = (session.scalars(select(Cohort.id).where(Cohort.key == key)).one() for key in ("oud", "run"))
        became = runs.join(session, old, new)
        merging.follow(session, became)
        session.expire_all()
        progress_merging.drop(session, (), became)
    assert session.scalars(select(Enrolment.id)).all() == [sanne]
    assert service.history(session, sanne, hub.practical)[-1].levels == last
    assert progress.proofs(session, sanne, "opdracht")[-1].facts["levels"] == last
    assert progress.check_standings(session)[1] == []
