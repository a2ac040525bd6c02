"""A platform's key set that hangs holds few threads, for a bounded time, and nobody of another platform."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from lti_tool.base import clock
from tests.certification.conftest import hidden

ELSEWHERE = "https://elsewhere.test"
MANY = 12
HELD = 2
"""So many of three places may one server have: one who fetches, one who waits for that one a moment."""


def launch_once(desk: Any, kid: str | None = None) -> Any:
    """A launch of a browser that sends no page again."""
    browser = desk.new_browser()
    begun = desk.login(browser=browser)
    token = desk.sign(desk.claims(begun.nonce), **({"kid": kid} if kid else {}))
    return desk.post_once({"state": begun.state, "id_token": token}, browser)


@contextmanager
def hanging(desk: Any, kid: str | None = None, delay: float = 4.0) -> Iterator[list[Future[Any]]]:
    """MANY launches that need the key set, which hangs; all but those who hold a place have been told."""
    desk.server.delay = delay
    with ThreadPoolExecutor(MANY) as threads:
        coming = [threads.submit(launch_once, desk, kid) for _ in range(MANY)]
        until = time.monotonic() + 2.5
        while sum(not one.done() for one in coming) > HELD and time.monotonic() < until:
            time.sleep(0.01)
        yield coming


def elsewhere(desk: Any, key_server: Any) -> Callable[[], Any]:
    """A launch of another platform, whose key set is the same server's of another name."""
    desk.register(issuer=ELSEWHERE, client_id="client-2", auth_login_url=f"{ELSEWHERE}/auth")
    names = {"iss": ELSEWHERE, "client_id": "client-2"}

    def come() -> Any:
        browser = desk.new_browser()
        begun = desk.login(browser=browser, **names)
        claims = desk.claims(begun.nonce, iss=ELSEWHERE, aud="client-2", azp="client-2")
        return desk.post_once({"state": begun.state, "id_token": desk.sign(claims)}, browser)

    return come


def test_a_key_set_that_hangs_holds_two_threads_and_the_others_go_on(desk_on_each: Any, key_server: Any) -> None:
    desk = desk_on_each
    come = elsewhere(desk, key_server)
    assert come().status_code == 303
    with hanging(desk) as coming:
        assert sum(not one.done() for one in coming) <= HELD
        told = Counter(one.result().status_code for one in coming if one.done())
        assert told == {503: sum(told.values())} and sum(told.values()) >= MANY - HELD
        assert [come().status_code for _ in range(5)] == [303] * 5
        assert any(not one.done() for one in coming), "they ended before the others' launches"
        assert desk.engine.pool.checkedout() == 0, "somebody waits with the database open"
    assert {one.result().status_code for one in coming} == {503, 502}


def test_unknown_keys_of_a_platform_that_hangs_hold_no_more(desk: Any) -> None:
    assert desk.launch().status_code == 303
    with hanging(desk, kid="new-key") as coming:
        assert sum(not one.done() for one in coming) <= HELD
        assert launch_once(desk).status_code == 303, "who has a known key goes on"
    assert {one.result().status_code for one in coming} == {503, 401}
    assert desk.server.count == 2, "one for the first launch, one for all of these"


def test_the_page_that_waits_sends_the_same_launch_again_and_enters(desk: Any) -> None:
    """Nothing is spent and nothing noted: a slow key set that answers in the end lets everybody in."""
    browser = desk.new_browser()
    begun = desk.login(browser=browser)
    form = {"state": begun.state, "id_token": desk.sign(desk.claims(begun.nonce))}
    with hanging(desk, delay=2.6):
        page = desk.post_once(form, browser)
    assert page.status_code == 503
    assert int(page.headers["Retry-After"]) > 0 and "data-again-s=" in page.text and "again.js" in page.text
    assert hidden(page.text) == form | {"waits": "1"}
    assert desk.post_once(hidden(page.text), browser).status_code == 303
    assert desk.refused() == []


@pytest.mark.parametrize("waits", ["10", "-1", "x"])
def test_who_came_back_too_often_is_told_and_noted(desk: Any, waits: str) -> None:
    browser = desk.new_browser()
    begun = desk.login(browser=browser)
    form = {"state": begun.state, "id_token": desk.sign(desk.claims(begun.nonce)), "waits": waits}
    with hanging(desk, delay=2.6):
        answer = desk.post_once(form, browser)
    desk.must_refuse(answer, 503, "servers-busy")
    assert "data-again-s" not in answer.text


def test_after_a_fetch_that_took_long_nobody_waits_for_a_while(desk: Any) -> None:
    """The next are told at once; ten seconds later it is asked again, and answers."""
    desk.server.delay = desk.settings.http_timeout_s + 1
    assert desk.launch().status_code == 502
    for _ in range(5):
        desk.must_refuse(desk.launch(), 502, "key-set-unreachable")
    assert desk.server.count == 1
    desk.server.delay = 0.0
    with time_machine.travel(clock.now() + timedelta(seconds=11)):
        assert desk.launch().status_code == 303


def test_after_quick_failures_nobody_waits_for_others(desk: Any) -> None:
    """The bucket is empty after three; who comes then has nobody to wait for."""
    desk.server.fail(500)
    for _ in range(3):
        assert desk.launch().status_code == 502
    began = time.monotonic()
    for _ in range(10):
        assert desk.launch().status_code == 502
    assert desk.server.count == 3
    assert time.monotonic() - began < 6.0, "each waits a second for what others fetch"
