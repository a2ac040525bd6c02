"""A platform's keys, and the small HTTP server on loopback that publishes them."""

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa


@dataclass
class Key:
    """A key pair of the platform."""

    kid: str
    private: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))

    @property
    def jwk(self) -> dict[str, Any]:
        public = jwt.algorithms.RSAAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        return {"kty": "RSA", "n": public["n"], "e": public["e"], "kid": self.kid, "alg": "RS256", "use": "sig"}


@dataclass
class KeyServer:
    """What the platform publishes, and how often it was asked."""

    port: int = 0
    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    count: int = 0
    delay: float = 0.0
    paths: list[str] = field(default_factory=list)
    elsewhere: bytes | None = None
    """What other paths than the key set's are answered, if not the same."""

    def publish(self, *jwks: Any, **headers: str) -> None:
        self.body, self.status = json.dumps({"keys": list(jwks)}).encode(), 200
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    def forget(self) -> None:
        self.count, self.delay, self.paths, self.elsewhere = 0, 0.0, [], None

    def fail(self, status: int = 503) -> None:
        self.status, self.body = status, b"out of order"


@contextlib.contextmanager
def serving() -> Iterator[KeyServer]:
    """A key server that runs until the block ends."""
    shown = KeyServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            shown.count += 1
            shown.paths.append(self.path)
            time.sleep(shown.delay)
            self.send_response(shown.status)
            for name, value in {"Content-Type": "application/json", **shown.headers}.items():
                self.send_header(name, value)
            body = shown.body if self.path == "/jwks.json" or shown.elsewhere is None else shown.elsewhere
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with contextlib.suppress(BrokenPipeError):
                self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    shown.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield shown
    server.shutdown()
    server.server_close()
    thread.join(timeout=5)
