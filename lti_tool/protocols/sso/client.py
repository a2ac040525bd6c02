"""We as a relying party: discovery, keys, codes and ID tokens of the providers. OpenID Connect Core 1.0, Discovery 1.0.

What a provider says of itself and its keys are kept for an hour in the memory of the process. An unknown kid fetches
the keys again, at most once a minute. Nothing here touches the database; no transaction may be open at a call.
"""

import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from authlib.oauth2 import OAuth2Client, OAuth2Error
from flask import Flask, current_app
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from config.default import Settings
from config.oidc import Provider
from lti_tool.base import clock
from lti_tool.base.errors import NotFound, ToolError, Upstream
from lti_tool.protocols.sso.rules import Account, Check, Metadata, NotOurs, UnknownKey, account_of, metadata_of
from lti_tool.protocols.sso.wire_session import WireSession
from lti_tool.web.extensions import tool

KEEP, KEYS_AGAIN_AFTER, AFTER_FAILURE = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=5)
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class _Known:
    """What was fetched of a provider, and when."""

    metadata: Metadata
    keys: KeySet
    at: datetime


class Client:
    """One per process and provider; threads may share it."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self._known: _Known | None = None
        self._rests_until = clock.now()
        self._lock = threading.Lock()

    def authorization_url(self, *, redirect_uri: str, state: str, verifier: str, nonce: str) -> str:
        """Where the browser goes to sign in. Call `known` before, with no transaction open."""
        oauth = self._oauth(redirect_uri)
        endpoint = self.known().metadata.authorization_endpoint
        url, _ = oauth.create_authorization_url(endpoint, state=state, code_verifier=verifier, nonce=nonce)
        return str(url)

    def account(self, check: Check, *, code: str, redirect_uri: str, verifier: str) -> Account:
        """The account that signed in. Raises Upstream("oidc-down" | "oidc-answer") and Busy."""
        with self._patience():
            known = self.known()
            token = self._token(known.metadata, code, redirect_uri, verifier)
            return self._told(lambda: self._account(token, known, check))

    def _account(self, token: Mapping[str, Any], known: _Known, check: Check) -> Account:
        try:
            return account_of(token, known.metadata, known.keys, check)
        except UnknownKey:
            return account_of(token, known.metadata, self._newer_keys(known), check)

    def known(self) -> _Known:
        """What the provider says of itself, fetched when it is not known yet. Raises as `account`."""
        found = self._known
        if found is not None and clock.now() < found.at + KEEP:
            return found
        with self._patience(), self._lock:
            if self._known is found or self._known is None:
                self._known = self._told(self._fetch)
            return self._known

    def _fetch(self) -> _Known:
        """Whoever waited for another one's try that failed, does not try again at once."""
        if clock.now() < self._rests_until:
            raise Upstream("upstream-unreachable", retry=True)
        try:
            return self._fetched()
        except (ToolError, NotOurs):
            self._rests_until = clock.now() + AFTER_FAILURE
            raise

    def _fetched(self) -> _Known:
        document, _ = tool().wire.get_json(self.provider.discovery)
        metadata = metadata_of(document, self.provider.issuer)
        return _Known(metadata, self._keys(metadata), clock.now())

    def _newer_keys(self, known: _Known) -> KeySet:
        """Fetched again, unless that was done a moment ago."""
        with self._lock:
            latest = self._known or known
            if clock.now() < latest.at + KEYS_AGAIN_AFTER:
                return latest.keys
            self._known = _Known(known.metadata, self._keys(known.metadata), clock.now())
            return self._known.keys

    def _keys(self, metadata: Metadata) -> KeySet:
        document, _ = tool().wire.get_json(metadata.jwks_uri)
        try:
            return KeySet.import_key_set(document)
        except (JoseError, ValueError, TypeError, KeyError, AttributeError):
            raise NotOurs("keys") from None

    def _token(self, metadata: Metadata, code: str, redirect_uri: str, verifier: str) -> Mapping[str, Any]:
        oauth = self._oauth(redirect_uri, metadata.auth_method)
        return self._told(
            lambda: oauth.fetch_token(
                metadata.token_endpoint, grant_type="authorization_code", code=code, code_verifier=verifier,
                redirect_uri=redirect_uri,
            )
        )  # fmt: skip

    def _oauth(self, redirect_uri: str, auth_method: str | None = None) -> OAuth2Client:
        return OAuth2Client(
            WireSession(tool().wire), client_id=self.provider.client_id, client_secret=self.provider.client_secret,
            scope=self.provider.scope, redirect_uri=redirect_uri, code_challenge_method="S256",
            token_endpoint_auth_method=auth_method,
        )  # fmt: skip

    def _patience(self) -> AbstractContextManager[None]:
        """One place for all calls in a row."""
        return tool().patience.waiting_for(self.provider.discovery)

    def _told(self, call: Callable[[], Found]) -> Found:
        """What the call gives; what goes wrong on the provider's side in the words of a sign-in."""
        label = self.provider.label
        try:
            return call()
        except OAuth2Error as problem:
            raise Upstream("oidc-answer", retry=False, provider=label, reason=str(problem.error)[:64]) from None
        except (NotOurs, UnknownKey) as problem:
            raise Upstream("oidc-answer", retry=False, provider=label, reason=problem.what) from None
        except ToolError as problem:
            if problem.code == "servers-busy":
                raise
            raise Upstream("oidc-down", retry=True, provider=label, reason=problem.code) from None


def init(app: Flask, settings: Settings) -> None:
    app.extensions["oidc"] = {provider.name: Client(provider) for provider in settings.oidc_providers}


def providers() -> tuple[Provider, ...]:
    """Those of the settings, in their order."""
    return tuple(client.provider for client in current_app.extensions["oidc"].values())


def client_of(name: str) -> Client:
    """Raises NotFound("oidc-provider")."""
    found: Client | None = current_app.extensions["oidc"].get(name)
    if found is None:
        raise NotFound("oidc-provider")
    return found
