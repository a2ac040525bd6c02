"""Secrets at rest: sealed with keys from the settings, so that a leaked database alone opens nothing.

LTI_TOOL_SECRET_KEYS holds one or more keys, newest first. The first seals; all of them open (rotation).
Fernet (AES-128-CBC with HMAC-SHA256) of the cryptography package; the Fernet key is derived from the setting.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken

from lti_tool.base.errors import Invalid


class Vault:
    def __init__(self, secret_keys: Sequence[str]) -> None:
        if not secret_keys:
            raise Invalid("secret-keys-missing")
        self._locks = [Fernet(_derive(key)) for key in secret_keys]

    def seal(self, plain: str) -> str:
        return self._locks[0].encrypt(plain.encode()).decode()

    def open(self, sealed: str) -> str:
        """Raises Invalid("sealed-with-unknown-key")."""
        _, plain = self._opened(sealed)
        if plain is None:
            raise Invalid("sealed-with-unknown-key")
        return plain.decode()

    def sealed_by(self, sealed: str) -> int | None:
        """Which of the secret keys sealed this: 1 is the newest; None: none of them."""
        position, _ = self._opened(sealed)
        return position

    def _opened(self, sealed: str) -> tuple[int | None, bytes | None]:
        for position, lock in enumerate(self._locks, start=1):
            try:
                return position, lock.decrypt(sealed.encode())
            except InvalidToken:
                continue
        return None, None


def _derive(key: str) -> bytes:
    return base64.urlsafe_b64encode(hashlib.sha256(b"technohub vault " + key.encode()).digest())


def fingerprint(secret: str) -> str:
    """A one-way name for a random secret, safe to store and to compare: 64 hex characters."""
    return hashlib.sha256(secret.encode()).hexdigest()


def same(secret: str | None, stored_fingerprint: str | None) -> bool:
    """True if the fingerprint is of this secret; compares in constant time."""
    if not secret or not stored_fingerprint:
        return False
    return hmac.compare_digest(fingerprint(secret), stored_fingerprint)
