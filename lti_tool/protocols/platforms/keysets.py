"""A platform's public keys: fetched seldom, parsed once, found by kid. Security Framework 1.0, 6.3 and 6.4.

- In this process the parsed keys of a registration are kept until the set's max-age passes (10 s to 24 h).
- An unknown kid fetches the set again, from a bucket of 3 that refills one per 10 s per registration, shared by
  all processes. So a rotation is seen at once and a flood of invented kids fetches nothing.
- A fetch that works replaces the set, one that fails keeps it: launches go on with the keys we have.
- Of the threads of a process one fetches; the others go on with the key they have, else a few wait for it a moment
  and the rest are told at once (Busy): a key set that hangs may hold few threads (base.patience).
- After a fetch that took long and failed nobody fetches for ten seconds: each would hold a thread as long.
No transaction is open while a key set is fetched.
"""

import re
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import jwt
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.db import insert_missing, writing
from lti_tool.base.errors import Busy, Invalid, Unauthorised, Upstream
from lti_tool.base.patience import Patience
from lti_tool.base.wire import Answer, Wire
from lti_tool.protocols.platforms.models import KeySet, Registration
from lti_tool.protocols.platforms.service import Platform

ALGORITHM = "RS256"
BUCKET_SIZE, REFILL_S = 3.0, 10.0
SHORTEST, DEFAULT, LONGEST = timedelta(seconds=REFILL_S), timedelta(hours=1), timedelta(hours=24)
AFTER_FAILURE, REST = timedelta(seconds=30), timedelta(seconds=REFILL_S)
LONG_S = 1.0
"""A fetch that failed after so long is followed by a rest."""
OTHERS_FETCH_S, LOOK_EVERY_S = 1.0, 0.1
"""So long a launch waits for the set that another thread or process is fetching."""
MOST_KEYS = 50
LEAST_BITS = 2048
"""Of an RSA key for RS256 (RFC 7518, 3.3). A shorter one can be broken, so its signature proves nothing."""


@dataclass(frozen=True, slots=True)
class _Kept:
    keys: Mapping[str, jwt.PyJWK]
    fresh_until: datetime
    is_doubtful: bool = False
    """True when a newer set may be there and could not be fetched."""


@dataclass(frozen=True, slots=True)
class _Failure:
    """The last fetch of a set, which failed."""

    at: datetime
    took_long: bool


_Name = tuple[int, str]
"""Registration and address: keys of an address that was replaced open nothing any more."""


class KeyRing:
    """The key sets of all registrations, for one process. Threads may share it."""

    def __init__(self, engine: Engine, wire: Wire, patience: Patience) -> None:
        self._engine, self._wire, self._patience = engine, wire, patience
        self._kept: dict[_Name, _Kept] = {}
        self._failures: dict[_Name, _Failure] = {}
        self._locks: defaultdict[int, threading.Lock] = defaultdict(threading.Lock)

    def key(self, platform: Platform, kid: str) -> jwt.PyJWK:
        """The platform's key of that name.

        Raises Unauthorised("token-key"), "token-key-later" where a newer set could not be fetched just now,
        Upstream("key-set-unreachable") where there are no keys at all yet, and Busy where others are fetching.
        """
        kept = self._kept.get(_name_of(platform))
        if kept is None or not _serves(kept, kid):
            kept = self._renewed(platform, kid)
        if kid in kept.keys:
            return kept.keys[kid]
        raise Unauthorised("token-key-later" if kept.is_doubtful else "token-key")

    def _renewed(self, platform: Platform, kid: str) -> _Kept:
        """The set that holds: renewed by another process, by another thread, or by us now."""
        stored = self._read(platform)
        if stored is not None and _serves(stored, kid):
            return self._keep(platform, stored)
        if self._rests(platform):
            return self._as_known(stored)
        has_key = stored is not None and kid in stored.keys
        try:
            with self._patience.waiting_for(platform.key_set_url, may_be_last=True), self._turn(platform, has_key):
                kept = self._kept.get(_name_of(platform))
                return kept if kept and _serves(kept, kid) else self._fetch(platform, stored)
        except Busy:
            if stored is None or not has_key:
                raise
            return stored

    @contextmanager
    def _turn(self, platform: Platform, has_key: bool) -> Iterator[None]:
        """Be the one who fetches. Raises Busy where another is at it, and stays so for a moment."""
        lock = self._locks[platform.id]
        if not lock.acquire(timeout=0.0 if has_key else OTHERS_FETCH_S):
            raise Busy("servers-busy", retry=True, after_s=OTHERS_FETCH_S)
        try:
            yield
        finally:
            lock.release()

    def _rests(self, platform: Platform) -> bool:
        failure = self._failures.get(_name_of(platform))
        return failure is not None and failure.took_long and _was_lately(failure)

    def _as_known(self, known: _Kept | None) -> _Kept:
        """What there is after a failure. Raises Upstream("key-set-unreachable") where that is nothing."""
        if known is None or not known.keys:
            raise Upstream("key-set-unreachable", retry=True, after_s=REFILL_S)
        return replace(known, is_doubtful=True)

    def _keep(self, platform: Platform, found: _Kept) -> _Kept:
        self._kept[_name_of(platform)] = found
        return found

    def _read(self, platform: Platform) -> _Kept | None:
        with Session(self._engine) as session, session.begin():
            stored = session.get(KeySet, platform.id)
            if stored is None or stored.fresh_until is None:
                return None
            return _Kept(parsed(stored.keys), stored.fresh_until)

    def _fetch(self, platform: Platform, known: _Kept | None) -> _Kept:
        if self._rests(platform):  # the one for whom we waited failed
            return self._as_known(known)
        if not self._take_from_bucket(platform.id):
            return replace(known, is_doubtful=True) if known else self._fetched_by_others(platform)
        began = time.monotonic()
        try:
            document, answer = self._wire.get_json(platform.key_set_url)
            keys = published(document)
        except (Upstream, Invalid):
            self._failures[_name_of(platform)] = _Failure(clock.now(), time.monotonic() - began > LONG_S)
            kept = replace(self._as_known(known), fresh_until=clock.now() + AFTER_FAILURE)
            return self._keep(platform, kept)
        self._failures.pop(_name_of(platform), None)
        fresh_until = clock.now() + _freshness(answer)
        self._store(platform, keys, fresh_until)
        return self._keep(platform, _Kept(parsed(keys), fresh_until))

    def _fetched_by_others(self, platform: Platform) -> _Kept:
        """The bucket is empty: others are fetching, or the set cannot be fetched at all."""
        failure = self._failures.get(_name_of(platform))
        until = time.monotonic() + (0.0 if failure and _was_lately(failure) else OTHERS_FETCH_S)
        while time.monotonic() < until:
            if found := self._read(platform):
                return self._keep(platform, found)
            time.sleep(LOOK_EVERY_S)
        self._failures[_name_of(platform)] = _Failure(clock.now(), took_long=True)
        return self._as_known(None)

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

    def _store(self, platform: Platform, keys: list[Any], fresh_until: datetime) -> None:
        """Unless the platform got another address meanwhile: what comes late from the former one holds no more."""
        address = select(Registration.key_set_url).where(Registration.id == platform.id).scalar_subquery()
        mine = KeySet.registration_id == platform.id, address == platform.key_set_url
        with Session(self._engine) as session, session.begin():
            renewed = update(KeySet).where(*mine).values(keys=keys, fetched_at=clock.now(), fresh_until=fresh_until)
            writing(session).execute(renewed)


def _name_of(platform: Platform) -> _Name:
    return platform.id, platform.key_set_url


def _serves(kept: _Kept, kid: str) -> bool:
    return kid in kept.keys and clock.now() < kept.fresh_until


def _was_lately(failure: _Failure) -> bool:
    """False also for a time to come: the clock was set back since."""
    return timedelta(0) <= clock.now() - failure.at < REST


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
            made = jwt.PyJWK(key, algorithm=ALGORITHM)
        except (jwt.PyJWTError, ValueError):
            continue
        if made.key.key_size >= LEAST_BITS:
            found[key["kid"]] = made
    return found


def _freshness(answer: Answer) -> timedelta:
    control = answer.headers.get("cache-control", "").lower()
    if "no-cache" in control or "no-store" in control:
        return SHORTEST
    found = re.search(r"max-age=(\d{1,9})", control)
    if found is None:
        return DEFAULT
    return min(max(timedelta(seconds=int(found.group(1))), SHORTEST), LONGEST)
