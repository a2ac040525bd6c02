"""Links by mail. The request does the same for every address; who is staff is looked up by the worker.

So neither the answer nor its time tells whether an address belongs to staff. One network may ask 10 times in 15
minutes, and is told to wait; one address gets 3 mails in that time, and nobody is told.
"""

import math
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from lti_tool.base import clock, outbox
from lti_tool.base.errors import Invalid, TooMany
from lti_tool.base.vault import Vault, fingerprint
from lti_tool.learning.people import staff as appointments
from lti_tool.protocols.mail import service as mail
from lti_tool.protocols.mail.service import Text
from lti_tool.protocols.sso import links
from lti_tool.protocols.sso.models import LinkRequest
from lti_tool.web.i18n import catalogue

WANTED = "staff.link-wanted"
WINDOW = timedelta(minutes=15)
MOST_OF_CLIENT, MOST_TO_ADDRESS = 10, 3


def ask(session: Session, vault: Vault, address: str, *, client: str, language: str) -> None:
    """Note the wish of somebody at this network for a link by mail. Raises Invalid("form"), TooMany("too-many")."""
    wanted, asking = address.strip().casefold(), fingerprint(f"client {client}")
    if not appointments.ADDRESS.fullmatch(wanted):
        raise Invalid("form")
    _must_wait(session, asking)
    made = LinkRequest(
        at=clock.now(), wanted=fingerprint(f"mail {wanted}"), client=asking, sealed_address=vault.seal(wanted),
        language=language,
    )  # fmt: skip
    session.add(made)
    session.flush()
    outbox.put(session, WANTED, request_id=made.id)


def _must_wait(session: Session, client: str) -> None:
    since = clock.now() - WINDOW
    query = select(LinkRequest.at).where(LinkRequest.client == client, LinkRequest.at > since)
    times = session.scalars(query.order_by(LinkRequest.at.desc()).limit(MOST_OF_CLIENT)).all()
    if len(times) == MOST_OF_CLIENT:
        raise TooMany("too-many", after_s=max(1, math.ceil((times[-1] - since).total_seconds())))


def answer(session: Session, *, request_id: int, vault: Vault, public_url: str) -> None:
    """Write the mail with a link, if the address is that of staff and did not get too many. For the worker."""
    request = session.get(LinkRequest, request_id)
    if request is None or _mails_asked(session, request) > MOST_TO_ADDRESS:
        return
    person = appointments.by_email(session, vault.open(request.sealed_address))
    if person is not None and appointments.posts_of(session, person.id):
        send(session, vault, public_url, person.id, language=person.language or request.language)


def _mails_asked(session: Session, request: LinkRequest) -> int:
    """How often this address was filled in lately, this time included."""
    query = select(func.count()).select_from(LinkRequest).where(
        LinkRequest.wanted == request.wanted, LinkRequest.at > request.at - WINDOW, LinkRequest.id <= request.id
    )  # fmt: skip
    return session.scalar(query) or 0


def send(session: Session, vault: Vault, public_url: str, person_id: int, *, language: str) -> None:
    """Mail this member of staff a new link; their earlier ones open nothing any more. Raises Invalid("no-address")."""
    to = appointments.address_of(session, person_id)
    if not to:
        raise Invalid("no-address")
    url = address(public_url, links.make(session, person_id))
    mail.write(session, vault, _text(to, url, language), expires_at=clock.now() + links.LASTS)


def address(public_url: str, secret: str) -> str:
    """Where the link leads."""
    return f"{public_url}/sign-in/link/{secret}"


def _text(to: str, url: str, language: str) -> Text:
    _ = catalogue(language).gettext
    parts = (
        _("Hello,"),
        _("With this link you sign in to the pages for staff of Technohub:"),
        url,
        _("It works once and for 15 minutes. Only the newest link works."),
        _("Did you not ask for it? Then you need not do anything: without this link nobody gets in."),
    )
    return Text(to, _("Your link to sign in to Technohub"), "\n\n".join(parts) + "\n")


def forget_old(session: Session, *, before: datetime) -> None:
    session.execute(delete(LinkRequest).where(LinkRequest.at < before))
