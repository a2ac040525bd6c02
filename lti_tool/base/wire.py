"""The one way out: pooled HTTP with timeouts, size limits and a guard against private addresses (SSRF).

Names are resolved here and the connection is made to the checked address, so that a name cannot point
elsewhere a moment later (DNS rebinding). https only, no redirects, no proxies from the environment. Hosts of
the setting `allowed_private_hosts` may be private and may use plain http. Connections are kept alive and shared by
all threads; a whole exchange ends within its timeout, also when the other side answers a byte at a time. Where a
person waits for the answer, `patience` bounds how many threads may.
"""

import json
import threading
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any

from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import DecodeError, HTTPError, NewConnectionError, TimeoutError
from urllib3.response import BaseHTTPResponse
from urllib3.util import Timeout, parse_url

from lti_tool.base import clock
from lti_tool.base.errors import Invalid, Upstream
from lti_tool.base.patience import Patience
from lti_tool.base.wire_guard import AllowedHosts, RefusedAddress, ends_within, guarded_pools

USER_AGENT = "technohub-lti-tool/0.1"
ORIGINS_KEPT, CONNECTIONS_KEPT = 200, 32


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side said. Header names are lower case; a header sent twice is joined by a comma."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Raises Upstream("upstream-not-json")."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise Upstream("upstream-not-json", retry=True, status=self.status) from None

    @property
    def retry_after_s(self) -> float | None:
        """The Retry-After header (seconds or HTTP date) as seconds from now, at most a day."""
        text = self.headers.get("retry-after", "").strip()
        if not text:
            return None
        try:
            seconds = float(text) if text.replace(".", "", 1).isdigit() else _seconds_until(text)
        except (TypeError, ValueError):
            return None
        return min(max(seconds, 0.0), 86400.0)


def _seconds_until(http_date: str) -> float:
    return (parsedate_to_datetime(http_date) - clock.now()).total_seconds()


@dataclass(frozen=True, slots=True)
class _Place:
    """An address taken apart."""

    scheme: str
    host: str
    port: int
    target: str


@lru_cache(maxsize=4096)
def _place(url: str) -> _Place:
    """Raises Invalid("address-not-allowed")."""
    try:
        parsed = parse_url(url)
    except HTTPError:
        raise Invalid("address-not-allowed", host="?") from None
    if parsed.scheme not in ("http", "https") or not parsed.host or parsed.auth:
        raise Invalid("address-not-allowed", host=str(parsed.host or "?"))
    port = parsed.port or (443 if parsed.scheme == "https" else 80)
    return _Place(parsed.scheme, parsed.host.strip("[]"), port, parsed.request_uri)


class Wire:
    """A client that many threads may share."""

    def __init__(
        self, *, allowed_private_hosts: Sequence[str] = (), timeout_s: float = 10.0, max_bytes: int = 2_097_152,
        patience: Patience | None = None,
    ) -> None:  # fmt: skip
        self.timeout_s, self._max_bytes, self._patience = timeout_s, max_bytes, patience
        self._makers = guarded_pools(AllowedHosts(allowed_private_hosts))
        self._pools: dict[tuple[str, str, int], HTTPConnectionPool] = {}
        self._lock = threading.Lock()

    def request(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes | None = None,
        needs_body: bool = True,
    ) -> Answer:
        """Send one request and read the whole answer, whatever its status; redirects are answers too.

        A body that is too large or cannot be unpacked is an error only of an answer below 300 that `needs_body`;
        of others its beginning is given, or nothing. Nothing is sent after the timeout, however long a name took
        to find: whoever holds a lease counts on that.
        Raises Invalid("address-not-allowed"), Upstream("upstream-timeout" | "upstream-unreachable" |
        "upstream-too-large"), and Busy where patience is bounded.
        """
        place = _place(url)
        with self._patience.waiting_for(url) if self._patience else nullcontext():
            return self._exchange(place, method, headers, body, needs_body)

    def _exchange(
        self, place: _Place, method: str, headers: Mapping[str, str] | None, body: bytes | None, needs_body: bool
    ) -> Answer:
        sent = {"User-Agent": USER_AGENT, **(headers or {})}
        try:
            with ends_within(self.timeout_s):
                response = self._pool(place).urlopen(
                    method, place.target, body=body, headers=sent, retries=False, redirect=False,
                    assert_same_host=False, preload_content=False,
                )  # fmt: skip
                found = self._read(response, place.host, is_needed=needs_body and response.status < 300)
            return Answer(response.status, _headers(response), found)
        except RefusedAddress:
            raise Invalid("address-not-allowed", host=place.host) from None
        except NewConnectionError:  # a child of TimeoutError in urllib3, but nobody listens there
            raise Upstream("upstream-unreachable", retry=True, host=place.host) from None
        except TimeoutError:
            raise Upstream("upstream-timeout", retry=True, host=place.host) from None
        except (HTTPError, OSError):
            raise Upstream("upstream-unreachable", retry=True, host=place.host) from None

    def _pool(self, place: _Place) -> HTTPConnectionPool:
        origin = (place.scheme, place.host, place.port)
        found = self._pools.get(origin)
        if found is not None:
            return found
        with self._lock:
            if origin not in self._pools:
                if len(self._pools) >= ORIGINS_KEPT:
                    self._pools.pop(next(iter(self._pools))).close()
                self._pools[origin] = self._makers[place.scheme](
                    place.host, place.port, maxsize=CONNECTIONS_KEPT, timeout=Timeout(self.timeout_s)
                )
            return self._pools[origin]

    def _read(self, response: BaseHTTPResponse, host: str, *, is_needed: bool) -> bytes:
        try:
            body = response.read(self._max_bytes + 1, decode_content=True)
        except DecodeError:
            response.close()
            if is_needed:
                raise
            return b""
        if len(body) <= self._max_bytes:
            response.release_conn()
            return body
        response.close()
        if is_needed:
            raise Upstream("upstream-too-large", retry=False, host=host)
        return body[: self._max_bytes]

    def get_json(self, url: str) -> tuple[Any, Answer]:
        """GET a JSON document. Raises Upstream("upstream-status") for any status but 200."""
        answer = self.request("GET", url, headers={"Accept": "application/json"})
        if answer.status != 200:
            raise Upstream("upstream-status", retry=answer.status >= 500, status=answer.status)
        return answer.json(), answer

    def close(self) -> None:
        """End all idle connections."""
        with self._lock:
            for pool in self._pools.values():
                pool.close()
            self._pools.clear()


def _headers(response: BaseHTTPResponse) -> dict[str, str]:
    return {name.lower(): response.headers[name] for name in response.headers}
