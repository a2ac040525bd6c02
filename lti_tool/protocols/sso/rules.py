"""What we believe of a provider: its metadata (Discovery 1.0, 4.3) and its ID tokens (Core 1.0, 3.1.3.7). Pure.

Authlib checks the claims, joserfc the signature. Only asymmetric algorithms: our client secret is no key, and no token
comes without a signature.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from lti_tool.base.vault import fingerprint

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
LONGEST_SUBJECT = 255
ISSUER_LETTERS = 32


class NotOurs(Exception):
    """What cannot be accepted, in one word for the log and the page."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class UnknownKey(NotOurs):
    """The token names a key that is not in the set: perhaps a new one."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """What we need of a provider's metadata."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    auth_method: str
    names_itself: bool
    """It sends its issuer beside every code (RFC 9207)."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who signed in: the names by which a person is known (people.Identity)."""

    authority: str
    subject: str


@dataclass(frozen=True, slots=True)
class Check:
    """What an ID token must agree with."""

    client_id: str
    nonce: str
    now: datetime
    leeway_s: int


def authority_of(issuer: str) -> str:
    """A provider's name in identities. Shortened, since issuers may be longer than the column."""
    return f"oidc:{fingerprint(issuer.rstrip('/'))[:ISSUER_LETTERS]}"


def metadata_of(document: Any, issuer: str) -> Metadata:
    """Raises NotOurs. A provider may speak for the issuer of its own address only."""
    if not isinstance(document, dict):
        raise NotOurs("metadata")
    told = str(document.get("issuer", ""))
    if told.rstrip("/") != issuer.rstrip("/"):
        raise NotOurs("issuer")
    names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    addresses = {name: _address(document, name, issuer) for name in names}
    return Metadata(
        issuer=told, auth_method=_auth_method(document.get("token_endpoint_auth_methods_supported")),
        names_itself=document.get("authorization_response_iss_parameter_supported") is True, **addresses,
    )  # fmt: skip


def _address(document: dict[str, Any], name: str, issuer: str) -> str:
    """Over https; over http only where the provider itself is (which the wire allows within one's own network)."""
    found = document.get(name)
    if not isinstance(found, str) or urlsplit(found).scheme not in ("https", urlsplit(issuer).scheme):
        raise NotOurs(name)
    return found


def _auth_method(supported: Any) -> str:
    """In the form where it may be: in the header providers disagree on how special characters are written."""
    return "client_secret_post" if isinstance(supported, list) and "client_secret_post" in supported else (
        "client_secret_basic"
    )  # fmt: skip


def account_of(token: Mapping[str, Any], metadata: Metadata, keys: KeySet, check: Check) -> Account:
    """The account of an answer to a code. Raises NotOurs, and UnknownKey where newer keys may help."""
    try:
        found = jwt.decode(
            str(token.get("id_token", "")), keys,
            registry=JWSRegistry(algorithms=list(ALGORITHMS), strict_check_header=False),
        )  # fmt: skip
    except InvalidKeyIdError:
        raise UnknownKey("kid") from None
    except (JoseError, ValueError, TypeError) as problem:
        raise NotOurs(getattr(problem, "error", "") or "id_token") from None
    _check_claims(found, token, metadata, check)
    subject = found.claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT:
        raise NotOurs("sub")
    return Account(authority_of(metadata.issuer), subject)


def _check_claims(found: jwt.Token, token: Mapping[str, Any], metadata: Metadata, check: Check) -> None:
    options: Any = {
        "iss": {"essential": True, "value": metadata.issuer}, "aud": {"essential": True, "value": check.client_id},
    }  # fmt: skip
    params = {"nonce": check.nonce, "client_id": check.client_id, "access_token": token.get("access_token")}
    try:
        id_token = CodeIDToken(found.claims, found.header, options, params)
        id_token.validate(now=int(check.now.timestamp()), leeway=check.leeway_s)
    except (JoseError, ValueError, TypeError) as problem:
        raise NotOurs(str(getattr(problem, "claim", None) or getattr(problem, "error", "") or "claims")) from None
