"""Attacks on the signature: algorithms confused, keys brought along, tricks with the key id.

Security Framework 1.0, 5.1.3 and 5.4; RFC 8725, 2.1 and 3.10. The launch of the platform itself enters at the end of
each test, so that nothing is refused for want of something else.
"""

import hashlib
import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from lti_tool.learning.people.models import Person
from tests.certification.forging import b64, public_secrets, unsigned, with_hmac, with_rsa
from tests.certification.key_server import Key

KEY_SET = "/jwks.json"


def must_be_closed(desk: Any, token: str, state: str, codes: tuple[str, ...]) -> None:
    response = desk.post(state, token)
    assert response.status_code in (400, 401), response.text
    assert desk.refused()[-1] in codes, desk.refused()[-1]
    assert not desk.rows(Person)


def only_the_key_set_was_fetched(desk: Any) -> bool:
    return set(desk.server.paths) <= {KEY_SET}


# --- algorithms


@pytest.mark.parametrize("alg", ["HS256", "HS384", "HS512"])
def test_nothing_public_of_a_key_is_a_shared_secret(desk: Any, alg: str) -> None:
    """R-JWT-3, RFC 8725 2.1: HMAC with the public key in each form that it has."""
    desk.server.publish({**desk.key.jwk, "alg": alg}, desk.key.jwk)
    for secret in public_secrets(desk.key.jwk, desk.key.private.public_key()):
        begun = desk.login()
        token = with_hmac({"alg": alg, "kid": desk.key.kid}, desk.claims(begun.nonce), secret)
        must_be_closed(desk, token, begun.state, ("token-algorithm",))
    assert desk.launch().status_code == 303


def test_a_published_shared_secret_signs_nothing(desk: Any) -> None:
    """R-JWT-3, SEC 5.4: symmetric keys in the platform's own set are passed over."""
    desk.server.publish({"kty": "oct", "kid": "shared", "k": b64(b"s" * 32), "alg": "HS256"}, desk.key.jwk)
    for alg in ("HS256", "RS256"):
        begun = desk.login()
        token = with_hmac({"alg": "HS256", "kid": "shared"}, desk.claims(begun.nonce), b"s" * 32)
        token = f"{b64(json.dumps({'alg': alg, 'kid': 'shared'}))}.{token.partition('.')[2]}"
        must_be_closed(desk, token, begun.state, ("token-algorithm", "token-key"))
    assert desk.launch().status_code == 303


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", "", " ", None, 0, [], ["none", "RS256"], {}])
@pytest.mark.parametrize("signature", ["", "AAAA", "of the platform"])
def test_a_token_that_says_it_is_unsigned_is_refused(desk: Any, alg: Any, signature: str) -> None:
    """R-JWT-3, SEC 5.1.3 #6: also with a sound signature behind it."""
    begun = desk.login()
    header = {"alg": alg, "kid": desk.key.kid}
    token = with_rsa(header, desk.claims(begun.nonce), desk.key.private)
    if signature != "of the platform":
        token = f"{token.rpartition('.')[0]}.{signature}"
    must_be_closed(desk, token, begun.state, ("token-algorithm",))


@pytest.mark.parametrize("alg", ["RS384", "RS512", "PS256", "PS384", "PS512"])
def test_the_platforms_key_by_another_algorithm_is_refused(desk: Any, alg: str) -> None:
    """R-JWT-3, SEC 5.4: only the registered RS256, though the key is the right one and says so."""
    desk.server.publish({**desk.key.jwk, "alg": alg, "kid": "other"}, desk.key.jwk)
    for kid in ("other", desk.key.kid):
        begun = desk.login()
        token = jwt.encode(desk.claims(begun.nonce), desk.key.private, alg, {"kid": kid})
        must_be_closed(desk, token, begun.state, ("token-algorithm",))
        renamed = f"{b64(json.dumps({'alg': 'RS256', 'kid': desk.key.kid}))}.{token.partition('.')[2]}"
        begun = desk.login()
        must_be_closed(desk, renamed, begun.state, ("token-signature",))
    assert desk.launch().status_code == 303


@pytest.mark.parametrize("alg", ["ES256", "ES384", "EdDSA"])
def test_an_elliptic_key_is_refused_also_when_it_is_published(desk: Any, alg: str) -> None:
    """R-JWT-3, SEC 5.4."""
    curves = {"ES256": ec.SECP256R1(), "ES384": ec.SECP384R1()}
    private: Any = ed25519.Ed25519PrivateKey.generate() if alg == "EdDSA" else ec.generate_private_key(curves[alg])
    maker = jwt.algorithms.OKPAlgorithm if alg == "EdDSA" else jwt.algorithms.ECAlgorithm
    public = maker.to_jwk(private.public_key(), as_dict=True)
    desk.server.publish({**public, "kid": "curve", "alg": alg}, desk.key.jwk)
    for kid in ("curve", desk.key.kid):
        begun = desk.login()
        token = jwt.encode(desk.claims(begun.nonce), private, alg, {"kid": kid})
        must_be_closed(desk, token, begun.state, ("token-algorithm",))
    assert desk.launch().status_code == 303


@pytest.mark.parametrize(
    "alg", ["rs256", "RS256 ", " RS256", "RS256\x00", "RS256,none", "ＲＳ256", ["RS256"], {"RS256": 1}]
)
def test_a_name_that_is_nearly_rs256_is_refused(desk: Any, alg: Any) -> None:
    """R-JWT-3, RFC 7515 4.1.1: names of algorithms are compared letter by letter."""
    begun = desk.login()
    token = with_rsa({"alg": alg, "kid": desk.key.kid}, desk.claims(begun.nonce), desk.key.private)
    must_be_closed(desk, token, begun.state, ("token-algorithm",))


@pytest.mark.parametrize(
    "more", [{"crit": ["b64"], "b64": False}, {"b64": False}, {"crit": []}, {"crit": "exp"}], ids=str
)
def test_headers_that_change_what_is_signed_are_refused(desk: Any, more: dict[str, Any]) -> None:
    """R-JWT-5, RFC 7515 4.1.11; RFC 7797."""
    begun = desk.login()
    header = {"alg": "RS256", "kid": desk.key.kid, **more}
    token = with_rsa(header, desk.claims(begun.nonce), desk.key.private)
    must_be_closed(desk, token, begun.state, ("token-header", "token-format"))


def test_an_encrypted_token_is_refused(desk: Any) -> None:
    """R-JWT-12: five parts, as a JWE has them."""
    begun = desk.login()
    header = {"alg": "RSA-OAEP", "enc": "A128GCM", "kid": desk.key.kid}
    must_be_closed(desk, f"{unsigned(header, desk.claims(begun.nonce))}.AA.AA.AA", begun.state, ("token-format",))


def test_the_signature_of_another_token_does_not_fit(desk: Any) -> None:
    """R-JWT-1: header, claims and signature of sound tokens, mixed."""
    one, two = desk.login(), desk.login()
    first = desk.sign(desk.claims(one.nonce)).split(".")
    second = desk.sign(desk.claims(two.nonce, sub="person-2")).split(".")
    must_be_closed(desk, ".".join((first[0], first[1], second[2])), one.state, ("token-signature",))
    must_be_closed(desk, ".".join((second[0], second[1], first[2])), two.state, ("token-signature",))


@pytest.mark.filterwarnings("ignore::jwt.InsecureKeyLengthWarning")
@pytest.mark.parametrize("bits", [1024, 2040])
def test_a_published_key_that_is_too_short_signs_nothing(desk: Any, bits: int) -> None:
    """R-JWT-1, RFC 7518 3.3: RS256 with 2048 bits or more; whoever breaks a short key is not the platform."""
    short = Key("short", rsa.generate_private_key(65537, bits))
    desk.server.publish(short.jwk, desk.key.jwk)
    desk.must_refuse(desk.launch(key=short), 401, "token-key")
    assert desk.launch().status_code == 303


@pytest.mark.parametrize("exponent", [1, 2, 0, 65536])
def test_a_published_key_with_a_senseless_exponent_signs_nothing(desk: Any, exponent: int) -> None:
    """R-JWT-1, R-KEY-7: under the exponent 1 everybody can sign."""
    raw = exponent.to_bytes(3, "big").lstrip(b"\x00") or b"\x00"
    desk.server.publish({**desk.key.jwk, "kid": "weak", "e": b64(raw)}, desk.key.jwk)
    begun = desk.login()
    text = unsigned({"alg": "RS256", "kid": "weak"}, desk.claims(begun.nonce))
    digest = bytes.fromhex("3031300d060960864801650304020105000420") + hashlib.sha256(text.encode()).digest()
    padded = b"\x00\x01" + b"\xff" * (256 - 3 - len(digest)) + b"\x00" + digest
    must_be_closed(desk, f"{text}.{b64(padded)}", begun.state, ("token-key", "token-signature"))
    assert desk.launch().status_code == 303


# --- keys that the token brings


@pytest.mark.parametrize("name", ["jwk", "jku", "x5u", "x5c", "x5t", "x5t#S256", "all"])
def test_a_key_in_the_header_is_not_used_and_nothing_is_fetched_for_it(desk: Any, other_key: Any, name: str) -> None:
    """R-JWT-4, SEC 5.4; RFC 8725 3.10: though the address named may be called, and serves the forger's key."""
    address = f"http://127.0.0.1:{desk.server.port}/evil.json"
    desk.server.elsewhere = json.dumps({"keys": [{**other_key.jwk, "kid": desk.key.kid}, other_key.jwk]}).encode()
    brought = {
        "jwk": other_key.jwk, "jku": address, "x5u": address, "x5c": ["MIIB"], "x5t": "AAAA", "x5t#S256": "AAAA",
    }  # fmt: skip
    header = brought if name == "all" else {name: brought[name]}
    for kid, code in ((other_key.kid, "token-key"), (desk.key.kid, "token-signature")):
        begun = desk.login()
        token = with_rsa({"alg": "RS256", "kid": kid, **header}, desk.claims(begun.nonce), other_key.private)
        must_be_closed(desk, token, begun.state, (code,))
    begun = desk.login()
    token = with_rsa({"alg": "RS256", **header}, desk.claims(begun.nonce), other_key.private)
    must_be_closed(desk, token, begun.state, ("token-header",))
    assert desk.launch(header=header).status_code == 303
    assert only_the_key_set_was_fetched(desk), desk.server.paths


# --- the key id

KIDS = [
    "../jwks.json", "../../../../etc/passwd", "/dev/null", "..\\..\\windows\\win.ini", "file:///etc/passwd",
    "http://127.0.0.1:{port}/evil.json", "//127.0.0.1:{port}/evil.json", "https://evil.test/jwks.json",
    "gopher://127.0.0.1:{port}/x", "platform-1\x00", "\x00platform-1", "platform-1\x00.pem", " platform-1",
    "platform-1 ", "platform-1\n", "PLATFORM-1", "platform-1/", "./platform-1", "x/../platform-1", "platform%2D1",
    "plаtform-1",
    "platform‐1", "ｐlatform-1", "\ud800", "\U0001f511", "' OR '1'='1", "1; DROP TABLE key_sets;--", "*", "%", "$(id)",
    "`id`", "{{ 7*7 }}", "%s%n", "__class__", "null", "x" * 255, "x" * 5000,
]  # fmt: skip


def test_tricks_with_the_key_id_find_nothing_and_fetch_nothing_else(desk: Any, other_key: Any) -> None:
    """R-JWT-2, CERT 6.1.1; CWE-22, CWE-918: a key id is compared, never followed."""
    desk.server.elsewhere = json.dumps({"keys": [other_key.jwk]}).encode()
    for trick in KIDS:
        kid = trick.replace("{port}", str(desk.server.port))
        for key in (other_key, desk.key):
            begun = desk.login()
            token = with_rsa({"alg": "RS256", "kid": kid}, desk.claims(begun.nonce), key.private)
            must_be_closed(desk, token, begun.state, ("token-key", "token-key-later"))
    assert only_the_key_set_was_fetched(desk), desk.server.paths
    assert len(desk.server.paths) <= 4
    assert desk.launch().status_code == 303


def test_a_key_id_of_a_hundred_kilobytes_is_refused_cheaply(desk: Any) -> None:
    """R-JWT-2, R-ERR-2, CWE-400: the token is too long before anything is looked up."""
    begun = desk.login()
    token = with_rsa({"alg": "RS256", "kid": "k" * 100_000}, desk.claims(begun.nonce), desk.key.private)
    must_be_closed(desk, token, begun.state, ("token-format",))
    assert desk.server.paths == []


def test_a_key_id_is_compared_as_a_whole(desk: Any) -> None:
    """R-JWT-2: one that only begins like a published one, however long, is another."""
    long = "k" * 255
    desk.server.publish({**desk.key.jwk, "kid": long})
    desk.must_refuse(desk.launch(header={"kid": long + "x"}), 401, "token-key")
    assert desk.launch(header={"kid": long}).status_code == 303


@pytest.mark.parametrize(
    "kid", [0, 1, True, False, [], ["platform-1"], {}, {"kid": "platform-1"}, None, 1.5, ""], ids=repr
)
def test_a_key_id_that_is_no_text_is_refused(desk: Any, kid: Any) -> None:
    """R-JWT-2, RFC 8725 3.2."""
    begun = desk.login()
    token = with_rsa({"alg": "RS256", "kid": kid}, desk.claims(begun.nonce), desk.key.private)
    must_be_closed(desk, token, begun.state, ("token-header",))
    assert desk.server.paths == []
