"""Addresses of the grades of a link: where each one is, sending again, choosing whose number stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import ceil
from typing import Any, TypeVar

from flask import redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from lti_tool.base.errors import Invalid, NotFound
from lti_tool.learning.catalogue import service as catalogue
from lti_tool.protocols.grades import deciding, gradebook
from lti_tool.protocols.grades.deciding import Again, Whose
from lti_tool.protocols.grades.gradebook import PAGE, Card, Heap, Line, Stand
from lti_tool.protocols.grades.words import why
from lti_tool.protocols.resource_links import service as links
from lti_tool.protocols.resource_links import settings as link_settings
from lti_tool.protocols.resource_links.service import GradeRoad
from lti_tool.protocols.resource_links.settings import LinkSettings
from lti_tool.screens.shell import HEADING, page
from lti_tool.screens.teacher.blueprint import blueprint
from lti_tool.web.guards import needs
from lti_tool.web.i18n import localised, page_language
from lti_tool.web.transaction import session
from lti_tool.web.visits import Visit

E = TypeVar("E", bound=StrEnum)
LOOK_EVERY_S = 3
"""A page that stays open while grades are on their way looks so often."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the page tells."""

    link: LinkSettings
    road: GradeRoad
    cards: list[Card]
    titles: Mapping[str, str]
    """Of the activities that have columns of their own."""
    card: Card | None
    """The column whose learners are listed."""
    heap: Heap | None
    lines: list[Line]
    count: int
    number: int
    others: int

    @property
    def pages(self) -> int:
        return max(1, ceil(self.count / PAGE))

    @property
    def stand(self) -> Stand:
        tallies = [card.tally for card in self.cards]
        return Stand(sum(one.total for one in tallies), sum(one.moving for one in tallies))

    @property
    def failed(self) -> int:
        return sum(card.tally.heaps[Heap.FAILED] for card in self.cards)


@blueprint.get("/grades")
@needs("teacher")
def grades(visit: Visit) -> str:
    sheet = _sheet(session(), visit)
    facts = {"sheet": sheet, "stand": sheet.stand, "why": _why, "look_every": LOOK_EVERY_S}
    return page(session(), visit, "teacher/grades.html", **facts)


@blueprint.get("/grades/stand")
@needs("teacher")
def grades_stand(visit: Visit) -> str:
    """How far it is, for a page that stays open."""
    stand = gradebook.stand(session(), _link_of(visit))
    return render_template("teacher/_grades_stand.html", visit=visit, stand=stand, look_every=LOOK_EVERY_S)


@blueprint.post("/grades/again")
@needs("teacher")
def grades_again(visit: Visit) -> Response:
    """One, all that failed, or all of the class."""
    delivery, link_id = request.form.get("delivery"), _link_of(visit)
    if delivery:
        deciding.resend_one(session(), link_id, delivery, visit.person_id)
    else:
        deciding.resend(session(), link_id, _chosen(Again, "again"), visit.person_id)
    return _back(visit)


@blueprint.post("/grades/stands")
@needs("teacher")
def grades_stands(visit: Visit) -> Response:
    """Whose number is to stand, where the school changed ours."""
    delivery, whose = request.form.get("delivery", ""), _chosen(Whose, "stands")
    deciding.decide(session(), _link_of(visit), delivery, whose, visit.person_id)
    return _back(visit)


@blueprint.post("/grades/column")
@needs("teacher")
def grades_column(visit: Visit) -> Response:
    """Remove a column that we made."""
    deciding.remove_column(session(), _link_of(visit), request.form.get("column", ""), visit.person_id)
    return _back(visit)


def _chosen(kind: type[E], name: str) -> E:
    try:
        return kind(request.form.get(name, ""))
    except ValueError:
        raise Invalid("form") from None


def _back(visit: Visit) -> Response:
    """To the part of the list from which they came."""
    names = ("column", "show", "page")
    part: dict[str, Any] = {name: value for name in names if (value := request.form.get(f"from_{name}"))}
    return redirect(url_for("teacher.grades", visit_id=visit.public_id, _anchor=HEADING, **part), 303)


def _link_of(visit: Visit) -> int:
    if visit.resource_link_id is None:
        raise NotFound("no-module")
    return visit.resource_link_id


def _sheet(session: Session, visit: Visit) -> Sheet:
    link_id = _link_of(visit)
    cards = gradebook.cards(session, link_id)
    key = request.args.get("column") or (cards[0].activity_key if cards else "")
    card = next((one for one in cards if one.activity_key == key), cards[0] if cards else None)
    shown = request.args.get("show", "")
    heap = Heap(shown) if shown in tuple(Heap) else None
    column = card.activity_key if card else ""
    listed = gradebook.listed(session, link_id, column, heap, request.args.get("page", 1, type=int))
    link = link_settings.settings_of(session, link_id)
    return Sheet(
        link=link, road=links.grade_road(session, link_id), cards=cards,
        titles=_titles(session, link), card=card, heap=heap, count=listed.count,
        number=listed.number, lines=listed.lines, others=gradebook.others(session, link_id),
    )  # fmt: skip


def _titles(session: Session, link: LinkSettings) -> dict[str, str]:
    if link.module_id is None:
        return {}
    syllabus = catalogue.syllabus(session, catalogue.current_version_id(session, link.module_id))
    return {step.key: localised(step.title) for step in syllabus.steps}


def _why(reason: str) -> str:
    return why(reason, page_language())
