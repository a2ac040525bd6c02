"""Mail goes out once, over TLS where it leaves the machine, and says nothing that nobody should read."""

import datetime
import ipaddress
import socket
import ssl
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from config.default import Settings
from lti_tool.base import clock
from lti_tool.base.db import writing
from lti_tool.base.errors import Upstream
from lti_tool.base.vault import Vault
from lti_tool.protocols.mail import service, smtp
from lti_tool.protocols.mail.models import Letter
from lti_tool.protocols.mail.postman import Postman
from lti_tool.protocols.mail.service import Text
from tests.protocols import mailbox
from tests.protocols.mailbox import Mailbox

pytestmark = pytest.mark.mail
TEXT = Text("joke@desmidse.test", "Je link", "Hallo,\n\nhttps://tool.test/sign-in/link/geheim\n")
SENDER = "Technohub <noreply@hub.test>"


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mailbox.running() as made:
        yield made


@pytest.fixture
def postman(engine: Engine, settings: Settings, box: Mailbox) -> Iterator[Postman]:
    made = Postman(engine, replace(settings, smtp_url=box.url, mail_from=SENDER, http_timeout_s=2.0), lambda: None)
    yield made
    made.close()


def write(engine: Engine, settings: Settings, *, minutes: int = 15) -> None:
    with Session(engine) as session, session.begin():
        service.write(
            writing(session), Vault(settings.secret_keys), TEXT, expires_at=clock.now() + timedelta(minutes=minutes)
        )


def waiting(engine: Engine) -> int:
    with Session(engine) as session:
        return session.scalar(select(func.count()).select_from(Letter)) or 0


def make_due(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        for letter in writing(session).scalars(select(Letter)):
            letter.due_at = clock.now() - timedelta(seconds=1)


def mail() -> EmailMessage:
    return smtp.message(TEXT, sender=SENDER, public_id="abc")


def test_a_letter_arrives_once(engine: Engine, settings: Settings, postman: Postman, box: Mailbox) -> None:
    write(engine, settings)
    postman.turn()
    assert postman.finish() == 1
    postman.turn()
    assert postman.finish() == 0
    assert [waiting(engine), len(box.mails), box.envelopes] == [0, 1, [["joke@desmidse.test"]]]
    sent = box.mails[0]
    assert (sent["From"], sent["To"], sent["Subject"]) == (SENDER, "joke@desmidse.test", "Je link")
    assert (sent["Auto-Submitted"], sent.get_content_type()) == ("auto-generated", "text/plain")
    assert sent["Message-ID"].endswith("@hub.test>")
    assert sent["Date"]
    assert sent.get_content().replace("\r\n", "\n") == TEXT.body


def test_a_letter_lies_sealed(engine: Engine, settings: Settings) -> None:
    write(engine, settings)
    with Session(engine) as session:
        row = str(session.execute(text("SELECT * FROM letters")).all())
    assert "geheim" not in row
    assert "joke" not in row


def test_a_letter_waits_for_a_server_that_is_busy(
    engine: Engine, settings: Settings, postman: Postman, box: Mailbox
) -> None:
    write(engine, settings)
    box.answer = "451 later"
    postman.turn()
    postman.finish()
    assert waiting(engine) == 1
    postman.turn()
    due = postman.next_due()
    assert due is not None
    assert due > clock.now()
    box.answer = None
    make_due(engine)
    postman.turn()
    postman.finish()
    assert [waiting(engine), len(box.mails)] == [0, 1]


def test_a_refused_letter_is_not_sent_again(
    engine: Engine, settings: Settings, postman: Postman, box: Mailbox, capsys: pytest.CaptureFixture[str]
) -> None:
    write(engine, settings)
    box.answer = "550 joke@desmidse.test is unknown"
    postman.turn()
    postman.finish()
    assert waiting(engine) == 0
    assert "desmidse" not in "".join(capsys.readouterr())


def test_a_letter_that_is_of_no_use_any_more_is_thrown_away(
    engine: Engine, settings: Settings, postman: Postman, box: Mailbox
) -> None:
    write(engine, settings, minutes=-1)
    postman.turn()
    postman.finish()
    assert [waiting(engine), len(box.mails)] == [0, 0]


def test_a_silent_server_holds_nobody_for_long(engine: Engine, settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"smtp://127.0.0.1:{silent.getsockname()[1]}"
        before = clock.now()
        with pytest.raises(Upstream) as refusal:
            smtp.send(url, mail(), timeout_s=0.5)
    assert refusal.value.retry
    assert clock.now() - before < timedelta(seconds=3)


@pytest.mark.parametrize("name", ["to", "subject"])
def test_nobody_adds_headers(name: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        smtp.message(replace(TEXT, **{name: "a@b.test\r\nBcc: all@b.test"}), sender=SENDER, public_id="abc")


def test_without_tls_nothing_leaves_the_machine() -> None:
    """127.0.0.2 is an address like any other: not one by which a machine calls itself."""
    with mailbox.running(host="127.0.0.2") as box, pytest.raises(Upstream, match="mail-refused"):
        smtp.send(box.url, mail(), timeout_s=2)
    assert box.mails == []


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate for 127.0.0.1 that nobody signed but itself, and a server's context with it."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    path = tmp_path / "mail.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return path, context


def test_starttls_with_a_sign_in(
    certificate: tuple[Path, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, context = certificate
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with mailbox.running(tls=context, needs_login=True) as box:
        smtp.send(box.url.replace("://", "://tool:p%40ss@"), mail(), timeout_s=5)
        with pytest.raises(Upstream, match="mail-"):
            smtp.send(box.url.replace("://", "://tool:wrong@"), mail(), timeout_s=5)
    assert (box.was_secure, box.logins[0]) == ([True], ("tool", "p@ss"))


def test_a_certificate_that_nobody_vouches_for_is_refused(certificate: tuple[Path, ssl.SSLContext]) -> None:
    _, context = certificate
    with mailbox.running(tls=context) as box, pytest.raises(Upstream, match="mail-unreachable"):
        smtp.send(box.url, mail(), timeout_s=5)
    assert box.mails == []
