"""Floods and classes at the real application: who is refused, for how long, and who never is."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from lti_tool.app import create_app
from lti_tool.web.extensions import db

SCHOOL, ATTACKER, ELSEWHERE = "192.0.2.10", "198.51.100.66", "203.0.113.5"


@pytest.fixture
def still() -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2026-11-23T10:00:00+00:00", tick=False) as travel:
        yield travel


@pytest.fixture
def strict(desk: Any) -> Iterator[Any]:
    """The desk with a tool that allows little."""
    desk.close()
    desk.settings = replace(desk.settings, limit_login="5/60", limit_launch="5/60", limit_platform="8/60")
    desk.app = create_app(desk.settings)
    desk.browser, desk.engine = desk.new_browser(), desk.app.extensions["tool"].engine
    yield desk
    with desk.app.app_context():
        db.engine.dispose()


def come_from(desk: Any, address: str) -> Any:
    """A browser at this address."""
    browser = desk.new_browser()
    browser.environ_base["REMOTE_ADDR"] = address
    return browser


@pytest.mark.slow
def test_a_class_of_300_behind_one_address_is_never_refused(desk: Any, still: time_machine.Traveller) -> None:
    """All within one moment, each twice: 600 logins and 600 launches, with the settings as they come."""
    for number in range(300):
        browser = come_from(desk, SCHOOL)
        for _ in range(2):
            begun = desk.login(browser=browser)
            token = desk.sign(desk.claims(begun.nonce, sub=f"person-{number}"))
            assert desk.post(begun.state, token, browser).status_code == 303


def test_the_storage_of_the_platform_doubles_the_launches_and_still_a_class_gets_in(desk: Any) -> None:
    limits = desk.app.extensions["limits"]
    with time_machine.travel("2026-11-23T10:00:00+00:00", tick=False):
        assert [limits["launch"].take(SCHOOL) for _ in range(300 * 2 * 2)] == [0.0] * 1200
        assert [limits["platform_launch"].take("1") for _ in range(300 * 2 * 2)] == [0.0] * 1200


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(("language", "words"), [("nl", "Een moment geduld"), ("en", "A moment, please")])
def test_a_flood_is_refused_with_an_honest_wait(
    strict: Any, still: time_machine.Traveller, method: str, language: str, words: str
) -> None:
    attacker = come_from(strict, ATTACKER)
    attacker.environ_base["HTTP_ACCEPT_LANGUAGE"] = language
    answers = [strict.ask_login(method, attacker) for _ in range(50)]
    assert [answer.status_code for answer in answers] == [302] * 5 + [429] * 45
    refused = answers[-1]
    assert words in refused.text
    assert "Traceback" not in refused.text
    assert strict.begun() == 5
    still.shift(timedelta(seconds=int(refused.headers["Retry-After"]) - 1))
    assert strict.ask_login(method, attacker).status_code == 429
    still.shift(timedelta(seconds=1))
    assert strict.ask_login(method, attacker).status_code == 302
    assert strict.ask_login(method, attacker).status_code == 429


def test_invented_states_are_refused_after_a_while_and_write_nothing_then(
    strict: Any, still: time_machine.Traveller
) -> None:
    attacker = come_from(strict, ATTACKER)
    codes = [strict.post(f"invented-{number}", "a.b.c", attacker).status_code for number in range(20)]
    assert codes == [401] * 5 + [429] * 15
    assert strict.refused() == ["state-unknown"] * 5


def test_the_flood_of_one_address_refuses_no_other(strict: Any, still: time_machine.Traveller) -> None:
    attacker = come_from(strict, ATTACKER)
    assert strict.ask_login(browser=attacker).status_code == 302
    for _ in range(50):
        strict.ask_login(browser=attacker)
    assert strict.launch(browser=come_from(strict, SCHOOL)).status_code == 303


def test_the_flood_of_one_platform_refuses_no_other(strict: Any, still: time_machine.Traveller) -> None:
    """Eight logins at once are allowed to a platform; more of its own address books make no difference."""
    strict.register(issuer="https://busy.test", client_id="busy")
    busy = {"iss": "https://busy.test", "client_id": "busy"}
    codes = [strict.ask_login(browser=come_from(strict, f"198.51.100.{n}"), **busy).status_code for n in range(30)]
    assert codes == [302] * 8 + [429] * 22
    refused = strict.ask_login(browser=come_from(strict, ELSEWHERE), **busy)
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 8
    assert strict.launch(browser=come_from(strict, SCHOOL)).status_code == 303


def test_a_launch_that_was_refused_for_now_can_be_posted_again(strict: Any, still: time_machine.Traveller) -> None:
    """Too many launches of its platform spend nothing: after the wait the same message enters."""
    browser = come_from(strict, SCHOOL)
    begun = strict.login(browser=browser)
    token = strict.sign(strict.claims(begun.nonce))
    buckets = strict.app.extensions["limits"]["platform_launch"]
    while not buckets.take("1"):
        pass
    refused = strict.post(begun.state, token, browser)
    assert refused.status_code == 429
    still.shift(timedelta(seconds=int(refused.headers["Retry-After"])))
    assert strict.post(begun.state, token, browser).status_code == 303


def test_a_forwarded_address_counts_only_when_a_trusted_proxy_says_it(
    strict: Any, still: time_machine.Traveller
) -> None:
    attacker = come_from(strict, ATTACKER)
    forged = [
        attacker.get("/lti/login", base_url=strict.TOOL, query_string=strict.parameters(),
                     headers={"X-Forwarded-For": f"203.0.113.{number}"}).status_code
        for number in range(7)
    ]  # fmt: skip
    assert forged == [302] * 5 + [429] * 2
    strict.app = create_app(replace(strict.settings, trusted_proxies=(ATTACKER,)))
    behind = come_from(strict, ATTACKER)
    for number in range(7):
        headers = {"X-Forwarded-For": f"203.0.113.{number}", "X-Forwarded-Proto": "https"}
        answer = behind.get("/lti/login", base_url=strict.TOOL, query_string=strict.parameters(), headers=headers)
        assert answer.status_code == 302


def test_pages_of_learners_are_not_limited(strict: Any, still: time_machine.Traveller) -> None:
    launched = strict.launch()
    assert [strict.open(launched.location).status_code for _ in range(50)] == [200] * 50


def test_programs_read_the_refusal_too(strict: Any, still: time_machine.Traveller) -> None:
    for _ in range(6):
        answer = strict.browser.get("/lti/login", base_url=strict.TOOL, headers={"Accept": "application/json"})
    assert answer.status_code == 429
    assert answer.json["code"] == "too-many"
    assert int(answer.headers["Retry-After"]) == 12


def test_off_is_off(desk: Any, still: time_machine.Traveller) -> None:
    app = create_app(replace(desk.settings, limit_login="off", limit_platform="off"))
    codes = {app.test_client().get("/lti/login", base_url=desk.TOOL).status_code for _ in range(2000)}
    assert codes == {400}
