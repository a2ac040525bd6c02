"""Validation of the ID token, and the flow around it. Security Framework 1.0, 5.1.1 and 5.1.3."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.learning.people.models import Person
from lti_tool.web.visits import VisitRecord

NOW = time.time


def b64(data: bytes | str) -> str:
    raw = data.encode() if isinstance(data, str) else data
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def nobody_came(desk: Any) -> bool:
    with Session(desk.engine) as session:
        return not session.scalar(select(func.count()).select_from(Person))


# --- the flow


def test_answer_is_a_form_post(desk: Any) -> None:
    """R-FLOW-1, SEC 5.1.1.3."""
    begun = desk.login()
    token = desk.sign(desk.claims(begun.nonce))
    assert desk.open(f"/lti/launch?state={begun.state}&id_token={token}").status_code == 405
    assert desk.post(begun.state, token).status_code == 303


@pytest.mark.parametrize("state", ["", "state-unknown", "x" * 5000, "state-\x00", "é\ud7ff"])
def test_unknown_state_is_refused(desk: Any, state: str) -> None:
    """R-FLOW-2, SEC 5.1.1.4."""
    begun = desk.login()
    desk.must_refuse(desk.post(state, desk.sign(desk.claims(begun.nonce))), 401, "state-unknown")


def test_state_of_another_browser_is_refused(desk: Any) -> None:
    """R-FLOW-2, SEC 7.3.1: a login begun in one browser ends in no other."""
    begun = desk.login()
    token = desk.sign(desk.claims(begun.nonce))
    stranger = desk.new_browser()
    desk.login(browser=stranger)
    desk.must_refuse(desk.post(begun.state, token, stranger), 401, "other-browser")
    assert nobody_came(desk)
    desk.must_refuse(desk.post(begun.state, token), 401, "state-unknown")


def test_signed_target_decides(desk: Any) -> None:
    """R-FLOW-3, CORE 5.3.4."""
    begun = desk.login(target_link_uri=desk.TOOL + "/lti/launch?module=unknown")
    target = f"{desk.TOOL}/lti/launch?module={desk.MODULE}"
    claims = desk.claims(begun.nonce, target_link_uri=target, custom=None)
    page = desk.open(desk.post(begun.state, desk.sign(claims)).location)
    assert page.status_code == 200
    assert "cobot" in page.text.lower()


@pytest.mark.parametrize(
    "target", ["https://evil.test/", "https://tool.test.evil.test/", "//tool.test", "javascript:1", "http://[x", "x"]
)
def test_target_elsewhere_is_refused(desk: Any, target: str) -> None:
    """R-FLOW-3, CORE 5.3.4."""
    desk.must_refuse(desk.launch({"target_link_uri": target}), 400, "target-elsewhere")


@pytest.mark.parametrize("error", ["login_required", "<script>alert(1)</script>", "é" * 9000, ""])
def test_error_response_is_told(desk: Any, error: str) -> None:
    """R-FLOW-4, SEC 5.1.1.5; OIDC Core 3.1.2.6."""
    begun = desk.login()
    answer = desk.post(begun.state, None, error=error, error_description="<b>no</b>")
    desk.must_refuse(answer, 403, "platform-refused")
    assert "<script>alert" not in answer.text
    assert desk.begun() == 0


def test_second_person_ends_the_first_visit(desk: Any) -> None:
    """R-FLOW-5: a new launch replaces the person of the browser."""
    first = desk.launch({"sub": "person-1"}).location
    same_person = desk.launch({"sub": "person-1"}).location
    assert desk.open(first).status_code == 200
    second = desk.launch({"sub": "person-2", "name": "Bilal"}).location
    assert desk.open(second).status_code == 200
    assert desk.open(first).status_code == desk.open(same_person).status_code == 401
    assert "Sanne" not in desk.open(first).text
    assert "Iemand anders heeft na jou een module geopend" in desk.open(first).text


def test_same_launch_again_leads_to_the_running_visit(desk: Any) -> None:
    """R-FLOW-5: reload of the launch in the same browser; another browser gets nothing."""
    begun = desk.login()
    token = desk.sign(desk.claims(begun.nonce))
    first, again = desk.post(begun.state, token), desk.post(begun.state, token)
    assert first.status_code == again.status_code == 303
    assert first.location == again.location
    assert len(desk.rows(VisitRecord)) == 1
    desk.must_refuse(desk.post(begun.state, token, desk.new_browser()), 401, "state-unknown")


# --- signature and header


def test_signature_by_the_key_of_kid(desk: Any, other_key: Any) -> None:
    """R-JWT-1, SEC 5.1.3 #1."""
    desk.server.publish(other_key.jwk, desk.key.jwk)
    assert desk.launch().status_code == 303
    desk.must_refuse(desk.launch(key=other_key, header={"kid": desk.key.kid}), 401, "token-signature")


@pytest.mark.parametrize("part", [0, 1, 2])
def test_changed_token_is_refused(desk: Any, part: int) -> None:
    """R-JWT-1, SEC 5.1.3 #1."""
    begun = desk.login()
    parts = desk.sign(desk.claims(begun.nonce)).split(".")
    parts[part] = parts[part][:20] + ("A" if parts[part][20] != "A" else "B") + parts[part][21:]
    response = desk.post(begun.state, ".".join(parts))
    assert response.status_code in (400, 401)
    assert nobody_came(desk)


@pytest.mark.parametrize("kid", [None, "", "unknown", "x" * 9000, "../../etc/passwd", "' OR 1=1", "é"])
def test_kid_must_be_known(desk: Any, kid: str | None) -> None:
    """R-JWT-2, CERT 6.1.1."""
    response = desk.launch(header={"kid": kid})
    desk.must_refuse(response, 401, "token-header" if not kid else "token-key")


@pytest.mark.parametrize("kid", [1, ["platform-1"], {"a": 1}, True])
def test_kid_of_another_type(desk: Any, kid: Any) -> None:
    """R-JWT-2, CERT 6.1.1; RFC 8725 3.2."""
    begun = desk.login()
    parts = desk.sign(desk.claims(begun.nonce)).split(".")
    parts[0] = b64(json.dumps({"alg": "RS256", "kid": kid}))
    assert desk.post(begun.state, ".".join(parts)).status_code in (400, 401)
    assert nobody_came(desk)


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "", None, ["RS256"], 256])
def test_alg_none_is_refused(desk: Any, alg: Any) -> None:
    """R-JWT-3, SEC 5.1.3 #6; RFC 8725."""
    begun = desk.login()
    header = {"alg": alg, "kid": desk.key.kid}
    token = f"{b64(json.dumps(header))}.{b64(json.dumps(desk.claims(begun.nonce)))}."
    assert desk.post(begun.state, token).status_code in (400, 401)
    assert nobody_came(desk)


def test_hs256_with_the_public_key_is_refused(desk: Any) -> None:
    """R-JWT-3, RFC 8725 2.1."""
    begun = desk.login()
    for encoding in (serialization.Encoding.PEM, serialization.Encoding.DER):
        begun = desk.login()
        secret = desk.key.private.public_key().public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo)
        head = b64(json.dumps({"alg": "HS256", "kid": desk.key.kid}))
        signed = f"{head}.{b64(json.dumps(desk.claims(begun.nonce)))}"
        mac = hmac.new(secret, signed.encode(), hashlib.sha256).digest()
        desk.must_refuse(desk.post(begun.state, f"{signed}.{b64(mac)}"), 401, "token-algorithm")


@pytest.mark.parametrize("alg", ["RS384", "RS512", "PS256"])
def test_other_algorithms_are_refused(desk: Any, alg: str) -> None:
    """R-JWT-3, SEC 5.4."""
    begun = desk.login()
    token = jwt.encode(desk.claims(begun.nonce), desk.key.private, alg, {"kid": desk.key.kid})
    desk.must_refuse(desk.post(begun.state, token), 401, "token-algorithm")


@pytest.mark.parametrize("name", ["jwk", "jku", "x5u", "x5c"])
def test_keys_that_the_token_brings_are_not_used(desk: Any, other_key: Any, name: str) -> None:
    """R-JWT-4, SEC 5.4; RFC 8725 3.10."""
    address = f"http://127.0.0.1:{desk.server.port}/evil.json"
    header = {name: {"jwk": other_key.jwk, "x5c": ["AAAA"]}.get(name, address)}
    desk.must_refuse(desk.launch(header=header, key=other_key), 401, "token-key")
    desk.must_refuse(desk.launch(header={**header, "kid": desk.key.kid}, key=other_key), 401, "token-signature")
    assert desk.launch(header=header).status_code == 303


def test_unknown_critical_header_is_refused(desk: Any) -> None:
    """R-JWT-5, RFC 7515 4.1.11."""
    begun = desk.login()
    head = b64(json.dumps({"alg": "RS256", "kid": desk.key.kid, "crit": ["exam"], "exam": 1}))
    signed = f"{head}.{b64(json.dumps(desk.claims(begun.nonce)))}"
    mac = jwt.algorithms.RSAAlgorithm(jwt.algorithms.RSAAlgorithm.SHA256).sign(signed.encode(), desk.key.private)
    assert desk.post(begun.state, f"{signed}.{b64(mac)}").status_code in (400, 401)
    assert nobody_came(desk)


# --- issuer, audience


@pytest.mark.parametrize(
    "iss", [None, "", "https://lms.test/", "HTTPS://LMS.TEST", "http://lms.test", 1, ["https://lms.test"]]
)
def test_issuer_must_be_exact(desk: Any, iss: Any) -> None:
    """R-JWT-6, SEC 5.1.3 #2."""
    desk.must_refuse(desk.launch({"iss": iss}), 401, "token-issuer")


@pytest.mark.parametrize("azp", [None, "client-1"])
@pytest.mark.parametrize("aud", ["client-1", ["client-1"], ["client-1", "client-1"]])
def test_audience_as_text_or_list(desk: Any, aud: Any, azp: Any) -> None:
    """R-JWT-7 and R-JWT-8, SEC 5.1.3 #3-5."""
    assert desk.launch({"aud": aud, "azp": azp}).status_code == 303


@pytest.mark.parametrize("azp", [None, "client-1", "stranger"])
@pytest.mark.parametrize(
    "aud",
    [
        None,
        "",
        "stranger",
        [],
        ["stranger"],
        ["client-1", "stranger"],
        ["client-1", 5],
        {"client-1": 1},
        5,
        "client-1 x",
    ],
    ids=str,
)
def test_audience_that_is_not_only_us_is_refused(desk: Any, aud: Any, azp: Any) -> None:
    """R-JWT-7, SEC 5.1.3 #3: 401, also when further audiences stand beside us; we trust none of them."""
    desk.must_refuse(desk.launch({"aud": aud, "azp": azp}), 401, "token-audience")


@pytest.mark.parametrize("azp", ["stranger", "", 5, ["client-1"]])
def test_azp_must_be_us(desk: Any, azp: Any) -> None:
    """R-JWT-8, SEC 5.1.3 #5."""
    desk.must_refuse(desk.launch({"azp": azp}), 401, "token-audience")


# --- times


@pytest.mark.parametrize("seconds", [300, 1, -30])
def test_exp_in_the_future_or_within_the_leeway(desk: Any, seconds: int) -> None:
    """R-JWT-9, SEC 5.1.3 #7."""
    assert desk.launch({"exp": NOW() + seconds}).status_code == 303


@pytest.mark.parametrize("seconds", [-90, -3600, -1e9])
def test_exp_that_passed(desk: Any, seconds: float) -> None:
    """R-JWT-9, SEC 5.1.3 #7."""
    desk.must_refuse(desk.launch({"exp": int(NOW() + seconds)}), 401, "token-expired")


NO_TIMES = ["", "1999999999", True, [], {}, 1e300, float("nan"), float("inf"), 10**400]


@pytest.mark.parametrize("value", [None, *NO_TIMES], ids=lambda v: repr(v)[:12])
@pytest.mark.parametrize("name", ["exp", "iat"])
def test_exp_and_iat_must_be_numbers(desk: Any, name: str, value: Any) -> None:
    """R-JWT-9 and R-JWT-10, SEC 5.1.2."""
    desk.must_refuse(desk.launch({name: value}), 401, "claim-missing" if value is None else "claim-type")


@pytest.mark.parametrize("seconds", [0, 50, -50, -1800])
def test_iat_near_now(desk: Any, seconds: int) -> None:
    """R-JWT-10, CERT Timestamps."""
    assert desk.launch({"iat": int(NOW() + seconds)}).status_code == 303


@pytest.mark.parametrize("seconds", [120, 1e8, -7200, -1e8])
def test_iat_far_off(desk: Any, seconds: float) -> None:
    """R-JWT-10, SEC 5.1.3 #8."""
    desk.must_refuse(desk.launch({"iat": int(NOW() + seconds), "exp": int(NOW() + 2e8)}), 401, "token-time")


# --- nonce


@pytest.mark.parametrize("nonce", [None, "", "foreign", 5, ["x"], True, "\ud800"], ids=repr)
def test_nonce_is_that_of_this_login(desk: Any, nonce: Any) -> None:
    """R-JWT-11, SEC 5.1.3 #9."""
    desk.must_refuse(desk.launch({"nonce": nonce}), 401, "token-nonce")
    assert desk.begun() == 0


def test_nonce_of_a_parallel_login_is_refused(desk: Any) -> None:
    """R-JWT-11, SEC 5.1.3 #9."""
    one, two = desk.login(), desk.login()
    desk.must_refuse(desk.post(one.state, desk.sign(desk.claims(two.nonce))), 401, "token-nonce")


def test_token_is_not_taken_twice(desk: Any) -> None:
    """R-JWT-11: token and state replayed after the cookies went; and the token with a fresh state."""
    begun = desk.login()
    token = desk.sign(desk.claims(begun.nonce))
    assert desk.post(begun.state, token).status_code == 303
    fresh = desk.login()
    desk.must_refuse(desk.post(fresh.state, token), 401, "token-nonce")
    thief = desk.new_browser()
    desk.must_refuse(desk.post(begun.state, token, thief), 401, "state-unknown")
    assert len(desk.rows(VisitRecord)) == 1


def test_refused_launch_spends_its_nonce_and_is_noted(desk: Any) -> None:
    """R-JWT-11: the second, right try with the same state comes too late."""
    begun = desk.login()
    bad = desk.sign(desk.claims(begun.nonce, iss="https://stranger.test"))
    desk.must_refuse(desk.post(begun.state, bad), 401, "token-issuer")
    assert desk.begun() == 0
    desk.must_refuse(desk.post(begun.state, desk.sign(desk.claims(begun.nonce))), 401, "state-unknown")
    assert desk.refused() == ["token-issuer", "state-unknown"]
    assert nobody_came(desk)


# --- not a token


GARBAGE = [
    None, "", "x", "..", "a.b.c", "a.b", "a.b.c.d", "\x00", "é" * 100, "x" * 200_000, b64("[]") + ".e30.x",
    b64('{"alg":"RS256","kid":"platform-1"}') + "." + b64("[1]") + ".AAAA",
    b64("[" * 50_000) + ".e30.x", b64('"RS256"') + ".e30.AA", "eyJ.." + "A" * 100,
]  # fmt: skip


@pytest.mark.parametrize("token", GARBAGE, ids=lambda v: repr(v)[:16])
def test_garbage_is_refused_cleanly(desk: Any, token: str | None) -> None:
    """R-JWT-12, RFC 7519 7.2."""
    response = desk.post(desk.login().state, token)
    assert response.status_code in (400, 401)
    assert "Traceback" not in response.text


@pytest.mark.parametrize("body", [[], [1], "text", None, 5, {}, {"iss": {}}], ids=repr)
def test_signed_body_that_is_no_set_of_claims(desk: Any, body: Any) -> None:
    """R-JWT-12, RFC 7519 7.2."""
    assert desk.post(desk.login().state, desk.sign(body)).status_code in (400, 401)


def test_deep_nesting_is_borne(desk: Any) -> None:
    """R-JWT-12 and R-ERR-2, CWE-674."""
    begun = desk.login()
    claims = json.dumps(desk.claims(begun.nonce))[:-1] + ', "x": ' + "[" * 20_000 + "]" * 20_000 + "}"
    token = jwt.api_jws.encode(claims.encode(), desk.key.private, "RS256", {"kid": desk.key.kid})
    assert desk.post(begun.state, token).status_code in (303, 400)


@pytest.mark.parametrize("typ", [None, "JWT", "jwt", "at+jwt"])
def test_typ_is_optional(desk: Any, typ: str | None) -> None:
    """R-JWT-13, RFC 7519 5.1."""
    assert desk.launch(header={"typ": typ}).status_code == 303


def test_two_registrations_of_one_issuer_do_not_mix(desk: Any) -> None:
    """R-JWT-7 and R-LOGIN-6, CORE 3.1: same issuer and deployment id, other client."""
    desk.register(client_id="client-2", deployment_ids=["deployment-1"])
    assert desk.ask_login(client_id=None).status_code == 409
    begun = desk.login(client_id="client-2")
    desk.must_refuse(desk.post(begun.state, desk.sign(desk.claims(begun.nonce))), 401, "token-audience")
    one = desk.launch().location
    begun = desk.login(client_id="client-2")
    claims = desk.claims(begun.nonce, aud="client-2", azp=None)
    two = desk.post(begun.state, desk.sign(claims))
    assert two.status_code == 303
    visits = {row.public_id: row for row in desk.rows(VisitRecord)}
    first, second = visits[one.split("/")[-2]], visits[two.location.split("/")[-2]]
    assert first.person_id != second.person_id
    assert first.resource_link_id != second.resource_link_id
    assert first.cohort_id != second.cohort_id
