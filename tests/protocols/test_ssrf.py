"""Addresses that platforms and staff supply lead to the open internet only, and what answers there cannot drown us.

CWE-918. Each way on which an address comes in (WAYS) meets each address that leads home (HOMES), by its number or by a
name. A trap listens on this machine: it must hear nothing.
"""

import contextlib
import gzip
import secrets
import shutil
import socket
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.db import writing
from lti_tool.base.errors import ToolError
from lti_tool.base.patience import Patience
from lti_tool.base.vault import Vault
from lti_tool.base.wire import Wire
from lti_tool.base.wire_guard import AllowedHosts
from lti_tool.protocols.doctor.calls import Calls
from lti_tool.protocols.grades import ags
from lti_tool.protocols.lti import registration
from lti_tool.protocols.lti.tool_configuration import Addresses
from lti_tool.protocols.platforms.configuration import Configuration
from lti_tool.protocols.platforms.connector import Connector
from lti_tool.protocols.platforms.keysets import KeyRing
from lti_tool.protocols.platforms.models import KeySet
from lti_tool.protocols.platforms.tokens import TokenStore
from lti_tool.protocols.sso.wire_session import WireSession
from tools.drill import LINEITEM_SCOPE, SCORE_SCOPE

PUBLIC, PRIVATE = "93.184.216.34", "127.0.0.1"


@dataclass
class Kit:
    """The tool's parts that go out, allowed to call the practice platform and nobody else."""

    school: Any
    wire: Wire
    connector: Connector = field(init=False)

    def __post_init__(self) -> None:
        self.connector = Connector(self.school.engine, self.wire, self.vault)

    @property
    def vault(self) -> Vault:
        return Vault(self.school.settings.secret_keys)


Way = Callable[[Kit, str], object]
SCORE = ags.Score("sanne", "Completed", "FullyGraded", 5, 10, "", clock.now(), None, None, is_first_number=True)


def by_key_set(kit: Kit, url: str) -> object:
    """key_set_url of a registration; a bucket bounds fetching, so each try begins with a full one."""
    with Session(kit.school.engine) as session, session.begin():
        writing(session).execute(delete(KeySet))
    return KeyRing(kit.school.engine, kit.wire, Patience(8)).key(replace(kit.school.platform, key_set_url=url), "any")


def by_token(kit: Kit, url: str) -> object:
    """auth_token_url of a registration."""
    store = TokenStore(kit.school.engine, kit.wire, kit.vault)
    return store.ask(replace(kit.school.platform, auth_token_url=url), SCORE_SCOPE)


def by_lineitem(kit: Kit, url: str) -> object:
    """`lineitem` of a launch."""
    soon = clock.now() + timedelta(seconds=60)
    return ags.post_score(kit.connector, kit.school.platform, url, SCORE, start_by=soon)


def by_lineitems(kit: Kit, url: str) -> object:
    """`lineitems` of a launch."""
    soon = clock.now() + timedelta(seconds=60)
    column = ags.Column(url, (LINEITEM_SCOPE,), "link", "resource", "label", 10)
    return ags.find_column(kit.connector, kit.school.platform, column, start_by=soon)


def by_doctor(kit: Kit, url: str) -> object:
    """What the doctor asks: key set, roster (memberships), trial column."""
    return Calls(kit.wire).send("GET", url, token="x")


def by_configuration(kit: Kit, url: str) -> object:
    """openid_configuration, which anybody may name."""
    came = registration.register(desk_of(kit), registration.Asked(url, secrets.token_hex(8), ""), again=True)
    assert came.run.code is not None
    raise ToolError(came.run.code)


def by_registration(kit: Kit, url: str) -> object:
    """registration_endpoint of a configuration; what was checked of it before does not count here."""
    platform = kit.school.platform
    named = Configuration(
        url=platform.issuer, issuer=platform.issuer, name="x", family="practice", audience=None, environment=None,
        auth_login_url=platform.issuer, auth_token_url=platform.issuer, key_set_url=platform.issuer,
        registration_url=url,
    )  # fmt: skip
    return registration._asked_for(desk_of(kit), registration.Asked(platform.issuer, "", ""), named, None)


def by_discovery(kit: Kit, url: str) -> object:
    """Discovery address of staff's sign-in, and the keys to which it leads."""
    return kit.wire.get_json(url)


class Nobody:
    """Says nothing of who asks."""

    def prepare(self, _: str, uri: str, headers: dict[str, str], body: str) -> tuple[str, dict[str, str], str]:
        return uri, headers, body


def by_sign_in(kit: Kit, url: str) -> object:
    """Token endpoint of staff's sign-in."""
    return WireSession(kit.wire).post(url, data={}, headers={}, auth=Nobody()).json()


def desk_of(kit: Kit) -> registration.Desk:
    @contextlib.contextmanager
    def apart() -> Iterator[Session]:
        with Session(kit.school.engine) as session, session.begin():
            yield writing(session)

    addresses = Addresses.of(kit.school.settings)
    return registration.Desk(kit.wire, AllowedHosts(()), addresses, apart, "REFE-RENC")


WAYS: dict[str, Way] = {
    "key set": by_key_set, "token": by_token, "lineitem": by_lineitem, "lineitems": by_lineitems, "doctor": by_doctor,
    "configuration": by_configuration, "registration": by_registration,
    "discovery": by_discovery, "sign-in": by_sign_in,
}  # fmt: skip
CALLERS = {
    "lti_tool/protocols/platforms/keysets.py": "key set",
    "lti_tool/protocols/platforms/tokens.py": "token",
    "lti_tool/protocols/platforms/connector.py": "lineitem",
    "lti_tool/protocols/doctor/calls.py": "doctor",
    "lti_tool/protocols/lti/registration.py": "registration",
    "lti_tool/protocols/sso/client.py": "discovery",
    "lti_tool/protocols/sso/wire_session.py": "sign-in",
}
"""Modules that hand an address to the wire, and the way that stands for them; tests/house/test_ways_out.py reads it."""

HOMES = (
    "127.0.0.1", "127.1", "0x7f000001", "2130706433", "0177.0.0.1", "0.0.0.0", "localhost", "LOCALHOST", "[::1]",
    "[::]", "192.0.0.192", "168.63.129.16",
    "[::ffff:127.0.0.1]", "[::7f00:1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "10.0.0.1", "192.168.1.1", "172.16.0.1",
    "169.254.169.254", "[fd00:ec2::254]", "[fe80::1]", "[fec0::1]", "100.100.100.200", "2852039166",
)  # fmt: skip
NAMES = {
    "loopback.test": ["127.0.0.1"], "loopback6.test": ["::1"], "metadata.test": ["169.254.169.254"],
    "metadata6.test": ["fd00:ec2::254"], "mapped.test": ["::ffff:169.254.169.254"], "both.test": [PUBLIC, "10.0.0.1"],
    "nat64.test": ["64:ff9b::a9fe:a9fe"], "six-to-four.test": ["2002:a9fe:a9fe::1"], "zero.test": ["0.0.0.0"],
    "dotted.test.": ["127.0.0.1"], "printer.local": ["192.168.1.9"],
}  # fmt: skip


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """SQLite only: what is tried here are addresses, and what is called."""
    shutil.copyfile(sqlite_template, tmp_path / "tool.db")
    return f"sqlite:///{tmp_path / 'tool.db'}"


@pytest.fixture
def trap() -> Iterator[tuple[int, list[Any]]]:
    """A port of this machine that may not be called, and who called it."""
    caught: list[Any] = []
    with socket.create_server((PRIVATE, 0)) as listening:
        listening.settimeout(0.05)
        is_over = threading.Event()

        def listen() -> None:
            while not is_over.is_set():
                with contextlib.suppress(OSError):
                    caught.append(listening.accept()[1])

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        yield listening.getsockname()[1], caught
        is_over.set()
        thread.join(timeout=5)


@pytest.fixture
def kit(school: Any) -> Iterator[Kit]:
    port = school.lms.url.rpartition(":")[2]
    made = Kit(school, Wire(allowed_private_hosts=(f"127.0.0.1:{port}",), timeout_s=2, max_bytes=100_000))
    for scope in (SCORE_SCOPE, LINEITEM_SCOPE):
        TokenStore(school.engine, made.wire, made.vault).token(school.platform, (scope,))
    yield made
    made.wire.close()


def refused(way: Way, kit: Kit, url: str) -> str:
    with pytest.raises(ToolError) as told:
        way(kit, url)
    return told.value.code


@pytest.mark.parametrize("name", list(WAYS))
def test_no_way_leads_home_by_a_number(kit: Kit, trap: tuple[int, list[Any]], name: str) -> None:
    port, caught = trap
    for host in HOMES:
        for url in (f"https://{host}:{port}/x", f"http://{host}:{port}/x", f"https://user:pw@{host}:{port}/x"):
            code = refused(WAYS[name], kit, url)
            assert code in ("address-not-allowed", "key-set-unreachable"), f"{url}: {code}"
    assert caught == []


@pytest.mark.parametrize("name", list(WAYS))
def test_no_way_leads_home_by_a_name(
    kit: Kit, trap: tuple[int, list[Any]], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    port, caught = trap
    asked = answer_names(monkeypatch, lambda host: NAMES[host])
    for host in NAMES:
        code = refused(WAYS[name], kit, f"https://{host}:{port}/x")
        assert code in ("address-not-allowed", "key-set-unreachable"), f"{host}: {code}"
    assert caught == []
    assert {host.rstrip(".") for host in asked} >= {host.rstrip(".") for host in NAMES}


def answer_names(monkeypatch: pytest.MonkeyPatch, addresses: Callable[[str], list[str]]) -> list[str]:
    """Let these names have these addresses; the names that were looked up."""
    asked, look_up = [], socket.getaddrinfo

    def resolve(host: Any, port: Any, *rest: Any, **named: Any) -> Any:
        if not str(host).rstrip(".").endswith((".test", ".local")):
            return look_up(host, port, *rest, **named)
        asked.append(host)
        found = addresses(host) if host in NAMES or host == "rebinding.test" else NAMES[host + "."]
        kinds = [socket.AF_INET6 if ":" in one else socket.AF_INET for one in found]
        return [(kind, socket.SOCK_STREAM, 6, "", (one, port)) for kind, one in zip(kinds, found, strict=True)]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return asked


@pytest.mark.parametrize("name", list(WAYS))
def test_a_name_that_changes_its_mind_leads_nowhere(kit: Kit, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding: the first answer is public, the next ones lead home. Connected is to what was checked, once."""
    went: list[Any] = []

    def connect(_: socket.socket, target: Any) -> None:
        went.append(target[0])
        raise ConnectionRefusedError

    asked: list[str] = answer_names(monkeypatch, lambda _: [PUBLIC] if len(asked) == 1 else [PRIVATE])
    monkeypatch.setattr(socket.socket, "connect", connect)
    for _ in range(2):
        refused(WAYS[name], kit, "https://rebinding.test/x")
    assert went == [PUBLIC]
    assert len(asked) == 2


@pytest.mark.parametrize("url", ["file:///etc/passwd", "gopher://127.0.0.1/", "ftp://x.test/", "//x.test", "", "x"])
@pytest.mark.parametrize("name", list(WAYS))
def test_no_way_takes_another_scheme(kit: Kit, name: str, url: str) -> None:
    assert refused(WAYS[name], kit, url) in ("address-not-allowed", "key-set-unreachable")


# --- what answers


Answering = Callable[[socket.socket], None]


@contextlib.contextmanager
def server(answer: Answering) -> Iterator[tuple[str, int]]:
    """A server of raw bytes; its address and port."""
    with socket.create_server((PRIVATE, 0)) as listening:
        listening.settimeout(10)
        is_over = threading.Event()

        def serve() -> None:
            while not is_over.is_set():
                with contextlib.suppress(OSError), listening.accept()[0] as one:
                    one.recv(65536)
                    answer(one)

        threading.Thread(target=serve, daemon=True).start()
        port = listening.getsockname()[1]
        yield f"http://{PRIVATE}:{port}/x", port
        is_over.set()


def head(*lines: str) -> bytes:
    return "\r\n".join(("HTTP/1.1 200 OK", "Content-Type: application/json", *lines, "", "")).encode()


def redirect_to(port: int) -> Answering:
    lines = "HTTP/1.1 302 Found", f"Location: http://{PRIVATE}:{port}/latest/meta-data/", "Content-Length: 0", "", ""
    return lambda one: one.sendall("\r\n".join(lines).encode())


def giant(one: socket.socket) -> None:
    one.sendall(head())
    while True:
        one.sendall(b" " * 65536)


def dripping(one: socket.socket) -> None:
    one.sendall(head("Content-Length: 1000"))
    for _ in range(100):
        one.sendall(b" ")
        time.sleep(0.1)


BOMB = gzip.compress(b" " * 200_000_000, 6)


def bomb(one: socket.socket) -> None:
    one.sendall(head("Content-Encoding: gzip", f"Content-Length: {len(BOMB)}") + BOMB)


def bomb_in_a_bomb(one: socket.socket) -> None:
    twice = gzip.compress(BOMB)
    one.sendall(head("Content-Encoding: gzip, gzip", f"Content-Length: {len(twice)}") + twice)


def endless_headers(one: socket.socket) -> None:
    one.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        one.sendall(b"X-More: " + b"x" * 1000 + b"\r\n")


def deep(one: socket.socket) -> None:
    body = b"[" * 90_000
    one.sendall(head(f"Content-Length: {len(body)}") + body)


DROWNING: dict[str, Answering] = {
    "giant": giant, "dripping": dripping, "bomb": bomb, "bomb in a bomb": bomb_in_a_bomb,
    "endless headers": endless_headers, "deep": deep,
}  # fmt: skip


@pytest.mark.parametrize("kind", list(DROWNING))
@pytest.mark.parametrize("name", [name for name in WAYS if name != "lineitem"])
def test_no_answer_drowns_us(kit: Kit, name: str, kind: str) -> None:
    """Refused within the timeout and in little memory. (Of the answer to a score only the status counts.)"""
    with server(DROWNING[kind]) as (url, port):
        open_kit = Kit(kit.school, Wire(allowed_private_hosts=(PRIVATE,), timeout_s=1.5, max_bytes=100_000))
        tracemalloc.start()
        began = time.monotonic()
        with contextlib.suppress(ToolError):
            answer = WAYS[name](open_kit, url)
            assert kind == "deep", answer
            assert len(answer.body) <= 100_000  # type: ignore[attr-defined]
        took_s, peak = time.monotonic() - began, tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        open_kit.wire.close()
    assert port
    assert took_s < 5
    assert peak < 20_000_000


@pytest.mark.parametrize("name", list(WAYS))
def test_no_redirect_leads_home(kit: Kit, trap: tuple[int, list[Any]], name: str) -> None:
    with server(redirect_to(trap[0])) as (url, port):
        open_kit = Kit(kit.school, Wire(allowed_private_hosts=(PRIVATE,), timeout_s=2))
        with contextlib.suppress(ToolError):
            answer = WAYS[name](open_kit, url)
            assert answer.status == 302  # type: ignore[attr-defined]
        open_kit.wire.close()
    assert port != trap[0]
    assert trap[1] == []
