"""A small HTTP/1.1 server for one WSGI app: keep-alive, a thread per connection, one write per answer.

It exists because a practice platform must be able to close a connection at the wrong moment, count
connections, and take many scores per second. Not for use outside a practice environment.
"""

import io
import socket
import socketserver
import sys
from collections.abc import Callable
from email.utils import formatdate
from time import time
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from practice_lms.gate import Dropped
from practice_lms.state.counts import Counts

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

LONGEST_HEAD_BYTES = 65_536
LONGEST_BODY_BYTES = 8_000_000
IDLE_S = 75


class BadRequest(Exception):
    """What came in is no HTTP/1.1 request that is served here."""


class Connection(socketserver.StreamRequestHandler):
    """One connection: requests one after the other until either side closes."""

    server: "Server"
    timeout = IDLE_S
    disable_nagle_algorithm = True

    def handle(self) -> None:
        """Serve until the connection ends; a dropped answer ends it at once."""
        self.server.opened(self.connection)
        try:
            while self._serve_one():
                pass
        except Dropped:
            self.connection.shutdown(socket.SHUT_RDWR)
        except BadRequest as bad:
            self.wfile.write(
                f"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nX-Why: {bad}\r\n\r\n".encode()
            )
        except OSError:
            return
        finally:
            self.server.closed(self.connection)

    def finish(self) -> None:
        """Let go of the files, whatever the other side did."""
        try:
            super().finish()
        except OSError:
            return

    def _serve_one(self) -> bool:
        line = self.rfile.readline(LONGEST_HEAD_BYTES)
        if not line.strip():
            return bool(line)
        headers = self._headers()
        environ = self._environ(line, headers)
        keep = headers.get("connection", "").lower() != "close" and environ["SERVER_PROTOCOL"] == "HTTP/1.1"
        self._respond(environ, keep)
        return keep

    def _headers(self) -> dict[str, str]:
        headers: dict[str, str] = {}
        left = LONGEST_HEAD_BYTES
        while (line := self.rfile.readline(LONGEST_HEAD_BYTES)) not in (b"\r\n", b"\n"):
            left -= len(line)
            name, colon, value = line.decode("latin-1").partition(":")
            if not colon or left < 0:
                raise BadRequest("headers")
            name = name.lower()
            headers[name] = f"{headers[name]}, {value.strip()}" if name in headers else value.strip()
        return headers

    def _body(self, headers: dict[str, str]) -> bytes:
        if headers.get("expect", "").lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if headers.get("transfer-encoding", "").lower() == "chunked":
            return self._chunks()
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > LONGEST_BODY_BYTES:
            raise BadRequest("content-length")
        return self.rfile.read(int(length))

    def _chunks(self) -> bytes:
        body = bytearray()
        while size := self._chunk_size():
            if len(body) + size > LONGEST_BODY_BYTES:
                raise BadRequest("too large")
            body += self.rfile.read(size)
            self.rfile.readline(10)
        while self.rfile.readline(LONGEST_HEAD_BYTES).strip():
            pass
        return bytes(body)

    def _chunk_size(self) -> int:
        try:
            return int(self.rfile.readline(100).split(b";")[0], 16)
        except ValueError as error:
            raise BadRequest("chunk") from error

    def _environ(self, line: bytes, headers: dict[str, str]) -> "WSGIEnvironment":
        try:
            method, target, protocol = line.decode("latin-1").split()
        except ValueError as error:
            raise BadRequest("request line") from error
        path, _, query = target.partition("?")
        body = self._body(headers)
        environ: dict[str, Any] = self.server.base_environ | {
            "REQUEST_METHOD": method,
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1") if "%" in path else path,
            "RAW_URI": target,
            "QUERY_STRING": query,
            "SERVER_PROTOCOL": protocol,
            "REMOTE_ADDR": self.client_address[0],
            "CONTENT_TYPE": headers.pop("content-type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
        }
        for name, value in headers.items():
            environ["HTTP_" + name.upper().replace("-", "_")] = value
        return environ

    def _respond(self, environ: "WSGIEnvironment", keep: bool) -> None:
        said: list[Any] = []

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            said[:] = [status, headers]
            return said.append

        parts = self.server.app(environ, start)
        body = b"".join(parts)
        if hasattr(parts, "close"):
            parts.close()
        self.wfile.write(_answer(said, body, environ["REQUEST_METHOD"], keep, self.server.clock()))


def _answer(said: list[Any], body: bytes, method: str, keep: bool, now: float) -> bytes:
    status, headers = said
    lines = [f"HTTP/1.1 {status}", f"Date: {formatdate(now, usegmt=True)}"]
    lines += [f"{name}: {value}" for name, value in headers if name.lower() != "content-length"]
    if not status.startswith(("204", "304")):
        lines.append(f"Content-Length: {len(body)}")
    if not keep:
        lines.append("Connection: close")
    head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
    return head if method == "HEAD" else head + body


class Server(socketserver.ThreadingTCPServer):
    """Listens; knows its open connections so that it can end them."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 512

    def __init__(self, host: str, port: int, counts: Counts | None = None) -> None:
        super().__init__((host, port), Connection)
        self.app: WSGIApplication = lambda environ, start: []
        self.clock: Callable[[], float] = time
        """What Date headers say; seconds since 1970."""
        self._open: set[socket.socket] = set()
        self._counts = counts
        self.base_environ: dict[str, Any] = {
            "SCRIPT_NAME": "",
            "SERVER_NAME": host,
            "SERVER_PORT": str(self.server_address[1]),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }

    def serve(self, app: "WSGIApplication", counts: Counts) -> None:
        """Serve this app until shutdown is called from another thread."""
        self.app, self._counts = app, counts
        self.serve_forever(poll_interval=0.1)

    def opened(self, connection: socket.socket) -> None:
        """A connection began."""
        self._open.add(connection)
        if self._counts is not None:
            self._counts.add("connections")

    def closed(self, connection: socket.socket) -> None:
        """A connection ended."""
        self._open.discard(connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that goes away is no news; anything else is written to stderr."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)

    def end(self) -> None:
        """Stop listening and end every connection."""
        self.shutdown()
        self.server_close()
        for connection in list(self._open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
