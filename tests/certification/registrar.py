"""A platform that takes registrations, as strange as a test wants it: a real server on loopback."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOOL_PART = "https://purl.imsglobal.org/spec/lti-tool-configuration"
PLATFORM_PART = "https://purl.imsglobal.org/spec/lti-platform-configuration"
PATH = "/.well-known/openid-configuration"


@dataclass
class Registrar:
    """What it answers, and what it was asked."""

    port: int = 0
    changes: dict[str, Any] = field(default_factory=dict)
    """Members of the configuration that differ; None takes one out."""
    body: bytes | None = None
    """The whole configuration, instead."""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    slow_s: float = 0.0
    """Between the pieces of an answer."""
    wants_token: str | None = None
    answers: dict[str, Any] = field(default_factory=dict)
    """Members of the answer to a registration that differ; None takes one out."""
    answer_status: int = 201
    answer_body: bytes | None = None
    asked: list[tuple[str, str, dict[str, str], Any]] = field(default_factory=list)
    """Method, path, headers, JSON."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def configuration_url(self) -> str:
        return self.url + PATH

    @property
    def registrations(self) -> list[dict[str, Any]]:
        return [body for method, path, _, body in self.asked if method == "POST"]

    def configuration(self) -> dict[str, Any]:
        told = {
            "issuer": self.url, "authorization_endpoint": f"{self.url}/auth", "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks", "registration_endpoint": f"{self.url}/register",
            "id_token_signing_alg_values_supported": ["RS256"],
            PLATFORM_PART: {"product_family_code": "moodle", "messages_supported": []},
        }  # fmt: skip
        return {name: value for name, value in (told | self.changes).items() if value is not None}

    def answer_to(self, registration: dict[str, Any]) -> dict[str, Any]:
        told = registration | {"client_id": "client-1"}
        told[TOOL_PART] = registration.get(TOOL_PART, {}) | {"deployment_id": "7"}
        return {name: value for name, value in (told | self.answers).items() if value is not None}


@contextmanager
def standing() -> Iterator[Registrar]:
    shown = Registrar()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            shown.asked.append(("GET", self.path, dict(self.headers), None))
            if shown.wants_token and self.headers.get("Authorization") != f"Bearer {shown.wants_token}":
                self._send(401, b'{"error": "no token"}', {})
                return
            body = shown.body if shown.body is not None else json.dumps(shown.configuration()).encode()
            self._send(shown.status, body, shown.headers)

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            shown.asked.append(("POST", self.path, dict(self.headers), body))
            answer = shown.answer_body
            if answer is None:
                answer = json.dumps(shown.answer_to(body)).encode()
            self._send(shown.answer_status, answer, {})

        def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            with suppress(BrokenPipeError, ConnectionResetError, socket.timeout):
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", **headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if not shown.slow_s:
                    self.wfile.write(body)
                    return
                for byte in body:
                    self.wfile.write(bytes([byte]))
                    time.sleep(shown.slow_s)

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
    thread.join(5)
