"""Decide on a copied course. Links that have come are changed now; those that have not follow at their first launch.

From fresh to shared, everybody who came goes over, and what both runs proved is folded together: nothing is lost. Back
again only links in which nobody has proven anything yet change their run, for what was folded cannot be told apart.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lti_tool.base import outbox
from lti_tool.base.errors import Conflict, Invalid
from lti_tool.learning import audit
from lti_tool.learning.assessment import merging as judgements
from lti_tool.learning.progress import merging, runs
from lti_tool.learning.progress import service as progress
from lti_tool.learning.sessions import merging as seats
from lti_tool.protocols.copying import plan
from lti_tool.protocols.copying.rules import Dates, are_in_order
from lti_tool.protocols.grades.models import Delivery
from lti_tool.protocols.resource_links import copies
from lti_tool.protocols.resource_links.copies import DATES, CopyChoice
from lti_tool.protocols.resource_links.models import Context, Member, ResourceLink
from lti_tool.web import visits


def decide(
    session: Session, link_id: int | None, choice: str, dates: Mapping[str, Dates], *, seen: str, actor_id: int
) -> None:  # fmt: skip
    """Keep the choice and the new dates (public id of the original link -> dates) for the whole course.

    The same decision again changes nothing. Raises NotFound("no-copy"), Invalid("form" | "copy-dates"),
    Conflict("copy-changed") where another teacher decided otherwise meanwhile.
    """
    context = plan.course(session, link_id, to_change=True)
    if choice not in list(CopyChoice):
        raise Invalid("form")
    if not all(are_in_order(one) for one in dates.values()):
        raise Invalid("copy-dates")
    originals = {one.public_id: one for one in plan.originals(session, context)}
    kept = {name: _kept(dates[name]) for name in originals if name in dates}
    if (context.copy_choice, context.copy_dates) == (choice, kept):
        return
    if plan.seen(context) != seen:
        raise Conflict("copy-changed")
    context.copy_choice, context.copy_dates = str(choice), kept
    session.flush()
    _date(session, context, {originals[name].id: dates[name] for name in kept})
    for link in _copies(session, context):
        _move(session, link)
    audit.note(session, "teacher:course:copy", actor_id=actor_id, object_id=str(context.id), choice=choice)


def _kept(dates: Dates) -> dict[str, str]:
    return {name: at.isoformat() for name in DATES if (at := dates.get(name)) is not None}


def _copies(session: Session, context: Context) -> list[ResourceLink]:
    query = select(ResourceLink).where(
        ResourceLink.context_id == context.id, ResourceLink.module_id.is_not(None),
        ResourceLink.copied_from_id.is_not(None),
    )  # fmt: skip
    return list(session.scalars(query.order_by(ResourceLink.id)))


def _date(session: Session, context: Context, dates: Mapping[int, Dates]) -> None:
    """Give the copies that have come their new dates, but for those that the platform keeps itself."""
    for link in _copies(session, context):
        wanted: Mapping[str, datetime | None] = dates.get(link.copied_from_id or 0, {})
        free = copies.free_dates(link.named)
        changes = {name: at for name, at in wanted.items() if name in free and getattr(link, name) != at}
        for name, at in changes.items():
            setattr(link, name, at)
        link.revision += bool(changes)


def _move(session: Session, link: ResourceLink) -> None:
    """Let a link open the run that it has by the decision, where that can be."""
    former, wanted = link.cohort_id, copies.run(session, link)
    if former is None or former == wanted:
        return
    if _is_whole(session, link, former, wanted):
        _join(session, former, wanted)
    elif not runs.have_work(session, _enrolments(session, link), since=link.created_at):
        _begin_anew(session, link, wanted)
    session.flush()


def _is_whole(session: Session, link: ResourceLink, former: int, wanted: int) -> bool:
    """True where the former run belongs to links of this course that all go to the wanted one."""
    on_it = list(session.scalars(select(ResourceLink).where(ResourceLink.cohort_id == former)))
    together = all(one.context_id == link.context_id and copies.run(session, one) == wanted for one in on_it)
    return together and copies.is_of_course(session, former, link)


def _join(session: Session, former: int, wanted: int) -> None:
    """All of the former run go on in the other, with what they proved in both."""
    session.execute(update(ResourceLink).where(ResourceLink.cohort_id == former).values(cohort_id=wanted))
    became = runs.join(session, former, wanted)
    visits.change_cohort(session, former, wanted)
    for old, new in became.items():
        for model in (Member, Delivery):
            session.execute(update(model).where(model.enrolment_id == old).values(enrolment_id=new))
    session.flush()
    seats.follow(session, became, {former: wanted})
    judgements.follow(session, became)
    session.expire_all()
    merging.drop(session, (), became)


def _enrolments(session: Session, link: ResourceLink) -> list[int]:
    """Of learners, test users left out, in whom work would stay behind."""
    query = select(Member.enrolment_id).where(
        Member.resource_link_id == link.id, Member.role == "learner", Member.is_test.is_(False),
        Member.enrolment_id.is_not(None),
    )  # fmt: skip
    return [one for one in session.scalars(query) if one is not None]


def _begin_anew(session: Session, link: ResourceLink, wanted: int) -> None:
    """Who came in without proving anything begins in the other run; pages that are open go on there."""
    link.cohort_id = wanted
    session.flush()
    came = select(Member).where(Member.resource_link_id == link.id, Member.enrolment_id.is_not(None))
    for member in session.scalars(came).all():
        place = progress.enrol(session, wanted, member.person_id, link.module_id or 0)
        member.enrolment_id = place.enrolment_id
        outbox.put(session, progress.CHANGED, enrolment_id=place.enrolment_id)
    visits.move_all(session, link.id, wanted)
