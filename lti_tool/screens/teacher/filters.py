"""By what a teacher narrows the shelf down: each a field with the choices that lead to something."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import request
from flask_babel import gettext

from lti_tool.learning.catalogue.search import Card, Length, Wish
from lti_tool.screens.teacher.blueprint import blueprint
from lti_tool.web.i18n import localised

LEVELS = ("mbo-2", "mbo-3", "mbo-4", "hbo")


@dataclass(frozen=True, slots=True)
class Filter:
    name: str
    label: str
    every: str
    options: Sequence[tuple[str, str]]
    value: str


@blueprint.app_template_filter()
def level_word(level: str) -> str:
    """mbo 4, hbo, NLQF 5."""
    kind, _, number = level.partition("-")
    return f"{'NLQF' if kind == 'nlqf' else kind} {number}".strip()


def filters(cards: Sequence[Card], wish: Wish) -> list[Filter]:
    hubs = {card.hub: card.hub_name for card in cards}
    themes = {card.theme: localised(dict(card.theme_name)) for card in cards if card.theme}
    lengths = [
        (str(Length.SHORT), gettext("Up to 1 hour")), (str(Length.MIDDLE), gettext("1 to 4 hours")),
        (str(Length.LONG), gettext("More than 4 hours")),
    ]  # fmt: skip
    languages = [("nl", gettext("Dutch")), ("en", gettext("English"))]
    return [
        Filter("hub", gettext("Hub"), gettext("All hubs"), _sorted(hubs), wish.hub),
        Filter("theme", gettext("Theme"), gettext("All themes"), _sorted(themes), wish.theme),
        Filter("level", gettext("Level"), gettext("All levels"), _levels(cards), wish.level),
        Filter("length", gettext("Length"), gettext("Any length"), lengths, wish.length),
        Filter("speaks", gettext("Language"), gettext("Any language"), languages, wish.language),
    ]


def _sorted(options: dict[str, str]) -> list[tuple[str, str]]:
    return sorted(options.items(), key=lambda one: one[1].casefold())


def _levels(cards: Sequence[Card]) -> list[tuple[str, str]]:
    named = {level for card in cards for level in card.levels}
    known = [level for level in LEVELS if level in named] + sorted(named - set(LEVELS))
    numbers = sorted({card.nlqf for card in cards if card.nlqf is not None})
    return [(level, level_word(level)) for level in (*known, *(f"nlqf-{number}" for number in numbers))]


def page_address(number: int) -> str:
    """This search, at that page of what was found."""
    asked = {name: value for name, value in request.args.items() if name != "page"}
    return f"{request.path}?{urlencode(asked | {'page': str(number)})}#found"
