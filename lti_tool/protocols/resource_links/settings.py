"""The terms of a placed link as its teacher reads and changes them here. docs/decisions/0014 says which word wins."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from lti_tool.base import outbox
from lti_tool.base.errors import Conflict, NotFound
from lti_tool.learning import audit
from lti_tool.learning.catalogue import service as catalogue
from lti_tool.learning.progress import service as progress
from lti_tool.protocols.platforms.models import Registration
from lti_tool.protocols.resource_links import rules, service
from lti_tool.protocols.resource_links.models import Context, Member, ResourceLink
from lti_tool.protocols.resource_links.rules import Columns, Late, Scale, Terms
from lti_tool.web import visits

COUNTS = frozenset({"columns", "scale", "activity", "opens_at", "closes_at", "due_at", "late", "late_percent"})
"""A change of these may change what stands in the gradebook."""
IN_PLATFORM = {"opens_at": "opens_there", "closes_at": "closes_there", "due_at": "due_there"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkSettings:
    """`terms` are in force; `said` are those that the link itself carries in the course."""

    link_id: int
    public_id: str
    title: str
    course: str
    revision: int
    terms: Terms
    said: Terms
    named: Mapping[str, str]
    module_id: int | None
    cohort_id: int | None
    hubs: tuple[str, ...]
    family: str
    """Of the platform (platforms.families)."""

    def source(self, term: str) -> str:
        """Where a term comes from: "platform" (its own settings of the link), "link", "here", or "default"."""
        if getattr(self.terms, term) != getattr(self.said, term):
            return "here"
        if IN_PLATFORM.get(term, "") in self.named:
            return "platform"
        return "default" if getattr(self.said, term) == getattr(Terms(), term) else "link"


@dataclass(frozen=True, slots=True)
class Sibling:
    """A link in the same course of which this one is a copy."""

    title: str
    shares_run: bool


def settings_of(session: Session, link_id: int, *, to_change: bool = False) -> LinkSettings:
    """`to_change` holds the link against other writers until the transaction ends. Raises NotFound("link")."""
    query = (
        select(ResourceLink, Context.title, Registration.hubs, Registration.family)
        .outerjoin(Context, Context.id == ResourceLink.context_id)
        .join(Registration, Registration.id == ResourceLink.registration_id)
        .where(ResourceLink.id == link_id)
    )
    if to_change:
        query = query.with_for_update(of=ResourceLink).execution_options(populate_existing=True)
    found = session.execute(query).one_or_none()
    if found is None:
        raise NotFound("link")
    link, course, hubs, family = found
    return LinkSettings(
        link_id=link.id, public_id=link.public_id, title=link.title, course=course or "", revision=link.revision,
        terms=_terms(session, link), said=rules.terms_of(link.named), named=link.named, module_id=link.module_id,
        cohort_id=link.cohort_id, hubs=tuple(hubs), family=family,
    )  # fmt: skip


def _terms(session: Session, link: ResourceLink) -> Terms:
    return Terms(
        module=catalogue.public_id(session, link.module_id) if link.module_id is not None else None,
        activity=link.activity_key, has_own_run=link.has_own_run, columns=Columns(link.columns),
        scale=Scale(link.scale), language=link.language, opens_at=link.opens_at, closes_at=link.closes_at,
        due_at=link.due_at, late=Late(link.late), late_percent=link.late_percent,
    )  # fmt: skip


def change(session: Session, link_id: int, terms: Terms, *, seen: int, actor_id: int) -> None:
    """Let these terms be in force from now on; the module stays.

    `seen` is the revision that the teacher looked at. Raises Conflict("link-changed") for an older one.
    """
    now = settings_of(session, link_id, to_change=True)
    if now.revision != seen:
        raise Conflict("link-changed")
    names = {one.name for one in fields(Terms)} - {"module"}
    changed = sorted(name for name in names if getattr(now.terms, name) != getattr(terms, name))
    if not changed:
        return
    link = session.get_one(ResourceLink, link_id)
    for name in changed:
        setattr(link, "activity_key" if name == "activity" else name, getattr(terms, name))
    link.revision, link.sends_grades = seen + 1, terms.columns == Columns.ONE
    session.flush()
    if "has_own_run" in changed and link.module_id is not None:
        _change_run(session, link, link.module_id)
    if COUNTS & set(changed):
        outbox.put(session, service.ROAD_CHANGED, resource_link_id=link.id)
    audit.note(session, "teacher:link:set", actor_id=actor_id, object_id=link.public_id, what=", ".join(changed))


def _change_run(session: Session, link: ResourceLink, module_id: int) -> None:
    """Everybody who came in goes on in the other run, with what they have there; pages that are open too."""
    came = select(Member).where(Member.resource_link_id == link.id, Member.enrolment_id.is_not(None))
    members = session.scalars(came).all()
    service.open_module(session, link, module_id)
    for member in members:
        place = progress.enrol(session, link.cohort_id or 0, member.person_id, module_id)
        member.enrolment_id = place.enrolment_id
        outbox.put(session, progress.CHANGED, enrolment_id=place.enrolment_id)
    visits.move_all(session, link.id, link.cohort_id or 0)


def original(session: Session, link_id: int) -> Sibling | None:
    """The link in the same course from which this one was copied by hand, where it opens the same module."""
    copy, first = aliased(ResourceLink), aliased(ResourceLink)
    found = session.execute(
        select(first.title, first.cohort_id, copy.cohort_id.label("own"))
        .join(copy, copy.copied_from_id == first.id)
        .where(copy.id == link_id, copy.context_id == first.context_id, copy.module_id == first.module_id)
    ).one_or_none()
    return Sibling(found.title, found.cohort_id == found.own) if found else None
