"""TLS on loopback: a certificate signed by an authority of our own, and a proxy that takes the TLS off."""

import base64
import hashlib
import ipaddress
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PEM = serialization.Encoding.PEM
CHUNK_BYTES = 65_536


@dataclass(frozen=True)
class Certificate:
    """Files for a server on localhost and 127.0.0.1, and the authority that clients are told to trust."""

    authority: Path
    chain: Path
    spki: str
    """The SHA-256 of the server's public key, as Chromium wants it."""


def make_certificate(folder: Path) -> Certificate:
    """Write a new authority and a certificate of it."""
    above, below = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Authority of the tests")])
    authority = _signed(issuer, issuer, above, above, x509.BasicConstraints(ca=True, path_length=0))
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    server = _signed(subject, issuer, below, above, names)
    (folder / "authority.pem").write_bytes(authority.public_bytes(PEM))
    plain = serialization.NoEncryption()
    key = below.private_bytes(PEM, serialization.PrivateFormat.PKCS8, plain)
    (folder / "server.pem").write_bytes(key + server.public_bytes(PEM))
    public = below.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    spki = base64.b64encode(hashlib.sha256(public).digest()).decode()
    return Certificate(folder / "authority.pem", folder / "server.pem", spki)


def _signed(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    by: ec.EllipticCurvePrivateKey,
    extension: x509.ExtensionType,
) -> x509.Certificate:
    now = datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    made = made.serial_number(x509.random_serial_number()).add_extension(extension, critical=False)
    made = made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=30))
    return made.sign(by, hashes.SHA256())


class _Proxy(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, context: ssl.SSLContext, to_port: int) -> None:
        self.context, self.to_port = context, to_port
        super().__init__(("127.0.0.1", 0), _Connection)

    def handle_error(self, request: object, client_address: object) -> None:
        """A side that goes away is no news."""


class _Connection(socketserver.BaseRequestHandler):
    server: _Proxy

    def handle(self) -> None:
        with (
            self.server.context.wrap_socket(self.request, server_side=True) as outside,
            socket.create_connection(("127.0.0.1", self.server.to_port)) as inside,
        ):
            back = threading.Thread(target=_pump, args=(inside, outside), daemon=True)
            back.start()
            _pump(outside, inside)
            back.join()


def _pump(source: socket.socket, target: socket.socket) -> None:
    """Pass on what comes until it ends; then nothing comes from the other side either."""
    with suppress(OSError, ValueError):
        while data := source.recv(CHUNK_BYTES):
            target.sendall(data)
    for one in (target, source):
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)


@contextmanager
def tls_before(port: int, certificate: Certificate) -> Iterator[int]:
    """TLS before what listens on this port of loopback; yields the port of the outside."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.chain)
    proxy = _Proxy(context, port)
    threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
    try:
        yield int(proxy.server_address[1])
    finally:
        proxy.shutdown()
        proxy.server_close()
