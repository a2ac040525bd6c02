"""Find modules by what somebody types, however they spell it, and by what they are. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from lti_tool.learning.catalogue.words import COMMON, folded, slips, stem

TITLE, NAMED, PART, SUMMARY, GOAL = 5.0, 3.0, 2.5, 2.0, 1.0
"""What a word is worth by where it stands."""
EXACT, SAME_STEM, BEGINS, WITHIN, SLIP, CONTAINS = 1.0, 0.95, 0.85, 0.7, 0.6, 0.5
MOST_WORDS, MOST_LETTERS = 8, 40


class Length(StrEnum):
    """How much time a module takes, all together."""

    SHORT = "short"
    MIDDLE = "middle"
    LONG = "long"


UP_TO_MINUTES: Mapping[Length, tuple[int, int]] = {
    Length.SHORT: (0, 60),
    Length.MIDDLE: (61, 240),
    Length.LONG: (241, 10**9),
}


@dataclass(frozen=True, slots=True)
class Part:
    """One activity of a card."""

    key: str
    kind: str
    title: Mapping[str, str]
    minutes: int
    points: float


@dataclass(frozen=True, slots=True, eq=False)
class Card:
    """What somebody who chooses reads of a module: its newest published version."""

    module_id: int
    public_id: str
    version_id: int
    number: int
    hub: str
    hub_name: str
    title: Mapping[str, str]
    summary: Mapping[str, str]
    goals: Mapping[str, Sequence[str]]
    theme: str
    theme_name: Mapping[str, str]
    levels: tuple[str, ...]
    nlqf: int | None
    on_site_minutes: int
    parts: tuple[Part, ...]

    @property
    def minutes(self) -> int:
        """Online."""
        return sum(part.minutes for part in self.parts)

    @property
    def points(self) -> float:
        return sum(part.points for part in self.parts)

    @property
    def languages(self) -> tuple[str, ...]:
        """Those in which the module and all its parts have a title."""
        texts = [self.title, *(part.title for part in self.parts)]
        return tuple(code for code in ("nl", "en") if all(one.get(code) for one in texts))

    @property
    def length(self) -> Length:
        whole = self.minutes + self.on_site_minutes
        return next(one for one, (least, most) in UP_TO_MINUTES.items() if least <= whole <= most)


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody looks for. An empty field asks for nothing."""

    words: str = ""
    hub: str = ""
    theme: str = ""
    level: str = ""
    """mbo-2, mbo-3, mbo-4, hbo, or nlqf-4."""
    length: str = ""
    language: str = ""

    @property
    def is_empty(self) -> bool:
        return self == Wish()

    def fits(self, card: Card) -> bool:
        return (
            self.hub in ("", card.hub)
            and self.theme in ("", card.theme)
            and (not self.level or self.level in card.levels or self.level == f"nlqf-{card.nlqf}")
            and self.length in ("", card.length)
            and (not self.language or self.language in card.languages)
        )


@dataclass(frozen=True, slots=True)
class Found:
    cards: tuple[Card, ...]
    misses_words: bool = False
    """Nothing has all words; these have most of them."""


@dataclass(slots=True)
class Index:
    """The words of many cards. Make it once; asking changes nothing but its memory of words."""

    cards: Sequence[Card]
    _places: dict[str, list[tuple[int, float]]] = field(default_factory=lambda: defaultdict(list))
    _alike: dict[str, list[tuple[str, float]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for number, card in enumerate(self.cards):
            for word, weight in _weighed(card).items():
                self._places[word].append((number, weight))

    def find(self, wish: Wish) -> Found:
        """The cards that fit, those first that fit the words best."""
        asked = _asked(wish.words)
        if not asked:
            return Found(tuple(card for card in self.cards if wish.fits(card)))
        scores, counts = self._scores(asked)
        fitting = [number for number in scores if wish.fits(self.cards[number])]
        complete = [number for number in fitting if counts[number] == len(asked)]
        most = max((counts[number] for number in fitting), default=0)
        chosen = complete or [number for number in fitting if counts[number] == most]
        chosen.sort(key=lambda number: (-scores[number], number))
        return Found(tuple(self.cards[number] for number in chosen), misses_words=bool(chosen) and not complete)

    def _scores(self, asked: Iterable[str]) -> tuple[dict[int, float], dict[int, int]]:
        scores: dict[int, float] = defaultdict(float)
        counts: dict[int, int] = defaultdict(int)
        for word in asked:
            best: dict[int, float] = {}
            for known, quality in self._known_like(word):
                for number, weight in self._places[known]:
                    best[number] = max(best.get(number, 0.0), weight * quality)
            for number, score in best.items():
                scores[number] += score
                counts[number] += 1
        return scores, counts

    def _known_like(self, word: str) -> list[tuple[str, float]]:
        if word not in self._alike:
            if len(self._alike) > 5000:
                self._alike.clear()
            self._alike[word] = [(known, quality) for known in self._places if (quality := likeness(word, known))]
        return self._alike[word]


def _asked(words: str) -> list[str]:
    every = [word[:MOST_LETTERS] for word in folded(words[:400])]
    telling = [word for word in every if word not in COMMON]
    return list(dict.fromkeys(telling or every))[:MOST_WORDS]


def _weighed(card: Card) -> dict[str, float]:
    """Each word of a card by the best place where it stands."""
    texts = [
        (TITLE, card.title.values()),
        (NAMED, [card.hub_name, card.theme, *card.theme_name.values(), *card.levels]),
        (PART, [text for part in card.parts for text in part.title.values()]),
        (SUMMARY, card.summary.values()),
        (GOAL, [text for goals in card.goals.values() for text in goals]),
    ]  # fmt: skip
    weighed: dict[str, float] = {}
    for weight, group in texts:
        for word in (word for text in group for word in folded(text)):
            weighed.setdefault(word, weight)
    return weighed


def likeness(asked: str, known: str) -> float:
    """How well a word of a text answers a word that somebody typed, 0 to 1."""
    if asked == known:
        return EXACT
    asked_stem, known_stem = stem(asked), stem(known)
    if asked_stem == known_stem:
        return SAME_STEM
    if known.startswith(asked):
        return BEGINS if len(asked) > 3 else SLIP
    if known_stem.endswith(asked_stem) or (len(asked_stem) >= 4 and asked_stem in known):
        return WITHIN
    if len(known_stem) >= 5 and known_stem in asked:
        return CONTAINS
    most = 0 if len(asked_stem) < 4 else 1 if len(asked_stem) < 8 else 2
    made = slips(asked_stem, known_stem, most) if most and _may_be_slip(asked_stem, known_stem, most) else None
    return SLIP / made if made else 0.0


def _may_be_slip(one: str, other: str, most: int) -> bool:
    """Quick: words with so few slips share most letters."""
    return abs(len(one) - len(other)) <= most and len(set(one) - set(other)) <= most and len(other) >= 4
