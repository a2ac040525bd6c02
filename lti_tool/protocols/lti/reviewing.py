"""From a gradebook to one learner's work: Submission Review 1.0, and what Canvas does instead of it.

Canvas keeps with a grade the address that our score gave it (Family.submission_type), and its SpeedGrader
launches that address as an ordinary LtiResourceLinkRequest. So a launch of an address with `review` in it is a review
too. The address opens nothing by itself: a teacher sees the work of who is in a link of the course, a learner sees own
work only.
"""

from dataclasses import dataclass, replace
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from lti_tool.base.errors import Forbidden, Invalid, NotFound
from lti_tool.learning import audit
from lti_tool.learning.people import service as people
from lti_tool.protocols.grades.models import LineItem
from lti_tool.protocols.lti import login, service
from lti_tool.protocols.lti.claims import RESOURCE_LINK_REQUEST, LaunchClaims
from lti_tool.protocols.lti.login import Attempt
from lti_tool.protocols.lti.service import Admitted, Browser
from lti_tool.protocols.platforms import deployments
from lti_tool.protocols.resource_links.models import Member, ResourceLink
from lti_tool.protocols.resource_links.review import PARAMETER, named_in
from lti_tool.protocols.resource_links.roles import Role


@dataclass(frozen=True, slots=True)
class Reviewed:
    """Whose work, in which link."""

    link: ResourceLink
    person_id: int
    subject: str
    """As the platform calls them."""


def is_review(claims: LaunchClaims) -> bool:
    """True for an ordinary launch whose address names somebody's work."""
    is_ordinary = claims.message_type == RESOURCE_LINK_REQUEST
    return is_ordinary and bool(_parameter(claims.target_link_uri))


def admit(
    session: Session, claims: LaunchClaims, attempt: Attempt, browser: Browser, public_url: str
) -> Admitted | None:
    """Spend the attempt and open a visit at the work of one learner; None when it was spent before.

    Raises NotFound("review-column" | "review-nobody"), Forbidden("review-not-yours"), and what lti.service.admit raises
    of the platform.
    """
    if not login.spend(session, attempt):
        return None
    service.must_be_ours(claims.target_link_uri, public_url)
    takes_in = attempt.platform.accepts_deployments
    deployment_id = deployments.accepted(session, attempt.platform.id, claims.deployment_id, takes_in=takes_in)
    subject = service.subject_of(claims, attempt)
    reviewed = _reviewed(session, claims, deployment_id)
    is_own = reviewed.subject == subject
    if claims.role is not Role.TEACHER and not is_own:
        raise Forbidden("review-not-yours")
    return _open(session, claims, attempt, browser, reviewed)


def _open(
    session: Session, claims: LaunchClaims, attempt: Attempt, browser: Browser, reviewed: Reviewed
) -> Admitted:  # fmt: skip
    link, subject = reviewed.link, service.subject_of(claims, attempt)
    comer = service.recognised(session, claims, attempt, subject)
    service.join(session, link, comer.person_id, subject, claims, comer.platform.hubs)
    person = people.person_of(session, reviewed.person_id)
    audit.note(session, "person:work:review", actor_id=comer.person_id, object_id=person.public_id)
    where = {"resource_link_id": link.id, "cohort_id": link.cohort_id}
    admitted = service.open_visit(session, claims, attempt, browser, comer, role=claims.role, **where)
    is_teacher = claims.role is Role.TEACHER
    return replace(admitted, page=f"class/{person.public_id}" if is_teacher else "")


def _reviewed(session: Session, claims: LaunchClaims, deployment_id: int) -> Reviewed:
    """Whose work is meant, as the message or its address says."""
    if claims.for_user is not None:
        link = _of_column(session, _links(session, claims, deployment_id), claims.grades.lineitem)
        mine = Member.subject == claims.for_user
    else:
        link_id, person_id = named_in(_parameter(claims.target_link_uri))
        link = _found(session, ResourceLink.public_id == link_id, deployment_id)
        mine = Member.person_id == people.id_of(session, person_id)
    if link.context is not None and claims.context_id not in (None, link.context.context_id):
        raise NotFound("review-column")
    query = select(Member.person_id, Member.subject).where(Member.resource_link_id == link.id, mine)
    row = session.execute(query.limit(1)).one_or_none()
    if row is None:
        raise NotFound("review-nobody")
    return Reviewed(link, row.person_id, row.subject)


def _parameter(target_link_uri: str) -> str:
    try:
        return next(iter(parse_qs(urlsplit(target_link_uri).query).get(PARAMETER, [])), "")
    except ValueError:  # no address at all, which is refused elsewhere
        return ""


def _found(session: Session, which: ColumnElement[bool], deployment_id: int) -> ResourceLink:
    query = select(ResourceLink).where(which, ResourceLink.deployment_id == deployment_id)
    link = session.scalars(query).one_or_none()
    if link is None:
        raise NotFound("review-column")
    return link


def _links(session: Session, claims: LaunchClaims, deployment_id: int) -> list[ResourceLink]:
    """The link that the message names; else those of this deployment that have its column."""
    if claims.link is not None:
        return [_found(session, ResourceLink.resource_link_id == claims.link.id, deployment_id)]
    url = claims.grades.lineitem
    if url is None:
        raise Invalid("claim-missing", claim="lineitem")
    made = select(LineItem.resource_link_id).where(LineItem.url == url)
    query = select(ResourceLink).where(
        ResourceLink.deployment_id == deployment_id,
        (ResourceLink.lineitem_url == url) | ResourceLink.id.in_(made),
    )  # fmt: skip
    return list(session.scalars(query.limit(2)))


def _of_column(session: Session, links: list[ResourceLink], url: str | None) -> ResourceLink:
    """The one link; a column that is another's, where we know the link's own, is none of it."""
    if len(links) != 1:
        raise NotFound("review-column")
    made = session.scalars(select(LineItem.url).where(LineItem.resource_link_id == links[0].id))
    known = {one for one in (links[0].lineitem_url, *made) if one is not None}
    if url is not None and known and url not in known:
        raise NotFound("review-column")
    return links[0]
