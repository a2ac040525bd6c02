"""Lasting ways in which the platform differs from a good one: the switches of panel and control API."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from practice_lms.state.faults import GROUPS

CHOICES: dict[str, tuple[str, ...]] = {
    "jwks": ("ok", "error", "hang", "empty"),
    "ags": ("full", "none", "lineitems_only", "lineitem_only", "no_scopes"),
    "timestamps": ("spec", "moodle"),
    "initiation": ("post", "get"),
    "roles": ("full", "short"),
    "withheld": ("nothing", "lineitem", "score", "result", "members", "groups"),
    "roster_rlid": ("ok", "refused", "ignored"),
    "roster_next": ("ok", "loops", "never_ends", "elsewhere"),
    "registration_family": ("practice-lms", "moodle", "canvas", "desire2learn"),
    "registration_scopes": ("asked", "fewer", "silent"),
}


@dataclass(frozen=True)
class Misbehaviour:
    """The defaults are those of a good platform.

    `timestamps="moodle"` answers 409 to the same second or older; `numberless_erases` empties a grade when a
    score has no number (AGS 2.0 allows it, Moodle does it); `only_final` records nothing that is not
    FullyGraded (Canvas); `roster_third_page` False leaves the third and later pages of a roster out (404);
    `roster_page` is the longest page; `roster_rlid` how it takes the question for one link; `roster_next` where the
    last page leads ("ok": nowhere; back to the first; to itself by ever new addresses; to another host);
    `roster_differences` adds a link to later changes; `roster_empty` names nobody;
    `clock_skew_s` sets the clock of messages and Date headers off; `withheld` is a scope that no token gets;
    `emails` False sends names alone; `copy_history` False leaves the history variables unfilled; `notices` offers the
    notification service; `column_removal` False refuses to DELETE line items (403); `results_per_page` is
    the most results that one answer holds.
    """

    slow_ms: dict[str, int] = field(default_factory=dict)
    jwks: str = "ok"
    clock_skew_s: int = 0
    names: bool = True
    emails: bool = True
    ags: str = "full"
    nrps: bool = True
    copy_history: bool = True
    notices: bool = False
    withheld: str = "nothing"
    column_removal: bool = True
    results_per_page: int = 500
    numberless_erases: bool = False
    only_final: bool = False
    timestamps: str = "spec"
    token_lifetime_s: int = 3600
    storage: bool = True
    roster_third_page: bool = True
    roster_page: int = 50
    roster_rlid: str = "ok"
    roster_next: str = "ok"
    roster_differences: bool = False
    roster_empty: bool = False
    groups: bool = True
    initiation: str = "post"
    roles: str = "full"
    registration_needs_token: bool = False
    registration_pending: bool = False
    registration_deployment: bool = True
    registration_scopes: str = "asked"
    registration_refuses: bool = False
    registration_family: str = "practice-lms"

    def changed(self, changes: Mapping[str, Any]) -> "Misbehaviour":
        """A copy with these switches set. Raises ValueError on an unknown switch or a wrong kind of value."""
        for name, value in changes.items():
            self._must_fit(name, value)
        return replace(self, **changes)

    def _must_fit(self, name: str, value: object) -> None:
        if name not in {one.name for one in fields(self)}:
            raise ValueError(f"unknown switch: {name}")
        if type(value) is not type(getattr(self, name)):
            raise ValueError(f"{name} must be a {type(getattr(self, name)).__name__}")
        if name in CHOICES and value not in CHOICES[name]:
            raise ValueError(f"{name} must be one of {', '.join(CHOICES[name])}")
        if isinstance(value, dict) and not all(_is_delay(key, ms) for key, ms in value.items()):
            raise ValueError(f"slow_ms must be {{group: 0..60000}} with groups {', '.join(GROUPS)}")

    def as_json(self) -> dict[str, object]:
        """Every switch and its value."""
        return asdict(self)


def _is_delay(group: object, ms: object) -> bool:
    return group in GROUPS and type(ms) is int and 0 <= ms <= 60_000
