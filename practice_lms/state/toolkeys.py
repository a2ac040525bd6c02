"""Public keys of tools: fetched from their JWK Set, kept an hour, again for an unknown kid (SEC 6.4)."""

import json
import threading
import time
from typing import Any

import requests
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from practice_lms.state.tools import Tool

KEPT_S = 3600


class KeysUnavailable(Exception):
    """The tool's key set could not be read."""


class ToolKeys:
    """Key objects by address and kid."""

    def __init__(self) -> None:
        self._sets: dict[str, tuple[float, dict[str, RSAKey]]] = {}
        self._lock = threading.Lock()
        self.fetches = 0

    def find(self, tool: Tool, kid: str) -> RSAKey | None:
        """The key with this kid. Raises KeysUnavailable when the set cannot be read."""
        if tool.jwks:
            return _by_kid(json.loads(tool.jwks)).get(kid)
        fetched, keys = self._sets.get(tool.jwks_url, (0.0, {}))
        if kid not in keys or fetched < time.time() - KEPT_S:
            keys = self._fetch(tool.jwks_url)
        return keys.get(kid)

    def forget(self) -> None:
        """Fetch anew from now on."""
        self._sets.clear()

    def _fetch(self, url: str) -> dict[str, RSAKey]:
        with self._lock:
            self.fetches += 1
            try:
                answer = requests.get(url, timeout=5, headers={"Accept": "application/json"})
                answer.raise_for_status()
                keys = _by_kid(answer.json())
            except (requests.RequestException, ValueError) as error:
                raise KeysUnavailable(f"key set {url}: {type(error).__name__}") from error
            self._sets[url] = (time.time(), keys)
            return keys


def _by_kid(jwks: Any) -> dict[str, RSAKey]:
    members = jwks.get("keys") if isinstance(jwks, dict) else None
    found: dict[str, RSAKey] = {}
    for member in members if isinstance(members, list) else []:
        if isinstance(member, dict) and member.get("kty") == "RSA" and isinstance(member.get("kid"), str):
            try:
                found[member["kid"]] = RSAKey.import_key(member)
            except (JoseError, ValueError):
                continue
    return found
