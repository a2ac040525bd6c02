"""A score reaches the gradebook, once, whatever happens on the way. Real HTTP to the practice platform."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
import time_machine
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from lti_tool.base import clock, outbox
from lti_tool.base.db import writing
from lti_tool.protocols.grades import backlog, claims, receipts
from lti_tool.protocols.grades.backlog import Chosen
from lti_tool.protocols.grades.models import Delivery, LineItem, Pace
from lti_tool.protocols.platforms import clients
from lti_tool.protocols.platforms.models import Registration
from lti_tool.worker import REACTIONS
from tools import drill
from tools.drill import SCORE_SCOPE


def seconds_to_wait(school, subject="sanne"):
    return (school.delivery(subject).due_at - clock.now()).total_seconds()


# What is sent.


def test_score_reaches_the_gradebook_once(school):
    learner = school.enter()
    school.earn(learner, 80)
    school.deliver()
    assert school.grade() == 80
    assert school.deliver() == 0
    assert school.given() == [80]
    assert school.delivery().state == "settled"


def test_changes_before_the_worker_comes_are_one_message(school):
    learner = school.enter()
    for points in (10, 20, 30):
        school.earn(learner, points)
    school.deliver()
    assert school.given() == [30]


def test_zero_is_a_score(school):
    school.earn(school.enter(), 0)
    school.deliver()
    assert school.grade() == 0
    assert school.given() == [0]


def test_a_lower_number_is_sent_too(school):
    learner = school.enter()
    for points in (80, 30):
        school.earn(learner, points)
        school.deliver()
    assert school.given() == [80, 30]
    assert school.grade() == 30


def test_message_says_what_is_true(school):
    learner = school.enter()
    school.read(learner)
    school.deliver()
    school.earn(learner, 80)
    school.deliver()
    begun, done = (score["body"] for score in school.scores())
    assert (begun["activityProgress"], begun["gradingProgress"]) == ("InProgress", "NotReady")
    assert "scoreGiven" not in begun
    assert "scoreMaximum" not in begun
    assert (done["activityProgress"], done["gradingProgress"]) == ("Completed", "FullyGraded")
    assert (done["scoreGiven"], done["scoreMaximum"], done["userId"]) == (80, 100, "sanne")
    assert datetime.fromisoformat(done["timestamp"]).utcoffset() == timedelta(0)
    assert datetime.fromisoformat(done["submission"]["startedAt"]) <= datetime.fromisoformat(done["timestamp"])
    assert done["comment"]


def test_entering_alone_sends_nothing(school):
    school.enter()
    assert school.deliver() == 0
    assert school.scores() == []


@pytest.mark.parametrize("family", ["moodle", "generic", "canvas", "brightspace"])
def test_no_message_without_a_number_where_it_might_erase(make_school, family):
    school = make_school(family)
    learner = school.enter()
    school.read(learner)
    assert school.deliver() == 0
    school.earn(learner, 70)
    school.deliver()
    assert school.given() == [70]


def test_a_number_typed_before_stays_where_numberless_messages_erase(moodle):
    item = moodle.column()["id"]
    moodle.control("grade", {"lineitem": item, "user": "sanne", "score": 55})
    moodle.read(moodle.enter())
    moodle.deliver()
    assert moodle.grade() == 55


def test_no_grade_for_teachers_and_test_users(school):
    teacher = school.enter("fatima", role="teacher")
    tester = school.enter("teststudent", is_test=True)
    nobody = school.enter("lotte", role="none")
    for enrolment in (teacher, tester, nobody):
        school.earn(enrolment, 90)
    assert school.deliver() == 0
    assert school.scores() == []


def test_nothing_is_sent_where_the_course_takes_no_grades(school):
    learner = school.enter(lineitem_url=None, scopes=())
    school.earn(learner, 90)
    assert school.deliver() == 0
    assert school.deliveries() == []


def test_two_links_of_one_run_get_each_a_grade(school):
    learner = school.enter()
    assert school.enter(link="cobots-3a") == learner
    school.earn(learner, 64)
    school.deliver()
    assert school.grade() == school.grade(link="cobots-3a") == 64


def test_a_link_entered_afterwards_gets_what_was_earned(school):
    learner = school.enter()
    school.earn(learner, 64)
    school.deliver()
    school.enter(link="cobots-3a")
    school.deliver()
    assert school.grade(link="cobots-3a") == 64
    assert school.given() == [64]


# Order and time.


def test_newer_value_wins_while_the_older_is_under_way(school):
    learner = school.enter()
    school.misbehave(slow_ms={"scores": 400})
    school.earn(learner, 10)
    with ThreadPoolExecutor(1) as pool:
        under_way = pool.submit(school.deliver)
        while not school.deliveries() or school.delivery().lease_owner is None:
            pass
        school.earn(learner, 90)
        under_way.result()
    school.deliver()
    assert school.given() == [10, 90]
    assert school.grade() == 90
    stamps = [score["body"]["timestamp"] for score in school.scores()]
    assert stamps == sorted(set(stamps))


def test_a_refusal_of_the_older_value_does_not_park_the_newer(school):
    learner = school.enter()
    school.fail(status=422)
    school.misbehave(slow_ms={"scores": 400})
    school.earn(learner, 10)
    with ThreadPoolExecutor(1) as pool:
        under_way = pool.submit(school.deliver)
        while not school.deliveries() or school.delivery().lease_owner is None:
            pass
        school.earn(learner, 90)
        under_way.result()
    school.deliver()
    assert school.grade() == 90


def test_what_waited_too_long_in_its_lease_is_taken_again(school):
    """Sent late, it could overtake what another worker sent after the lease ran out."""
    school.worker(worker_threads=1, lease_s=3.0, http_timeout_s=1.0)
    school.misbehave(slow_ms={"scores": 700})
    for points, subject in enumerate(("sanne", "youssef", "lotte"), start=1):
        school.earn(school.enter(subject), points)
    school.deliver()
    school.hurry()
    school.deliver()
    assert sorted(school.given()) == [1, 2, 3]
    assert {one.state for one in school.deliveries()} == {"settled"}


def test_where_seconds_are_compared_two_changes_in_one_second_are_held_apart(moodle):
    learner = moodle.enter()
    with time_machine.travel("2026-11-23T10:00:00.200+00:00", tick=False) as clock_hand:
        moodle.earn(learner, 10)
        moodle.deliver()
        clock_hand.shift(0.5)
        moodle.earn(learner, 20)
        assert moodle.deliver() == 0, "held, not stamped into the future"
        assert moodle.given() == [10]
        clock_hand.shift(0.5)
        assert moodle.deliver() == 1
    assert moodle.given() == [10, 20]
    assert moodle.grade() == 20
    whole = [datetime.fromisoformat(s["body"]["timestamp"]).replace(microsecond=0) for s in moodle.scores()]
    assert whole[1] - whole[0] >= timedelta(seconds=1)
    assert [score["status"] for score in moodle.scores()] == [204, 204]


def test_a_clock_that_was_set_back_holds_the_message(school):
    learner = school.enter()
    with time_machine.travel("2026-11-23T10:00:05+00:00", tick=False) as hand:
        school.earn(learner, 10)
        school.deliver()
        hand.shift(-3)
        school.earn(learner, 20)
        school.deliver()
        assert school.given() == [10]
        hand.shift(4)
        school.deliver()
    assert school.given() == [10, 20]


# Faults that heal.


def test_401_renews_the_token_once(school):
    learner = school.enter()
    school.earn(learner, 10)
    school.deliver()
    school.control("tokens/revoke", {})
    school.earn(learner, 20)
    school.deliver()
    assert school.grade() == 20
    assert school.counts()["tokens_issued"] == 3, "to send, to look what stands there, and to send again"


def test_401_to_a_fresh_token_too_waits_and_is_tried_again(school):
    school.fail(status=401, times=2)
    school.earn(school.enter(), 10)
    school.deliver()
    waiting = school.delivery()
    assert (waiting.state, waiting.reason, waiting.attempts) == ("queued", "grade-not-allowed", 1)
    assert 0 < seconds_to_wait(school) <= 3
    assert "planned to fail" in waiting.said
    assert school.counts()["requests"]["scores"] == 2
    school.hurry()
    school.deliver()
    assert school.grade() == 10


def test_a_platform_that_says_401_to_all_for_a_while_loses_no_grade(school):
    """Three learners, two workers; three rounds of refusals."""
    subjects = ("sanne", "youssef", "lotte")
    for number, subject in enumerate(subjects, start=1):
        school.earn(school.enter(subject), number)
    school.fail(status=401, times=10)
    workers = [school.worker(), school.worker()]
    for _ in range(6):
        school.hurry()
        for worker in workers:
            worker.run_until_idle()
    assert [school.grade(subject) for subject in subjects] == [1, 2, 3]
    assert school.counts()["tokens_issued"] == 2


def test_401_for_longer_than_the_hours_of_the_setting_is_parked(school):
    school.fail(status=401, times=10)
    school.earn(school.enter(), 10)
    school.deliver()
    school.has_failed_for_long()
    school.deliver()
    assert (school.delivery().state, school.delivery().reason) == ("parked", "grade-not-allowed")


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_holds_the_whole_platform(school, status, form):
    sanne, lotte = school.enter(), school.enter("lotte")
    school.fail(status=status, retry_after=30, retry_after_as=form)
    school.earn(sanne, 10)
    school.deliver()
    assert 27 < seconds_to_wait(school) <= 30
    school.earn(lotte, 20)
    assert school.deliver() == 0, "the other learner waits too"
    with time_machine.travel(clock.now() + timedelta(seconds=31)):
        school.deliver()
    assert (school.grade(), school.grade("lotte")) == (10, 20)


def test_retry_after_holds_the_platform_for_other_workers_too(school):
    school.fail(status=503, retry_after=30)
    school.earn(school.enter(), 10)
    school.deliver()
    school.earn(school.enter("lotte"), 20)
    assert school.worker().run_until_idle() == 0
    assert school.counts()["requests"]["scores"] == 1


def test_retry_after_nothing_is_no_hot_loop(school):
    school.fail(status=503, retry_after=0, times=1000)
    school.earn(school.enter(), 10)
    school.deliver()
    assert school.deliver() == 0
    assert school.counts()["requests"]["scores"] == 1
    stored = school.delivery()
    assert (stored.due_at - stored.failing_since).total_seconds() == 1


def test_a_held_platform_holds_no_other(make_school):
    held, other = make_school(), make_school()
    held.fail(status=429, retry_after=60)
    for school in (held, other):
        school.earn(school.enter(), 10)
        school.deliver()
    assert (held.grade(), other.grade()) == (None, 10)


@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 502}, {"kind": "drop"}, {"status": 429}])
def test_what_heals_is_tried_again_within_five_seconds(school, fault):
    school.fail(**fault)
    school.earn(school.enter(), 10)
    school.deliver()
    assert (school.delivery().state, school.delivery().attempts) == ("queued", 1)
    assert 0 < seconds_to_wait(school) < 5
    with time_machine.travel(clock.now() + timedelta(seconds=10)):
        school.deliver()
    assert school.grade() == 10
    assert (school.delivery().attempts, school.delivery().reason) == (0, None)


def test_waiting_grows(school):
    school.fail(status=500, times=6)
    school.earn(school.enter(), 10)
    waits = []
    for _ in range(6):
        school.hurry()
        school.deliver()
        waits.append(seconds_to_wait(school))
    assert waits[5] > 4 * waits[1] > 4 * 2


def test_a_token_endpoint_that_fails_is_tried_again(school):
    school.fail("token", status=500)
    school.earn(school.enter(), 10)
    school.deliver()
    assert school.delivery().state == "queued"
    with time_machine.travel(clock.now() + timedelta(seconds=10)):
        school.deliver()
    assert school.grade() == 10


def test_lost_answer_is_sent_again_with_the_same_timestamp(school):
    school.fail(kind="lost")
    school.earn(school.enter(), 10)
    school.deliver()
    assert school.grade() == 10
    assert school.delivery().state == "queued"
    school.hurry()
    school.deliver()
    first, second = (score["body"] for score in school.scores())
    assert first == second
    assert school.delivery().state == "settled"


def test_lost_answer_where_seconds_are_compared_is_settled_by_reading(moodle):
    moodle.fail(kind="lost")
    moodle.earn(moodle.enter(), 10)
    moodle.deliver()
    moodle.hurry()
    moodle.deliver()
    assert [score["status"] for score in moodle.scores()] == [204, 409]
    assert len({score["body"]["timestamp"] for score in moodle.scores()}) == 1
    assert moodle.delivery().state == "settled"
    assert moodle.counts()["requests"]["results"] == 1


def test_409_with_another_number_is_sent_once_more_later(school):
    school.earn(school.enter(), 10)
    school.fail(status=409)
    school.deliver()
    school.hurry()
    school.deliver()
    assert school.grade() == 10


def test_409_without_leave_to_read_results_is_one_new_send_with_a_later_timestamp(school):
    school.earn(school.enter(scopes=(SCORE_SCOPE,)), 10)
    school.fail(status=409)
    school.deliver()
    assert "results" not in school.counts()["requests"]
    assert school.counts()["requests"]["scores"] == 2
    assert school.grade() == 10


def test_the_new_send_after_a_409_bears_a_later_timestamp(moodle):
    """The platform holds another number with the very timestamp that we had chosen."""
    learner = moodle.enter()
    moodle.fail(kind="lost")
    moodle.earn(learner, 10)
    moodle.deliver()
    moodle.control("grade", {"lineitem": moodle.column()["id"], "user": "sanne", "score": 55})
    time.sleep(1.1)  # its clock compares seconds
    until = time.monotonic() + 5
    while len(moodle.scores()) < 3 and time.monotonic() < until:
        moodle.hurry()
        moodle.deliver()
    sent = [(score["status"], score["body"]["timestamp"]) for score in moodle.scores()]
    assert [status for status, _ in sent] == [204, 409, 204]
    first, refused, last = (datetime.fromisoformat(at) for _, at in sent)
    assert first == refused
    assert last.replace(microsecond=0) > refused.replace(microsecond=0)
    assert moodle.grade() == 10


def test_no_message_without_a_number_after_a_number_that_nobody_confirmed(school):
    learner = school.enter()
    school.earn(learner, 10)
    school.fail(kind="drop")
    school.deliver()
    with Session(school.engine) as session, session.begin():
        writing(session).execute(text("UPDATE enrolments SET score = NULL, passed = NULL, state = 'in-progress'"))
        outbox.put(session, "standing.changed", enrolment_id=learner)
    school.hurry()
    school.deliver()
    school.hurry()
    school.deliver()
    assert None not in school.given()
    assert school.delivery().state == "dropped"


def test_409_for_ever_is_parked_after_one_new_send(school):
    school.fail(status=409, times=5)
    school.earn(school.enter(), 10)
    for _ in range(4):
        school.hurry()
        school.deliver()
    assert (school.delivery().state, school.delivery().reason) == ("parked", "score-conflict")
    assert school.counts()["requests"]["scores"] == 2


def test_409_is_sent_anew_where_results_may_not_be_read(school):
    school.earn(school.enter(), 10)
    school.fail(status=409)
    school.fail("results", status=403)
    school.deliver()
    school.hurry()
    school.deliver()
    assert school.grade() == 10


# Faults that do not heal.


@pytest.mark.parametrize(
    ("status", "reason"),
    [(403, "grade-not-allowed"), (404, "line-item-gone"), (422, "score-refused"), (400, "score-refused")],
)
def test_what_cannot_heal_is_parked_with_the_platforms_words(school, status, reason):
    school.fail(status=status)
    school.earn(school.enter(), 10)
    school.deliver()
    parked = school.delivery()
    assert (parked.state, parked.reason, parked.attempts) == ("parked", reason, 1)
    assert "planned to fail" in parked.said
    assert school.deliver() == 0


def test_a_newer_value_unparks(school):
    learner = school.enter()
    school.fail(status=403)
    school.earn(learner, 10)
    school.deliver()
    school.earn(learner, 20)
    school.deliver()
    assert school.grade() == 20
    assert (school.delivery().state, school.delivery().said) == ("settled", None)


def test_resend_sends_what_was_parked(school):
    school.fail(status=403)
    school.earn(school.enter(), 10)
    school.deliver()
    with Session(school.engine) as session, session.begin():
        assert backlog.resend(writing(session)) == 1
    school.deliver()
    assert school.grade() == 10


def test_resend_of_one_that_arrived_sends_it_again_later(school):
    school.earn(school.enter(), 10)
    school.deliver()
    with Session(school.engine) as session, session.begin():
        assert backlog.resend(writing(session), Chosen(delivery=school.delivery().public_id)) == 1
    school.deliver()
    assert school.given() == [10, 10]
    assert len({score["body"]["timestamp"] for score in school.scores()}) == 2


def test_gives_up_after_the_hours_of_the_setting(school):
    school.fail(status=500, times=3)
    school.earn(school.enter(), 10)
    school.deliver()
    school.has_failed_for_long()
    school.deliver()
    assert (school.delivery().state, school.delivery().reason) == ("parked", "platform-fails")


# Columns.


def container(school):
    return school.column()["url"].split("/lineitems/")[0] + "/lineitems?type_id=7"


def test_a_column_is_made_once_at_the_first_number(school):
    place = {"link": "nog-te-kiezen", "lineitem_url": None, "lineitems_url": container(school)}
    sanne, lotte = school.enter(**place), school.enter("lotte", **place)
    school.read(sanne)
    school.deliver()
    assert school.columns("nog-te-kiezen") == []
    school.earn(sanne, 10)
    school.deliver()
    school.earn(lotte, 20)
    for _ in range(3):
        school.hurry()
        school.deliver()
    assert len(school.columns("nog-te-kiezen")) == 1
    assert (school.grade(link="nog-te-kiezen"), school.grade("lotte", "nog-te-kiezen")) == (10, 20)


def test_a_column_that_stands_is_found(school):
    place = {"link": "nog-te-kiezen", "lineitem_url": None, "lineitems_url": container(school)}
    school.earn(school.enter(**place), 10)
    school.deliver()
    with Session(school.engine) as session, session.begin():
        writing(session).execute(update(LineItem).values(url=None))
    school.earn(school.enter(**place), 20)
    school.deliver()
    assert len(school.columns("nog-te-kiezen")) == 1
    assert school.grade(link="nog-te-kiezen") == 20


def test_two_workers_at_once_make_one_column(school):
    place = {"link": "nog-te-kiezen", "lineitem_url": None, "lineitems_url": container(school)}
    school.misbehave(slow_ms={"lineitems": 200})
    for number, subject in enumerate(("sanne", "youssef", "lotte"), start=1):
        school.earn(school.enter(subject, **place), number)
    workers = [school.worker(), school.worker()]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda worker: worker.run_until_idle(), workers))
    for _ in range(3):
        school.hurry()
        school.deliver()
    assert len(school.columns("nog-te-kiezen")) == 1
    assert [school.grade(s, "nog-te-kiezen") for s in ("sanne", "youssef", "lotte")] == [1, 2, 3]


# Several workers, many messages.


def crowd(school, how_many):
    made = school.control("bulk", {"course": "bulk", "students": how_many, "links": 1, "score_maximum": 100})
    item = school.control("gradebook?course=bulk", None, "GET")["lineitems"][0]
    users = [user["id"] if isinstance(user, dict) else user for user in made["users"]]
    for user in users:
        learner = school.enter(user, item["resourceLinkId"], lineitem_url=item["url"])
        school.earn(learner, 42)
    return item["resourceLinkId"]


def test_two_workers_share_one_token_and_send_each_score_once(school):
    link = crowd(school, 60)
    workers = [school.worker(), school.worker()]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda worker: worker.run_until_idle(), workers))
    assert len(school.scores(link)) == 60
    assert school.counts()["tokens_issued"] == 1


def test_connections_are_kept(school):
    school.control("counts", None, "DELETE")
    link = crowd(school, 100)
    before = school.counts()["connections"]
    school.deliver()
    assert len(school.scores(link)) == 100
    # eight threads, the token, and the one that counts
    assert school.counts()["connections"] - before <= 10


def test_the_pace_of_the_family_is_kept(make_school):
    school = make_school("canvas")
    crowd(school, 25)
    began = clock.now()
    school.deliver()
    sent = school.counts()["requests"]["scores"]
    assert 5 <= sent <= 11 + 10 * (clock.now() - began).total_seconds()


def test_a_clock_that_was_set_back_stops_no_pace(make_school):
    school = make_school("canvas")
    with time_machine.travel(clock.now() + timedelta(hours=1)):
        crowd(school, 12)
        school.deliver()
    sent = school.counts()["requests"]["scores"]
    school.earn(school.enter(), 10)
    school.deliver()
    assert school.counts()["requests"]["scores"] > sent


def test_a_platform_that_was_away_for_a_day_gets_each_grade_once_and_at_its_pace(make_school):
    school = make_school("canvas")
    with time_machine.travel(clock.now(), tick=False) as hand:
        began = clock.now()
        school.fail(status=500, times=1_000_000)
        link = crowd(school, 30)
        while clock.now() - began < timedelta(hours=22):
            before = school.counts()["requests"].get("scores", 0)
            school.deliver()
            assert school.counts()["requests"].get("scores", 0) - before <= 30, "each at most once a turn"
            hand.shift(timedelta(hours=2))
        assert {one.state for one in school.deliveries()} == {"queued"}
        school.control("faults", method="DELETE")
        for _ in range(10):
            before = len(school.scores(link))
            hand.shift(timedelta(minutes=20))
            school.deliver()
            assert len(school.scores(link)) - before <= 10, "a second's worth"
    taken = [score["user_id"] for score in school.scores(link) if score["status"] < 300]
    assert len(taken) == len(set(taken)) == 30
    assert {one.state for one in school.deliveries()} == {"settled"}


def test_strange_rows_of_one_platform_hold_up_no_other(make_school):
    strange, well = make_school(), make_school()
    with Session(strange.engine) as session, session.begin():
        second = drill.seed_platform(writing(session), well.lms.url)
        drill.publish_keys(session, strange.settings, well.lms.url)
        lotte = drill.enter(session, second, drill.Entry("lotte", "cobots", well.column()["url"]))
    strange.earn(strange.enter(), 10)
    strange.earn(lotte, 20)
    outbox.react(strange.engine, REACTIONS)
    with Session(strange.engine) as session, session.begin():
        writing(session).execute(
            text("UPDATE resource_links SET ags_scopes = '7' WHERE registration_id = :id"), {"id": strange.platform.id}
        )
    strange.deliver()
    assert well.grade("lotte") == 20


def test_a_dead_workers_lease_runs_out(school):
    school.earn(school.enter(), 10)
    outbox.react(school.engine, REACTIONS)
    taken, until = clock.now(), clock.now() + timedelta(seconds=60)
    with Session(school.engine) as session, session.begin():
        writing(session).execute(
            update(Delivery).values(
                lease_owner="dead", lease_until=until, due_at=until, timestamp=taken,
                timestamp_revision=Delivery.revision,
            )
        )  # fmt: skip
    assert school.deliver() == 0
    with time_machine.travel(until + timedelta(seconds=1)):
        assert school.deliver() == 1
    (sent,) = school.scores()
    assert abs(datetime.fromisoformat(sent["body"]["timestamp"]) - taken) < timedelta(milliseconds=1)


def test_a_strange_parcel_holds_up_no_other(school):
    sanne, lotte = school.enter(), school.enter("lotte")
    school.earn(sanne, 10)
    school.earn(lotte, 20)
    outbox.react(school.engine, REACTIONS)
    with Session(school.engine) as session, session.begin():
        writing(session).execute(
            update(Delivery).where(Delivery.subject == "sanne").values(points=float("inf"), maximum=float("inf"))
        )
    school.deliver()
    assert school.grade("lotte") == 20
    assert school.delivery("lotte").state == "settled"


def test_a_link_with_an_unreadable_address_is_set_aside(school):
    school.earn(school.enter(lineitem_url="http://[::1/bad"), 10)
    school.deliver()
    assert (school.delivery().state, school.delivery().reason) == ("parked", "address-not-allowed")


def test_an_address_of_our_own_network_is_not_called(school):
    school.earn(school.enter(lineitem_url="http://10.0.0.1/lineitem"), 10)
    school.deliver()
    assert (school.delivery().state, school.delivery().reason) == ("parked", "address-not-allowed")


def test_learner_reads_where_the_grade_is(school):
    learner = school.enter()
    school.fail(status=500)
    school.earn(learner, 10)

    def state():
        from lti_tool.learning.progress import service as progress

        with Session(school.engine) as session:
            place = progress.place_by_id(session, learner)
            (receipt,) = receipts.receipts(session, place.person_id, place.cohort_id)
            return receipt.state

    assert state() == "none"
    school.deliver()
    assert state() == "retrying"
    school.hurry()
    school.deliver()
    assert state() == "sent"


def test_nothing_is_left_behind(school):
    school.earn(school.enter(), 10)
    school.deliver()
    with Session(school.engine) as session:
        assert session.scalar(select(func.count()).select_from(outbox.Message)) == 0
        assert session.scalar(select(func.count()).select_from(Pace)) == 1
        assert claims.waiting(session) == []


def test_grades_of_a_link_go_with_a_token_of_the_client_that_launched_it(school):
    """The platform knows the former client id only: with the registration's present one it would give no token."""
    enrolment = school.enter()
    with Session(school.engine) as session, session.begin():
        registration = writing(session).get_one(Registration, school.platform.id)
        clients.keep(session, registration, "client-of-tomorrow")
    school.earn(enrolment, 80)
    school.deliver()
    assert school.grade() == 80
