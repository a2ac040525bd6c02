"""A platform's public keys: fetched seldom, parsed once, found by kid. Security Framework 1.0, 6.3 and 6.4.

- In this process the parsed keys of a registration are kept until the set's max-age passes (10 s to 24 h).
- An unknown kid fetches the set again, from a bucket of 3 that refills one per 10 s per registration, shared by
  all processes. So a rotation is seen at once and a flood of invented kids fetches nothing.
- A fetch that works replaces the set, one that fails keeps it: launches go on with the keys we have.
- Of the threads of a process one fetches; the others wait for it, or go on with the key they have.
No transaction is open while a key set is fetched.
"""

import re
import threading
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import jwt
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.db import insert_missing, writing
from lti_tool.base.errors import Invalid, ToolError, Unauthorised, Upstream
from lti_tool.base.wire import Answer, Wire
from lti_tool.protocols.platforms.models import KeySet
from lti_tool.protocols.platforms.service import Platform

ALGORITHM = "RS256"
BUCKET_SIZE, REFILL_S = 3.0, 10.0
SHORTEST, DEFAULT, LONGEST = timedelta(seconds=REFILL_S), timedelta(hours=1), timedelta(hours=24)
AFTER_FAILURE = timedelta(seconds=30)
OTHERS_FETCH_S, LOOK_EVERY_S = 2.0, 0.1
"""So long a first launch waits for the set that another process is fetching."""
MOST_KEYS = 50


@dataclass(frozen=True, slots=True)
class _Kept:
    keys: Mapping[str, jwt.PyJWK]
    fresh_until: datetime
    is_doubtful: bool = False
    """True when a newer set may be there and could not be fetched."""


class KeyRing:
    """The key sets of all registrations, for one process. Threads may share it."""

    def __init__(self, engine: Engine, wire: Wire) -> None:
        self._engine, self._wire = engine, wire
        self._kept: dict[tuple[int, str], _Kept] = {}
        """By registration and address: keys of an address that was replaced open nothing any more."""
        self._locks: defaultdict[int, threading.Lock] = defaultdict(threading.Lock)

    def key(self, platform: Platform, kid: str) -> jwt.PyJWK:
        """The platform's key of that name.

        Raises Unauthorised("token-key"), "token-key-later" where a newer set could not be fetched just now, and
        Upstream("key-set-unreachable") where there are no keys at all yet.
        """
        kept = self._kept.get(_name_of(platform))
        if not _serves(kept, kid):
            lock = self._locks[platform.id]
            has_key = kept is not None and kid in kept.keys
            if lock.acquire(blocking=not has_key):
                try:
                    kept = self._renew(platform, kid)
                finally:
                    lock.release()
        if kept is not None and kid in kept.keys:
            return kept.keys[kid]
        if kept is not None and kept.is_doubtful:
            raise Unauthorised("token-key-later")
        raise Unauthorised("token-key")

    def _renew(self, platform: Platform, kid: str) -> _Kept:
        """The set that holds: renewed by another thread meanwhile, by another process, or by us now."""
        kept = self._kept.get(_name_of(platform))
        if kept is None or not _serves(kept, kid):
            stored = self._read(platform)
            kept = stored if stored and _serves(stored, kid) else self._fetch(platform, stored)
            self._kept[_name_of(platform)] = kept
        return kept

    def _read(self, platform: Platform) -> _Kept | None:
        with Session(self._engine) as session, session.begin():
            stored = session.get(KeySet, platform.id)
            if stored is None or stored.fresh_until is None:
                return None
            return _Kept(parsed(stored.keys), stored.fresh_until)

    def _fetch(self, platform: Platform, known: _Kept | None) -> _Kept:
        if not self._take_from_bucket(platform.id):
            return replace(known, is_doubtful=True) if known else self._fetched_by_others(platform)
        try:
            document, answer = self._wire.get_json(platform.key_set_url)
            keys = published(document)
        except (Upstream, Invalid) as problem:
            return self._after_failure(platform.id, known, problem)
        fresh_until = clock.now() + _freshness(answer)
        self._store(platform.id, keys, fresh_until)
        return _Kept(parsed(keys), fresh_until)

    def _fetched_by_others(self, platform: Platform) -> _Kept:
        until = time.monotonic() + OTHERS_FETCH_S
        while time.monotonic() < until:
            if found := self._read(platform):
                return found
            time.sleep(LOOK_EVERY_S)
        raise Upstream("key-set-unreachable", retry=True, reason="too-many")

    def _take_from_bucket(self, registration_id: int) -> bool:
        now = clock.now()
        with Session(self._engine) as session, session.begin():
            insert_missing(
                writing(session), KeySet, registration_id=registration_id, keys=[], bucket=BUCKET_SIZE, bucket_at=now
            )
            stored = session.get_one(KeySet, registration_id, with_for_update=True)
            refilled = (now - stored.bucket_at).total_seconds() / REFILL_S
            level = min(BUCKET_SIZE, stored.bucket + max(0.0, refilled))
            if level < 1.0:
                return False
            stored.bucket, stored.bucket_at = level - 1.0, now
            return True

    def _store(self, registration_id: int, keys: list[Any], fresh_until: datetime) -> None:
        with Session(self._engine) as session, session.begin():
            stored = writing(session).get(KeySet, registration_id)
            if stored is not None:  # else the platform got another key set while we fetched this one
                stored.keys, stored.fetched_at, stored.fresh_until = keys, clock.now(), fresh_until

    def _after_failure(self, registration_id: int, known: _Kept | None, problem: ToolError) -> _Kept:
        if known is None or not known.keys:
            raise Upstream("key-set-unreachable", retry=True, reason=problem.code)
        return _Kept(known.keys, clock.now() + AFTER_FAILURE, is_doubtful=True)


def _name_of(platform: Platform) -> tuple[int, str]:
    return platform.id, platform.key_set_url


def _serves(kept: _Kept | None, kid: str) -> bool:
    return kept is not None and kid in kept.keys and clock.now() < kept.fresh_until


def published(document: Any) -> list[Any]:
    """The usable keys of a JWK Set: RSA, meant for signatures, with a kid. Others are no obstacle (R-KEY-7)."""
    keys = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(keys, list):
        raise Upstream("key-set-format", retry=True)
    return [
        {name: key[name] for name in ("kty", "kid", "n", "e")}
        for key in keys[:MOST_KEYS]
        if isinstance(key, dict)
        and key.get("kty") == "RSA"
        and key.get("use", "sig") == "sig"
        and key.get("alg", ALGORITHM) == ALGORITHM
        and all(isinstance(key.get(name), str) for name in ("kid", "n", "e"))
    ]


def parsed(keys: list[Any]) -> dict[str, jwt.PyJWK]:
    found = {}
    for key in keys:
        try:
            found[key["kid"]] = jwt.PyJWK(key, algorithm=ALGORITHM)
        except (jwt.PyJWTError, ValueError):
            continue
    return found


def _freshness(answer: Answer) -> timedelta:
    control = answer.headers.get("cache-control", "").lower()
    if "no-cache" in control or "no-store" in control:
        return SHORTEST
    found = re.search(r"max-age=(\d{1,9})", control)
    if found is None:
        return DEFAULT
    return min(max(timedelta(seconds=int(found.group(1))), SHORTEST), LONGEST)
