"""Addresses of a placed link's settings: its terms, newer versions of its module, and a copy in the same course."""

from dataclasses import dataclass, replace
from typing import Any

from flask import redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from lti_tool.base.errors import Invalid, NotFound
from lti_tool.learning.catalogue import service as catalogue
from lti_tool.learning.catalogue import shelf
from lti_tool.learning.catalogue.search import Card, Part
from lti_tool.learning.catalogue.service import News
from lti_tool.learning.progress import versions
from lti_tool.learning.progress.versions import Moving
from lti_tool.protocols.platforms.families import family_named
from lti_tool.protocols.resource_links import members
from lti_tool.protocols.resource_links import settings as link_settings
from lti_tool.protocols.resource_links.settings import LinkSettings, Sibling
from lti_tool.screens.shell import HEADING, page
from lti_tool.screens.teacher import errands, terms_form
from lti_tool.screens.teacher.blueprint import blueprint
from lti_tool.screens.teacher.mappings import mapping
from lti_tool.screens.teacher.terms_form import Bounds, Typed
from lti_tool.web.guards import needs
from lti_tool.web.transaction import session
from lti_tool.web.visits import Visit


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the page tells of a link."""

    link: LinkSettings
    news: News
    card: Card | None
    """None: the module is not offered to this school any more."""
    part: Part | None
    behind: list[Moving]
    at_work: int
    original: Sibling | None


@blueprint.get("/settings")
@needs("teacher")
def settings(visit: Visit) -> Response | str:
    sheet = _sheet(session(), visit)
    if sheet is None:
        return redirect(url_for("teacher.place", visit_id=visit.public_id, _anchor=HEADING), 303)
    return _page(visit, sheet, _typed(sheet))


@blueprint.post("/settings")
@needs("teacher")
def settings_set(visit: Visit) -> Response | tuple[str, int]:
    """Change the terms; who looked at older ones is shown both (409). With `look` only show what they become."""
    is_look = "look" in request.form
    sheet = _must_have(_sheet(session(), visit, to_change=not is_look))
    typed = terms_form.read(request.form, _typed(sheet), sheet.card, Bounds())
    if typed.problems or is_look:
        return _page(visit, sheet, typed), 200 if is_look else 400
    seen = request.form.get("revision", -1, type=int)
    if seen != sheet.link.revision and typed.terms != sheet.link.terms:
        names = terms_form.differences(sheet.link.terms, typed.terms)
        return page(session(), visit, "teacher/settings_clash.html", sheet=sheet, typed=typed, names=names), 409
    link_settings.change(
        session(), sheet.link.link_id, typed.terms, seen=sheet.link.revision, actor_id=visit.person_id
    )
    return redirect(url_for("teacher.settings", visit_id=visit.public_id, _anchor=HEADING), 303)


@blueprint.post("/settings/version")
@needs("teacher")
def settings_version(visit: Visit) -> Response:
    """Take the learners of this link along to the newest version."""
    sheet = _must_have(_sheet(session(), visit))
    if request.form.get("version", type=int) != sheet.news.number or sheet.news.version_id is None:
        raise Invalid("form")
    learners = members.enrolments(session(), sheet.link.link_id)
    versions.move(session(), learners, sheet.news.version_id, actor_id=visit.person_id)
    return redirect(url_for("teacher.settings", visit_id=visit.public_id, _anchor=HEADING), 303)


def _sheet(session: Session, visit: Visit, *, to_change: bool = False) -> Sheet | None:
    """None while the link leads to no module."""
    if visit.resource_link_id is None:
        raise NotFound("link")
    link = link_settings.settings_of(session, visit.resource_link_id, to_change=to_change)
    if link.module_id is None:
        return None
    news = catalogue.news_of(session, link.module_id)
    offered = {card.module_id: card for card in shelf.shelf(session, link.hubs).cards}
    card = offered.get(link.module_id)
    known = card is not None and any(part.key == link.terms.activity for part in card.parts)
    learners = members.enrolments(session, link.link_id)
    return Sheet(
        link=link, news=news, card=card,
        part=errands.part_of(card, link.terms.activity) if card and known else None,
        behind=versions.behind(session, learners, news.version_id) if news.version_id else [],
        at_work=versions.at_work(session, learners),
        original=link_settings.original(session, link.link_id),
    )  # fmt: skip


def _must_have(sheet: Sheet | None) -> Sheet:
    if sheet is None:
        raise NotFound("no-module")
    return sheet


def _typed(sheet: Sheet) -> Typed:
    points = sheet.card.points if sheet.card else 100.0
    return Typed(sheet.link.terms, sheet.link.title or "-", points)


def _page(visit: Visit, sheet: Sheet, typed: Typed, **facts: Any) -> str:
    version_id, near = sheet.news.version_id, family_named(sheet.link.family).choosing.maximum_near
    return page(
        session(), visit, "teacher/settings.html", mapping=mapping(session(), version_id, typed.terms, None, near),
        sheet=sheet, typed=replace(typed), card=sheet.card, part=sheet.part,
        bounds=Bounds(), shown=terms_form.shown, **facts,
    )  # fmt: skip
