"""Launches of one platform beside others in trouble: does anybody wait who need not? Part of `python -m tools.bench`.

The tool runs as it is served: `lti-tool serve` with its own number of threads, and a worker. The platforms are
small servers of this process, each on a port of its own. Learners of a healthy platform come at a steady pace; what
is measured is a whole launch (login, launch, first page) from the moment it was due, each on a connection of its own.
"""

import json
import os
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import urllib3
from cryptography.hazmat.primitives.asymmetric import rsa

from tools.servers import free_port

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
AGS = "https://purl.imsglobal.org/spec/lti-ags/"
ROUNDS, ROUND_S, PACE, TROUBLED_PACE, FLOOD_PACE = 3, 12.0, 15.0, 8.0, 20.0
"""How long each round takes; launches a second of the healthy platform, of the other one, of invented keys."""
HANGS_S = 10.0
HELD_S = 1.0
"""A launch that took longer was held up."""
WARM, GRADES = 60, 20
GIVE_UP_S = 90.0


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256


@dataclass
class Neighbour:
    """A platform: its key, what it publishes, and what is wrong with it."""

    name: str
    port: int = field(default_factory=free_port)
    private: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))
    hanging: set[str] = field(default_factory=set)
    failing: set[str] = field(default_factory=set)
    is_over: threading.Event = field(default_factory=threading.Event)

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answer(self, path: str) -> tuple[int, Any]:
        """What a request gets; where this hangs nothing of use, after ten seconds or at the end of the round."""
        if path in self.hanging:
            self.is_over.wait(HANGS_S)
        if path in self.hanging | self.failing:
            return 500, {}
        if path == "/keys":
            return 200, {"keys": [self._jwk()]}
        return 200, {"access_token": "token", "token_type": "Bearer", "expires_in": 3600}

    def _jwk(self) -> dict[str, Any]:
        public = jwt.algorithms.RSAAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        return {"kty": "RSA", "n": public["n"], "e": public["e"], "kid": "1", "alg": "RS256", "use": "sig"}

    def token(self, nonce: str, user: str, tool: str, kid: str) -> str:
        now = int(time.time())
        lineitem = f"{self.issuer}/lineitem/1"
        body = {
            "iss": self.issuer, "aud": "tool", "sub": user, "exp": now + 300, "iat": now, "nonce": nonce, "name": user,
            CLAIM + "message_type": "LtiResourceLinkRequest", CLAIM + "version": "1.3.0",
            CLAIM + "deployment_id": "1", CLAIM + "target_link_uri": f"{tool}/lti/launch",
            CLAIM + "resource_link": {"id": "link-1", "title": "Cobots"}, CLAIM + "context": {"id": "course-1"},
            CLAIM + "roles": ["http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"],
            CLAIM + "custom": {"module": "cobots-veilig-inzetten"},
            AGS + "claim/endpoint": {"lineitem": lineitem, "scope": [AGS + "scope/score"]},
        }  # fmt: skip
        return jwt.encode(body, self.private, algorithm="RS256", headers={"kid": kid})

    @contextmanager
    def open(self) -> Iterator[None]:
        server = _Server(("127.0.0.1", self.port), _handler(self))
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            self.is_over.set()
            server.shutdown()
            server.server_close()


def _handler(platform: Neighbour) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, document = platform.answer(self.path)
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, *_: Any) -> None:
            return

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:
                return  # the tool did not wait any longer

    return Handler


@dataclass(frozen=True, slots=True)
class Came:
    """How one launch went."""

    status: int
    seconds: float


class Visitor:
    """A browser for one launch: one connection, its cookies."""

    def __init__(self, tool: str, platform: Neighbour, user: str) -> None:
        at = urlsplit(tool)
        self._tool, self._platform, self._user = tool, platform, user
        self._pool = urllib3.HTTPConnectionPool(str(at.hostname), at.port, timeout=GIVE_UP_S)
        self._cookies: dict[str, str] = {}
        self.visit = ""

    def call(self, path: str, fields: dict[str, str] | None = None) -> urllib3.BaseHTTPResponse:
        headers = {"Cookie": "; ".join(f"{n}={v}" for n, v in self._cookies.items()), "Origin": self._tool}
        if fields is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        answer = self._pool.request(
            "GET" if fields is None else "POST", path, headers=headers, redirect=False, retries=False,
            body=None if fields is None else urlencode(fields),
        )  # fmt: skip
        for line in answer.headers.getlist("Set-Cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            self._cookies[name] = value
        return answer

    def launch(self, kid: str = "1") -> int:
        """The status of the launch; where it was admitted, of its first page."""
        query = {"iss": self._platform.issuer, "client_id": "tool", "login_hint": self._user,
                 "target_link_uri": f"{self._tool}/lti/launch"}  # fmt: skip
        sent = parse_qs(urlsplit(self.call("/lti/login?" + urlencode(query)).headers["Location"]).query)
        token = self._platform.token(sent["nonce"][0], self._user, self._tool, kid)
        answer = self.call("/lti/launch", {"state": sent["state"][0], "id_token": token})
        if answer.status != 303:
            return answer.status
        self.visit = answer.headers["Location"]
        return self.call(self.visit).status

    def finish(self) -> None:
        for key in ("samenwerkend", "risico"):
            self.call(f"{self.visit}a/{key}/read", {})
        self.call(f"{self.visit}a/toets/begin", {})
        self.call(f"{self.visit}a/toets/1/hand-in", {"q.scherpe-grijper": "false"})

    def close(self) -> None:
        self._pool.close()


@dataclass(frozen=True, slots=True)
class Street:
    """The running tool and the platforms around it."""

    tool: str
    healthy: Neighbour
    well: Neighbour
    cold: Neighbour
    failing: Neighbour
    tokens: Neighbour
    rotated: Neighbour

    def come(self, platform: Neighbour, user: str, due: float, kid: str = "1") -> Came:
        visitor = Visitor(self.tool, platform, user)
        try:
            status = visitor.launch(kid)
        except urllib3.exceptions.HTTPError:
            status = 0
        finally:
            visitor.close()
        return Came(status, time.perf_counter() - due)

    def steady(self, platform: Neighbour, pace: float, seconds: float, kid: Callable[[], str]) -> list[Came]:
        """Launches at this pace, whether or not those before have ended."""
        platform.is_over.clear()
        began, coming = time.perf_counter(), []
        with ThreadPoolExecutor(max(8, int(pace * seconds))) as threads:
            for number in range(int(pace * seconds)):
                due = began + number / pace
                time.sleep(max(0.0, due - time.perf_counter()))
                coming.append(threads.submit(self.come, platform, f"learner-{number % 200}", due, kid()))
            time.sleep(max(0.0, began + seconds - time.perf_counter()))
            platform.is_over.set()
            return [one.result() for one in coming]


@dataclass(frozen=True, slots=True)
class Series:
    """What the launches of the healthy platform took, in ms: medians of the rounds."""

    name: str
    quiet_p99: float
    p99: float
    note: str

    @property
    def ratio(self) -> float:
        return self.p99 / self.quiet_p99


Troubled = tuple[Neighbour, float, Callable[[], str]]


def measure(database_url: str, folder: Path, size: float) -> Iterator[Series]:
    """For each trouble some rounds beside a platform that is well and beside the one in trouble, in turns.

    `size` 1.0 takes about six minutes.
    """
    seconds = max(4.0, ROUND_S * size)
    with _street(database_url, folder) as street:
        _warm(street)
        well: list[Troubled] = [(street.well, TROUBLED_PACE, _usual)]
        for name, prepare, troubled in _troubles(street):
            quiet: list[list[Came]] = []
            came: list[list[Came]] = []
            others: list[Came] = []
            for _ in range(ROUNDS):
                quiet.append(_beside(street, seconds, well, []))
                prepare()
                came.append(_beside(street, seconds, troubled, others))
            yield _told(name, quiet, came, others)


def _usual() -> str:
    return "1"


def _troubles(street: Street) -> Iterator[tuple[str, Callable[[], None], list[Troubled]]]:
    street.cold.hanging.add("/keys")
    street.rotated.hanging.add("/keys")
    street.failing.failing.add("/keys")
    street.tokens.hanging |= {"/token", "/lineitem/1/scores"}
    half = TROUBLED_PACE / 2
    unknown: list[Troubled] = [(street.cold, half, _usual), (street.rotated, half, lambda: "2")]
    flood: Troubled = (street.rotated, FLOOD_PACE, lambda: secrets.token_hex(4))
    yield "key sets hang, keys unknown", _nothing, unknown
    yield "a key set answers 500", _nothing, [(street.failing, TROUBLED_PACE, _usual)]
    yield "grades to a platform that hangs", lambda: _finish(street), [(street.tokens, TROUBLED_PACE, _usual)]
    yield "a flood of invented keys", _nothing, [flood]


def _nothing() -> None:
    return


def _beside(street: Street, seconds: float, troubled: list[Troubled], others: list[Came]) -> list[Came]:
    with ThreadPoolExecutor(len(troubled)) as threads:
        beside = [threads.submit(street.steady, one, pace, seconds, kid) for one, pace, kid in troubled]
        came = street.steady(street.healthy, PACE, seconds, _usual)
        for one in beside:
            others.extend(one.result())
    return came


def _told(name: str, quiet: list[list[Came]], came: list[list[Came]], others: list[Came]) -> Series:
    failed = sum(one.status != 200 for each in came for one in each)
    middle = f"p50 {median(map(_p50, quiet)):.0f} and {median(map(_p50, came)):.0f}"
    each = f"rounds {_each(quiet)} and {_each(came)}"
    statuses = sorted({one.status for one in others})
    counts = ", ".join(f"{sum(one.status == status for one in others)} x {status}" for status in statuses)
    held = [one.seconds for one in others if one.seconds > HELD_S]
    note = (
        f"{middle}; {each}; {failed} failed; the other's: {counts}, {len(held)} held over {HELD_S:.0f} s, "
        f"{max(one.seconds for one in others):.1f} s at most"
    )
    return Series(name, round(median(map(_p99, quiet)), 1), round(median(map(_p99, came)), 1), note)


def _each(rounds: list[list[Came]]) -> str:
    return ", ".join(f"{_p99(one):.0f}" for one in rounds)


def _p50(came: list[Came]) -> float:
    return median(one.seconds for one in came) * 1000


def _p99(came: list[Came]) -> float:
    ways = sorted(one.seconds for one in came)
    return ways[min(len(ways) - 1, int(len(ways) * 0.99))] * 1000


def _warm(street: Street) -> None:
    """Both processes know the keys of these, and the people."""
    for platform in (street.healthy, street.well, street.tokens, street.rotated):
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(lambda n, to=platform: street.come(to, f"learner-{n}", 0.0), range(WARM)))
    for number in range(200):
        street.come(street.healthy, f"learner-{number}", 0.0)


def _finish(street: Street) -> None:
    """Grades that the worker is to send now."""
    street.tokens.is_over.clear()
    for _ in range(GRADES):
        visitor = Visitor(street.tool, street.tokens, f"finisher-{secrets.token_hex(4)}")
        visitor.launch()
        visitor.finish()
        visitor.close()


@contextmanager
def _street(database_url: str, folder: Path) -> Iterator[Street]:
    names = ("healthy", "well", "cold", "failing", "tokens", "rotated")
    platforms = {name: Neighbour(name) for name in names}
    port = free_port()
    tool = f"http://127.0.0.1:{port}"
    environ = os.environ | {
        "LTI_TOOL_PUBLIC_URL": tool, "LTI_TOOL_VAR_DIR": str(folder), "LTI_TOOL_SECRET_KEYS": secrets.token_hex(16),
        "LTI_TOOL_ALLOWED_PRIVATE_HOSTS": "127.0.0.1", "LTI_TOOL_LOG_LEVEL": "ERROR",
        "LTI_TOOL_DATABASE_URL": database_url,
        **{f"LTI_TOOL_LIMIT_{name}": "1000000/60" for name in ("LOGIN", "LAUNCH", "PLATFORM")},  # all have one address
    }  # fmt: skip
    with ExitStack() as stack:
        for platform in platforms.values():
            stack.enter_context(platform.open())
        _command(environ, "db", "upgrade")
        _command(environ, "seed")
        for platform in platforms.values():
            _connect(environ, platform)
        stack.enter_context(_child(environ, "serve", "--bind", f"127.0.0.1:{port}", "--grace", "2"))
        stack.enter_context(_child(environ, "worker"))
        _wait(f"{tool}/readyz")
        yield Street(tool, **platforms)


def _connect(environ: dict[str, str], platform: Neighbour) -> None:
    _command(
        environ, "platforms", "add", "--name", platform.name, "--issuer", platform.issuer, "--client-id", "tool",
        "--deployment-id", "1", "--auth-login-url", f"{platform.issuer}/auth",
        "--auth-token-url", f"{platform.issuer}/token", "--key-set-url", f"{platform.issuer}/keys",
    )  # fmt: skip


def _command(environ: dict[str, str], *arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "lti_tool", *arguments], env=environ, capture_output=True, check=True)


@contextmanager
def _child(environ: dict[str, str], *arguments: str) -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "-m", "lti_tool", *arguments], env=environ)
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(url: str) -> None:
    until = time.monotonic() + 40
    while time.monotonic() < until:
        try:
            if urllib3.request("GET", url, timeout=2, retries=False).status == 200:
                return
        except urllib3.exceptions.HTTPError:
            pass
        time.sleep(0.1)
    raise RuntimeError(f"{url} did not answer")
