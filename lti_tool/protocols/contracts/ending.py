"""The end of a contract: the platform may launch no more, and nothing is sent to it any more."""

from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.errors import Conflict, NotFound
from lti_tool.learning import audit
from lti_tool.protocols.grades.models import Delivery
from lti_tool.protocols.grades.rules import DeliveryState
from lti_tool.protocols.platforms import clients
from lti_tool.protocols.platforms.models import Registration
from lti_tool.protocols.platforms.service import Status
from lti_tool.protocols.resource_links.models import ResourceLink
from lti_tool.web import visits

REASON = "platform-ended"


def registration(session: Session, public_id: str) -> Registration:
    """Raises NotFound("unknown-platform")."""
    found = session.scalars(select(Registration).where(Registration.public_id == public_id)).one_or_none()
    if found is None:
        raise NotFound("unknown-platform")
    return found


def end(session: Session, public_id: str, *, actor_id: int | None = None) -> int:
    """End the contract and all running visits; returns how many grades are not sent any more. Twice changes nothing.

    Raises NotFound("unknown-platform").
    """
    ended = registration(session, public_id)
    if ended.status == Status.ENDED:
        return 0
    ended.status, ended.ended_at = Status.ENDED, clock.now()
    waiting = (DeliveryState.QUEUED, DeliveryState.PARKED)
    dropped = session.execute(
        update(Delivery)
        .where(Delivery.registration_id == ended.id, Delivery.state.in_(waiting))
        .values(state=DeliveryState.DROPPED, reason=REASON, said=None, revision=Delivery.revision + 1)
    )
    clients.forget_credentials(session, ended.id)
    visits.end_of(session, authority(ended))
    count = int(dropped.rowcount)  # type: ignore[attr-defined]
    audit.note(session, "staff:platform:ended", actor_id=actor_id, object_id=public_id, dropped=count)
    return count


def must_have_ended(found: Registration) -> None:
    """Raises Conflict("platform-not-ended")."""
    if found.status != Status.ENDED:
        raise Conflict("platform-not-ended")


def owners(session: Session, registration_id: int) -> set[str]:
    """By which names the runs of this platform are kept."""
    links = session.scalars(select(ResourceLink.id).where(ResourceLink.registration_id == registration_id))
    return {f"platform:{registration_id}", *(f"link:{link_id}" for link_id in links)}


def authority(found: Registration | Any) -> str:
    return f"lti:{found.id}"
