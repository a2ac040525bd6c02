"""A mail server on loopback that keeps what it is sent (aiosmtpd), and can refuse, fall silent or speak TLS."""

import contextlib
import email
import email.policy
import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword


@dataclass
class Mailbox:
    """What came in, and how the server behaves."""

    url: str
    mails: list[EmailMessage] = field(default_factory=list)
    envelopes: list[list[str]] = field(default_factory=list)
    answer: str | None = None
    """Said to every recipient in place of 250."""
    logins: list[tuple[str, str]] = field(default_factory=list)
    was_secure: list[bool] = field(default_factory=list)

    # aiosmtpd calls these

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        if self.answer:
            return self.answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, session: Any, envelope: Any) -> str:
        self.mails.append(email.message_from_bytes(envelope.content, policy=email.policy.default))  # type: ignore[arg-type]
        self.envelopes.append(list(envelope.rcpt_tos))
        self.was_secure.append(session.ssl is not None)
        return "250 OK"

    def __call__(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login.decode(), data.password.decode()))
        return AuthResult(success=data.password == b"p@ss")

    def link(self) -> str:
        """The address in the newest mail."""
        text = self.mails[-1].get_content()
        return next(line for line in text.splitlines() if "/sign-in/link/" in line)

    def wait_for(self, count: int, seconds: float = 10.0) -> None:
        until = time.monotonic() + seconds
        while len(self.mails) < count and time.monotonic() < until:
            time.sleep(0.05)
        assert len(self.mails) >= count


@contextlib.contextmanager
def running(
    *, tls: ssl.SSLContext | None = None, needs_login: bool = False, host: str = "127.0.0.1"
) -> Iterator[Mailbox]:  # fmt: skip
    with socket.create_server((host, 0)) as free:
        port = free.getsockname()[1]
    box = Mailbox(f"smtp://{host}:{port}")
    more = {"authenticator": box, "auth_required": True} if needs_login else {}
    server = Controller(
        box, hostname=host, port=port, tls_context=tls, require_starttls=tls is not None,
        auth_require_tls=tls is not None, **more,
    )  # fmt: skip
    server.start()
    yield box
    server.stop()
