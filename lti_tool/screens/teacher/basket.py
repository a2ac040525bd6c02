"""What a teacher has put together before it goes to the course. Pure values; `deep_linking.service` keeps them.

Adding, moving and taking out name the piece that is meant, so two tabs cannot spoil each other's list. Settings of one
piece carry the revision of that piece, and placing carries that of the whole list: who looked at an older one is told.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from lti_tool.base.errors import Conflict, Invalid, NotFound
from lti_tool.protocols.resource_links import rules
from lti_tool.protocols.resource_links.rules import Terms

MOST_PIECES = 50
UP, DOWN, OUT = "up", "down", "out"


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing to be placed. `key` is its placement id in the course."""

    key: str
    terms: Terms
    title: str
    maximum: float
    revision: int = 0

    def kept(self) -> dict[str, Any]:
        said = rules.custom_of(self.terms, self.key)
        return {"named": said, "title": self.title, "maximum": self.maximum, "revision": self.revision}


@dataclass(frozen=True, slots=True)
class Basket:
    revision: int
    pieces: tuple[Piece, ...]

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> "Basket":
        return cls(kept.get("revision", 0), tuple(_piece(one) for one in kept.get("pieces", ())))

    def kept(self) -> dict[str, Any]:
        """Plain JSON; the revision is the keeper's."""
        return {"pieces": [piece.kept() for piece in self.pieces]}

    def piece(self, key: str) -> Piece:
        """Raises NotFound("choice-piece")."""
        for piece in self.pieces:
            if piece.key == key:
                return piece
        raise NotFound("choice-piece")

    def with_more(self, piece: Piece, most: int) -> "Basket":
        """Raises Invalid("choice-too-many")."""
        most = min(most, MOST_PIECES)
        if len(self.pieces) >= most:
            raise Invalid("choice-too-many", most=most)
        return replace(self, pieces=(*self.pieces, piece))

    def moved(self, key: str, how: str) -> "Basket":
        """With that piece one place up, one down, or taken out. Raises NotFound("choice-piece"), Invalid("form")."""
        order, at = list(self.pieces), self.pieces.index(self.piece(key))
        taken = order.pop(at)
        if how not in (UP, DOWN, OUT):
            raise Invalid("form")
        if how != OUT:
            order.insert(max(0, at - 1) if how == UP else at + 1, taken)
        return replace(self, pieces=tuple(order))

    def changed(self, piece: Piece, *, seen: int) -> "Basket":
        """With this piece in the place of its former self. Raises Conflict("choice-piece-changed"), NotFound."""
        if self.piece(piece.key).revision != seen:
            raise Conflict("choice-piece-changed")
        anew = replace(piece, revision=seen + 1)
        return replace(self, pieces=tuple(anew if one.key == piece.key else one for one in self.pieces))

    def must_be(self, revision: int) -> None:
        """Raises Conflict("choice-list-changed") for who looked at another list."""
        if self.revision != revision:
            raise Conflict("choice-list-changed")


def new_piece(terms: Terms, title: str, maximum: float) -> Piece:
    return Piece(secrets.token_urlsafe(12), terms, title, maximum)


def _piece(kept: Mapping[str, Any]) -> Piece:
    named = kept["named"]
    return Piece(named["placement"], rules.terms_of(named), kept["title"], kept["maximum"], kept.get("revision", 0))
