"""The worker as a process: it hears the bell, keeps time, survives what fails, and stops when it is told to."""

import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from datetime import timedelta

import pytest
from sqlalchemy import make_url, select
from sqlalchemy.orm import Session

from config.default import PREFIX
from lti_tool.base import heartbeat, outbox
from lti_tool.base.db import writing
from lti_tool.base.heartbeat import Heartbeat
from lti_tool.base.queue import Queue, make_huey
from tests.protocols.conftest import SECRET
from tools import drill


def places():
    """(database, queue): each queue once, with the database that goes with it."""
    yield "sqlite", "sqlite"
    if os.environ.get("TEST_POSTGRESQL_URL"):
        yield "postgresql", "postgresql"
    if os.environ.get("TEST_REDIS_URL"):
        yield "sqlite", "redis"


everywhere = pytest.mark.parametrize(("database_url", "queue_url"), list(places()), indirect=True)


@pytest.fixture
def queue_url(request, tmp_path, database_url):
    """An empty queue of this test's own."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'queue.db'}"
    if request.param == "postgresql":
        return make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    url = make_url(os.environ["TEST_REDIS_URL"]).set(database=str(1 + os.getpid() % 15))
    found = url.render_as_string(hide_password=False)
    make_huey(found, SECRET).storage.flush_all()
    return found


def environ(settings):
    """The settings as a process reads them."""
    given = {}
    for field in fields(settings):
        value = getattr(settings, field.name)
        text = ",".join(value) if isinstance(value, tuple) else str(value)
        given[PREFIX + field.name.upper()] = text
    return os.environ | given


@pytest.fixture
def start(school):
    """Starts workers in processes of their own; ends them after the test."""
    started = []

    def begin(**changes):
        process = subprocess.Popen(
            [sys.executable, "-m", "lti_tool", "worker"],
            env=environ(school.settings) | {PREFIX + name.upper(): str(value) for name, value in changes.items()},
            stderr=subprocess.PIPE,
        )
        started.append(process)
        wait_until(lambda: beats(school) >= len(started), 20)
        return process

    yield begin
    for process in started:
        process.kill()
        process.wait()
        process.stderr.close()


def beats(school):
    with Session(school.engine) as session:
        return len(session.scalars(select(Heartbeat.worker)).all())


def wait_until(holds, seconds):
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "it took too long"
        time.sleep(0.02)


def ring(url):
    Queue(url, SECRET).ring()


@everywhere
@pytest.mark.slow
def test_first_attempt_within_two_seconds_of_the_commit(school, start, queue_url):
    learner = school.enter()
    start(queue_url=queue_url)
    time.sleep(1.5)  # by now an idle worker looks seldom
    for points in (10, 20):
        school.earn(learner, points)
        committed = time.monotonic()
        ring(queue_url)
        wait_until(lambda points=points: school.given() and school.given()[-1] == points, 5)
        assert time.monotonic() - committed < 2


@pytest.mark.slow
def test_the_first_retry_comes_within_five_seconds_without_any_bell(school, start):
    school.fail(status=500)
    school.earn(school.enter(), 10)
    start()
    wait_until(lambda: school.deliveries() and school.delivery().attempts == 1, 5)
    failed = time.monotonic()
    wait_until(lambda: school.grade() == 10, 6)
    assert time.monotonic() - failed < 5


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_that_is_told_to_stop_finishes_what_is_under_way(school, start, how):
    school.misbehave(slow_ms={"scores": 1000})
    school.earn(school.enter(), 10)
    worker = start()
    wait_until(lambda: school.deliveries() and school.delivery().lease_owner is not None, 5)
    worker.send_signal(how)
    assert worker.wait(10) == 0
    assert (school.delivery().state, school.grade()) == ("settled", 10)
    assert b"Traceback" not in worker.stderr.read()


@everywhere
@pytest.mark.slow
def test_what_was_not_begun_is_given_back_at_a_stop(school, start, queue_url):
    school.misbehave(slow_ms={"scores": 1500})
    for points, subject in enumerate(("sanne", "youssef", "lotte"), start=1):
        school.earn(school.enter(subject), points)
    worker = start(queue_url=queue_url, worker_threads=1)
    wait_until(lambda: any(one.lease_owner for one in school.deliveries()), 5)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(10) == 0
    assert {one.lease_owner for one in school.deliveries()} == {None}
    assert sorted(one.state for one in school.deliveries()) == ["queued", "queued", "settled"]


AWAY = ["redis://127.0.0.1:1/0", "postgresql://nobody@127.0.0.1:1/none"]


@pytest.mark.parametrize("url", AWAY)
def test_whoever_rings_while_the_queue_is_away_does_not_wait(url):
    """A learner's request waits with them."""
    queue = Queue(url, SECRET)
    began = time.monotonic()
    queue.ring()
    assert time.monotonic() - began < 1


def test_whoever_rings_at_a_queue_that_hangs_waits_a_few_seconds():
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        queue = Queue(f"redis://127.0.0.1:{deaf.getsockname()[1]}/0", SECRET)
        began = time.monotonic()
        queue.ring()
        assert time.monotonic() - began < 5


@pytest.mark.slow
@pytest.mark.parametrize("url", AWAY)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_without_a_queue_grades_are_sent_and_the_worker_stops_when_told(school, start, url):
    school.earn(school.enter(), 10)
    worker = start(queue_url=url, heartbeat_s=3)
    wait_until(lambda: school.grade() == 10, 5)
    school.earn(school.enter("lotte"), 20)
    wait_until(lambda: school.grade("lotte") == 20, 5)  # a third of heartbeat_s
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(10) == 0
    said = worker.stderr.read().decode()
    assert "queue away" in said
    assert "Traceback" not in said


def test_a_worker_shows_that_it_lives(school, start):
    start()
    with Session(school.engine) as session:
        assert heartbeat.is_alive(session, within=timedelta(seconds=30))


def test_no_sign_of_life_is_told(school):
    with Session(school.engine) as session:
        assert not heartbeat.is_alive(session, within=timedelta(seconds=30))


def test_a_ring_that_fails_is_no_error(tmp_path):
    queue = Queue(f"sqlite:///{tmp_path / 'queue.db'}", SECRET)
    queue.huey.storage.close()
    (tmp_path / "queue.db").unlink()
    (tmp_path / "queue.db").mkdir()
    queue.ring()


@everywhere
def test_a_call_that_somebody_else_put_in_the_queue_is_not_opened(queue_url, caplog):
    """Payloads of huey are pickles: only signed ones are opened."""
    forged = Queue(queue_url, "somebody else's secret")
    forged.ring()
    stop = Queue(queue_url, SECRET, lambda: None).listen()
    wait_until(lambda: "mismatch" in caplog.text, 5)
    stop()


@everywhere
def test_many_rings_are_one_piece_of_work(queue_url):
    heard = []
    for _ in range(50):
        ring(queue_url)
    stop = Queue(queue_url, SECRET, lambda: heard.append(1)).listen()
    wait_until(lambda: heard, 5)
    time.sleep(0.5)
    stop()
    assert len(heard) <= 3


def test_an_unknown_queue_is_named():
    with pytest.raises(ValueError, match="amqp"):
        Queue("amqp://localhost", SECRET)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("group", "slow_ms"), [("scores", 1900), ("token", 2500)])
def test_a_platform_that_does_not_answer_keeps_no_other_waiting(make_school, group, slow_ms):
    """Both platforms are served by one worker: one hangs on every call, the other is well."""
    dead, well = make_school(http_timeout_s=2.0), make_school()
    dead.misbehave(slow_ms={group: slow_ms})
    made = dead.control("bulk", {"course": "bulk", "students": 12, "links": 1, "score_maximum": 100})
    item = dead.control("gradebook?course=bulk", None, "GET")["lineitems"][0]
    with Session(dead.engine) as session, session.begin():
        second = drill.seed_platform(writing(session), well.lms.url)
        drill.publish_keys(session, dead.settings, well.lms.url)
        quick = drill.enter(session, second, drill.Entry("lotte", "cobots", well.column()["url"]))
    slow = [dead.enter(user, item["resourceLinkId"], lineitem_url=item["url"]) for user in made["users"]]
    for enrolment in slow:
        dead.earn(enrolment, 10)
    worker = dead.worker()
    with ThreadPoolExecutor(1) as pool:
        under_way = pool.submit(worker.run_until_idle)
        wait_until(lambda: any(one.lease_owner for one in dead.deliveries()), 5)
        began = time.monotonic()
        dead.earn(quick, 80)
        wait_until(lambda: well.grade("lotte") == 80, 5)
        assert time.monotonic() - began < 2
        under_way.result()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_platforms_that_stop_answering_at_the_same_moment_leave_threads_for_others(make_school):
    home, *dead, well = [make_school(http_timeout_s=3.0) for _ in range(4)]
    quick = {}
    with Session(home.engine) as session, session.begin():
        writing(session)
        for one in (*dead, well):
            one.platform = drill.seed_platform(session, one.lms.url)
            drill.publish_keys(session, home.settings, one.lms.url)
        quick["lotte"] = drill.enter(session, well.platform, drill.Entry("lotte", "cobots", well.column()["url"]))
        for one in dead:
            for number in range(7):
                entry = drill.Entry(f"{one.platform.id}-{number}", "cobots", one.column()["url"])
                quick[entry.subject] = drill.enter(session, one.platform, entry)
    for one in dead:
        one.misbehave(slow_ms={"scores": 2900})
    for subject, enrolment in quick.items():
        if subject != "lotte":
            home.earn(enrolment, 10)
    worker = home.worker()
    with ThreadPoolExecutor(1) as pool:
        under_way = pool.submit(worker.run_until_idle)
        wait_until(lambda: len({one.registration_id for one in home.deliveries() if one.lease_owner}) == 2, 5)
        began = time.monotonic()
        home.earn(quick["lotte"], 80)
        wait_until(lambda: well.grade("lotte") == 80, 5)
        assert time.monotonic() - began < 2
        under_way.result()


def test_a_reaction_that_fails_holds_up_no_grade(school):
    with Session(school.engine) as session, session.begin():
        outbox.put(writing(session), "unheard-of", number=1)
    school.earn(school.enter(), 10)
    school.deliver()
    assert school.grade() == 10


def test_a_message_of_somebody_who_was_erased_is_no_fault(school):
    with Session(school.engine) as session, session.begin():
        outbox.put(writing(session), "standing.changed", enrolment_id=999)
    assert school.deliver() == 0
    with Session(school.engine) as session:
        assert session.scalars(select(outbox.Message)).all() == []
