"""Rate limits: per address and per platform, on login, launch, registration and sign-in.

A limit "1500/60" is a bucket of 1500 requests that fills up again evenly, in 60 seconds. An address is that of the
client after trusted proxies (web.proxies); of IPv6 its /64, since whoever has one address there has all of them.
Buckets stand in the memory of one process: N workers allow N times as much, and a restart empties them. Where that is
not enough, limit at the proxy; links to sign in are counted in the database as well, by their own code.
The numbers are those of the settings `limit_*`; a class of 300 behind one address must never be refused.
"""

import ipaddress
import math
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar, cast

from flask import Flask, current_app, request

from config.default import Settings
from lti_tool.base import clock
from lti_tool.base.errors import TooMany

View = TypeVar("View", bound=Callable[..., Any])
KINDS = ("login", "launch", "register", "sign_in")
MOST_BUCKETS = 50_000
MOMENT_S = 1e-6


class Buckets:
    """Many buckets of one size. A bucket is kept as the moment at which it will be full again (GCRA).

    The memory is bounded: names move from a young shelf to an old one, and the old one is thrown away when the young
    one is full. A bucket is forgotten after `most` others at the soonest.
    """

    def __init__(self, size: int, seconds: int, *, most: int = MOST_BUCKETS) -> None:
        self._seconds, self._each_s, self._most = float(seconds), seconds / size, most
        self._young: dict[int, float] = {}
        self._old: dict[int, float] = {}

    def take(self, *name: str) -> float:
        """Take one from the bucket of this name. 0.0, or the seconds until there is one again."""
        now, key = clock.now().timestamp(), hash(name)
        before = self._young.get(key) or self._old.get(key, now)
        # no bucket is further from full than empty, also after the clock was set back
        full_at = min(max(before, now), now + self._seconds)
        wait_s = full_at + self._each_s - now - self._seconds
        if len(self._young) >= self._most:
            self._old, self._young = self._young, {}
        self._young[key] = full_at if wait_s > MOMENT_S else full_at + self._each_s
        return wait_s if wait_s > MOMENT_S else 0.0

    def __len__(self) -> int:
        return len(self._young) + len(self._old)


Limits = Mapping[str, Buckets | None]


def init(app: Flask, settings: Settings) -> None:
    names = (*KINDS, *(f"platform_{kind}" for kind in KINDS))
    sizes = {name: settings.limit_platform if name.startswith("platform_") else getattr(settings, f"limit_{name}")
             for name in names}  # fmt: skip
    limits: Limits = {name: buckets_of(size) for name, size in sizes.items()}
    app.extensions["limits"] = limits


def buckets_of(size: str) -> Buckets | None:
    """The buckets of a setting such as "1500/60"; None where it says off."""
    if size == "off":
        return None
    count, _, seconds = size.partition("/")
    return Buckets(int(count), int(seconds))


def limited(kind: str) -> Callable[[View], View]:
    """Let each address ask this route no more often than the setting limit_<kind> says."""

    def limit(view: View) -> View:
        @wraps(view)
        def counted(**arguments: Any) -> Any:
            _take(kind, network_of(request.remote_addr or ""))
            return view(**arguments)

        counted.limit = kind  # type: ignore[attr-defined]
        return cast(View, counted)

    return limit


def count_platform(kind: str, *name: str) -> None:
    """Count this request for a platform too. The address is counted first, so that nobody uses up both alone."""
    _take(f"platform_{kind}", *name)


def _take(bucket: str, *name: str) -> None:
    limits: Limits = current_app.extensions["limits"]
    buckets = limits[bucket]
    wait_s = 0.0 if buckets is None else buckets.take(*name)
    if wait_s:
        raise TooMany("too-many", after_s=max(1, math.ceil(wait_s)))


def network_of(address: str) -> str:
    """An IPv4 address itself; of IPv6 the network /64; an address that cannot be read as it is."""
    if ":" not in address:
        return address
    try:
        found = ipaddress.IPv6Address(address.partition("%")[0])
    except ValueError:
        return address
    return str(found.ipv4_mapped or ipaddress.IPv6Address(int(found) >> 64 << 64))
