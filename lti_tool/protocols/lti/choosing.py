"""A platform asks what a teacher wants to place: admit the teacher to the chooser. Deep Linking 2.0, 2.1 and 2.2."""

from dataclasses import replace

from sqlalchemy.orm import Session

from lti_tool.base.errors import Forbidden, Invalid
from lti_tool.learning import audit
from lti_tool.protocols.deep_linking import service as deep_linking
from lti_tool.protocols.deep_linking.settings import SETTINGS_CLAIM
from lti_tool.protocols.lti import login, service
from lti_tool.protocols.lti.claims import LaunchClaims
from lti_tool.protocols.lti.login import Attempt
from lti_tool.protocols.lti.service import Admitted, Browser
from lti_tool.protocols.platforms import deployments
from lti_tool.protocols.platforms.service import origin_of
from lti_tool.protocols.resource_links.roles import Role
from lti_tool.web import visits

PAGE = "place"


def admit(
    session: Session, claims: LaunchClaims, attempt: Attempt, browser: Browser, public_url: str
) -> Admitted | None:
    """Spend the attempt and open a visit in which a teacher chooses; None when it was spent before.

    Raises Forbidden("choosing-not-yours"), and what lti.service.admit raises of the platform.
    """
    if claims.choice is None:
        raise Invalid("claim-missing", claim=SETTINGS_CLAIM)
    if not login.spend(session, attempt):
        return None
    service.must_be_ours(claims.target_link_uri, public_url)
    if not may_choose(claims):
        raise Forbidden("choosing-not-yours")
    takes_in = attempt.platform.accepts_deployments
    deployments.accepted(session, attempt.platform.id, claims.deployment_id, takes_in=takes_in)
    subject = service.subject_of(claims, attempt)
    comer = service.recognised(session, claims, attempt, subject)
    audit.note(session, "teacher:choice:begin", actor_id=comer.person_id, object_id=attempt.public_id)
    origins = (origin_of(claims.choice.return_url), *comer.platform.frame_ancestors.split())
    admitted = service.open_visit(
        session, claims, attempt, browser, comer, role=Role.TEACHER, frame_ancestors=" ".join(dict.fromkeys(origins))
    )
    visit_id = visits.id_of(session, attempt.public_id)
    deep_linking.begin(session, visit_id, comer.platform, claims.deployment_id, claims.choice)
    return replace(admitted, page=PAGE)


def may_choose(claims: LaunchClaims) -> bool:
    """A teacher of the course; and an administrator without a role in it, whom the platform let choose for it."""
    return claims.role is Role.TEACHER or (claims.role is Role.NONE and claims.is_administrator)
