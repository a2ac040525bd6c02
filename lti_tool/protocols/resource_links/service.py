"""The platform's courses and links: recognise them, and know which module and run each opens."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.orm import Session, contains_eager

from lti_tool.base import clock, outbox
from lti_tool.base.db import UtcDateTime
from lti_tool.base.errors import Conflict, NotFound
from lti_tool.learning import audit
from lti_tool.learning.catalogue import service as catalogue
from lti_tool.learning.progress import service as progress
from lti_tool.protocols.platforms import deployments
from lti_tool.protocols.platforms.models import Deployment, Registration
from lti_tool.protocols.resource_links import copies, rules
from lti_tool.protocols.resource_links.copies import Origin, Traces
from lti_tool.protocols.resource_links.models import Context, Member, ResourceLink
from lti_tool.protocols.resource_links.rules import Columns

AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
SCORE_SCOPE, LINEITEM_SCOPE = AGS + "score", AGS + "lineitem"
ROAD_CHANGED = "link.road-changed"
"""Topic of the outbox, payload resource_link_id: what a link shows in its course, or the way there, is another now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """What a launch tells of its link."""

    registration_id: int
    client_id: str
    deployment_id: str
    """As the platform calls it."""
    resource_link_id: str
    title: str
    context_id: str | None
    context_title: str
    named: Mapping[str, str] = field(default_factory=dict)
    """The terms that the link itself says (rules.named_in)."""
    lineitem_url: str | None
    lineitems_url: str | None
    ags_scopes: tuple[str, ...]
    memberships_url: str | None = None
    groups_url: str | None = None
    link_history: tuple[str, ...] = ()
    context_history: tuple[str, ...] = ()
    """Of what the platform says that they are copies, the nearest first (rules.ancestors)."""
    group_sets_url: str | None = None
    is_learner: bool = True
    hubs: tuple[str, ...] = ()
    """Whose modules this platform may open at first; empty: all."""
    takes_in_deployments: bool = False


_LINK = (
    select(ResourceLink, Context)
    .join(Deployment, Deployment.id == ResourceLink.deployment_id)
    .outerjoin(Context, Context.id == ResourceLink.context_id)
    .options(contains_eager(ResourceLink.context))
    .where(
        Deployment.registration_id == bindparam("registration_id"),
        Deployment.deployment_id == bindparam("deployment_id"),
        ResourceLink.resource_link_id == bindparam("resource_link_id"),
    )
)
_CONTEXT = select(Context).where(
    Context.deployment_id == bindparam("deployment_id"), Context.context_id == bindparam("context_id")
)


def arrive(session: Session, arrival: Arrival) -> ResourceLink:
    """The link of a launch, made at its first one, with the services of this launch.

    A link that names a module opens that one; a teacher's own choice stays where the link names none.
    Raises Forbidden("unknown-deployment" | "deployment-pending" | "module-of-other-hub"), NotFound("module").
    """
    named = {
        "registration_id": arrival.registration_id, "deployment_id": arrival.deployment_id,
        "resource_link_id": arrival.resource_link_id,
    }  # fmt: skip
    found = session.execute(_LINK, named).one_or_none()
    link, context = (found[0], found[1]) if found else (_new_link(session, arrival), None)
    before = _shown_by(link)
    context = _bring_up_to_date(session, link, context, arrival)
    origin = None if found else copies.recognise(session, link, context, _traces(arrival))
    if origin is not None or arrival.named != link.named or (link.module_id is None and arrival.named.get("module")):
        _take_terms(session, link, arrival, origin)
    session.flush()
    if found and before != _shown_by(link):
        outbox.put(session, ROAD_CHANGED, resource_link_id=link.id)
    return link


def _shown_by(link: ResourceLink) -> tuple[object, ...]:
    """What the columns of a link, and the numbers in them, follow from beside the work itself."""
    return (
        road_of(link, may_make_columns=True), link.title, link.columns, link.activity_key, link.scale, link.due_at,
        link.late, link.late_percent,
    )  # fmt: skip


def _traces(arrival: Arrival) -> Traces:
    return Traces(arrival.named.get("placement"), arrival.link_history, arrival.context_history, arrival.named)


def _new_link(session: Session, arrival: Arrival) -> ResourceLink:
    link = ResourceLink(
        registration_id=arrival.registration_id,
        deployment_id=deployments.accepted(
            session, arrival.registration_id, arrival.deployment_id, takes_in=arrival.takes_in_deployments
        ),
        resource_link_id=arrival.resource_link_id,
        title="",
        has_own_run=False,
        named={},
        columns=Columns.ONE,
        ags_scopes=[],
        created_at=clock.now(),
    )
    session.add(link)
    return link


def _bring_up_to_date(
    session: Session, link: ResourceLink, context: Context | None, arrival: Arrival
) -> Context | None:  # fmt: skip
    if arrival.context_id is not None:
        if context is None or context.context_id != arrival.context_id:
            context = _context(session, link.deployment_id, arrival.context_id)
        if context.title != arrival.context_title:
            context.title = arrival.context_title or context.title
        _set(link, context_id=context.id)
    _set(
        link, title=arrival.title or link.title, client_id=arrival.client_id,
        memberships_url=arrival.memberships_url or link.memberships_url,
        groups_url=arrival.groups_url or link.groups_url,
        group_sets_url=arrival.group_sets_url or link.group_sets_url,
    )  # fmt: skip
    if arrival.is_learner or arrival.lineitem_url or arrival.lineitems_url:
        _keep_services(link, arrival)
    return context


def _keep_services(link: ResourceLink, arrival: Arrival) -> None:
    """The grade services of this launch. (Some platforms leave them out for teachers, which says nothing.)"""
    _set(
        link, lineitem_url=arrival.lineitem_url, lineitems_url=arrival.lineitems_url,
        ags_scopes=list(arrival.ags_scopes),
    )  # fmt: skip


def _take_terms(session: Session, link: ResourceLink, arrival: Arrival, origin: Origin | None) -> None:
    """The link itself says something else than at its last launch: that is newer than what was chosen here."""
    terms = rules.changed(link.named, arrival.named)
    module = terms.pop("module", None) or (arrival.named.get("module") if link.module_id is None else None)
    activity = terms.pop("activity", link.activity_key)
    _set(link, **terms, activity_key=activity, named=dict(arrival.named), placement=arrival.named.get("placement"))
    if origin is not None:
        _set(link, **copies.inherited(link, origin, clock.now()))
    # version 0.3 knows one column per link and must send nothing into several
    link.sends_grades, link.named_module = link.columns == Columns.ONE, arrival.named.get("module")
    module_id = copies.module_of(link, origin)
    if module_id is None and module:
        module_id = catalogue.module_id(session, module)
    if module_id is not None:
        _open(session, link, module_id, arrival.hubs)


def _set(link: ResourceLink, **values: Any) -> None:
    """Only what differs: a value set again would cost a flush at every launch."""
    for name, value in values.items():
        if getattr(link, name) != value:
            setattr(link, name, value)


def _context(session: Session, deployment_id: int, context_id: str) -> Context:
    named = {"deployment_id": deployment_id, "context_id": context_id}
    context = session.scalars(_CONTEXT, named).one_or_none()
    if context is None:
        context = Context(deployment_id=deployment_id, context_id=context_id, title="")
        session.add(context)
        session.flush()
    return context


def _open(session: Session, link: ResourceLink, module_id: int, hubs: Collection[str]) -> None:
    """Let the link open this module. Who came in for another one is no longer owed a grade through it."""
    before = link.cohort_id
    link.module_id = module_id
    catalogue.must_be_of(session, module_id, hubs)
    session.flush()
    link.cohort_id = copies.run(session, link)
    if before not in (None, link.cohort_id):
        session.execute(update(Member).where(Member.resource_link_id == link.id).values(enrolment_id=None))


def open_module(session: Session, link: ResourceLink, module_id: int) -> None:
    """Let the link open this module in the run that its terms now mean. Raises Forbidden("module-of-other-hub")."""
    _open(session, link, module_id, ())


def choose(
    session: Session, link_id: int, module_public_id: str, *, own_run: bool | None, seen: int | None, actor_id: int
) -> int:  # fmt: skip
    """Let a teacher choose the module of a link; returns the id of its run.

    `own_run` None: as it is. `seen` is the revision that the teacher looked at, None where a page did not say. What is
    so already changes nothing. Raises NotFound("module"), Forbidden("module-of-other-hub"), Conflict("link-changed").
    """
    link = session.get_one(ResourceLink, link_id, with_for_update=True, populate_existing=True)
    module_id = catalogue.module_id(session, module_public_id)
    own_run = link.has_own_run if own_run is None else own_run
    is_so = (link.module_id, link.activity_key, link.has_own_run) == (module_id, None, own_run)
    if is_so and link.cohort_id is not None:
        return link.cohort_id
    if seen not in (None, link.revision):
        raise Conflict("link-changed")
    link.has_own_run, link.activity_key, link.revision = own_run, None, link.revision + 1
    _open(session, link, module_id, hubs_of(session, link_id))
    audit.note(session, "teacher:link:choose", actor_id=actor_id, object_id=link.public_id, module=module_public_id)
    if link.cohort_id is None:
        raise NotFound("module")
    return link.cohort_id


def hubs_of(session: Session, link_id: int) -> tuple[str, ...]:
    """The hubs whose modules may be chosen for this link; empty: all."""
    query = select(Registration.hubs).join(ResourceLink, ResourceLink.registration_id == Registration.id)
    return tuple(session.scalars(query.where(ResourceLink.id == link_id)).one())


def revision_of(session: Session, link_id: int) -> int:
    """Counts what teachers changed of a link."""
    return session.scalars(select(ResourceLink.revision).where(ResourceLink.id == link_id)).one()


@dataclass(frozen=True, slots=True)
class Coming:
    """Somebody who comes in through a link, and as what."""

    link_id: int
    person_id: int
    subject: str
    role: str
    is_test: bool


_MEMBERS = cast(Table, Member.__table__)
_COME_AGAIN = (
    update(_MEMBERS)
    .where(
        _MEMBERS.c.resource_link_id == bindparam("link"), _MEMBERS.c.person_id == bindparam("person"),
        _MEMBERS.c.subject == bindparam("as_subject"), _MEMBERS.c.role == bindparam("as_role"),
        _MEMBERS.c.is_test == bindparam("as_test"), _MEMBERS.c.enrolment_id.is_not(None),
        _MEMBERS.c.left_at.is_(None),
    )
    .values(last_launch_at=bindparam("now", type_=UtcDateTime()))
    .returning(_MEMBERS.c.id)
)  # fmt: skip


def come_again(session: Session, coming: Coming) -> bool:
    """True for somebody who is known here, enrolled and unchanged; the launch is noted in one statement."""
    facts = {
        "link": coming.link_id, "person": coming.person_id, "as_subject": coming.subject, "as_role": coming.role,
        "as_test": coming.is_test, "now": clock.now(),
    }  # fmt: skip
    return session.execute(_COME_AGAIN, facts).one_or_none() is not None


def join(session: Session, coming: Coming, enrolment_id: int | None) -> None:
    """Note that this person came in through this link, and as what.

    A learner who is new here, or was no learner before, is owed what they already earned in the run.
    """
    member = session.scalars(
        select(Member).where(Member.resource_link_id == coming.link_id, Member.person_id == coming.person_id)
    ).one_or_none()
    if member is None:
        member = Member(
            resource_link_id=coming.link_id, person_id=coming.person_id, role="none", enrolment_id=None
        )
        session.add(member)
    is_newly_owed = enrolment_id is not None and coming.role == "learner" and (
        member.role != "learner" or member.enrolment_id != enrolment_id
    )  # fmt: skip
    member.subject, member.role, member.is_test = coming.subject, coming.role, coming.is_test
    member.enrolment_id, member.last_launch_at, member.left_at = enrolment_id, clock.now(), None
    session.flush()
    if is_newly_owed and enrolment_id is not None:
        outbox.put(session, progress.CHANGED, enrolment_id=enrolment_id)


class GradeRoad(StrEnum):
    """How grades of a link reach the course."""

    OWN_COLUMN = "own-column"
    MAKES_COLUMN = "makes-column"
    NOT_OFFERED = "not-offered"
    SWITCHED_OFF = "switched-off"


def grade_road(session: Session, link_id: int) -> GradeRoad:
    query = select(ResourceLink, Registration.creates_line_items).join(
        Registration, Registration.id == ResourceLink.registration_id
    )
    link, may_make_columns = session.execute(query.where(ResourceLink.id == link_id)).one()
    return road_of(link, may_make_columns=may_make_columns)


def road_of(link: Any, *, may_make_columns: bool) -> GradeRoad:
    """The road of a link, or of a row with its columns, on a platform that may want no columns of ours."""
    if link.columns == Columns.NONE:
        return GradeRoad.SWITCHED_OFF
    is_split = link.columns == Columns.EACH and link.activity_key is None
    if link.lineitem_url and SCORE_SCOPE in link.ags_scopes and not is_split:
        return GradeRoad.OWN_COLUMN
    if may_make_columns and link.lineitems_url and {SCORE_SCOPE, LINEITEM_SCOPE} <= set(link.ags_scopes):
        return GradeRoad.MAKES_COLUMN
    return GradeRoad.NOT_OFFERED
