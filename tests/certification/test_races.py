"""Two at once: double clicks, a whole class at the first launch, one state used by many. SQLite and PostgreSQL."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import time_machine
from flask.testing import FlaskClient

from lti_tool.base import clock
from lti_tool.learning.people.models import Identity, Person
from lti_tool.learning.progress.models import Cohort, Enrolment
from lti_tool.protocols.resource_links.models import Context, Member, ResourceLink

MANY = 8


def at_once(work: Any, each: list[Any]) -> list[Any]:
    """What `work` gives for each, all begun at the same moment."""
    barrier = Barrier(len(each))

    def begin(one: Any) -> Any:
        barrier.wait(timeout=10)
        return work(one)

    with ThreadPoolExecutor(len(each)) as threads:
        return list(threads.map(begin, each))


def counts(desk: Any) -> dict[str, int]:
    models = (Context, ResourceLink, Cohort, Person, Identity, Enrolment, Member)
    return {model.__tablename__: len(desk.rows(model)) for model in models}


def test_one_state_is_spent_once(desk_on_each: Any) -> None:
    """R-LAUNCH-2: of many launches with one state, one enters; the others of the same browser land in its visit."""
    desk = desk_on_each
    assert desk.launch().status_code == 303  # the keys are warm
    begun = desk.login()
    token = desk.sign(desk.claims(begun.nonce))
    secret = next(cookie for cookie in begun.response.headers.getlist("Set-Cookie") if "lti_launch_" in cookie)

    def post(_: int) -> tuple[int, str]:
        browser: FlaskClient = desk.app.test_client(use_cookies=False)
        answer = browser.post(
            "/lti/launch", data={"state": begun.state, "id_token": token}, base_url=desk.TOOL,
            headers={"Cookie": secret.partition(";")[0], "Origin": desk.ISSUER},
        )  # fmt: skip
        return answer.status_code, answer.headers.get("Location", "")

    answers = at_once(post, list(range(MANY)))
    assert (303 in dict(answers)) and {status for status, _ in answers} <= {303, 401}
    assert len({location for _, location in answers if location}) == 1
    assert counts(desk)["people"] == 1


def test_a_class_that_comes_at_the_same_moment(desk_on_each: Any) -> None:
    """The first launches of a new link by different people: one course, one link, one run, everybody in."""
    desk = desk_on_each
    assert desk.launch().status_code == 303  # the keys are warm

    def come(number: int) -> int:
        claims = {"sub": f"learner-{number}", "resource_link": {"id": "new-link"}, "context": {"id": "new-course"}}
        return int(desk.launch(claims, browser=desk.new_browser()).status_code)

    assert Counter(at_once(come, list(range(MANY)))) == {303: MANY}
    assert counts(desk) == {
        "contexts": 2, "resource_links": 2, "cohorts": 1, "people": MANY + 1, "identities": MANY + 1,
        "enrolments": MANY + 1, "members": MANY + 1,
    }  # fmt: skip


def test_one_person_in_many_windows_at_once(desk_on_each: Any) -> None:
    """A first launch, double-clicked: one person, one enrolment, and every window opens."""
    desk = desk_on_each

    def come(_: int) -> int:
        return int(desk.launch(browser=desk.new_browser()).status_code)

    assert Counter(at_once(come, list(range(MANY)))) == {303: MANY}
    assert set(counts(desk).values()) == {1}


def test_a_new_platform_is_asked_for_its_keys_once(desk_on_each: Any) -> None:
    """Many first launches at the same moment, and a key set that takes its time."""
    desk = desk_on_each
    desk.server.delay = 0.3

    def come(_: int) -> int:
        return int(desk.launch(browser=desk.new_browser()).status_code)

    assert Counter(at_once(come, list(range(MANY)))) == {303: MANY}
    assert desk.server.count == 1


def test_launches_go_on_with_a_stale_key_while_one_renews_it(desk_on_each: Any) -> None:
    desk = desk_on_each
    desk.server.publish(desk.key.jwk, Cache_Control="max-age=60")
    assert desk.launch().status_code == 303
    desk.server.delay = 2.5
    with time_machine.travel(clock.now() + timedelta(seconds=120), tick=True):
        ways = at_once(lambda _: _seconds(lambda: desk.launch(browser=desk.new_browser())), list(range(4)))
    assert desk.server.count == 2
    assert min(ways) < 2.5 <= max(ways)


def _seconds(work: Any) -> float:
    began = time.perf_counter()
    assert work().status_code == 303
    return time.perf_counter() - began
