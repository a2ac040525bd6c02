"""Whose credentials these are: one client id at one token server is of one platform, and of no other.

We sign for a client id what the audience's token server believes, and send what it gives us to whatever addresses the
platform's launches name. A platform that named another's client id, with that one's token address or audience, would
so get the other's tokens. Nothing of an address is proved by naming it, so such a registration is refused.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.base.errors import Conflict
from lti_tool.protocols.platforms.families import FAMILIES, Hosted
from lti_tool.protocols.platforms.models import FormerClient, Registration

HOSTED = tuple(hosted for family in FAMILIES.values() for hosted in family.hosted)


@dataclass(frozen=True, slots=True)
class Credentials:
    """As whom we ask for tokens, and where."""

    issuer: str
    client_id: str
    auth_token_url: str
    audience: str | None


def must_be_its_own(session: Session, named: Credentials, registration_id: int | None) -> None:
    """Raises Conflict("client-of-another"). `registration_id`: whose they are to be; None for one to be made."""
    places = {_place(named.auth_token_url), _place(named.audience or named.auth_token_url)}
    if any(_is_of_another_supplier(place, named.issuer) for place in places):
        raise Conflict("client-of-another")
    former = select(FormerClient.registration_id).where(FormerClient.client_id == named.client_id)
    known = select(Registration).where((Registration.client_id == named.client_id) | Registration.id.in_(former))
    with session.no_autoflush:
        others = [one for one in session.scalars(known) if one.id != registration_id]
    if any(one.issuer == named.issuer or places & _places_of(one) for one in others):
        raise Conflict("client-of-another")


def _places_of(known: Registration) -> set[str]:
    """Where its credentials may be believed: many token servers take the issuer for an audience too."""
    return {_place(text) for text in (known.issuer, known.auth_token_url, known.audience or known.issuer)}


def _place(text: str) -> str:
    """Host and port of an address; a text that is none as it is."""
    try:
        parts = urlsplit(text)
        port = parts.port or {"http": 80}.get(parts.scheme, 443)
    except ValueError:
        return text
    return f"{parts.hostname.rstrip('.')}:{port}" if parts.hostname else text


def _is_of_another_supplier(place: str, issuer: str) -> bool:
    """True for a server that a supplier runs for all its schools, named by somebody with another issuer."""
    host = place.rpartition(":")[0]
    running = [hosted.issuer for hosted in HOSTED if _runs(hosted, host)]
    return bool(running) and issuer not in running


def _runs(hosted: Hosted, host: str) -> bool:
    own = {urlsplit(url).hostname for url in (hosted.issuer, hosted.auth_token_url)}
    return host in own or host in hosted.hosts or f"*.{host.partition('.')[2]}" in hosted.hosts
