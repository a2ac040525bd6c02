"""The cards that a school may choose from. What was published never changes, so it is read once per process."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, load_only, selectinload

from lti_tool.base.errors import NotFound
from lti_tool.learning.catalogue.models import Activity, Hub, Module, Version
from lti_tool.learning.catalogue.search import Card, Index, Part
from lti_tool.learning.catalogue.words import folded

MOST_CARDS, MOST_SHELVES = 20_000, 4
_cards: dict[tuple[int, str], Card] = {}
_shelves: dict[tuple[tuple[int, str, str], ...], Index] = {}
_CURRENT = select(Version.id, Hub.public_id, Hub.name).join(Module, Module.current_version_id == Version.id).join(Hub)


def shelf(session: Session, hubs: Collection[str] = ()) -> Index:
    """What these hubs offer (all hubs where none is named), by title, ready to be searched."""
    asked = _CURRENT.where(Hub.public_id.in_(hubs)) if hubs else _CURRENT
    key = tuple(sorted((int(row[0]), str(row[1]), str(row[2])) for row in session.execute(asked)))
    if key not in _shelves:
        if len(_shelves) >= MOST_SHELVES:
            _shelves.clear()
        cards = _read(session, {number: name for number, _, name in key})
        _shelves[key] = Index(sorted(cards, key=lambda card: (card.title.get("nl", "").casefold(), card.module_id)))
    return _shelves[key]


def card(session: Session, module_public_id: str, hubs: Collection[str] = ()) -> Card:
    """One of them. Raises NotFound("module-not-offered") for what these hubs do not offer."""
    for found in shelf(session, hubs).cards:
        if found.public_id == module_public_id:
            return found
    raise NotFound("module-not-offered", module=module_public_id[:64])


def forget() -> None:
    """Empty this process's memory (another database was opened)."""
    _cards.clear()
    _shelves.clear()


def _read(session: Session, hub_names: dict[int, str]) -> list[Card]:
    if len(_cards) > MOST_CARDS:
        _cards.clear()
    lacking = [number for number, name in hub_names.items() if (number, name) not in _cards]
    themes = _themes(session) if lacking else {}
    for begin in range(0, len(lacking), 500):
        for version in session.scalars(_versions(lacking[begin : begin + 500])):
            _cards[version.id, hub_names[version.id]] = _card(version, themes)
    return [_cards[one] for one in hub_names.items() if one in _cards]


def _versions(ids: list[int]) -> Any:
    parts = (Activity.key, Activity.kind, Activity.title, Activity.minutes, Activity.points, Activity.version_id)
    return (
        select(Version)
        .where(Version.id.in_(ids))
        .options(
            selectinload(Version.activities).options(load_only(*parts)),
            selectinload(Version.module).selectinload(Module.hub),
        )
    )


def _themes(session: Session) -> dict[str, dict[str, str]]:
    """The names of themes, which hubs know, by the word that modules carry."""
    return {_slug(theme.get("nl", "")): theme for theme in session.scalars(select(Hub.theme))}


def _slug(text: str) -> str:
    return "-".join(folded(text))


def _card(version: Version, themes: dict[str, dict[str, str]]) -> Card:
    about, hub = version.about, version.module.hub
    theme = str(about.get("theme") or "")
    return Card(
        module_id=version.module_id,
        public_id=version.module.public_id,
        version_id=version.id,
        number=version.number,
        hub=hub.public_id,
        hub_name=hub.name,
        title=version.title,
        summary=version.summary,
        goals=about.get("goals") or {},
        theme=theme,
        theme_name=themes.get(_slug(theme)) or {"nl": theme.replace("-", " ").capitalize()},
        levels=tuple(about.get("levels") or ()),
        nlqf=about.get("nlqf"),
        on_site_minutes=int(about.get("on_site_minutes") or 0),
        parts=tuple(Part(one.key, one.kind, one.title, one.minutes, one.points) for one in version.activities),
    )
