"""What a teacher came to choose for: things to place in a course, or the module of the link that they opened."""

from dataclasses import dataclass, replace

from flask import request
from sqlalchemy.orm import Session

from lti_tool.base.errors import Conflict, Invalid
from lti_tool.learning.catalogue import shelf
from lti_tool.learning.catalogue.search import Card, Part, Wish
from lti_tool.protocols.deep_linking import service as deep_linking
from lti_tool.protocols.deep_linking.items import Item, Picture
from lti_tool.protocols.deep_linking.service import Answer
from lti_tool.protocols.deep_linking.settings import Wanted
from lti_tool.protocols.grades import scales
from lti_tool.protocols.resource_links import service as links
from lti_tool.protocols.resource_links.rules import Columns, Terms
from lti_tool.screens.covers import HIGH, WIDE, picture_address
from lti_tool.screens.teacher.basket import Basket, Piece, new_piece
from lti_tool.screens.teacher.terms_form import Bounds, Typed
from lti_tool.web.i18n import localised
from lti_tool.web.visits import Visit

PER_PAGE = 24


@dataclass(frozen=True, slots=True)
class Errand:
    """`wanted` None: the choice is the module of the link itself."""

    visit: Visit
    hubs: tuple[str, ...]
    wanted: Wanted | None
    basket: Basket
    """Its revision is that of the link where there is nothing to be put together."""

    @property
    def takes_several(self) -> bool:
        return self.wanted is not None and self.wanted.most_items > 1

    @property
    def takes_nothing(self) -> bool:
        """The platform wants things that we do not have."""
        return self.wanted is not None and not self.wanted.takes_links

    @property
    def is_done(self) -> bool:
        return self.wanted is not None and self.wanted.is_answered

    @property
    def bounds(self) -> Bounds:
        if self.wanted is None:
            return Bounds()
        limits = self.wanted.limits
        return Bounds(limits.least_maximum, limits.most_maximum, limits.whole_maxima)


def errand_of(session: Session, visit: Visit) -> Errand:
    """Raises NotFound("choice") for a visit in which nothing is to be chosen."""
    if visit.resource_link_id is not None:
        revision = links.revision_of(session, visit.resource_link_id)
        return Errand(visit, links.hubs_of(session, visit.resource_link_id), None, Basket(revision, ()))
    wanted = deep_linking.wanted(session, visit)
    hubs = deep_linking.hubs_of(session, visit)
    return Errand(visit, hubs, wanted, Basket.of(deep_linking.basket(session, visit)))


def wish() -> Wish:
    """What the address asks for."""
    asked = request.args
    names = {name: name for name in ("words", "hub", "theme", "level", "length")} | {"language": "speaks"}
    return Wish(**{field: asked.get(name, "")[:200] for field, name in names.items()})


def part_of(card: Card, key: str | None) -> Part | None:
    """The activity of this key; None for the whole module. Raises Invalid("form")."""
    if not key:
        return None
    for part in card.parts:
        if part.key == key:
            return part
    raise Invalid("form")


def piece_of(errand: Errand, card: Card, part: Part | None) -> Piece:
    """With what is right for most: one column of its own points, open from now on, no due time."""
    points = part.points if part else card.points
    columns = Columns.ONE if points else Columns.NONE
    terms = Terms(module=card.public_id, activity=part.key if part else None, columns=columns)
    title = localised(dict(part.title if part else card.title))
    maximum = errand.wanted.maximum_near(points or 100.0) if errand.wanted else points
    return new_piece(terms, title, maximum)


def must_be_open(errand: Errand) -> None:
    """Raises Conflict("choice-answered") when this request has been answered, Invalid("choice-type")."""
    if errand.is_done:
        raise Conflict("choice-answered")
    if errand.takes_nothing:
        raise Invalid("choice-type")


def add(session: Session, errand: Errand, piece: Piece) -> None:
    """Put one more thing in the list; where the platform takes one only, in the place of the other.

    Raises Invalid("choice-too-many").
    """
    basket = errand.basket if errand.takes_several else replace(errand.basket, pieces=())
    keep(session, errand, basket.with_more(piece, errand.wanted.most_items if errand.wanted else 1))


def keep(session: Session, errand: Errand, basket: Basket) -> None:
    deep_linking.fill(session, errand.visit, basket.kept(), revision=errand.basket.revision)


def answer(session: Session, errand: Errand, pieces: tuple[Piece, ...], message: str) -> Answer:
    """Raises what deep_linking.service.answer raises, and NotFound("module-not-offered")."""
    items = [_item(session, errand, piece) for piece in pieces]
    return deep_linking.answer(session, errand.visit, items, message=message)


def _item(session: Session, errand: Errand, piece: Piece) -> Item:
    card = shelf.card(session, piece.terms.module or "", errand.hubs)
    return Item(
        terms=piece.terms, placement=piece.key, title=piece.title, text=localised(dict(card.summary)),
        maximum=scales.maximum_of(piece.terms.scale, piece.maximum), label=piece.title,
        thumbnail=Picture(picture_address(card.public_id, card.theme), WIDE, HIGH),
    )  # fmt: skip


def typed_of(piece: Piece) -> Typed:
    return Typed(piece.terms, piece.title, piece.maximum)
