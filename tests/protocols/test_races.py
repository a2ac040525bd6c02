"""Workers and web at the same moment, in real threads: nothing twice, nothing older, nobody waits for ever."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from lti_tool.base import clock, outbox
from lti_tool.base.db import writing
from lti_tool.learning.progress import service as progress
from lti_tool.protocols.grades import claims
from lti_tool.protocols.grades.models import Delivery, Pace
from lti_tool.protocols.grades.rules import Fate, Outcome
from lti_tool.protocols.grades.settling import Result, settle
from lti_tool.protocols.platforms import service as platforms
from lti_tool.protocols.platforms.models import Deployment
from lti_tool.protocols.platforms.service import Status
from lti_tool.protocols.resource_links.models import Context, Group, ResourceLink
from lti_tool.protocols.roster import groups
from lti_tool.protocols.roster.groups import CourseGroup
from lti_tool.worker import REACTIONS

A_DAY = timedelta(hours=24)
SUBJECTS = ("sanne", "youssef", "lotte")


def together(*works):
    """Do these at the same moment; raises what one of them raises."""
    start = threading.Barrier(len(works))

    def begin(work):
        start.wait()
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return [one.result(30) for one in [pool.submit(begin, work) for work in works]]


def take(school, lease="a", limit=100):
    with Session(school.engine) as session, session.begin():
        until = clock.now() + timedelta(seconds=60)
        return claims.take(
            writing(session), school.platform.id, clock.now(), lease=lease, lease_until=until, limit=limit
        )


def planned(school, *subjects):
    for points, subject in enumerate(subjects, start=1):
        school.earn(school.enter(subject), points)
    outbox.react(school.engine, REACTIONS)


def needs_rows_that_lock(school):
    if school.engine.dialect.name == "sqlite":
        pytest.skip("a promise about PostgreSQL; SQLite has one writer")


def test_workers_that_take_at_once_take_no_row_twice_and_keep_the_pace_together(make_school):
    school = make_school("canvas")  # ten a second
    planned(school, *(f"student-{number}" for number in range(16)))
    for _ in range(3):
        with Session(school.engine) as session, session.begin():
            writing(session).execute(delete(Pace))
            session.execute(update(Delivery).values(due_at=clock.now(), lease_owner=None, lease_until=None))
        taken = together(*(lambda name=name: take(school, name) for name in "abcd"))
        ids = [parcel.delivery_id for parcels in taken for parcel in parcels]
        assert len(ids) == len(set(ids)) == 10


def test_planning_at_once_leaves_the_newest_standing(school):
    learners = [school.enter(subject) for subject in SUBJECTS]
    ended = threading.Event()

    def work():
        try:
            for points in range(1, 16):
                for learner in learners:
                    school.earn(learner, points)
        finally:
            ended.set()

    def react():
        while not ended.is_set():
            outbox.react(school.engine, REACTIONS)
            time.sleep(0.001)

    together(work, react, react)
    outbox.react(school.engine, REACTIONS)
    assert [one.points for one in school.deliveries()] == [15, 15, 15]
    with Session(school.engine) as session:
        assert session.scalars(select(outbox.Message)).all() == []


def test_two_workers_that_plan_for_the_same_learners_do_not_wait_for_one_another(school, monkeypatch):
    """Each has messages about both, in opposite order; PostgreSQL would end one of the two as a deadlock."""
    needs_rows_that_lock(school)
    one, other = school.enter("sanne"), school.enter("lotte")
    outbox.react(school.engine, REACTIONS)
    monkeypatch.setattr(outbox, "BATCH", 2)
    with Session(school.engine) as session, session.begin():
        for enrolment in (one, other, other, one):
            outbox.put(session, progress.CHANGED, enrolment_id=enrolment)
            session.flush()
    reactions = []

    def plan(session, enrolment_id):
        reactions.append(enrolment_id)
        progress.lock(session, enrolment_id)
        time.sleep(0.2)

    together(*(lambda: outbox.react(school.engine, {progress.CHANGED: plan}) for _ in range(2)))
    assert sorted(reactions) == sorted((one, other, other, one)), "each once: nobody was sent away"


def test_settling_waits_for_nobody(school):
    """Planning holds rows of many learners; what is held is settled at the next turn."""
    needs_rows_that_lock(school)
    planned(school, "sanne", "lotte")
    parcels = take(school)
    results = [Result(parcel, Outcome(Fate.ACCEPTED)) for parcel in parcels]
    with Session(school.engine) as planner, planner.begin():
        planner.execute(select(Delivery.id).where(Delivery.subject == "sanne").with_for_update())
        with Session(school.engine) as session, session.begin():
            session.execute(text("SET lock_timeout = '500ms'"))
            left = settle(session, results, clock.now(), A_DAY)
    assert [one.parcel.score.subject for one in left] == ["sanne"]
    assert (school.delivery("sanne").state, school.delivery("lotte").state) == ("queued", "settled")
    with Session(school.engine) as session, session.begin():
        assert settle(session, left, clock.now(), A_DAY) == []
    assert school.delivery("sanne").state == "settled"


def test_what_is_held_is_settled_by_the_worker_afterwards(school):
    needs_rows_that_lock(school)
    school.misbehave(slow_ms={"scores": 300})
    planned(school, "sanne", "lotte")
    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(school.deliver)
        while not all(one.lease_owner for one in school.deliveries()):
            time.sleep(0.01)
        with Session(school.engine) as planner, planner.begin():
            planner.execute(select(Delivery.id).where(Delivery.subject == "sanne").with_for_update())
            time.sleep(0.6)
        assert working.result(10) == 2
    assert {one.state for one in school.deliveries()} == {"settled"}
    assert len(school.scores()) == 2


def test_an_answer_that_comes_after_the_lease_changes_nothing(school):
    planned(school, "sanne")
    (late,) = take(school, "slow")
    with Session(school.engine) as session, session.begin():
        past = clock.now() - timedelta(milliseconds=1)  # taking counts whole milliseconds
        writing(session).execute(update(Delivery).values(due_at=past, lease_until=past))
    (taken,) = take(school, "quick")
    assert (taken.score.timestamp, taken.score.points) == (late.score.timestamp, late.score.points)
    with Session(school.engine) as session, session.begin():
        settle(writing(session), [Result(late, Outcome(Fate.PARK, "score-refused"))], clock.now(), A_DAY)
    assert (school.delivery().state, school.delivery().lease_owner) == ("queued", "quick")


def test_a_platform_that_was_blocked_meanwhile_is_sent_nothing(school):
    planned(school, "sanne")
    with Session(school.engine) as session, session.begin():
        platforms.decide(writing(session), school.platform.public_id, Status.BLOCKED)
    assert take(school) == []
    assert school.deliver() == 0
    assert school.scores() == []
    with Session(school.engine) as session, session.begin():
        platforms.decide(writing(session), school.platform.public_id, Status.ACTIVE)
    school.deliver()
    assert school.grade() == 1


def test_a_platform_that_was_removed_meanwhile_stops_no_worker(school):
    with Session(school.engine) as session, session.begin():
        until = clock.now() + timedelta(seconds=60)
        assert claims.take(writing(session), 999, clock.now(), lease="a", lease_until=until, limit=10) == []


@pytest.mark.parametrize("gone", ["links", "people"])
def test_who_or_what_is_deleted_while_the_grade_is_under_way_stops_nobody(school, gone):
    school.misbehave(slow_ms={"scores": 400})
    planned(school, "sanne")
    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(school.deliver)
        while not any(one.lease_owner for one in school.deliveries()):
            time.sleep(0.01)
        with Session(school.engine) as session, session.begin():
            writing(session)
            if gone == "links":
                session.execute(delete(ResourceLink))
            else:
                session.execute(text("DELETE FROM people"))
        working.result(10)
    assert school.deliveries() == []
    school.earn(school.enter("lotte"), 20)
    school.deliver()
    assert school.grade("lotte") == 20


def test_a_message_about_a_deleted_learner_is_no_fault(school):
    school.earn(school.enter(), 10)
    with Session(school.engine) as session, session.begin():
        writing(session).execute(text("DELETE FROM people"))
    assert school.deliver() == 0
    with Session(school.engine) as session:
        assert outbox.set_aside(session) == 0
        assert session.scalars(select(outbox.Message)).all() == []


def test_rosters_of_two_links_of_one_course_that_tell_the_same_groups_are_both_kept(school):
    """Two workers may read them at once, for the first time."""
    with Session(school.engine) as session, session.begin():
        deployment_id = writing(session).scalars(select(Deployment.id)).first()
        course = Context(deployment_id=deployment_id, context_id="4b", title="4B")
        session.add(course)
        session.flush()
        course_id = course.id
    found = [CourseGroup(f"group-{number}", f"Groep {number}", "") for number in range(50)]

    def keep():
        with Session(school.engine) as session, session.begin():
            groups.keep(writing(session), course_id, found)
            time.sleep(0.05)

    together(keep, keep)
    with Session(school.engine) as session:
        assert len(session.scalars(select(Group).where(Group.context_id == course_id)).all()) == 50
