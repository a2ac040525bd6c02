"""Tokens as an attacker makes them: any header over any claims, signed with whatever is at hand."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa


def b64(data: bytes | str) -> str:
    raw = data.encode() if isinstance(data, str) else data
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unsigned(header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
    return f"{b64(json.dumps(header))}.{b64(json.dumps(claims))}"


def with_rsa(header: Mapping[str, Any], claims: Mapping[str, Any], private: rsa.RSAPrivateKey) -> str:
    """A sound RS256 signature, whatever the header calls it."""
    text = unsigned(header, claims)
    algorithm = jwt.algorithms.RSAAlgorithm(jwt.algorithms.RSAAlgorithm.SHA256)
    return f"{text}.{b64(algorithm.sign(text.encode(), private))}"


def with_hmac(header: Mapping[str, Any], claims: Mapping[str, Any], secret: bytes) -> str:
    text = unsigned(header, claims)
    digest = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}[header["alg"]]
    return f"{text}.{b64(hmac.new(secret, text.encode(), digest).digest())}"


def public_secrets(jwk: Mapping[str, Any], public: rsa.RSAPublicKey) -> Iterator[bytes]:
    """Everything public of a key that a careless verifier might take for a shared secret."""
    encodings, formats = serialization.Encoding, serialization.PublicFormat
    for encoding in (encodings.PEM, encodings.DER):
        for form in (formats.SubjectPublicKeyInfo, formats.PKCS1):
            text = public.public_bytes(encoding, form)
            yield from (text, text.strip())
    number = public.public_numbers().n
    yield from (number.to_bytes(256, "big"), str(number).encode(), jwk["n"].encode(), jwk["kid"].encode())
    yield from (json.dumps(jwk).encode(), json.dumps(jwk, separators=(",", ":")).encode(), b"", b"\x00", b"None")
