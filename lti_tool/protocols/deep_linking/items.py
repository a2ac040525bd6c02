"""What an answer holds. Pure. Deep Linking 2.0, 3.2 and 4.5.

Items are of one type, ltiResourceLink: others would open nothing for a learner.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from lti_tool.base.errors import Invalid
from lti_tool.protocols.deep_linking.settings import DL, LINK_TYPE, Wanted
from lti_tool.protocols.grades.ags import TAG, reviewed
from lti_tool.protocols.resource_links.rules import COPIED_FROM, FILLED_IN, Columns, Terms, custom_of

FRAME, WINDOW = "iframe", "window"
LONGEST_TITLE, LONGEST_TEXT, LONGEST_WORDS = 255, 4000, 1000


@dataclass(frozen=True, slots=True)
class Picture:
    """One of our own static pictures."""

    path: str
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing that a teacher places. Its column is made where the platform makes columns and the terms want one."""

    terms: Terms
    placement: str
    """Our own id of it."""
    title: str
    text: str = ""
    maximum: float = 100
    label: str = ""
    """Of the column; empty: the title."""
    tag: str = TAG
    resource_id: str = ""
    """Empty: the module."""
    grades_released: bool | None = None
    icon: Picture | None = None
    thumbnail: Picture | None = None
    opens_in: str = ""
    """iframe or window; empty: in the frame where the platform can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What the answer says to the person (msg, errormsg) and to the log of the platform. Texts all of them."""

    msg: str = ""
    errormsg: str = ""
    log: str = ""
    errorlog: str = ""

    def claims(self) -> dict[str, str]:
        """Those that say something."""
        told = {name: getattr(self, name).strip()[:LONGEST_WORDS] for name in ("msg", "errormsg", "log", "errorlog")}
        return {DL + name: words for name, words in told.items() if words}


def must_be_taken(items: Sequence[Item], wanted: Wanted) -> None:
    """Raises Invalid("choice-type" | "choice-too-many" | "choice-maximum" | "choice-title")."""
    if items and not wanted.takes_links:
        raise Invalid("choice-type")
    if len(items) > wanted.most_items:
        raise Invalid("choice-too-many", most=wanted.most_items)
    for item in items:
        if not item.title.strip():
            raise Invalid("choice-title")
        if has_column(item, wanted) and not wanted.limits.takes_maximum(item.maximum):
            raise Invalid("choice-maximum", least=wanted.limits.least_maximum, most=wanted.limits.most_maximum)


def has_column(item: Item, wanted: Wanted) -> bool:
    return wanted.makes_columns and item.terms.columns is Columns.ONE


def content_item(item: Item, wanted: Wanted, base: str) -> dict[str, Any]:
    """The item as it stands in content_items (DL 2.0, 3.2); `base` is our own address."""
    told = {
        "type": LINK_TYPE,
        "title": item.title.strip()[:LONGEST_TITLE],
        "text": item.text.strip()[:LONGEST_TEXT],
        "url": _address(item.terms, base),
        "icon": _picture(item.icon or ICON, base),
        "thumbnail": _picture(item.thumbnail, base),
        "custom": custom_of(item.terms, item.placement) | FILLED_IN | COPIED_FROM,
        "lineItem": _line_item(item, base) if has_column(item, wanted) else None,
        "available": _window(item.terms.opens_at, item.terms.closes_at),
        "submission": _window(None, item.terms.due_at),
        **_target(item, wanted),
    }
    return {name: value for name, value in told.items() if value}


def _address(terms: Terms, base: str) -> str:
    """Of the launch. It names the module too, for links that lose their custom parameters."""
    return f"{base}/lti/launch" + (f"?{urlencode({'module': terms.module})}" if terms.module else "")


ICON = Picture("/static/icon.png", 128, 128)


def _picture(picture: Picture | None, base: str) -> dict[str, Any] | None:
    if picture is None:
        return None
    return {"url": base + picture.path, "width": picture.width, "height": picture.height}


def _line_item(item: Item, base: str) -> dict[str, Any]:
    maximum = int(item.maximum) if item.maximum == int(item.maximum) else item.maximum
    told: dict[str, Any] = {
        "scoreMaximum": maximum, "label": (item.label.strip() or item.title.strip())[:LONGEST_TITLE],
        "resourceId": item.resource_id or item.terms.module, "tag": item.tag,
        "submissionReview": reviewed(base),
    }  # fmt: skip
    released = {} if item.grades_released is None else {"gradesReleased": item.grades_released}
    return {name: value for name, value in told.items() if value} | released


def _window(start: datetime | None, end: datetime | None) -> dict[str, str]:
    told = {"startDateTime": start, "endDateTime": end}
    return {name: _iso(at) for name, at in told.items() if at is not None}


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _target(item: Item, wanted: Wanted) -> dict[str, Any]:
    """How the item is to be shown, of the ways that the platform has; nothing where it has neither."""
    shapes = {FRAME: {"width": 1024, "height": 700}, WINDOW: {"targetName": "_blank"}}
    ways = [way for way in (item.opens_in, FRAME, WINDOW) if way in shapes and way in wanted.targets]
    return {ways[0]: shapes[ways[0]]} if ways else {}


def is_same(before: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]) -> bool:
    """The same choice: our own ids of the items are no part of it."""
    return [_unnamed(item) for item in before] == [_unnamed(item) for item in now]


def _unnamed(item: Mapping[str, Any]) -> dict[str, Any]:
    return {**item, "custom": {**item["custom"], "placement": ""}}
