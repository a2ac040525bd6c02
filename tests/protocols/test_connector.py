"""One token for everybody, whoever asks and however many."""

import json
import threading
import time
from base64 import urlsafe_b64decode as b64decode
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import delete, event, select
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.db import writing
from lti_tool.base.errors import Upstream
from lti_tool.base.vault import Vault
from lti_tool.base.wire import Wire
from lti_tool.protocols.platforms.models import AccessToken, Deployment
from lti_tool.protocols.platforms.tokens import DEPLOYMENT_CLAIM, TokenStore
from tools.drill import LINEITEM_SCOPE, SCORE_SCOPE


def store(school):
    """The tokens of one process."""
    wire = Wire(allowed_private_hosts=("127.0.0.1",), timeout_s=5)
    return TokenStore(school.engine, wire, Vault(school.settings.secret_keys))


def ask(school, one, scope=SCORE_SCOPE):
    return one.token(school.platform, (scope,))


def replaced(school, many, refused):
    """What several processes at the same time get in place of a refused token."""
    with ThreadPoolExecutor(len(many)) as pool:
        return set(pool.map(lambda one: one.instead_of(school.platform, (SCORE_SCOPE,), refused), many))


def test_eight_threads_ask_for_one_token(school):
    school.misbehave(slow_ms={"token": 300})
    one = store(school)
    with ThreadPoolExecutor(8) as pool:
        tokens = set(pool.map(lambda _: ask(school, one).text, range(8)))
    assert len(tokens) == 1
    assert school.counts()["tokens_issued"] == 1


def test_four_processes_ask_for_one_token(school):
    school.misbehave(slow_ms={"token": 300})
    many = [store(school) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        tokens = set(pool.map(lambda one: ask(school, one).text, many))
    assert len(tokens) == 1
    assert school.counts()["tokens_issued"] == 1


def test_who_looks_while_another_stores_what_it_got_asks_for_none(school):
    """The second is slow between looking and claiming; the first stores its token just then."""
    school.misbehave(slow_ms={"token": 200})
    first, second = store(school), store(school)
    is_slow = threading.local()

    def dawdle(connection, cursor, statement, *_):
        if getattr(is_slow, "yes", False) and "SELECT access_tokens" in statement:
            is_slow.yes = False
            time.sleep(0.6)

    def ask_slowly():
        time.sleep(0.1)
        is_slow.yes = True
        return ask(school, second).text

    event.listen(school.engine, "after_cursor_execute", dawdle)
    with ThreadPoolExecutor(2) as pool:
        quick, slow = pool.submit(ask, school, first), pool.submit(ask_slowly)
        assert quick.result().text == slow.result()
    assert school.counts()["tokens_issued"] == 1


def test_each_scope_set_has_its_own_token(school):
    one = store(school)
    assert ask(school, one).text != ask(school, one, LINEITEM_SCOPE).text
    assert school.counts()["tokens_issued"] == 2


def test_a_token_is_renewed_a_minute_early(school):
    one = store(school)
    first = ask(school, one)
    with time_machine.travel(clock.now() + timedelta(seconds=3500)):
        assert ask(school, one) == first
    with time_machine.travel(clock.now() + timedelta(seconds=3545)):
        assert ask(school, one) != first


def test_threads_that_are_refused_together_renew_once(school):
    one = store(school)
    refused = ask(school, one)
    with ThreadPoolExecutor(8) as pool:
        tokens = set(pool.map(lambda _: one.instead_of(school.platform, (SCORE_SCOPE,), refused).text, range(8)))
    assert len(tokens) == 1
    assert refused.text not in tokens
    assert school.counts()["tokens_issued"] == 2


def test_a_failed_renewal_waits_a_moment_and_leaves_the_way_free(school):
    school.fail("token", status=500)
    one = store(school)
    with pytest.raises(Upstream) as failed:
        ask(school, one)
    assert failed.value.retry
    with time_machine.travel(clock.now() + timedelta(seconds=5)):
        assert ask(school, one).text


def test_a_platform_that_asks_to_wait_is_not_asked_for_a_token(school):
    school.fail("token", status=429, retry_after=60)
    for _ in range(3):
        with pytest.raises(Upstream) as failed:
            ask(school, store(school))
        assert failed.value.retry
        assert 50 < failed.value.after_s <= 60
    assert school.counts()["requests"]["token"] == 1


def test_tokens_are_sealed_in_the_database(school):
    token = ask(school, store(school)).text
    with Session(school.engine) as session:
        stored = session.scalars(select(AccessToken.sealed_token)).one()
    assert token not in stored
    assert Vault(school.settings.secret_keys).open(stored) == token


def test_a_token_that_lasts_shortly_is_used_for_half_its_time(school):
    school.misbehave(token_lifetime_s=40)
    one = store(school)
    first = ask(school, one)
    assert ask(school, one) == first
    with time_machine.travel(clock.now() + timedelta(seconds=21)):
        assert ask(school, one) != first


def test_a_platform_that_refuses_fresh_tokens_is_not_asked_for_one_per_call(school):
    school.fail(status=401, times=50)
    for subject in ("sanne", "youssef", "lotte"):
        school.earn(school.enter(subject), 10)
        school.deliver()
    assert {one.state for one in school.deliveries()} == {"queued"}
    assert school.counts()["tokens_issued"] == 2


def test_a_refused_token_is_replaced_once_a_minute_for_all_processes_together(school):
    many = [store(school) for _ in range(4)]
    (refused,) = {ask(school, one) for one in many}
    with time_machine.travel(clock.now(), tick=True) as hand:
        for issued in (2, 3):
            (fresh,) = replaced(school, many, refused)
            assert fresh != refused
            assert replaced(school, many, fresh) == {None}, "the fresh one is refused as well"
            assert {ask(school, one) for one in many} == {fresh}
            assert school.counts()["tokens_issued"] == issued
            refused = fresh
            hand.shift(61)


def test_a_clock_that_was_set_back_keeps_no_token_from_being_replaced(school):
    one = store(school)
    with time_machine.travel(clock.now() + timedelta(hours=1)):
        refused = one.instead_of(school.platform, (SCORE_SCOPE,), ask(school, one))
    assert one.instead_of(school.platform, (SCORE_SCOPE,), refused) not in (None, refused)


def test_a_replacement_that_failed_is_tried_again_before_the_minute_is_over(school):
    one = store(school)
    refused = ask(school, one)
    school.fail("token", status=500)
    with pytest.raises(Upstream):
        one.instead_of(school.platform, (SCORE_SCOPE,), refused)
    with time_machine.travel(clock.now() + timedelta(seconds=5)):
        assert one.instead_of(school.platform, (SCORE_SCOPE,), refused) is not None


def test_the_assertion_names_the_only_deployment(school):
    ask(school, store(school))
    with Session(school.engine) as session, session.begin():
        writing(session).add(Deployment(registration_id=school.platform.id, deployment_id="2"))
    one, claims = store(school), []
    for _ in range(2):
        claims.append(json.loads(b64decode(one._assertion(school.platform).split(".")[1] + "==")))
        with Session(school.engine) as session, session.begin():
            writing(session).execute(delete(Deployment).where(Deployment.deployment_id == "2"))
    several, single = claims
    assert DEPLOYMENT_CLAIM not in several
    assert single[DEPLOYMENT_CLAIM] == "1"
    assert single["iss"] == single["sub"] == school.platform.client_id
    assert single["jti"] != several["jti"]
    assert 0 < single["exp"] - single["iat"] <= 600


def test_threads_that_waited_for_a_failed_attempt_make_none_of_their_own(school):
    """A token endpoint that hangs must not be asked by one thread after the other."""
    school.misbehave(slow_ms={"token": 1500})
    one = TokenStore(
        school.engine, Wire(allowed_private_hosts=("127.0.0.1",), timeout_s=0.5), Vault(school.settings.secret_keys)
    )

    def reason(_):
        with pytest.raises(Upstream) as failed:
            ask(school, one)
        return failed.value.code

    began = time.monotonic()
    with ThreadPoolExecutor(6) as pool:
        reasons = sorted(pool.map(reason, range(6)))
    assert reasons == ["token-wait"] * 5 + ["upstream-timeout"]
    assert time.monotonic() - began < 2


def test_each_failure_makes_the_next_wait_longer_up_to_five_minutes(school):
    school.fail("token", status=400, times=100)
    one, waits = store(school), []
    with time_machine.travel(clock.now(), tick=False) as hand:
        for _ in range(12):
            with pytest.raises(Upstream, match="token-refused"):
                ask(school, one)
            with pytest.raises(Upstream, match="token-wait") as waiting:
                ask(school, one)
            waits.append(waiting.value.after_s)
            hand.shift(waiting.value.after_s + 0.01)
    assert waits[:4] == [2, 4, 8, 16]
    assert waits[-1] == 300
    assert school.counts()["requests"]["token"] == 12


def test_a_token_of_which_the_key_is_gone_is_asked_anew(school):
    ask(school, store(school))
    stranger = TokenStore(school.engine, Wire(allowed_private_hosts=("127.0.0.1",)), Vault(("another secret",)))
    stranger._assertion = store(school)._assertion  # the signing key is sealed with the old secret too
    assert ask(school, stranger).text
    assert school.counts()["tokens_issued"] == 2


def test_a_refused_token_for_columns_holds_up_no_grade_of_other_links(school):
    """One link may have lost a scope; the platform's other learners have nothing to do with it."""
    container = school.column()["url"].replace("/lineitem?", "?")
    school.earn(school.enter("lotte", "nog-te-kiezen", lineitem_url=None, lineitems_url=container), 10)
    school.fail("token", status=400, times=1)
    school.deliver()
    assert (school.delivery("lotte").state, school.delivery("lotte").reason) == ("queued", "token-refused")
    school.earn(school.enter("sanne"), 20)
    school.deliver()
    assert school.grade("sanne") == 20


def test_a_platform_that_refuses_all_tokens_is_asked_for_few_by_many_workers(school):
    for number, subject in enumerate(("sanne", "youssef", "lotte"), start=1):
        school.earn(school.enter(subject), number)
    school.deliver()
    school.fail(status=401, times=1000)
    before = school.counts()["tokens_issued"]
    for _ in range(5):
        for number, subject in enumerate(("sanne", "youssef", "lotte"), start=10):
            school.earn(school.enter(subject), number + _)
        workers = [school.worker(), school.worker()]
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda worker: worker.run_until_idle(), workers))
    looking_and_replacing = 2  # one to read results with, and one in the place of the refused one
    assert school.counts()["tokens_issued"] - before == looking_and_replacing, "eleven workers, less than a minute"
