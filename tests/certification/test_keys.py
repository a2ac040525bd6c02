"""Keys of ours and of platforms. Security Framework 1.0, 6."""

import base64
import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import jwt
import pytest
import time_machine
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.db import writing
from lti_tool.base.errors import Unauthorised
from lti_tool.base.patience import Patience
from lti_tool.base.vault import Vault
from lti_tool.base.wire import Wire
from lti_tool.protocols.platforms import clients, keylife
from lti_tool.protocols.platforms import service as platforms
from lti_tool.protocols.platforms.keysets import KeyRing

PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}


def our_keys(desk: Any) -> list[dict[str, Any]]:
    keys: list[dict[str, Any]] = desk.open("/lti/jwks.json").json["keys"]
    return keys


def rotate(desk: Any) -> None:
    with Session(desk.engine) as session, session.begin():
        keylife.rotate(writing(session), Vault(desk.settings.secret_keys))


def test_our_key_set(desk: Any) -> None:
    """R-KEY-1, SEC 6.1-6.3; CERT 4.2.2.1: kid, n, e and RS256; a rotation adds a new kid and keeps the old."""
    before = our_keys(desk)
    rotate(desk)
    after = our_keys(desk)
    assert len(before) == 1
    assert after[0] == before[0]
    assert len({key["kid"] for key in after}) == 2
    for key in after:
        assert key["kty"] == "RSA"
        assert key["alg"] == "RS256"
        assert jwt.PyJWK(key).key.key_size >= 2048


def test_no_private_material(desk: Any) -> None:
    """R-KEY-2, RFC 7517 9.2."""
    assert not any(PRIVATE & set(key) for key in our_keys(desk))


def test_our_key_set_may_be_cached(desk: Any) -> None:
    """R-KEY-3, SEC 6.3: for far less than the day that a key is published before it signs."""
    cache = desk.open("/lti/jwks.json").cache_control
    assert cache.public
    assert 0 < cache.max_age <= keylife.PUBLISHED_FIRST.total_seconds() / 24


def test_a_key_set_that_did_not_change_is_not_sent_again(desk: Any) -> None:
    """R-KEY-3, RFC 9110 13.1.2."""
    tag = desk.open("/lti/jwks.json").headers["ETag"]
    same = desk.open("/lti/jwks.json", headers={"If-None-Match": tag})
    rotate(desk)
    other = desk.open("/lti/jwks.json", headers={"If-None-Match": tag})
    assert (same.status_code, same.data) == (304, b"")
    assert (other.status_code, len(other.json["keys"])) == (200, 2)


def test_keys_of_a_former_address_that_come_late_open_nothing(desk: Any, other_key: Any) -> None:
    """Whoever had the old address keeps a fetch hanging while staff give the platform another one."""
    with Session(desk.engine) as session:
        new = platforms.by_id(session, 1)
    wire = Wire(allowed_private_hosts=desk.settings.allowed_private_hosts)
    a_process, another, a_third = (KeyRing(desk.engine, wire, Patience(4)) for _ in range(3))
    old = replace(new, key_set_url=new.key_set_url.replace("/jwks.json", "/former.json"))
    desk.server.elsewhere, desk.server.delay = json.dumps({"keys": [other_key.jwk]}).encode(), 1.0
    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(a_process.key, old, other_key.kid)
        while "/former.json" not in desk.server.paths:
            time.sleep(0.01)
        with Session(desk.engine) as session, session.begin():
            clients.forget_credentials(writing(session), 1)
        desk.server.delay = 0.0
        another.key(new, desk.key.kid)
        late.result()
    with pytest.raises(Unauthorised, match="token-key"):
        a_third.key(new, other_key.kid)


def test_rotation_is_seen_at_once(desk: Any, other_key: Any) -> None:
    """R-KEY-4, SEC 6.4: the new key works at its first launch, the old one while it is published."""
    assert desk.launch().status_code == 303
    desk.server.publish(desk.key.jwk, other_key.jwk)
    assert desk.launch(key=other_key).status_code == 303
    assert desk.launch().status_code == 303
    assert desk.server.count == 2
    desk.server.publish(other_key.jwk)
    with time_machine.travel(clock.now() + timedelta(hours=2)):
        assert desk.launch(key=other_key).status_code == 303
        desk.must_refuse(desk.launch(), 401, "token-key")


@pytest.mark.parametrize(
    ("control", "before", "after"),
    [
        ("max-age=600", 590, 610), ("public, max-age=600", 590, 610), (None, 3590, 3610), ("no-store", 8, 12),
        ("max-age=0", 8, 12), ("max-age=20", 18, 22), ("max-age=999999999", 86390, 86410), ("max-age=soon", 3590, 3610),
    ],
)  # fmt: skip
def test_max_age_is_respected(desk: Any, control: str | None, before: int, after: int) -> None:
    """R-KEY-5, SEC 6.3: between ten seconds and a day."""
    desk.server.publish(desk.key.jwk, **({"Cache_Control": control} if control else {}))
    start = clock.now()
    for seconds, fetches in ((0, 1), (before, 1), (after, 2)):
        with time_machine.travel(start + timedelta(seconds=seconds), tick=False):
            assert desk.launch().status_code == 303
        assert desk.server.count == fetches


@pytest.mark.parametrize("failure", ["status", "no json", "no keys", "too large"])
def test_outage_serves_on_with_kept_keys(desk: Any, other_key: Any, failure: str) -> None:
    """R-KEY-6, SEC 6.3-6.4: and recovers without a restart."""
    assert desk.launch().status_code == 303
    break_key_set(desk, failure)
    with time_machine.travel(clock.now() + timedelta(hours=2)):
        assert desk.launch().status_code == 303
        desk.must_refuse(desk.launch(key=other_key), 401, "token-key-later")
        desk.server.publish(other_key.jwk)
        assert desk.launch(key=other_key).status_code == 303


def break_key_set(desk: Any, failure: str) -> None:
    desk.server.publish(desk.key.jwk)
    if failure == "status":
        desk.server.fail()
    else:
        bodies = {"no json": b"<html>", "no keys": b'{"keys": 5}', "too large": b'{"keys": [' + b" " * 3_000_000}
        desk.server.body = bodies[failure]


def test_outage_from_the_start_is_told_and_bounded(desk: Any) -> None:
    """R-KEY-6 and R-KEY-8, SEC 6.3: the reason stays the true one when the bucket is empty."""
    desk.server.fail()
    for _ in range(5):
        desk.must_refuse(desk.launch(), 502, "key-set-unreachable")
    assert desk.server.count == 3
    desk.server.publish(desk.key.jwk)
    with time_machine.travel(clock.now() + timedelta(seconds=11)):
        assert desk.launch().status_code == 303


def test_slow_key_set_has_an_end(desk: Any) -> None:
    """R-KEY-6: the address that does not answer costs a bounded time."""
    desk.server.delay = desk.settings.http_timeout_s + 1
    began = time.monotonic()
    desk.must_refuse(desk.launch(), 502, "key-set-unreachable")
    assert time.monotonic() - began < desk.settings.http_timeout_s + 0.9


def foreign_keys() -> list[Any]:
    return [
        {"kty": "EC", "crv": "P-256", "kid": "ec", "x": "AA", "y": "AA"}, {"kty": "oct", "kid": "o", "k": "AAAA"},
        {"kty": "OKP", "kid": "okp"}, {}, None, 5, "key", [], {"kty": "RSA"}, {"kty": "RSA", "kid": 5, "n": 1, "e": 2},
        {"kty": "RSA", "kid": "bad", "n": "!!", "e": "AQAB"}, {"kty": "RSA", "kid": "bad2", "n": "", "e": ""},
        {"kty": "RSA", "kid": "tiny", "n": base64.urlsafe_b64encode(b"\x05").decode(), "e": "AQAB"},
        {"kty": "RSA", "kid": "enc", "use": "enc", "n": "AQAB", "e": "AQAB"},
    ]  # fmt: skip


def test_foreign_keys_are_no_obstacle(desk: Any) -> None:
    """R-KEY-7, RFC 7517 4 and 5."""
    desk.server.publish(*foreign_keys(), desk.key.jwk)
    assert desk.launch().status_code == 303


@pytest.mark.parametrize("absent", [("alg",), ("use",), ("alg", "use")])
def test_keys_without_alg_and_use(desk: Any, absent: tuple[str, ...]) -> None:
    """R-KEY-7, RFC 7517 4.2 and 4.4."""
    desk.server.publish({name: value for name, value in desk.key.jwk.items() if name not in absent})
    assert desk.launch().status_code == 303


@pytest.mark.parametrize("change", [{"use": "enc"}, {"alg": "RS512"}, {"kty": "EC"}], ids=str)
def test_keys_for_other_ends_are_not_used(desk: Any, change: dict[str, str]) -> None:
    """R-KEY-7, RFC 7517 4.2 and 4.4."""
    desk.server.publish({**desk.key.jwk, **change})
    assert desk.launch().status_code == 401


def test_flood_of_unknown_kids_fetches_seldom(desk: Any) -> None:
    """R-KEY-8, CWE-400: three fetches, then one per ten seconds; genuine launches go on."""
    start = clock.now()
    with time_machine.travel(start, tick=False):
        for number in range(15):
            assert desk.launch(header={"kid": f"invented-{number}"}).status_code == 401
        assert desk.server.count == 3
        assert desk.launch().status_code == 303
    with time_machine.travel(start + timedelta(seconds=21), tick=False):
        for number in range(5):
            assert desk.launch(header={"kid": f"more-{number}"}).status_code == 401
        assert desk.server.count == 5


def test_key_set_of_many_keys_is_cut(desk: Any) -> None:
    """R-KEY-8, CWE-400."""
    many = [{**desk.key.jwk, "kid": f"k{number}"} for number in range(200)]
    desk.server.publish(desk.key.jwk, *many)
    assert len(json.dumps(many)) < 2_000_000
    assert desk.launch().status_code == 303
