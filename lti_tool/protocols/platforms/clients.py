"""The client ids of a registration: its present one, and former ones under which links were placed.

What was got with credentials (tokens, keys) is thrown away when they change.
"""

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.db import insert_missing
from lti_tool.protocols.platforms.models import AccessToken, FormerClient, KeySet, Registration


def keep(session: Session, registration: Registration, client_id: str) -> None:
    """Give the registration this client id; links that were placed under the one before still launch."""
    keep_former(session, registration.id, registration.issuer, registration.client_id)
    mine = FormerClient.issuer == registration.issuer, FormerClient.client_id == client_id
    session.execute(delete(FormerClient).where(*mine))
    registration.client_id = client_id


def keep_former(session: Session, registration_id: int, issuer: str, client_id: str) -> None:
    """Let logins with this client id be those of the registration."""
    insert_missing(
        session, FormerClient, registration_id=registration_id, issuer=issuer, client_id=client_id,
        replaced_at=clock.now(),
    )  # fmt: skip


def former(session: Session, registration_id: int) -> Sequence[str]:
    """The client ids that the registration had before, the latest first."""
    query = select(FormerClient.client_id).where(FormerClient.registration_id == registration_id)
    return session.scalars(query.order_by(FormerClient.id.desc())).all()


def forget_credentials(session: Session, registration_id: int) -> None:
    """Throw away the tokens and keys that were got with what is changed now."""
    session.execute(delete(AccessToken).where(AccessToken.registration_id == registration_id))
    session.execute(delete(KeySet).where(KeySet.registration_id == registration_id))
