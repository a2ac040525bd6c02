"""Is a new link a copy, and of what? Found at its first launch, from what it says itself and what the platform says.

In this order: our own placement id, which travels in its custom parameters; the platform's histories of links and of
courses, each a chain whose nearest known ancestor counts; and what the platform told before (Context.copied_from_id).
docs/decisions/0015 says what follows from it. One query, and only for a link that is new.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from lti_tool.learning.progress import merging
from lti_tool.learning.progress import service as progress
from lti_tool.protocols.platforms.models import Deployment
from lti_tool.protocols.resource_links import rules
from lti_tool.protocols.resource_links.models import Context, ResourceLink
from lti_tool.protocols.resource_links.rules import Terms

MOST_CANDIDATES = 200
DATES = ("opens_at", "due_at", "closes_at")


class CopyChoice(StrEnum):
    FRESH = "fresh"
    """New runs; nobody and nothing of the original course comes along."""
    SHARED = "shared"
    """The runs of the original course go on in the copy."""


@dataclass(frozen=True, slots=True)
class Traces:
    """What a launch tells of a link's descent."""

    placement: str | None
    link_history: tuple[str, ...]
    context_history: tuple[str, ...]
    named: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Origin:
    """Of what a link in a copied course is a copy."""

    link: ResourceLink | None
    """None where its original never was launched."""
    copy: Context
    """The course of the copy."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    link: ResourceLink
    context: Context | None


def recognise(session: Session, link: ResourceLink, context: Context | None, traces: Traces) -> Origin | None:
    """Note of what a new link and its course are copies; the original, where it stands in another course.

    Within one course a copy was made by hand: that is noted on the link and changes nothing.
    """
    known_from = context.copied_from_id if context is not None else None
    if not (traces.placement or traces.link_history or traces.context_history or known_from):
        return None
    session.flush()
    found = [_Candidate(*row) for row in session.execute(_candidates(link, traces, known_from))]
    origin = _nearest(found, link, context, traces)
    if context is not None:
        _note_course(context, origin, found, traces)
    if origin is not None:
        link.copied_from_id = origin.link.id
    if context is None or (origin is not None and origin.context is context):
        return None
    is_copy = origin is not None or context.copied_from_id is not None
    return Origin(origin.link if origin is not None else None, context) if is_copy else None


def _candidates(
    link: ResourceLink, traces: Traces, known_from: int | None
) -> Select[ResourceLink, Context]:  # fmt: skip
    """Links and courses of this registration that one of the traces names; those in this course too."""
    deployments = select(Deployment.id).where(Deployment.registration_id == link.registration_id).scalar_subquery()
    contexts = select(Context.id).where(
        or_(
            Context.deployment_id.in_(deployments) & Context.context_id.in_(traces.context_history),
            Context.id == known_from,
        )
    )
    ways: list[Any] = [ResourceLink.context_id.in_(contexts)]
    if traces.placement:
        ways.append(ResourceLink.placement == traces.placement)
    if traces.link_history:
        named = ResourceLink.resource_link_id.in_(traces.link_history)
        ways.append(ResourceLink.deployment_id.in_(deployments) & named)
    ours = ResourceLink.registration_id == link.registration_id, ResourceLink.id != link.id
    return (
        select(ResourceLink, Context)
        .outerjoin(Context, Context.id == ResourceLink.context_id)
        .where(*ours, or_(*ways))
        .order_by(ResourceLink.id.desc())
        .limit(MOST_CANDIDATES)
    )


def _nearest(
    found: list[_Candidate], link: ResourceLink, context: Context | None, traces: Traces
) -> _Candidate | None:  # fmt: skip
    placed = [one for one in found if traces.placement and one.link.placement == traces.placement]
    here = [one for one in placed if one.context is not None and one.context is context]
    has_copy = {one.link.copied_from_id for one in here}
    elsewhere = [one for one in placed if one not in here]
    if here and context is not None:
        left = [one for one in elsewhere if one.link.id not in has_copy]
        elsewhere = [one for one in left if one.link.context_id == context.copied_from_id is not None]
    if elsewhere or here:
        return min(elsewhere or here, key=lambda one: _distance(one, traces, context))
    listed = [one for one in found if one.link.resource_link_id in traces.link_history]
    if listed:
        return min(listed, key=lambda one: _distance(one, traces, context))
    return _namesake(_in_nearest_course(found, context, traces), link, traces)


def _distance(one: _Candidate, traces: Traces, context: Context | None) -> tuple[int, int, int]:
    """Smaller is nearer: by the history of links, then of courses, then the youngest."""
    course = one.context.context_id if one.context is not None else ""
    is_told = context is not None and one.link.context_id == context.copied_from_id is not None
    place = 0 if is_told and course not in traces.context_history else _place(course, traces.context_history)
    return _place(one.link.resource_link_id, traces.link_history), place, -one.link.id


def _place(name: str, chain: tuple[str, ...]) -> int:
    return chain.index(name) if name in chain else len(chain)


def _in_nearest_course(found: list[_Candidate], context: Context | None, traces: Traces) -> list[_Candidate]:
    told = context.copied_from_id if context is not None else None
    for course_id in traces.context_history:
        there = [one for one in found if one.context is not None and one.context.context_id == course_id]
        if there:
            return there
    return [one for one in found if told is not None and one.link.context_id == told]


def _namesake(there: list[_Candidate], link: ResourceLink, traces: Traces) -> _Candidate | None:
    """The one link of that course that opens the same and, where several do, is called the same.

    Two with placement ids of ours, which differ, are no copies of one another.
    """
    wanted = traces.named.get("module"), traces.named.get("activity")
    free = [one for one in there if not (traces.placement and one.link.placement)]
    same = [one for one in free if (one.link.named.get("module"), one.link.named.get("activity")) == wanted]
    if len(same) != 1 or wanted[0] is None:
        same = [one for one in same if one.link.title == link.title]
    return same[0] if len(same) == 1 else None


def _note_course(
    context: Context, origin: _Candidate | None, found: Iterable[_Candidate], traces: Traces
) -> None:  # fmt: skip
    """A copied course is always younger here than its original: what is brought into an older one makes no copy."""
    if context.copied_from_id is not None:
        return
    there = [origin.context] if origin is not None and origin.context is not None else []
    for course_id in traces.context_history if not there else ():
        there += [one.context for one in found if one.context is not None and one.context.context_id == course_id]
    if there and there[0].id < context.id:
        context.copied_from_id = there[0].id


def note_copied(session: Session, deployment_id: int, course_id: str, title: str, origins: Sequence[str]) -> None:
    """A platform told that a course was made from others: the first of them that we know counts.

    Nothing is kept of a course whose originals we never saw.
    """
    registration = select(Deployment.registration_id).where(Deployment.id == deployment_id).scalar_subquery()
    ours = select(Deployment.id).where(Deployment.registration_id == registration)
    found = session.scalars(select(Context).where(Context.deployment_id.in_(ours), Context.context_id.in_(origins)))
    known = {one.context_id: one for one in found}
    origin = next((known[one] for one in origins if one in known), None)
    if origin is None or course_id in known:
        return
    here = Context.deployment_id == deployment_id, Context.context_id == course_id
    course = session.scalars(select(Context).where(*here)).one_or_none()
    if course is None:
        course = Context(deployment_id=deployment_id, context_id=course_id, title=title)
        session.add(course)
        session.flush()
    if course.copied_from_id is None and origin.id < course.id:
        course.copied_from_id = _with_links(session, origin).id
    session.flush()


def _with_links(session: Session, course: Context) -> Context:
    """This course, or where nobody opened a link of it, the nearest original where somebody did."""
    for _ in range(rules.MOST_ANCESTORS):
        if session.scalar(select(ResourceLink.id).where(ResourceLink.context_id == course.id).limit(1)) is not None:
            return course
        original = session.get(Context, course.copied_from_id) if course.copied_from_id is not None else None
        if original is None:
            return course
        course = original
    return course


CHOSEN = tuple(one.name for one in fields(Terms) if one.name not in ("module", "activity", *DATES))


def inherited(link: ResourceLink, origin: Origin, now: datetime) -> dict[str, Any]:
    """The terms in which a new copy differs from what it says itself.

    What a teacher chose here for the original comes along, unless the copy says something new of it. Dates do not:
    its own, copied ones fall away once all of them have passed, and those of the teacher's plan for the copy count.
    """
    chosen = _chosen(link, origin.link) if origin.link is not None else {}
    return chosen | _dates(link, origin, now)


def _chosen(link: ResourceLink, original: ResourceLink) -> dict[str, Any]:
    said, says = rules.terms_of(original.named), rules.terms_of(link.named)
    values = {
        name: getattr(original, name)
        for name in CHOSEN
        if getattr(original, name) != getattr(said, name) == getattr(says, name)
    }
    if original.activity_key != said.activity == says.activity:
        values["activity_key"] = original.activity_key
    return values


def _dates(link: ResourceLink, origin: Origin, now: datetime) -> dict[str, Any]:
    """Those that the platform keeps in its own settings stay: it moves them itself."""
    free = free_dates(link.named)
    planned = origin.copy.copy_dates.get(origin.link.public_id) if origin.link is not None else None
    if planned is not None:
        return {name: rules.moment(planned.get(name)) for name in free}
    literal = {name: text for name, text in link.named.items() if name not in rules.FILLED_IN}
    return {} if rules.dated_ahead(rules.terms_of(literal), now) else dict.fromkeys(free)


def free_dates(named: Mapping[str, str]) -> tuple[str, ...]:
    """The dates of a link that its platform does not keep itself."""
    theirs = rules.terms_of({name: named[name] for name in rules.FILLED_IN if name in named})
    return tuple(name for name in DATES if getattr(theirs, name) is None)


def module_of(link: ResourceLink, origin: Origin | None) -> int | None:
    """The module of the original, where the copy names the same one; None where there is nothing to take over."""
    if origin is None or origin.link is None or link.named.get("module") != origin.link.named.get("module"):
        return None
    return origin.link.module_id


def run(session: Session, link: ResourceLink) -> int:
    """The run of a link's module: its own, that of its original, of its copied course, or of its platform."""
    if link.module_id is None:
        raise ValueError("a link without a module has no run")
    context = session.get(Context, link.context_id) if link.context_id is not None else None
    shared = original_run(session, link) if context is not None and context.copy_choice == CopyChoice.SHARED else None
    if shared is not None:
        return shared
    if link.has_own_run:
        owner = f"link:{link.id}"
    elif context is not None and context.copied_from_id is not None:
        owner = f"context:{context.id}"
    else:
        owner = f"platform:{link.registration_id}"
    return progress.cohort(session, f"{owner}:module:{link.module_id}", link.module_id)


def awaits_decision(link: ResourceLink) -> bool:
    """True in a copied course of which no teacher has decided yet."""
    course = link.context
    return course is not None and course.copied_from_id is not None and course.copy_choice is None


def original_run(session: Session, link: ResourceLink) -> int | None:
    """The run of the link of which this one is a copy, where that opens the same module."""
    origin = session.get(ResourceLink, link.copied_from_id) if link.copied_from_id is not None else None
    return origin.cohort_id if origin is not None and origin.module_id == link.module_id else None


def is_of_course(session: Session, cohort_id: int, link: ResourceLink) -> bool:
    """True for a run that began with this copy: its own, or its course's. Nobody of elsewhere is in it."""
    owners = (f"link:{link.id}", f"context:{link.context_id}")
    return any(cohort_id in merging.cohorts_of(session, owner).values() for owner in owners)
