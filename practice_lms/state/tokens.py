"""Access tokens and spent ids, in memory: a restart ends them, as an expired token would."""

import secrets
import threading
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class AccessToken:
    """What a bearer token stands for; `expires` in seconds since 1970."""

    client_id: str
    scopes: frozenset[str]
    expires: float


class TokenBook:
    """Issued tokens by their opaque value."""

    def __init__(self) -> None:
        self._tokens: dict[str, AccessToken] = {}
        self._lock = threading.Lock()

    def issue(self, client_id: str, scopes: frozenset[str], lifetime_s: int) -> str:
        """A new opaque token."""
        value = secrets.token_urlsafe(32)
        with self._lock:
            self._drop_expired()
            self._tokens[value] = AccessToken(client_id, scopes, time.time() + lifetime_s)
        return value

    def find(self, value: str) -> AccessToken | None:
        """The token while it lives."""
        token = self._tokens.get(value)
        return token if token is not None and token.expires > time.time() else None

    def revoke_all(self) -> None:
        """End every token now."""
        with self._lock:
            self._tokens.clear()

    def _drop_expired(self) -> None:
        if len(self._tokens) > 1000:
            now = time.time()
            self._tokens = {value: token for value, token in self._tokens.items() if token.expires > now}


class SpentIds:
    """Ids that may be used once (jti of assertions, nonce of deep linking answers)."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}
        self._lock = threading.Lock()

    def spend(self, one_time_id: str, until: float) -> bool:
        """True the first time; the id is remembered until then."""
        now = time.time()
        with self._lock:
            if self._until.get(one_time_id, 0) > now:
                return False
            if len(self._until) > 5000:
                self._until = {key: end for key, end in self._until.items() if end > now}
            self._until[one_time_id] = until
        return True
