"""What a teacher sees of a copied course: the links of the original, what each opens, and what came of it here."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.base.errors import NotFound
from lti_tool.base.vault import fingerprint
from lti_tool.learning.progress import runs
from lti_tool.protocols.resource_links import copies, rules
from lti_tool.protocols.resource_links.copies import DATES
from lti_tool.protocols.resource_links.models import Context, ResourceLink

MOST_LINKS = 500


@dataclass(frozen=True, slots=True)
class PlannedLink:
    """One link of the original course, and its copy where that was opened already."""

    public_id: str
    title: str
    module: Mapping[str, str] | None
    """None: nobody chose one, or it is not offered any more."""
    activity_key: str | None
    version_then: int | None
    """The newest on which somebody was in the original course; None: nobody was."""
    version_now: int | None
    has_come: bool
    has_own_run: bool
    dates: Mapping[str, datetime | None]
    """Of the original, by term."""
    new_dates: Mapping[str, datetime | None]
    """As they are, or are planned, for the copy."""
    editable: tuple[str, ...]
    """Those that the learning environment does not keep itself."""

    @property
    def has_news(self) -> bool:
        return self.version_then is not None and (self.version_now or 0) > self.version_then


@dataclass(frozen=True, slots=True)
class CoursePlan:
    title: str
    original: str
    choice: str | None
    links: tuple[PlannedLink, ...]
    seen: str
    """Changes with every decision; a form that carries an older one was overtaken."""


def of_link(session: Session, link_id: int | None) -> CoursePlan:
    """The copied course in which this link stands. Raises NotFound("no-copy")."""
    context = course(session, link_id)
    original = session.get_one(Context, context.copied_from_id)
    return CoursePlan(
        context.title, original.title, context.copy_choice, tuple(_links(session, context)), seen(context)
    )


def course(session: Session, link_id: int | None, *, to_change: bool = False) -> Context:
    """The copied course of this link. Raises NotFound("no-copy")."""
    query = select(Context).join(ResourceLink, ResourceLink.context_id == Context.id).where(ResourceLink.id == link_id)
    context = session.scalars(query.with_for_update(of=Context) if to_change else query).one_or_none()
    if context is None or context.copied_from_id is None:
        raise NotFound("no-copy")
    return context


def seen(context: Context) -> str:
    return fingerprint(json.dumps([context.copy_choice, context.copy_dates], sort_keys=True))[:16]


def copies_here(session: Session, context: Context) -> dict[int, ResourceLink]:
    """Of each original link the copy that was opened here; of several the first."""
    query = select(ResourceLink).where(
        ResourceLink.context_id == context.id, ResourceLink.copied_from_id.is_not(None)
    )
    found = session.scalars(query.order_by(ResourceLink.id.desc()).limit(MOST_LINKS))
    return {one.copied_from_id: one for one in found if one.copied_from_id is not None}


def originals(session: Session, context: Context) -> list[ResourceLink]:
    """The links of the original course, and those of others whose copies came."""
    come = list(copies_here(session, context))
    there = (ResourceLink.context_id == context.copied_from_id) | ResourceLink.id.in_(come)
    query = select(ResourceLink).where(there, ResourceLink.context_id != context.id)
    return list(session.scalars(query.order_by(ResourceLink.id).limit(MOST_LINKS)))


def _links(session: Session, context: Context) -> list[PlannedLink]:
    found, come = originals(session, context), copies_here(session, context)
    then = runs.newest_versions(session, {one.cohort_id for one in found if one.cohort_id is not None})
    now = runs.current_versions(session, {one.module_id for one in found if one.module_id is not None})
    return [
        PlannedLink(
            one.public_id, one.title, now.get(one.module_id or 0, (None, None))[1], one.activity_key,
            then.get(one.cohort_id or 0), now.get(one.module_id or 0, (None, None))[0], one.id in come,
            one.has_own_run, _dates(one), _new_dates(context, one, come.get(one.id)),
            copies.free_dates((come.get(one.id) or one).named),
        )
        for one in found
    ]  # fmt: skip


def _dates(link: ResourceLink) -> dict[str, datetime | None]:
    return {name: getattr(link, name) for name in DATES}


def _new_dates(context: Context, original: ResourceLink, copy: ResourceLink | None) -> dict[str, datetime | None]:
    if copy is not None:
        return _dates(copy)
    planned = context.copy_dates.get(original.public_id, {})
    return {name: rules.moment(planned.get(name)) for name in DATES}
