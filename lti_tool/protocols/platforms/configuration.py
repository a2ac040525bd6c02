"""What a platform says of itself when it registers: its openid_configuration (Dynamic Registration 1.0, 3.4).

Whose issuer it may name: that of its own address. The issuer has the scheme, host and port of the address from which
the configuration came, and its path leads to that address (a Moodle in a folder has an issuer with that folder), so
that neither another host nor a neighbour on the same host can speak for it. The exceptions are the hosted platforms
of `families`, each with the hosts that may. Nothing here goes out; nothing here is believed any further.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

from lti_tool.base.errors import Forbidden, Invalid
from lti_tool.base.wire_guard import AllowedHosts
from lti_tool.protocols.platforms.families import WELL_KNOWN, Family, Hosted, family_named, family_of

PLATFORM_PART = "https://purl.imsglobal.org/spec/lti-platform-configuration"
ACCOUNT_NAME = "https://canvas.instructure.com/lti/account_name"
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri", "registration_endpoint")
CALLED = ENDPOINTS[1:]
LONGEST_URL, LONGEST_ISSUER = 1024, 512
USUAL_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """A configuration that was checked."""

    url: str
    issuer: str
    name: str
    family: str
    auth_login_url: str
    auth_token_url: str
    key_set_url: str
    registration_url: str
    audience: str | None
    environment: str | None
    """"production" or "test" where the issuer tells."""

    @property
    def shares_issuer(self) -> bool:
        """True where many schools have this issuer."""
        return _hosted(family_named(self.family), self.issuer) is not None


def configuration_of(url: str, document: Any, allowed: AllowedHosts) -> Configuration:
    """The document that came from this address, checked.

    Raises Invalid("configuration-unreadable" | "configuration-member" | "configuration-algorithm"),
    Forbidden("configuration-issuer" | "configuration-private").
    """
    if not isinstance(document, dict):
        raise Invalid("configuration-unreadable")
    part = document.get(PLATFORM_PART)
    part = part if isinstance(part, dict) else {}
    family = family_of(_text(part.get("product_family_code")))
    issuer = _address(document, "issuer", LONGEST_ISSUER)
    _must_speak_for(url, issuer, family)
    found = {name: _address(document, name, LONGEST_URL) for name in ENDPOINTS}
    _must_sign_rs256(document)
    for name in CALLED:
        if allowed.surely_lack(found[name]):
            raise Forbidden("configuration-private", member=name, host=urlsplit(found[name]).hostname)
    hosted = _hosted(family, issuer)
    return Configuration(
        url=url, issuer=issuer, family=family.name, environment=hosted.environment if hosted else None,
        name=(_text(part.get(ACCOUNT_NAME)) or urlsplit(issuer).hostname or issuer)[:255],
        auth_login_url=found["authorization_endpoint"], auth_token_url=found["token_endpoint"],
        key_set_url=found["jwks_uri"], registration_url=found["registration_endpoint"],
        audience=_audience(document, family, found["token_endpoint"]),
    )  # fmt: skip


def _text(value: Any) -> str:
    """A text as it may be stored and shown on one line."""
    if not isinstance(value, str):
        return ""
    return "".join(c for c in value if c.isprintable()).encode("utf-8", "replace").decode().strip()


def is_address(value: Any, longest: int = LONGEST_URL) -> bool:
    """True for an http(s) address with a host, without a name, password, fragment or anything unprintable in it."""
    if not isinstance(value, str) or not 0 < len(value) <= longest or not (value.isascii() and value.isprintable()):
        return False
    parts = _split(value)
    plain = parts is not None and not parts.fragment and " " not in value and "\\" not in value
    return plain and parts is not None and origin_parts(parts) is not None


def _address(document: Mapping[str, Any], name: str, longest: int) -> str:
    value = document.get(name)
    if not is_address(value, longest) or (name == "issuer" and "?" in str(value)):
        raise Invalid("configuration-member", member=name)
    return str(value)


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts


def origin_parts(parts: SplitResult) -> tuple[str, str, int] | None:
    """Scheme, host in small letters, and port; None where one of them or more is amiss."""
    if parts.scheme not in USUAL_PORTS or not parts.hostname or "@" in parts.netloc:
        return None
    return parts.scheme, parts.hostname.lower(), parts.port or USUAL_PORTS[parts.scheme]


def _must_speak_for(url: str, issuer: str, family: Family) -> None:
    here, named = _split(url), _split(issuer)
    if here is not None and named is not None:
        is_own = origin_parts(here) == origin_parts(named) and _leads_to(named.path, here.path)
        if is_own or _may_host(_hosted(family, issuer), here, family):
            return
    raise Forbidden(
        "configuration-issuer", issuer=issuer[:255], host=(here.hostname if here else None) or "?",
    )  # fmt: skip


def _leads_to(issuer_path: str, path: str) -> bool:
    folder = issuer_path.rstrip("/")
    return path.startswith(folder + "/") or path == WELL_KNOWN + folder


def _hosted(family: Family, issuer: str) -> Hosted | None:
    return next((hosted for hosted in family.hosted if hosted.issuer == issuer), None)


def _may_host(hosted: Hosted | None, here: SplitResult, family: Family) -> bool:
    if hosted is None or here.scheme != "https" or here.port not in (None, 443) or "@" in here.netloc:
        return False
    host = (here.hostname or "").lower()
    first, _, rest = host.partition(".")
    known = host in hosted.hosts or (bool(first) and f"*.{rest}" in hosted.hosts)
    return known and here.path in family.configuration_paths


def is_published_by(url: str, issuer: str, family: Family) -> bool:
    """True if this address is one where platforms of the family publish their configuration, and no user's file."""
    here, named = _split(url), _split(issuer)
    if here is None or named is None:
        return False
    if _may_host(_hosted(family, issuer), here, family):
        return True
    folder = named.path.rstrip("/")
    return origin_parts(here) == origin_parts(named) and here.path in {
        folder + path for path in family.configuration_paths
    }


def _must_sign_rs256(document: Mapping[str, Any]) -> None:
    told = document.get("id_token_signing_alg_values_supported")
    if isinstance(told, list) and "RS256" not in told:
        raise Invalid("configuration-algorithm")


def _audience(document: Mapping[str, Any], family: Family, token_url: str) -> str | None:
    """The audience of token requests, where it is another than the token address (DR 1.0, 2.1)."""
    told = _text(document.get("authorization_server"))[:LONGEST_URL]
    return None if family.takes_token_url_as_audience or told in ("", token_url) else told
