"""Secrets at rest: sealed with keys from the settings, so that a leaked database alone opens nothing.

LTI_TOOL_SECRET_KEYS holds one or more keys, newest first. The first seals; all of them open (rotation).
Fernet (AES-128-CBC with HMAC-SHA256) of the cryptography package; the Fernet key is derived from the setting.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from lti_tool.base.errors import Invalid


class Vault:
    def __init__(self, secret_keys: Sequence[str]) -> None:
        if not secret_keys:
            raise Invalid("secret-keys-missing")
        self._fernet = MultiFernet([Fernet(_derive(key)) for key in secret_keys])

    def seal(self, plain: str) -> str:
        return self._fernet.encrypt(plain.encode()).decode()

    def open(self, sealed: str) -> str:
        """Raises Invalid("sealed-with-unknown-key")."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise Invalid("sealed-with-unknown-key") from None


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
