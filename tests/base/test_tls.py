"""TLS of the calls that go out, against real servers on loopback; and what the guide asks of the proxy before us."""

import contextlib
import ipaddress
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from lti_tool.base import clock
from lti_tool.base.errors import Upstream
from lti_tool.base.wire import Wire

GUIDE = Path(__file__).parents[2] / "docs" / "operate.md"
Version = ssl.TLSVersion


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for 127.0.0.1 that nobody vouches for, with its key."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "x")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(clock.now() - timedelta(days=1))
        .not_valid_after(clock.now() + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    encoding = serialization.Encoding.PEM
    pem = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(pem + made.public_bytes(encoding))
    return path


@contextlib.contextmanager
def server(certificate: Path, highest: ssl.TLSVersion) -> Iterator[tuple[str, list[str]]]:
    """A TLS server up to this version: its address, and why its handshakes failed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version, context.maximum_version = Version.TLSv1, highest
    context.load_cert_chain(certificate)
    reasons: list[str] = []
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listening.accept()
                connection.settimeout(5)
                try:
                    context.wrap_socket(connection, server_side=True).recv(1)
                    reasons.append("trusted")
                except ssl.SSLError as error:
                    reasons.append(error.reason or "")

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"https://127.0.0.1:{listening.getsockname()[1]}/", reasons
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    thread.join(timeout=10)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize(
    ("highest", "reason"),
    [
        (Version.TLSv1, "UNSUPPORTED_PROTOCOL"), (Version.TLSv1_1, "UNSUPPORTED_PROTOCOL"),
        (Version.TLSv1_2, "UNKNOWN_CA"), (Version.TLSv1_3, "UNKNOWN_CA"),
    ],
)  # fmt: skip
def test_calls_go_out_over_tls_1_2_or_later_to_verified_hosts(
    certificate: Path, highest: ssl.TLSVersion, reason: str
) -> None:
    """R-WEB-7, SEC 3: older versions are not spoken, and a certificate that nobody vouches for is not believed."""
    with server(certificate, highest) as (url, reasons):
        wire = Wire(allowed_private_hosts=("127.0.0.1",), timeout_s=3)
        with pytest.raises(Upstream):
            wire.request("GET", url)
    assert reasons
    assert all(reason in one for one in reasons), reasons


def test_the_guide_lets_the_proxy_speak_tls_1_2_and_1_3_only() -> None:
    """R-WEB-7, CERT 4.2: what the guide writes down for nginx; Caddy speaks no older version by itself."""
    (protocols,) = re.findall(r"ssl_protocols\s+([^;]+);", GUIDE.read_text())
    assert protocols.split() == ["TLSv1.2", "TLSv1.3"]
