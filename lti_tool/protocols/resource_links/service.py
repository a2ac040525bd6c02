"""The platform's courses and links: recognise them, and know which module and run each opens."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.base import clock, outbox
from lti_tool.base.errors import NotFound
from lti_tool.learning import audit
from lti_tool.learning.catalogue import service as catalogue
from lti_tool.learning.progress import service as progress
from lti_tool.protocols.resource_links.models import Context, Member, ResourceLink

AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
SCORE_SCOPE, LINEITEM_SCOPE = AGS + "score", AGS + "lineitem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """What a launch tells of its link."""

    registration_id: int
    deployment_id: int
    resource_link_id: str
    title: str
    context_id: str | None
    context_title: str
    module: str | None
    """Public id that the link names, if it does."""
    lineitem_url: str | None
    lineitems_url: str | None
    ags_scopes: tuple[str, ...]


def arrive(session: Session, arrival: Arrival) -> ResourceLink:
    """The link of a launch, made at its first one, with the services of this launch.

    A link that names a module opens that one; a teacher's own choice stays where the link names none.
    Raises NotFound("module").
    """
    link = session.scalars(
        select(ResourceLink).where(
            ResourceLink.deployment_id == arrival.deployment_id,
            ResourceLink.resource_link_id == arrival.resource_link_id,
        )
    ).one_or_none()
    if link is None:
        link = _new_link(arrival)
        session.add(link)
    _bring_up_to_date(session, link, arrival)
    if arrival.module and (link.module_id is None or link.named_module != arrival.module):
        _open_module(session, link, arrival.module)
        link.named_module = arrival.module
    session.flush()
    return link


def _new_link(arrival: Arrival) -> ResourceLink:
    return ResourceLink(
        registration_id=arrival.registration_id,
        deployment_id=arrival.deployment_id,
        resource_link_id=arrival.resource_link_id,
        title="",
        has_own_run=False,
        sends_grades=True,
        ags_scopes=[],
        created_at=clock.now(),
    )


def _bring_up_to_date(session: Session, link: ResourceLink, arrival: Arrival) -> None:
    if arrival.context_id is not None:
        context = _context(session, arrival.deployment_id, arrival.context_id, arrival.context_title)
        link.context_id = context.id
    link.title = arrival.title or link.title
    link.lineitem_url, link.lineitems_url = arrival.lineitem_url, arrival.lineitems_url
    if link.ags_scopes != list(arrival.ags_scopes):
        link.ags_scopes = list(arrival.ags_scopes)


def _context(session: Session, deployment_id: int, context_id: str, title: str) -> Context:
    context = session.scalars(
        select(Context).where(Context.deployment_id == deployment_id, Context.context_id == context_id)
    ).one_or_none()
    if context is None:
        context = Context(deployment_id=deployment_id, context_id=context_id, title=title)
        session.add(context)
        session.flush()
    elif title and context.title != title:
        context.title = title
    return context


def _open_module(session: Session, link: ResourceLink, module_public_id: str) -> None:
    link.module_id = catalogue.module_id(session, module_public_id)
    session.flush()
    whose = f"link:{link.id}" if link.has_own_run else f"platform:{link.registration_id}"
    link.cohort_id = progress.cohort(session, f"{whose}:module:{link.module_id}", link.module_id)


def choose(session: Session, link_id: int, module_public_id: str, *, own_run: bool, actor_id: int) -> int:
    """Let a teacher choose the module of a link and whether it has a run of its own; returns the run's id.

    Raises NotFound("module").
    """
    link = session.get_one(ResourceLink, link_id)
    link.has_own_run = own_run
    _open_module(session, link, module_public_id)
    audit.note(session, "teacher:link:choose", actor_id=actor_id, object_id=link.public_id, module=module_public_id)
    if link.cohort_id is None:
        raise NotFound("module")
    return link.cohort_id


def join(
    session: Session, link: ResourceLink, *, person_id: int, subject: str, role: str, is_test: bool,
    enrolment_id: int | None,
) -> None:  # fmt: skip
    """Note that this person came in through this link, and as what.

    A learner who is new here, or was no learner before, is owed what they already earned in the run.
    """
    member = session.scalars(
        select(Member).where(Member.resource_link_id == link.id, Member.person_id == person_id)
    ).one_or_none()
    if member is None:
        member = Member(resource_link_id=link.id, person_id=person_id, role="none", enrolment_id=None)
        session.add(member)
    is_newly_owed = enrolment_id is not None and role == "learner" and (
        member.role != "learner" or member.enrolment_id != enrolment_id
    )  # fmt: skip
    member.subject, member.role, member.is_test = subject, role, is_test
    member.enrolment_id, member.last_launch_at = enrolment_id, clock.now()
    if is_newly_owed and enrolment_id is not None:
        outbox.put(session, progress.CHANGED, enrolment_id=enrolment_id)


class GradeRoad(StrEnum):
    """How grades of a link reach the course."""

    OWN_COLUMN = "own-column"
    MAKES_COLUMN = "makes-column"
    NOT_OFFERED = "not-offered"
    SWITCHED_OFF = "switched-off"


def grade_road(session: Session, link_id: int) -> GradeRoad:
    return grade_road_of(session.get_one(ResourceLink, link_id))


def grade_road_of(link: ResourceLink) -> GradeRoad:
    if not link.sends_grades:
        return GradeRoad.SWITCHED_OFF
    if link.lineitem_url and SCORE_SCOPE in link.ags_scopes:
        return GradeRoad.OWN_COLUMN
    if link.lineitems_url and {SCORE_SCOPE, LINEITEM_SCOPE} <= set(link.ags_scopes):
        return GradeRoad.MAKES_COLUMN
    return GradeRoad.NOT_OFFERED
