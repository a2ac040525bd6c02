"""Replay: of one login, one state and one nonce come at most one visit, whoever sends it and however often.

Security Framework 1.0, 5.1.1.4 and 5.1.3 #9; OIDC Core 3.2.2.11. On SQLite and on PostgreSQL.
"""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from flask.testing import FlaskClient

from lti_tool.learning.people.models import Person
from lti_tool.web.visits import VisitRecord

MANY = 6


def at_once(work: Any, each: list[Any]) -> list[Any]:
    """What `work` gives for each, all begun at the same moment."""
    barrier = Barrier(len(each))

    def begin(one: Any) -> Any:
        barrier.wait(timeout=10)
        return work(one)

    with ThreadPoolExecutor(len(each)) as threads:
        return list(threads.map(begin, each))


def test_a_state_is_good_once_also_for_its_own_browser(desk_on_each: Any) -> None:
    """R-FLOW-2, R-JWT-11: with another sound token for the same login it only leads back to the running visit."""
    desk = desk_on_each
    begun = desk.login()
    first = desk.post(begun.state, desk.sign(desk.claims(begun.nonce)))
    again = desk.post(begun.state, desk.sign(desk.claims(begun.nonce, sub="person-2", name="Bilal Aziz")))
    assert again.location == first.location
    assert len(desk.rows(VisitRecord)) == len(desk.rows(Person)) == 1
    assert "Bilal" not in desk.open(first.location).text


def test_a_used_state_does_nothing_in_other_browsers(desk_on_each: Any) -> None:
    """R-FLOW-2, R-JWT-11: neither in an empty one nor in one with visits and begun logins of its own."""
    desk = desk_on_each
    begun = desk.login()
    token = desk.sign(desk.claims(begun.nonce))
    assert desk.post(begun.state, token).status_code == 303
    empty, busy = desk.new_browser(), desk.new_browser()
    desk.launch({"sub": "person-2", "name": "Bilal Aziz"}, browser=busy)
    desk.login(browser=busy)
    for browser in (empty, busy):
        desk.must_refuse(desk.post(begun.state, token, browser), 401, "state-unknown")
    assert len(desk.rows(VisitRecord)) == 2


@pytest.mark.parametrize(
    ("change", "header", "code"),
    [
        ({"iss": "https://stranger.test"}, {}, "token-issuer"), ({"aud": "stranger"}, {}, "token-audience"),
        ({"nonce": "foreign"}, {}, "token-nonce"), ({"exp": 1}, {}, "token-expired"), ({}, {"kid": "x"}, "token-key"),
        ({"version": "1.1"}, {}, "claim-version"), ({"deployment_id": "nowhere"}, {}, "unknown-deployment"),
        ({"roles": None}, {}, "claim-missing"), ({"target_link_uri": "https://evil.test/"}, {}, "target-elsewhere"),
    ],
)  # fmt: skip
def test_after_a_refusal_neither_state_nor_nonce_is_good_any_more(
    desk_on_each: Any, change: dict[str, Any], header: dict[str, Any], code: str
) -> None:
    """R-JWT-11, R-FLOW-2: whatever the refusal was for, in the message or in what it asks for."""
    desk = desk_on_each
    begun = desk.login()
    good = desk.sign(desk.claims(begun.nonce))
    refused = desk.post(begun.state, desk.sign(desk.claims(begun.nonce, **change), **header))
    assert (refused.status_code in (400, 401, 403), desk.refused()) == (True, [code])
    desk.must_refuse(desk.post(begun.state, good), 401, "state-unknown")
    fresh = desk.login()
    desk.must_refuse(desk.post(fresh.state, good), 401, "token-nonce")
    assert not desk.rows(VisitRecord)


def test_one_token_enters_once_however_many_logins_are_open(desk_on_each: Any) -> None:
    """R-JWT-11: a token tried at once with the states of many logins, of its own browser and of others."""
    desk = desk_on_each
    assert desk.launch().status_code == 303  # the keys are warm
    browsers = [desk.browser, *(desk.new_browser() for _ in range(MANY - 1))]
    begun = [(browser, desk.login(browser=browser)) for browser in browsers]
    token = desk.sign(desk.claims(begun[0][1].nonce))

    def post(one: tuple[FlaskClient, Any]) -> int:
        return int(desk.post(one[1].state, token, one[0]).status_code)

    answers = at_once(post, begun)
    assert Counter(answers) == {303: 1, 401: MANY - 1}
    assert answers[0] == 303
    assert desk.refused() == ["token-nonce"] * (MANY - 1)
    assert len(desk.rows(VisitRecord)) == 2


def test_strangers_who_race_with_the_owner_of_a_state_get_nothing(desk_on_each: Any) -> None:
    """R-FLOW-2: state and token of one login, sent at once by its browser and by others."""
    desk = desk_on_each
    assert desk.launch().status_code == 303
    begun = desk.login()
    token = desk.sign(desk.claims(begun.nonce))
    strangers = [desk.new_browser() for _ in range(MANY - 1)]
    for browser in strangers:
        desk.login(browser=browser)

    def post(browser: FlaskClient) -> tuple[int, str]:
        answer = desk.post(begun.state, token, browser)
        return answer.status_code, answer.headers.get("Location", "")

    (own, address), *others = at_once(post, [desk.browser, *strangers])
    assert {status for status, _ in others} == {401}
    assert own in (303, 401)  # a stranger may spend the login, and gains nothing by it
    assert len(desk.rows(VisitRecord)) == (2 if own == 303 else 1)
    assert not address or desk.open(address, strangers[0]).status_code == 401


def test_many_sound_tokens_for_one_login_make_one_visit(desk_on_each: Any) -> None:
    """R-JWT-11: a platform that signs several messages for one authentication request, all sent at once."""
    desk = desk_on_each
    assert desk.launch({"sub": "person-0"}).status_code == 303
    begun = desk.login()
    cookies = begun.response.headers["Set-Cookie"].partition(";")[0]
    tokens = [desk.sign(desk.claims(begun.nonce, sub=f"person-{number}")) for number in range(1, MANY)]

    def post(token: str) -> int:
        answer = desk.app.test_client(use_cookies=False).post(
            "/lti/launch", data={"state": begun.state, "id_token": token}, base_url=desk.TOOL,
            headers={"Cookie": cookies, "Origin": desk.ISSUER},
        )  # fmt: skip
        return int(answer.status_code)

    answers = at_once(post, tokens)
    assert 303 in answers
    assert set(answers) <= {303, 401}
    assert len(desk.rows(VisitRecord)) == len(desk.rows(Person)) == 2
