"""Connections that go only where they may, and that end in time. Used by base.wire; commands ask for its rules."""

import ipaddress
import socket
import ssl
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError
from urllib3.util.ssl_ import create_urllib3_context

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
INNER = tuple(map(ipaddress.IPv4Network, ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32")))
"""Of protocols and of a cloud's own host; older releases of Python count the first as public (CVE-2024-4032)."""


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

    def surely_lack(self, url: str) -> bool:
        """True where the guard would refuse this address. Names are not looked up: they may lie in our networks."""
        parts = urlsplit(url)
        host, is_plain = parts.hostname or "", parts.scheme == "http"
        if self.has_name(host, parts.port or (80 if is_plain else 443)):
            return False
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            looks_private = "." not in host or host.endswith(".local")
            return (is_plain or looks_private) and not self._networks
        return not self.has_address(address) and (is_plain or not is_public(address))


def is_public(address: Address) -> bool:
    """True for an address of the open internet; one that wraps another (IPv4 in IPv6) is judged by both."""
    is_usual = address.is_global and not address.is_multicast and not _is_special(address)
    return is_usual and all(is_public(inner) for inner in _wrapped(address))


def _is_special(address: Address) -> bool:
    """What no public server has: INNER; site-local (RFC 3879); ::/8 but for the two ways to wrap IPv4 in use."""
    if isinstance(address, ipaddress.IPv4Address):
        return any(address in network for network in INNER)
    in_use = address.ipv4_mapped is not None or address in NAT64
    return address.is_site_local or (address.is_reserved and not in_use)


def _wrapped(address: Address) -> list[ipaddress.IPv4Address]:
    if isinstance(address, ipaddress.IPv4Address):
        return []
    found = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in NAT64:
        found.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return [inner for inner in found if inner is not None]


class RefusedAddress(NewConnectionError):
    """The guard's no; it is final and must not be tried again."""


_ends_at: ContextVar[float] = ContextVar("ends_at")


@contextmanager
def ends_within(seconds: float) -> Iterator[None]:
    """Every exchange with another server happens inside: looking up, connecting, sending and reading together."""
    before = _ends_at.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _ends_at.reset(before)


def _left_s() -> float:
    left_s = _ends_at.get() - time.monotonic()
    if left_s <= 0:
        raise TimeoutError("it took too long")
    return left_s


def _time_for(connection: HTTPConnection) -> float:
    """The seconds left for connecting or sending. Raises ConnectTimeoutError."""
    try:
        return _left_s()
    except TimeoutError as error:
        raise ConnectTimeoutError(connection, str(error)) from error


class _Bounded:
    """A socket that waits for data until one moment, however many pieces the data comes in."""

    def recv_into(self, *arguments: Any) -> int:
        self.settimeout(_left_s())  # type: ignore[attr-defined]
        return super().recv_into(*arguments)  # type: ignore[misc, no-any-return]


class _Plain(_Bounded, socket.socket):
    pass


class _Tls(_Bounded, ssl.SSLSocket):
    pass


@cache
def _tls_context() -> ssl.SSLContext:
    """One per process: reading the machine's certificates takes some hundredths of a second."""
    context = create_urllib3_context()
    context.load_default_certs()
    context.sslsocket_class = _Tls
    return context


def _checked_addresses(connection: HTTPConnection, allowed: AllowedHosts) -> list[tuple[Any, ...]]:
    """The socket addresses of this connection's host, each of them permitted."""
    host, port = connection.host.strip("[]"), connection.port or connection.default_port
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    by_name = allowed.has_name(host, port)
    for *_, target in found:
        address = ipaddress.ip_address(target[0])
        private_ok = by_name or allowed.has_address(address)
        if not private_ok and (connection.default_port == 80 or not is_public(address)):
            raise RefusedAddress(connection, "address not allowed")
    return found


def _connect(connection: HTTPConnection, allowed: AllowedHosts) -> socket.socket:
    try:
        addresses = _checked_addresses(connection, allowed)
    except (socket.gaierror, UnicodeError) as error:
        raise NewConnectionError(connection, f"name not found: {error}") from error
    problem: OSError | None = None
    for family, kind, protocol, _, target in addresses:
        left_s = _time_for(connection)
        sock = _Plain(family, kind, protocol)
        try:
            sock.settimeout(left_s)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.connect(target)
            return sock
        except OSError as error:
            sock.close()
            problem = error
    raise NewConnectionError(connection, f"no connection: {problem}") from problem


class _SentInTime(HTTPConnection):
    def request(self, *arguments: Any, **named: Any) -> None:
        """Send, unless the time is over; a new connection was made within it too."""
        if self.sock is None:
            self.connect()
        self.sock.settimeout(_time_for(self))
        super().request(*arguments, **named)


def guarded_pools(allowed: AllowedHosts) -> dict[str, type[HTTPConnectionPool]]:
    """Connection pools per scheme whose connections are guarded and bounded."""
    context = _tls_context()

    class GuardedHttp(_SentInTime):
        def _new_conn(self) -> socket.socket:
            return _connect(self, allowed)

    class GuardedHttps(_SentInTime, HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return _connect(self, allowed)

    class HttpPool(HTTPConnectionPool):
        ConnectionCls = GuardedHttp

    class HttpsPool(HTTPSConnectionPool):
        ConnectionCls = GuardedHttps

        def __init__(self, host: str, port: int, **options: Any) -> None:
            super().__init__(host, port, ssl_context=context, **options)

    return {"http": HttpPool, "https": HttpsPool}
