"""Two registrations of one platform become one, and no evidence is lost on the way."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from lti_tool.base import clock, outbox
from lti_tool.base.db import writing
from lti_tool.base.errors import Conflict, Invalid, NotFound
from lti_tool.learning.catalogue import service as catalogue
from lti_tool.learning.people import service as people
from lti_tool.learning.people.models import Identity, Person
from lti_tool.learning.people.service import Profile
from lti_tool.learning.progress import acts, attempts
from lti_tool.learning.progress import service as progress
from lti_tool.learning.progress.acts import Signed
from lti_tool.learning.progress.models import Attempt, Cohort, Enrolment, Evidence
from lti_tool.protocols.contracts import merging
from lti_tool.protocols.grades import planning
from lti_tool.protocols.grades.models import Delivery
from lti_tool.protocols.platforms import service as platforms
from lti_tool.protocols.platforms.models import Deployment, Registration
from lti_tool.protocols.platforms.service import Platform, Status
from lti_tool.protocols.resource_links import service as links
from lti_tool.protocols.resource_links.models import Context, Member, ResourceLink
from lti_tool.screens.learner import quiz_forms
from lti_tool.worker import REACTIONS
from tests import factories
from tests.learning import drafts

ISSUER = "https://school.example"


@dataclass
class Pair:
    """A platform that was registered twice. `seen` makes somebody come in through one of the two."""

    session: Session
    old: Platform
    new: Platform

    def seen(self, school: Platform, subject: str, link: str = "link-1", **changes: Any) -> int:
        placed = self.placed(school, link, **changes)
        return factories.learner(self.session, school, placed, subject)

    def placed(
        self, school: Platform, link: str = "link-1", module: str | None = "cobots", **changes: Any
    ) -> ResourceLink:
        return factories.link(self.session, school, module, resource_link_id=link, **changes)  # type: ignore[arg-type]

    def merge(self, **options: Any) -> merging.Merger:
        done = merging.merge(self.session, self.old.public_id, self.new.public_id, **options)
        self.session.expire_all()
        return done

    def count(self, model: Any) -> int:
        return self.session.scalar(select(func.count()).select_from(model)) or 0

    def enrolment_of(self, subject: str) -> Enrolment:
        query = select(Enrolment).join(Identity, Identity.person_id == Enrolment.person_id)
        return self.session.scalars(query.where(Identity.subject == subject)).one()


@pytest.fixture
def pair(session: Session) -> Iterator[Pair]:
    catalogue.forget_syllabi()
    catalogue.seed_hub(session, "hub", "Technohub", "Oost", {"nl": "Techniek"})
    catalogue.publish(session, "cobots", "hub", drafts.version_draft())
    old = factories.platform(session, ISSUER, client_id="old", name="Oud")
    new = factories.platform(session, ISSUER, client_id="new", name="Nieuw")
    yield Pair(session, old, new)
    catalogue.forget_syllabi()


def hand_in(pair: Pair, enrolment_id: int, answers: dict[str, Any]) -> None:
    """As the quiz page does: begin an attempt and hand it in."""
    step = progress.syllabus_of(pair.session, progress.place_by_id(pair.session, enrolment_id)).step("toets")
    begun = attempts.begin(pair.session, enrolment_id, step, limit=0)
    made = attempts.hand_in(pair.session, enrolment_id, step, begun.number, {"answers": answers})
    facts = {"attempt": made.number, "answers": quiz_forms.answers_of(made)}
    proof = progress.Proof("handed-in", made.handed_in_at or clock.now(), facts)
    progress.record(pair.session, enrolment_id, step, proof, key=f"attempt-{made.number}")


def test_everything_of_the_former_registration_belongs_to_the_other(pair: Pair) -> None:
    enrolment_id = pair.seen(pair.old, "sanne", deployment_id="1")
    factories.read(pair.session, enrolment_id, "lezen")
    planning.plan(pair.session, enrolment_id)
    done = pair.merge()
    assert (done.links, done.people, done.deployments) == (1, 1, 1)
    assert pair.session.scalars(select(Registration.client_id)).all() == ["new"]
    for model in (Deployment, ResourceLink):
        assert set(pair.session.scalars(select(model.registration_id))) == {pair.new.id}
    assert pair.session.scalars(select(Identity.authority)).all() == [f"lti:{pair.new.id}"]
    assert pair.session.scalars(select(Cohort.key)).one().startswith(f"platform:{pair.new.id}:module:")
    assert pair.seen(pair.new, "sanne") == enrolment_id, "the next launch finds the work"
    assert (pair.count(Evidence), pair.count(Person), pair.count(Member)) == (1, 1, 1)


def test_what_somebody_did_through_both_adds_up(pair: Pair) -> None:
    before, after = pair.seen(pair.old, "sanne", "a"), pair.seen(pair.new, "sanne", "b")
    factories.read(pair.session, before, "lezen")
    factories.read(pair.session, after, "lezen")
    hand_in(pair, before, drafts.RIGHT)
    assert progress.place_by_id(pair.session, after).standing.score is None
    pair.merge()
    merged = pair.enrolment_of("sanne")
    assert (merged.id, merged.state, merged.score) == (after, "done", 1.0)
    assert (pair.count(Person), pair.count(Enrolment), pair.count(Cohort)) == (1, 1, 1)
    assert {(m.enrolment_id, m.person_id) for m in pair.session.query(Member)} == {(after, merged.person_id)}
    assert pair.count(Evidence) == 2, "a page that was read through both was read once"


def test_attempts_of_both_stay_and_stand_in_their_order(pair: Pair) -> None:
    before, after = pair.seen(pair.old, "sanne", "a"), pair.seen(pair.new, "sanne", "b")
    start = clock.now()
    tries = ((1, after, drafts.WRONG), (2, before, drafts.HALF), (3, after, drafts.RIGHT))
    for minutes, enrolment_id, answers in tries:
        with time_machine.travel(start + timedelta(minutes=minutes), tick=False):
            factories.read(pair.session, enrolment_id, "lezen")
            hand_in(pair, enrolment_id, answers)
    pair.merge()
    made = pair.session.scalars(select(Attempt).order_by(Attempt.number)).all()
    assert [(one.number, one.work["answers"]) for one in made] == [
        (1, drafts.WRONG), (2, drafts.HALF), (3, drafts.RIGHT)
    ]  # fmt: skip
    told = pair.session.scalars(select(Evidence).where(Evidence.activity_key == "toets").order_by(Evidence.key)).all()
    assert [(one.key, one.facts["attempt"]) for one in told] == [(f"toets:attempt-{n}", n) for n in (1, 2, 3)]
    checked, differing = progress.check_standings(pair.session)
    assert (checked, differing) == (1, [])


def test_the_same_link_in_both_becomes_one(pair: Pair) -> None:
    old, new = pair.placed(pair.old), pair.placed(pair.new)
    enrolments = [pair.seen(pair.old, "sanne"), pair.seen(pair.new, "sanne"), pair.seen(pair.old, "milan")]
    for enrolment_id in enrolments:
        factories.read(pair.session, enrolment_id, "lezen")
        hand_in(pair, enrolment_id, drafts.RIGHT)
        planning.plan(pair.session, enrolment_id)
    assert (old.id != new.id, pair.count(Delivery)) == (True, 3)
    latest = clock.now()
    pair.session.query(Delivery).filter_by(enrolment_id=enrolments[0]).update(
        {"state": "settled", "accepted_at": latest, "timestamp": latest, "had_number": True, "sent_points": 100.0}
    )
    pair.merge()
    assert [pair.count(model) for model in (ResourceLink, Context, Deployment, Member, Delivery)] == [1, 1, 1, 2, 2]
    kept = pair.session.query(Delivery).filter_by(subject="sanne").one()
    assert (kept.state, kept.had_number, kept.timestamp) == ("settled", True, latest)
    assert {one.registration_id for one in pair.session.query(Delivery)} == {pair.new.id}


def test_what_teachers_decided_names_the_link_and_the_teacher_of_now(pair: Pair) -> None:
    session, until = pair.session, clock.now() + timedelta(days=3)
    for school in (pair.old, pair.new):
        pair.seen(school, "docent")
        pair.seen(school, "sanne")
    former, link = pair.placed(pair.old).public_id, pair.placed(pair.new).public_id
    old, new = (f"lti:{school.id}" for school in (pair.old, pair.new))
    sanne, docent = (people.recognise(session, old, subject, Profile()).id for subject in ("sanne", "docent"))
    run = pair.placed(pair.old).cohort_id
    assert run is not None
    place = progress.place(session, run, sanne)
    assert place is not None
    seen = acts.sheet(session, place.enrolment_id)["*"].seen
    signed = Signed(docent, "Was ziek", "a-token", seen)
    acts.extend(session, place.enrolment_id, None, signed, until=until, link=former)

    pair.merge()

    [given] = progress.place_by_id(session, pair.enrolment_of("sanne").id).standing.decided["*"]
    assert (given.link, given.until) == (link, until)
    assert given.by == people.recognise(session, new, "docent", Profile()).id
    assert progress.check_standings(session)[1] == []


def test_grades_are_planned_anew_after_a_merger(engine: Engine) -> None:
    """The bell's messages are reacted to without a fault, and every learner's grade is queued."""
    catalogue.forget_syllabi()
    with Session(engine) as session, session.begin():
        catalogue.seed_hub(writing(session), "hub", "Technohub", "Oost", {"nl": "Techniek"})
        catalogue.publish(session, "cobots", "hub", drafts.version_draft())
        old = factories.platform(session, ISSUER, client_id="old")
        new = factories.platform(session, ISSUER, client_id="new")
        pair = Pair(session, old, new)
        for school in (old, new):
            enrolment_id = pair.seen(school, "sanne")
            factories.read(session, enrolment_id, "lezen")
        hand_in(pair, enrolment_id, drafts.RIGHT)
    with Session(engine) as session, session.begin():
        merging.merge(writing(session), old.public_id, new.public_id)
    outbox.react(engine, REACTIONS)
    with Session(engine) as session:
        assert outbox.set_aside(session) == 0
        assert session.scalars(select(outbox.Message.failures)).all() == []
        delivery = session.scalars(select(Delivery)).one()
        assert (delivery.registration_id, delivery.state, delivery.points) == (new.id, "queued", 100.0)
    catalogue.forget_syllabi()


def test_a_choice_that_differs_is_for_a_teacher(pair: Pair) -> None:
    old, new = pair.placed(pair.old, module=None), pair.placed(pair.new, module=None)
    person = pair.session.get_one(Enrolment, pair.seen(pair.new, "juf", "x")).person_id
    links.choose(pair.session, old.id, "cobots", own_run=True, seen=None, actor_id=person)
    links.choose(pair.session, new.id, "cobots", own_run=False, seen=None, actor_id=person)
    with pytest.raises(Conflict, match="merge-runs"):
        pair.merge()


def test_two_platforms_are_merged_only_when_one_moved(pair: Pair) -> None:
    elsewhere = factories.platform(pair.session, "https://verhuisd.example", client_id="new")
    moved = Pair(pair.session, pair.old, elsewhere)
    pair.seen(pair.old, "sanne")
    with pytest.raises(Conflict, match="merge-issuers"):
        moved.merge()
    assert moved.merge(moved=True).people == 1
    with pytest.raises(Invalid, match="merge-same"):
        merging.merge(pair.session, elsewhere.public_id, elsewhere.public_id)


def test_people_of_other_platforms_are_left_alone(pair: Pair) -> None:
    other = factories.platform(pair.session, "https://ander.example", client_id="old")
    pair.seen(pair.old, "sanne")
    theirs = pair.seen(other, "sanne")
    pair.merge()
    found = pair.session.get_one(Enrolment, theirs)
    identity = pair.session.scalars(select(Identity).where(Identity.person_id == found.person_id)).one()
    assert identity.authority == f"lti:{other.id}"
    assert (pair.count(Person), pair.count(Cohort)) == (2, 2)


def test_a_merger_that_is_killed_changes_nothing(engine: Engine) -> None:
    catalogue.forget_syllabi()
    with Session(engine) as session, session.begin():
        catalogue.seed_hub(writing(session), "hub", "Technohub", "Oost", {"nl": "Techniek"})
        catalogue.publish(session, "cobots", "hub", drafts.version_draft())
        old = factories.platform(session, ISSUER, client_id="old")
        new = factories.platform(session, ISSUER, client_id="new")
        for school in (old, new):
            factories.read(session, Pair(session, old, new).seen(school, "sanne"), "lezen")
    before = rows(engine)
    with pytest.raises(KeyboardInterrupt), Session(engine) as session, session.begin():
        merging.merge(writing(session), old.public_id, new.public_id)
        raise KeyboardInterrupt
    assert rows(engine) == before
    catalogue.forget_syllabi()


def rows(engine: Engine) -> list[Any]:
    with Session(engine) as session:
        return [
            tuple(row)
            for model in (Registration, Deployment, ResourceLink, Member, Person, Identity, Cohort, Enrolment, Evidence)
            for row in session.execute(select(*model.__table__.c).order_by(model.id))
        ]


def test_the_former_client_id_still_launches(pair: Pair) -> None:
    """And its links remember it, so that their grades go with a token of it."""
    pair.seen(pair.old, "sanne")
    old = pair.old.client_id
    pair.merge()
    found = platforms.for_login(pair.session, ISSUER, old)
    assert (found.id, found.client_id) == (pair.new.id, old)
    assert [link.client_id for link in pair.session.scalars(select(ResourceLink))] == [old]


def test_at_another_address_the_former_client_id_is_nobodys(pair: Pair) -> None:
    moved = factories.platform(pair.session, "https://moved.example", client_id="moved", name="Verhuisd")
    merging.merge(pair.session, pair.old.public_id, moved.public_id, moved=True)
    with pytest.raises(NotFound):
        platforms.for_login(pair.session, ISSUER, pair.old.client_id)


@pytest.mark.parametrize("status", [Status.PENDING, Status.BLOCKED, Status.ENDED])
def test_nobody_who_comes_in_now_is_moved_to_where_all_are_refused(pair: Pair, status: Status) -> None:
    pair.session.get_one(Registration, pair.new.id).status = status
    with pytest.raises(Conflict) as refused:
        pair.merge()
    assert refused.value.code == "merge-waits"
    assert pair.count(Registration) == 2
