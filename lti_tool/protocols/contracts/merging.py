"""Two registrations of one platform become one: what came in through the former belongs to the other afterwards.

All of it in the caller's one transaction. The former registration is removed; its client ids become former ones of the
other, with which links still launch and send their grades (docs/decisions/0012). People are the same where their
subjects are, so both must have one issuer, or the platform moved and gave nobody a new subject.
"""

from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from lti_tool.base import outbox
from lti_tool.base.db import alone
from lti_tool.base.errors import Conflict, Invalid
from lti_tool.learning import audit
from lti_tool.learning.assessment import merging as judgements
from lti_tool.learning.people import service as people
from lti_tool.learning.progress import merging as runs
from lti_tool.learning.sessions import merging as seats
from lti_tool.protocols.contracts.ending import authority, registration
from lti_tool.protocols.grades.models import Delivery, LineItem
from lti_tool.protocols.platforms import clients
from lti_tool.protocols.platforms.models import Deployment, FormerClient, Registration
from lti_tool.protocols.platforms.service import Status
from lti_tool.protocols.resource_links.models import Context, Member, ResourceLink
from lti_tool.protocols.resource_links.rules import Terms
from lti_tool.protocols.resource_links.service import ROAD_CHANGED
from lti_tool.web import visits

Ids = dict[int, int]
CHOSEN = ("module_id", "activity_key", "cohort_id", "named", "placement", "copied_from_id")


@dataclass(frozen=True, slots=True)
class Merger:
    """What two registrations have, each and both; for a look before they are merged."""

    name: str
    into: str
    same_issuer: bool
    deployments: int
    courses: int
    links: int
    people: int
    deliveries: int
    last_launch_at: datetime | None
    """Through the former registration."""


def preview(session: Session, former_id: str, into_id: str) -> Merger:
    """What would move. Raises NotFound("unknown-platform"), Invalid("merge-same")."""
    former, into = _pair(session, former_id, into_id)
    links = select(ResourceLink.id).where(ResourceLink.registration_id == former.id)
    deployments = select(Deployment.id).where(Deployment.registration_id == former.id)
    last = session.scalar(select(func.max(Member.last_launch_at)).where(Member.resource_link_id.in_(links)))
    return Merger(
        name=former.name, into=into.name, same_issuer=former.issuer == into.issuer,
        deployments=_count(session, Deployment, Deployment.registration_id == former.id),
        courses=_count(session, Context, Context.deployment_id.in_(deployments)),
        links=_count(session, ResourceLink, ResourceLink.registration_id == former.id),
        people=people.known_by(session, authority(former)),
        deliveries=_count(session, Delivery, Delivery.registration_id == former.id), last_launch_at=last,
    )  # fmt: skip


def others(session: Session, former: Registration) -> list[Registration]:
    """The other registrations of the same issuer."""
    same = Registration.issuer == former.issuer, Registration.id != former.id
    return list(session.scalars(select(Registration).where(*same).order_by(Registration.name, Registration.id)))


def _count(session: Session, model: type[Any], mine: Any) -> int:
    return session.scalar(select(func.count()).select_from(model).where(mine)) or 0


def _pair(session: Session, former_id: str, into_id: str) -> tuple[Registration, Registration]:
    former, into = registration(session, former_id), registration(session, into_id)
    if former.id == into.id:
        raise Invalid("merge-same")
    return former, into


def merge(
    session: Session, former_id: str, into_id: str, *, moved: bool = False, actor_id: int | None = None
) -> Merger:  # fmt: skip
    """Let all of the former registration belong to the other, and remove it; returns what moved.

    `moved`: the platform has another address now and kept its subjects. Raises NotFound("unknown-platform"),
    Invalid("merge-same"), Conflict("merge-issuers" | "merge-waits" | "merge-runs").
    """
    alone(session, "merge")
    former, into = _pair(session, former_id, into_id)
    if former.issuer != into.issuer and not moved:
        raise Conflict("merge-issuers", former=former.issuer, into=into.issuer)
    if former.status == Status.ACTIVE and into.status != Status.ACTIVE:
        raise Conflict("merge-waits", name=into.name)
    found = preview(session, former_id, into_id)
    _people(session, former, into)
    _courses(session, former, into)
    _runs(session, f"platform:{former.id}", f"platform:{into.id}")
    _grades_follow(session, into)
    _clients(session, former, into)
    session.expire_all()
    session.execute(delete(Registration).where(Registration.id == former.id))
    audit.note(
        session, "staff:platform:merge", actor_id=actor_id, object_id=into_id, former=former_id, links=found.links,
        people=found.people,
    )  # fmt: skip
    return found


def _clients(session: Session, former: Registration, into: Registration) -> None:
    """Only of one issuer: at another address nobody comes with the client ids of the former."""
    if former.issuer != into.issuer:
        return
    for client_id in (*clients.former(session, former.id)[::-1], former.client_id):
        session.execute(delete(FormerClient).where(_is_of(former, client_id)))
        clients.keep_former(session, into.id, former.issuer, client_id)


def _is_of(former: Registration, client_id: str) -> Any:
    return (FormerClient.issuer == former.issuer) & (FormerClient.client_id == client_id)


def _people(session: Session, former: Registration, into: Registration) -> None:
    became = people.join_identities(session, authority(former), authority(into))
    _enrolments_became(session, runs.change_people(session, became))
    for old, new in became.items():
        for link_id, member_id in _rows(session, Member, Member.person_id == old):
            _member_becomes(session, member_id, link_id, new)
        for link_id, delivery_id in _rows(session, Delivery, Delivery.person_id == old):
            _delivery_becomes(session, delivery_id, link_id, new)
        visits.change_person(session, old, new)
    people.drop_people(session, became)


def _rows(session: Session, model: type[Member] | type[Delivery], mine: Any) -> list[tuple[int, int]]:
    return [(row[0], row[1]) for row in session.execute(select(model.resource_link_id, model.id).where(mine)).all()]


def _courses(session: Session, former: Registration, into: Registration) -> None:
    """Deployments, courses and links go over; of two that are the same one stays."""
    there = _named(session, select(Deployment).where(Deployment.registration_id == into.id), "deployment_id")
    for deployment in session.scalars(select(Deployment).where(Deployment.registration_id == former.id)).all():
        same = there.get(deployment.deployment_id)
        if same is not None:
            _contexts(session, deployment.id, same.id)
            _links(session, deployment.id, same.id)
    mine = Deployment.registration_id == former.id, Deployment.deployment_id.not_in(list(there))
    session.execute(update(Deployment).where(*mine).values(registration_id=into.id))
    for model in (ResourceLink, Delivery):
        of_former = update(model).where(model.registration_id == former.id)
        session.execute(of_former.values(registration_id=into.id))
    session.flush()


def _named(session: Session, query: Any, name: str) -> dict[str, Any]:
    return {getattr(one, name): one for one in session.scalars(query)}


def _contexts(session: Session, former: int, into: int) -> None:
    there = _named(session, select(Context).where(Context.deployment_id == into), "context_id")
    for context in session.scalars(select(Context).where(Context.deployment_id == former)).all():
        same = there.get(context.context_id)
        if same is None:
            context.deployment_id = into
            continue
        session.flush()
        links = update(ResourceLink).where(ResourceLink.context_id == context.id)
        session.execute(links.values(context_id=same.id))
    session.flush()


def _links(session: Session, former: int, into: int) -> None:
    there = _named(session, select(ResourceLink).where(ResourceLink.deployment_id == into), "resource_link_id")
    for link in session.scalars(select(ResourceLink).where(ResourceLink.deployment_id == former)).all():
        same = there.get(link.resource_link_id)
        if same is None:
            link.deployment_id = into
        else:
            _link_becomes(session, link, same)
    session.flush()


def _link_becomes(session: Session, former: ResourceLink, into: ResourceLink) -> None:
    """The same link, seen through both: its people and grades come together; what it opens is what `into` opens.

    Raises Conflict("merge-runs") where one of them has a run of its own and the other has not: whose evidence counts
    then is for a teacher to say.
    """
    if into.module_id is None:
        _take_choice(session, former, into)
    if former.module_id == into.module_id and former.has_own_run != into.has_own_run:
        raise Conflict("merge-runs", link=into.public_id)
    _runs(session, f"link:{former.id}", f"link:{into.id}")
    session.flush()
    for link_id, member_id in _rows(session, Member, Member.resource_link_id == former.id):
        _member_becomes(session, member_id, into.id if link_id == former.id else link_id, None)
    for _, delivery_id in _rows(session, Delivery, Delivery.resource_link_id == former.id):
        _delivery_becomes(session, delivery_id, into.id, None)
    visits.change_link(session, former.id, into.id)
    runs.retell(session, links={former.public_id: into.public_id})
    session.execute(delete(LineItem).where(LineItem.resource_link_id == former.id))
    session.execute(delete(ResourceLink).where(ResourceLink.id == former.id))


def _take_choice(session: Session, former: ResourceLink, into: ResourceLink) -> None:
    for name in (*(one.name for one in fields(Terms) if one.name not in ("module", "activity")), *CHOSEN):
        setattr(into, name, getattr(former, name))
    session.flush()


def _runs(session: Session, former: str, into: str) -> None:
    """Let the runs of one owner be those of the other, and all that refers to them follow."""
    cohorts, enrolments = runs.join_cohorts(session, former, into)
    for old, new in cohorts.items():
        session.execute(update(ResourceLink).where(ResourceLink.cohort_id == old).values(cohort_id=new))
        visits.change_cohort(session, old, new)
    seats.follow(session, {}, cohorts)
    _enrolments_became(session, enrolments)
    runs.drop(session, cohorts, ())


def _enrolments_became(session: Session, became: Ids) -> None:
    for old, new in became.items():
        for model in (Member, Delivery):
            session.execute(update(model).where(model.enrolment_id == old).values(enrolment_id=new))
    session.flush()
    seats.follow(session, became)
    judgements.follow(session, became)
    session.expire_all()
    runs.drop(session, (), became)


def _member_becomes(session: Session, member_id: int, link_id: int, person_id: int | None) -> None:
    """Of two memberships of one person in one link, the one of the later launch stays."""
    member = session.get_one(Member, member_id)
    person_id = person_id or member.person_id
    other = _other(session, Member, member_id, link_id, person_id)
    if other is not None and _last_seen(other) >= _last_seen(member):
        other.enrolment_id = other.enrolment_id or member.enrolment_id
        session.delete(member)
    else:
        if other is not None:
            member.enrolment_id = member.enrolment_id or other.enrolment_id
            session.delete(other)
            session.flush()
        member.resource_link_id, member.person_id = link_id, person_id
    session.flush()


def _last_seen(member: Member) -> tuple[datetime, datetime]:
    long_ago = datetime.min.replace(tzinfo=UTC)
    return member.last_launch_at or long_ago, member.seen_at or long_ago


def _delivery_becomes(session: Session, delivery_id: int, link_id: int, person_id: int | None) -> None:
    """Of two deliveries of one person by one link the one that was accepted later stays, with the later timestamp.

    The gradebook is the same one: what it was shown, and until when its times count, holds for both.
    """
    delivery = session.get_one(Delivery, delivery_id)
    person_id = person_id or delivery.person_id
    other = _other(session, Delivery, delivery_id, link_id, person_id, activity_key=delivery.activity_key)
    if other is not None:
        stays, goes = (other, delivery) if _when(other) >= _when(delivery) else (delivery, other)
        stays.had_number = stays.had_number or goes.had_number
        stays.timestamp = max(filter(None, (stays.timestamp, goes.timestamp)), default=None)
        stays.revision, stays.timestamp_revision = max(stays.revision, goes.revision) + 1, 0
        session.delete(goes)
        session.flush()
        delivery = stays
    delivery.resource_link_id, delivery.person_id = link_id, person_id
    session.flush()


def _when(delivery: Delivery) -> tuple[bool, datetime]:
    return delivery.accepted_at is not None, delivery.accepted_at or delivery.due_at


def _other(session: Session, model: type[Any], row_id: int, link_id: int, person_id: int, **more: str) -> Any:
    query = select(model).where(model.resource_link_id == link_id, model.person_id == person_id, model.id != row_id)
    return session.scalars(query.filter_by(**more)).one_or_none()


def _grades_follow(session: Session, into: Registration) -> None:
    """Every link's grades are worked out anew: roads and columns may be others now."""
    for link_id in session.scalars(select(ResourceLink.id).where(ResourceLink.registration_id == into.id)):
        outbox.put(session, ROAD_CHANGED, resource_link_id=link_id)
