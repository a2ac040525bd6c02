"""X-Forwarded-* headers are believed only from the proxies named in the settings."""

import ipaddress
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from config.default import SettingError

WsgiApp = Callable[[dict[str, Any], Any], Iterable[bytes]]


Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def networks(trusted: Sequence[str]) -> list[Network]:
    """Raises SettingError."""
    try:
        return [ipaddress.ip_network(entry) for entry in trusted]
    except ValueError as error:
        raise SettingError(f"LTI_TOOL_TRUSTED_PROXIES: {error}. Addresses such as 127.0.0.1, no names.") from None


class BelieveOnly:
    """Let requests of trusted proxies through `believing`, all others through `plain`."""

    def __init__(self, plain: WsgiApp, believing: WsgiApp, trusted: Sequence[str]) -> None:
        self._plain, self._believing = plain, believing
        self._networks = networks(trusted)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        chosen = self._believing if self._networks and self._trusts(environ) else self._plain
        return chosen(environ, start_response)

    def _trusts(self, environ: dict[str, Any]) -> bool:
        try:
            address = ipaddress.ip_address(environ.get("REMOTE_ADDR", ""))
        except ValueError:
            return False
        return any(address in network for network in self._networks)
