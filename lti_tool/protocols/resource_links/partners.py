"""Of which partner of the hubs the people of a link are."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.protocols.platforms.models import Registration
from lti_tool.protocols.resource_links.models import ResourceLink


def school_of(session: Session, link: str) -> int | None:
    """Id of the organisation whose platform has this link (by its public id); None where it is of no partner."""
    query = select(Registration.organisation_id).join(ResourceLink, ResourceLink.registration_id == Registration.id)
    found: int | None = session.scalar(query.where(ResourceLink.public_id == link))
    return found
