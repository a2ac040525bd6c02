"""The platform's own signing keys: several are published while one follows the other.

Key objects are kept, so that no launch parses a PEM. A kid is never used twice (SEC 6.3).
"""

import json
import secrets
import threading
import time
from dataclasses import dataclass

from joserfc.jwk import RSAKey

from practice_lms.state.store import Store


@dataclass(frozen=True)
class SigningKey:
    """One key pair; withdrawn keys are kept to sign forgeries with."""

    kid: str
    key: RSAKey
    is_published: bool


class KeyRing:
    """Keys, oldest first; the youngest signs."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._keys = self._stored()
        if not self._keys:
            self.rotate(keep_old=True)

    def _stored(self) -> list[SigningKey]:
        rows = self._store.all("SELECT * FROM signing_keys ORDER BY made, kid")
        return [
            SigningKey(row["kid"], RSAKey.import_key(json.loads(row["jwk"])), bool(row["is_published"]))
            for row in rows
        ]

    @property
    def current(self) -> SigningKey:
        """The key that signs now."""
        return self._keys[-1]

    @property
    def previous(self) -> SigningKey:
        """The key before the current one, published or not; the current one when there was none."""
        return self._keys[-2] if len(self._keys) > 1 else self._keys[-1]

    def rotate(self, *, keep_old: bool) -> SigningKey:
        """Sign with a new key from now on; the old ones stay published or are withdrawn at once."""
        new = SigningKey(f"practice-{secrets.token_hex(6)}", RSAKey.generate_key(2048), True)
        with self._lock, self._store.transaction():
            if not keep_old:
                self._store.run("UPDATE signing_keys SET is_published = 0")
            self._store.run(
                "INSERT INTO signing_keys VALUES (?, ?, 1, ?)",
                (new.kid, json.dumps(new.key.as_dict(private=True)), time.time_ns()),
            )
            self._keys = self._stored()
        return self.current

    def public_set(self) -> dict[str, list[dict[str, object]]]:
        """The JWK Set to publish: public members, kid, alg and use."""
        return {
            "keys": [
                {**one.key.as_dict(private=False), "kid": one.kid, "alg": "RS256", "use": "sig"}
                for one in self._keys
                if one.is_published
            ]
        }
