"""One mail to the mail server of the settings, by SMTP (RFC 5321) over TLS.

smtps:// is TLS from the start, smtp:// changes to it by STARTTLS. Without TLS only on this same machine: a mail holds
a link that signs in. Certificates are checked. Nothing that a mail server says is logged: it may quote addresses.
"""

import smtplib
import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from urllib.parse import unquote, urlsplit

from lti_tool.base import clock
from lti_tool.base.errors import Upstream
from lti_tool.protocols.mail.service import Text

LOOPBACK = ("localhost", "127.0.0.1", "::1")
PORTS = {"smtp": 587, "smtps": 465}


def message(text: Text, *, sender: str, public_id: str) -> EmailMessage:
    """The mail. A line break in an address or subject raises ValueError: nobody adds headers to our mail."""
    name, address = parseaddr(sender)
    made = EmailMessage()
    made["From"] = Address(name, addr_spec=address)
    made["To"] = Address(addr_spec=text.to)
    made["Subject"] = text.subject
    made["Date"] = format_datetime(clock.now())
    made["Message-ID"] = f"<{public_id}@{address.rpartition('@')[2]}>"
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(text.body, cte="quoted-printable")
    return made


def send(url: str, mail: EmailMessage, *, timeout_s: float) -> None:
    """Hand the mail over. Raises Upstream("mail-refused" | "mail-unreachable"); only the latter may be tried again."""
    try:
        with _connected(url, mail, timeout_s) as server:
            server.send_message(mail)
    except smtplib.SMTPNotSupportedError:
        raise Upstream("mail-refused", retry=False, reason="no-tls-or-sign-in") from None
    except smtplib.SMTPRecipientsRefused as problem:
        raise _refused(max(code for code, _ in problem.recipients.values())) from None
    except smtplib.SMTPResponseException as problem:
        raise _refused(problem.smtp_code) from None
    except (smtplib.SMTPException, OSError) as problem:
        raise Upstream("mail-unreachable", retry=True, reason=type(problem).__name__) from None


def _refused(code: int) -> Upstream:
    """Codes from 500 are final (RFC 5321, 4.2.1)."""
    return Upstream("mail-refused", retry=code < 500, status=code)


def _connected(url: str, mail: EmailMessage, timeout_s: float) -> smtplib.SMTP:
    place = urlsplit(url)
    host, port = place.hostname or "localhost", place.port or PORTS[place.scheme]
    own_name, context = mail["Message-ID"].rpartition("@")[2].rstrip(">"), ssl.create_default_context()
    if place.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, own_name, timeout=timeout_s, context=context)
    else:
        server = smtplib.SMTP(host, port, own_name, timeout=timeout_s)
    try:
        _secure(server, host, context, is_secure=place.scheme == "smtps")
        if place.username:
            server.login(unquote(place.username), unquote(place.password or ""))
    except BaseException:
        server.close()
        raise
    return server


def _secure(server: smtplib.SMTP, host: str, context: ssl.SSLContext, *, is_secure: bool) -> None:
    server.ehlo()
    if not is_secure and (server.has_extn("starttls") or host not in LOOPBACK):
        server.starttls(context=context)
        server.ehlo()
