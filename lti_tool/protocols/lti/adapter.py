"""The only importer of PyLTI1p3's login and launch classes; every gap of it is closed here at its seams.

The library (2.0.0) reads claims before the signature, keeps nonces that it never spends, fetches the key set at
each launch without time limit, ignores azp, exp and iat rules, and takes any redirect address. We override the
steps and keep its order-of-ceremony, its message format handling and its authentication request.
What is checked: Security Framework 1.0, 5.1.3; Core 1.3, 5.3. Claims are parsed in `claims.py` afterwards.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jwt
from jwt.types import Options
from jwt.utils import base64url_decode
from pylti1p3.exception import LtiException
from pylti1p3.message_launch import MessageLaunch
from pylti1p3.oidc_login import OIDCLogin
from pylti1p3.redirect import Redirect
from pylti1p3.registration import Registration

from lti_tool.base import clock
from lti_tool.base.errors import Invalid, Unauthorised
from lti_tool.base.vault import same
from lti_tool.protocols.platforms.keysets import ALGORITHM
from lti_tool.protocols.platforms.service import Platform

KeyFinder = Callable[[Platform, str], jwt.PyJWK]
Reader = Callable[[Mapping[str, Any]], None]
LONGEST_TOKEN = 100_000
MOST_SECONDS_OLD = 3600


@dataclass(frozen=True, slots=True)
class Expected:
    """What the begun login fixed: who must have sent the message, and the nonce it must carry."""

    platform: Platform
    nonce: str
    """Fingerprint."""


class _Nothing:
    """Stands where the library wants services that we keep in the database."""

    def __getattr__(self, name: str) -> Any:
        raise LtiException(f"{name} is not used here")


class _Request:
    def __init__(self, parameters: Mapping[str, str]) -> None:
        self._parameters = parameters

    def get_param(self, key: str) -> str | None:
        return self._parameters.get(key)


class _Login(OIDCLogin):  # type: ignore[type-arg]
    """The authentication request (SEC 5.1.1.2) for a registration, state and nonce that we chose."""

    def __init__(self, parameters: Mapping[str, str], platform: Platform, state: str, nonce: str) -> None:
        super().__init__(_Request(parameters), _Nothing(), _Session(), _OneState())
        self._platform, self._state, self._nonce = platform, state, nonce

    def validate_oidc_login(self) -> Registration:
        registration = Registration()
        registration.set_issuer(self._platform.issuer)
        registration.set_client_id(self._platform.client_id)
        registration.set_auth_login_url(self._platform.auth_login_url)
        return registration

    def _get_uuid(self) -> str:
        return self._state

    def _generate_nonce(self) -> str:
        return self._nonce

    def get_redirect(self, url: str) -> Redirect[Any]:
        raise LtiException("redirects are made by the view")


class _Session:
    def save_nonce(self, nonce: str) -> None:
        """The nonce stands in the login attempt."""


class _OneState:
    def set_cookie(self, name: str, value: str, exp: int) -> None:
        """The cookie is made by web.cookies."""


STATE_PREFIX = "state-"
"""The library puts this before every state."""


def authentication_url(
    parameters: Mapping[str, str], platform: Platform, redirect_uri: str, state: str, nonce: str
) -> str:
    """Where to send the browser. `state` comes back as STATE_PREFIX + state. The hints return unaltered."""
    url: str = _Login(parameters, platform, state, nonce)._prepare_redirect_url(redirect_uri)
    _, _, query = url.partition("?")
    # the library adds "?" even to an address that has a query
    return url if "?" not in platform.auth_login_url else platform.auth_login_url + "&" + query.partition("?")[2]


class _Launch(MessageLaunch):  # type: ignore[type-arg]
    """The library's ceremony in our order: nothing is believed before the signature."""

    def __init__(
        self, id_token: str, expected: Expected, key_of: KeyFinder, leeway_s: int, when_signed: Reader
    ) -> None:
        nothing: Any = _Nothing()
        super().__init__(_Request({"id_token": id_token}), nothing, nothing, nothing, requests_session=nothing)
        self._expected, self._key_of, self._leeway_s, self._when_signed = expected, key_of, leeway_s, when_signed
        self._auto_validation = False

    def validate(self) -> "_Launch":
        self.validate_jwt_format().validate_jwt_signature()
        self._when_signed(self.body)
        return self.validate_registration().validate_nonce()

    @property
    def body(self) -> dict[str, Any]:
        """The verified claims."""
        return dict(self._token["body"])

    def _get_request_param(self, key: str) -> str:
        return str(self._request.get_param(key) or "")

    def validate_jwt_format(self) -> "_Launch":
        token = self._get_id_token() if self._get_request_param("id_token") else ""
        if not token:
            raise Invalid("token-missing")
        if len(token) > LONGEST_TOKEN or token.count(".") != 2:
            raise Invalid("token-format")
        header = header_of(token)
        self._token: dict[str, Any] = {"header": header}
        return self

    def validate_jwt_signature(self) -> "_Launch":
        header = self._token["header"]
        if header.get("alg") != ALGORITHM:
            raise Unauthorised("token-algorithm")
        kid = header.get("kid")
        if "crit" in header or not isinstance(kid, str) or not kid:
            raise Unauthorised("token-header")
        key = self._key_of(self._expected.platform, kid)
        options: Options = {
            "verify_aud": False, "verify_exp": False, "verify_iat": False, "verify_nbf": False, "verify_sub": False,
            "verify_jti": False, "verify_iss": False,
        }  # fmt: skip
        try:
            body = jwt.decode(self._get_id_token(), key, algorithms=[ALGORITHM], options=options)
        except jwt.InvalidSignatureError:
            raise Unauthorised("token-signature") from None
        except (jwt.PyJWTError, ValueError, RecursionError):
            raise Invalid("token-format") from None
        self._token["body"] = body
        return self

    def validate_registration(self) -> "_Launch":
        body, platform = self._token["body"], self._expected.platform
        if body.get("iss") != platform.issuer:
            raise Unauthorised("token-issuer")
        check_audience(body, platform.client_id)
        check_times(body, clock.now().timestamp(), self._leeway_s)
        return self

    def validate_nonce(self) -> "_Launch":
        nonce = self._token["body"].get("nonce")
        if not isinstance(nonce, str) or not nonce.isascii() or not same(nonce, self._expected.nonce):
            raise Unauthorised("token-nonce")
        return self


def header_of(token: str) -> dict[str, Any]:
    """The unverified header. The library would scan the whole token for it. Raises Invalid("token-format")."""
    try:
        header = json.loads(base64url_decode(token.partition(".")[0]))
    except (ValueError, RecursionError):
        raise Invalid("token-format") from None
    if not isinstance(header, dict):
        raise Invalid("token-format")
    return header


def verify(
    id_token: str, expected: Expected, key_of: KeyFinder, *, leeway_s: int, when_signed: Reader
) -> dict[str, Any]:
    """The body of a genuine message of the expected platform.

    `when_signed` sees what the platform signed before the rest is judged, to lead a refused person back.
    Raises Invalid("token-missing" | "token-format") and Unauthorised("token-...") for everything else.
    """
    launch = _Launch(id_token, expected, key_of, leeway_s, when_signed)
    launch.validate()
    return launch.body


def verify_notice(token: str, platform: Platform, key_of: KeyFinder, *, leeway_s: int) -> dict[str, Any]:
    """The body of a genuine notice (PNS 4): as a launch, but for the nonce, which nobody gave out before.

    Raises Invalid("token-format") and Unauthorised("token-...").
    """
    notice = _Launch(token, Expected(platform, ""), key_of, leeway_s, lambda _: None)
    notice.validate_jwt_format().validate_jwt_signature().validate_registration()
    return notice.body


def check_audience(body: Mapping[str, Any], client_id: str) -> None:
    """aud names us and nobody else, for we trust no other; azp, where it stands, is us. SEC 5.1.3 #3-5."""
    audience = body.get("aud")
    audiences = [audience] if isinstance(audience, str) else audience
    if not isinstance(audiences, list) or not audiences or any(name != client_id for name in audiences):
        raise Unauthorised("token-audience")
    if body.get("azp") not in (None, client_id):
        raise Unauthorised("token-audience")


def check_times(body: Mapping[str, Any], now: float, leeway_s: int) -> None:
    """exp and iat are there, numeric and near now. SEC 5.1.3 #7-8."""
    moments = {}
    for name in ("exp", "iat", "nbf"):
        value = body.get(name)
        if value is None and name == "nbf":
            continue
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e12:
            raise Unauthorised("claim-missing" if value is None else "claim-type", claim=name)
        moments[name] = float(value)
    if now >= moments["exp"] + leeway_s:
        raise Unauthorised("token-expired")
    off = moments["iat"] - now
    if off > leeway_s or -off > MOST_SECONDS_OLD + leeway_s or moments.get("nbf", now) > now + leeway_s:
        raise Unauthorised("token-time", seconds=round(abs(off)))
