"""The OIDC providers at which staff may sign in, from the TOML file of the setting `oidc_file`: a table for each.

    [surfconext]
    label = "SURFconext"
    discovery = "https://connect.surfconext.nl/.well-known/openid-configuration"
    client_id = "..."
    client_secret = "..."
"""

import re
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

WELL_KNOWN = "/.well-known/openid-configuration"
NAME = re.compile(r"[a-z0-9-]{1,32}")
SHARED_TENANTS = ("common", "organizations", "consumers")


class ProvidersError(Exception):
    """What is wrong with the file, as the rest of a sentence that began with its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """One table of the file."""

    name: str
    """The table's own: it stands in our redirect address, so it must not change."""
    label: str
    discovery: str
    client_id: str
    client_secret: str
    scope: str = "openid"

    @property
    def issuer(self) -> str:
        """OpenID Connect Discovery 1.0, 4.1: the address is made of the issuer. Without a slash at its end."""
        return self.discovery.removesuffix(WELL_KNOWN)


def read(path: str) -> tuple[Provider, ...]:
    """All providers, in the order of the file; none without a file. Raises ProvidersError."""
    if not path:
        return ()
    try:
        document = tomllib.loads(Path(path).read_text())
    except OSError as problem:
        raise ProvidersError(f"which cannot be read: {problem.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise ProvidersError("which is no TOML.") from None
    return tuple(_provider(name, table) for name, table in document.items())


def _provider(name: str, table: Any) -> Provider:
    known = {field.name for field in fields(Provider)} - {"name"}
    if not NAME.fullmatch(name) or not isinstance(table, dict):
        raise ProvidersError(f"in which {name!r} is no table with a name of small letters, digits and dashes.")
    for member, value in table.items():
        if member not in known or not isinstance(value, str) or not value:
            may = ", ".join(sorted(known))
            raise ProvidersError(f"in which [{name}] holds {member!r}; it may hold the texts {may}.")
    lacking = sorted(known - {"scope"} - set(table))
    if lacking:
        raise ProvidersError(f"in which [{name}] lacks {', '.join(lacking)}.")
    found = Provider(name=name, **table)
    _check_discovery(found)
    if "openid" not in found.scope.split():
        raise ProvidersError(f'in which the scope of [{name}] lacks "openid".')
    return found


def _check_discovery(found: Provider) -> None:
    place = urlsplit(found.discovery)
    if place.scheme not in ("https", "http") or not place.hostname or not found.discovery.endswith(WELL_KNOWN):
        raise ProvidersError(f"in which the discovery of [{found.name}] is no address that ends in {WELL_KNOWN}.")
    if set(place.path.split("/")) & set(SHARED_TENANTS) and place.hostname == "login.microsoftonline.com":
        raise ProvidersError(
            f"in which the discovery of [{found.name}] is shared by all tenants; put your tenant's id in its place."
        )
