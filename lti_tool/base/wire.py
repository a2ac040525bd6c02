"""The one way out: pooled HTTP with timeouts, size limits and a guard against private addresses (SSRF).

Names are resolved here and the connection is made to the checked address, so that a name cannot point
elsewhere a moment later (DNS rebinding). https only, no redirects, no proxies from the environment. Hosts of
the setting `allowed_private_hosts` may be private and may use plain http.
"""

import ipaddress
import json
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, NewConnectionError, TimeoutError
from urllib3.util import parse_url

from lti_tool.base import clock
from lti_tool.base.errors import Invalid, Upstream

USER_AGENT = "technohub-lti-tool/0.1"
TUNNELS = tuple(map(ipaddress.ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")))
"""NAT64, 6to4 and Teredo: an IPv4 address inside, which may be a private one."""
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side said. Header names are lower case."""

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


class AllowedHosts:
    """Hosts of our own network, from the setting: host, host:port or CIDR."""

    def __init__(self, entries: Sequence[str]) -> None:
        self._names: set[str] = set()
        self._networks: list[ipaddress.IPv4Network | ipaddress.IPv6Network] = []
        for entry in entries:
            try:
                self._networks.append(ipaddress.ip_network(entry))
            except ValueError:
                self._names.add(entry.lower())

    def has_name(self, host: str, port: int) -> bool:
        return bool({host.lower(), f"{host.lower()}:{port}"} & self._names)

    def has_address(self, address: Address) -> bool:
        return any(address in network for network in self._networks)


def _is_public(address: Address) -> bool:
    mapped = getattr(address, "ipv4_mapped", None)
    if mapped is not None:
        return _is_public(mapped)
    if any(address in network for network in TUNNELS):
        return False
    return address.is_global and not address.is_multicast


class RefusedAddress(NewConnectionError):
    """The guard's no; it is final and must not be tried again."""


def _checked_addresses(connection: HTTPConnection, allowed: AllowedHosts) -> list[tuple[Any, ...]]:
    """The socket addresses of this connection's host, each of them permitted."""
    host, port = connection.host.strip("[]"), connection.port or connection.default_port
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    by_name = allowed.has_name(host, port)
    for *_, target in found:
        address = ipaddress.ip_address(target[0])
        private_ok = by_name or allowed.has_address(address)
        if not private_ok and (connection.default_port == 80 or not _is_public(address)):
            raise RefusedAddress(connection, "address not allowed")
    return found


def _connect(connection: HTTPConnection, allowed: AllowedHosts) -> socket.socket:
    try:
        addresses = _checked_addresses(connection, allowed)
    except socket.gaierror as error:
        raise NewConnectionError(connection, f"name not found: {error}") from error
    timeout = connection.timeout if isinstance(connection.timeout, int | float) else None
    problem: OSError | None = None
    for family, kind, protocol, _, target in addresses:
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(timeout)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.connect(target)
            return sock
        except OSError as error:
            sock.close()
            problem = error
    raise NewConnectionError(connection, f"no connection: {problem}") from problem


def _guarded_pools(allowed: AllowedHosts) -> dict[str, type[HTTPConnectionPool]]:
    class GuardedHttp(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return _connect(self, allowed)

    class GuardedHttps(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return _connect(self, allowed)

    class HttpPool(HTTPConnectionPool):
        ConnectionCls = GuardedHttp

    class HttpsPool(HTTPSConnectionPool):
        ConnectionCls = GuardedHttps

    return {"http": HttpPool, "https": HttpsPool}


class Wire:
    """A client that many threads may share."""

    def __init__(
        self, *, allowed_private_hosts: Sequence[str] = (), timeout_s: float = 10.0, max_bytes: int = 2_097_152
    ) -> None:
        self._timeout_s, self._max_bytes = timeout_s, max_bytes
        self._pool = urllib3.PoolManager(
            num_pools=200, maxsize=32, retries=False, timeout=urllib3.Timeout(timeout_s)
        )
        self._pool.pool_classes_by_scheme = _guarded_pools(AllowedHosts(allowed_private_hosts))

    def request(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Answer:
        """Send one request and read the whole answer, whatever its status.

        Raises Invalid("address-not-allowed") and Upstream("upstream-timeout" | "upstream-unreachable" |
        "upstream-too-large").
        """
        host = _host_of(url)
        deadline = time.monotonic() + self._timeout_s
        try:
            response = self._pool.request(
                method, url, headers={"User-Agent": USER_AGENT, **(headers or {})}, body=body,
                redirect=False, preload_content=False,
            )  # fmt: skip
            return Answer(
                response.status,
                {name.lower(): value for name, value in response.headers.items()},
                self._read(response, deadline, host),
            )
        except RefusedAddress:
            raise Invalid("address-not-allowed", host=host) from None
        except TimeoutError:
            raise Upstream("upstream-timeout", retry=True, host=host) from None
        except (HTTPError, OSError):
            raise Upstream("upstream-unreachable", retry=True, host=host) from None

    def _read(self, response: urllib3.BaseHTTPResponse, deadline: float, host: str) -> bytes:
        parts, size = [], 0
        while part := response.read1(65536, decode_content=True):
            parts.append(part)
            size += len(part)
            if size > self._max_bytes or time.monotonic() > deadline:
                response.close()
                too_large = size > self._max_bytes
                raise Upstream(
                    "upstream-too-large" if too_large else "upstream-timeout", retry=not too_large, host=host
                )
        response.release_conn()
        return b"".join(parts)

    def get_json(self, url: str) -> tuple[Any, Answer]:
        """GET a JSON document. Raises Upstream("upstream-status") for any status but 200."""
        answer = self.request("GET", url, headers={"Accept": "application/json"})
        if answer.status != 200:
            raise Upstream("upstream-status", retry=answer.status >= 500, status=answer.status)
        return answer.json(), answer


def _host_of(url: str) -> str:
    try:
        parsed = parse_url(url)
    except HTTPError:
        raise Invalid("address-not-allowed", host="?") from None
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise Invalid("address-not-allowed", host=str(parsed.host or "?"))
    return parsed.host
