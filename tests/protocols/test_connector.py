"""One token for everybody, whoever asks and however many."""

import json
from base64 import urlsafe_b64decode as b64decode
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import delete, select
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
    assert {one.state for one in school.deliveries()} == {"parked"}
    assert school.counts()["tokens_issued"] == 2


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
