"""What a teacher chose for a link: the module, for whom, how it counts, and until when. Pure.

It travels with the link as custom parameters, texts all of them (Deep Linking 2.0, 3.2; Core 1.3, 5.4.6), so that a
course that is copied or restored brings it along. docs/decisions/0014 says which word wins.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar
from urllib.parse import unquote

E = TypeVar("E", bound=StrEnum)
LONGEST = 255
SHORTER = {"activity": 64, "placement": 64, "language": 8}
"""So long these are kept; what is longer is none of ours."""
YEARS = range(2000, 2101)
"""Some platforms write "no date" as the first or the last day that they can think of."""
OFF = ("off", "no", "false", "0")


class Columns(StrEnum):
    """Which columns of the gradebook the link fills."""

    NONE = "none"
    ONE = "one"
    EACH = "each"
    """One per activity that has points."""


class Scale(StrEnum):
    """How a result is written in the gradebook."""

    POINTS = "points"
    GRADE = "grade"
    """1 to 10, one decimal."""
    OGV = "ogv"
    """Onvoldoende, voldoende, goed."""
    PASSED = "pass"


class Late(StrEnum):
    """What becomes of work after the due time."""

    ACCEPT = "accept"
    DEDUCT = "deduct"
    CLOSE = "close"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    module: str | None = None
    """Public id; None while nobody has chosen."""
    activity: str | None = None
    """Key of the one activity that the link opens; None: the whole module."""
    has_own_run: bool = False
    columns: Columns = Columns.ONE
    scale: Scale = Scale.POINTS
    language: str | None = None
    """None: as the learner wants it."""
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    due_at: datetime | None = None
    late: Late = Late.ACCEPT
    late_percent: int = 10
    """Per day that has begun, of the points earned; only where late is "deduct"."""


FILLED_IN = {
    "opens_there": "$ResourceLink.available.startDateTime",
    "closes_there": "$ResourceLink.available.endDateTime",
    "due_there": "$ResourceLink.submission.endDateTime",
}
"""Parameters that the platform fills in, where it can, with what stands in its own settings of the link."""
COPIED_FROM = {"context_history": "$Context.id.history", "link_history": "$ResourceLink.id.history"}
"""Parameters in which a platform tells of what a course and a link are copies (Core 1.3, App. B)."""
MOST_ANCESTORS = 50
NAMES = (
    "placement", "module", "activity", "run", "grades", "scale", "language", "opens", "closes", "due", "late",
    "late_percent", *FILLED_IN,
)  # fmt: skip


def named_in(custom: Mapping[str, Any]) -> dict[str, str]:
    """Of a launch's custom parameters those that are terms. A variable that nobody filled in counts as absent."""
    texts = {name: value.strip() for name in NAMES if isinstance(value := custom.get(name), str)}
    return {
        name: text
        for name, text in texts.items()
        if text and text[0] != "$" and len(text) <= SHORTER.get(name, LONGEST)
    }


def ancestors(custom: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """The ids in one of COPIED_FROM: the nearest ancestor first, as it came and without its percent signs."""
    text = custom.get(name)
    if not isinstance(text, str) or text.strip().startswith("$"):
        return ()
    ids = [one.strip() for one in text.split(",", MOST_ANCESTORS)[:MOST_ANCESTORS]]
    both = [form for one in ids for form in (one, unquote(one))]
    return tuple(dict.fromkeys(form for form in both if 0 < len(form) <= LONGEST and "\x00" not in form))


def terms_of(named: Mapping[str, str]) -> Terms:
    """The terms that a link names. What cannot be read counts as not said: it may have been typed by hand."""
    grades = named.get("grades", "").lower()
    return Terms(
        module=named.get("module"),
        activity=named.get("activity"),
        has_own_run=named.get("run", "").lower() == "own",
        columns=Columns.NONE if grades in OFF else Columns.EACH if grades == "each" else Columns.ONE,
        scale=_one_of(Scale, named.get("scale"), Scale.POINTS),
        language=named.get("language"),
        opens_at=moment(named.get("opens_there") or named.get("opens")),
        closes_at=moment(named.get("closes_there") or named.get("closes")),
        due_at=moment(named.get("due_there") or named.get("due")),
        late=_one_of(Late, named.get("late"), Late.ACCEPT),
        late_percent=_percent(named.get("late_percent")),
    )


def _one_of(kind: type[E], text: str | None, otherwise: E) -> E:
    return next((one for one in kind if one == (text or "").lower()), otherwise)


def _percent(text: str | None) -> int:
    return found if (found := percent(text or "")) is not None else 10


def percent(text: str) -> int | None:
    """A whole number from 1 to 100 as somebody typed it; None for anything else."""
    return int(text) if len(text) <= 3 and text.isascii() and text.isdigit() and 1 <= int(text) <= 100 else None


def moment(text: str | None) -> datetime | None:
    """An ISO 8601 time with its zone, in UTC; None for anything else, and for years that no course lies in."""
    try:
        at = datetime.fromisoformat(text or "")
        return at.astimezone(UTC) if at.tzinfo and at.year in YEARS else None
    except (ValueError, OverflowError):
        return None


def custom_of(terms: Terms, placement: str) -> dict[str, str]:
    """The custom parameters of a placed link: only what differs from the default, and its own id."""
    said = {
        "placement": placement,
        "module": terms.module,
        "activity": terms.activity,
        "run": "own" if terms.has_own_run else None,
        "grades": {Columns.NONE: "off", Columns.EACH: "each"}.get(terms.columns),
        "scale": terms.scale if terms.scale is not Scale.POINTS else None,
        "language": terms.language,
        "opens": _iso(terms.opens_at),
        "closes": _iso(terms.closes_at),
        "due": _iso(terms.due_at),
        "late": terms.late if terms.late is not Late.ACCEPT else None,
        "late_percent": str(terms.late_percent) if terms.late is Late.DEDUCT else None,
    }
    return {name: str(text) for name, text in said.items() if text}


def _iso(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if at else None


def dated_ahead(terms: Terms, now: datetime) -> bool:
    """True while some date of these lies ahead; else they are those of a course that is over."""
    dates = [at for at in (terms.opens_at, terms.closes_at, terms.due_at) if at is not None]
    return any(at > now for at in dates)


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, Any]:
    """The terms that the link itself says differently now; what it says as before leaves a teacher's choice alone."""
    was, now = terms_of(before), terms_of(after)
    names = [one.name for one in fields(Terms)]
    return {name: getattr(now, name) for name in names if getattr(was, name) != getattr(now, name)}
