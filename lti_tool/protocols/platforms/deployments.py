"""Where a registration is deployed: known, accepted, or seen and waiting for staff. LTI Core 1.3, 3.1.3."""

from enum import StrEnum

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from lti_tool.base.db import insert_missing
from lti_tool.base.errors import Forbidden
from lti_tool.learning import audit
from lti_tool.protocols.platforms.models import Deployment


class DeploymentStatus(StrEnum):
    ACTIVE = "active"
    PENDING = "pending"
    """Seen in a genuine launch, and not accepted yet."""


MOST_WAITING = 50
"""So many deployments of one registration are kept for staff to accept."""


_DEPLOYMENT = select(Deployment.id, Deployment.status).where(
    Deployment.registration_id == bindparam("registration_id"), Deployment.deployment_id == bindparam("deployment_id")
)


def accepted(session: Session, registration_id: int, deployment_id: str, *, takes_in: bool = False) -> int:
    """The inner id of an accepted deployment; one that is not yet is taken in where the registration says so.

    Raises Forbidden("unknown-deployment" | "deployment-pending"), and then makes nothing.
    """
    named = {"registration_id": registration_id, "deployment_id": deployment_id}
    found = session.execute(_DEPLOYMENT, named).one_or_none()
    if found is not None and found.status == DeploymentStatus.ACTIVE:
        return int(found.id)
    if takes_in:
        audit.note(session, "platform:deployment:take-in", object_id=str(registration_id))
        return deploy(session, registration_id, deployment_id).id
    code = "unknown-deployment" if found is None else "deployment-pending"
    raise Forbidden(code, deployment=deployment_id[:255])


def note(session: Session, registration_id: int, deployment_id: str) -> None:
    """Remember a deployment that a genuine launch named, once, for staff to accept; not more than MOST_WAITING."""
    waiting = select(func.count()).select_from(Deployment).where(
        Deployment.registration_id == registration_id, Deployment.status == DeploymentStatus.PENDING
    )
    if (session.scalar(waiting) or 0) < MOST_WAITING:
        insert_missing(
            session, Deployment, registration_id=registration_id, deployment_id=deployment_id,
            status=DeploymentStatus.PENDING,
        )  # fmt: skip


def deploy(session: Session, registration_id: int, deployment_id: str) -> Deployment:
    """Make a deployment known and accepted."""
    found = _deployment(session, registration_id, deployment_id)
    if found is None:
        found = Deployment(registration_id=registration_id, deployment_id=deployment_id)
        session.add(found)
    found.status = DeploymentStatus.ACTIVE
    session.flush()
    return found


def _deployment(session: Session, registration_id: int, deployment_id: str) -> Deployment | None:
    return session.scalars(
        select(Deployment).where(
            Deployment.registration_id == registration_id, Deployment.deployment_id == deployment_id
        )
    ).one_or_none()
