"""The cells of the matrix: which circumstances are tried, and what each step is expected to give.

The rule: first the combinations that are known of real platforms, then as few more as it takes for every pair of
values of two dimensions to occur at least once. It is applied to each browser apart.
"""

from dataclasses import astuple, dataclass
from itertools import combinations, product
from typing import Any

DIMENSIONS: dict[str, tuple[Any, ...]] = {
    "cookies": ("allowed", "partitioned", "blocked", "off"),
    "storage": (True, False),
    "scheme": ("https", "http"),
    "place": ("frame", "window"),
    "screen": ("desk", "phone"),
}
STEPS = ("launch", "work", "reload", "back", "course", "person", "day", "restart")
WORKS, STORAGE, BUTTON, REFUSAL = "works", "by storage", "one button", "refusal"


@dataclass(frozen=True)
class Cell:
    """One set of circumstances.

    `cookies`: what the browser keeps for the tool. "partitioned": third-party cookies are blocked, those of a partition
    of the platform's site live. "blocked": none at all within another site. "off": none anywhere, nor other storage.
    `storage`: whether the platform offers its own. `place`: the platform's frame, or a window of the tool's own.
    """

    cookies: str
    storage: bool
    scheme: str
    place: str
    screen: str

    @property
    def name(self) -> str:
        return "-".join((self.cookies, "storage" if self.storage else "none", self.scheme, self.place, self.screen))


KNOWN = {
    Cell("partitioned", False, "https", "frame", "desk"): "Moodle",
    Cell("blocked", False, "https", "frame", "desk"): "Moodle",
    Cell("blocked", False, "https", "frame", "phone"): "Moodle on a phone",
    Cell("blocked", True, "https", "frame", "desk"): "Canvas",
    Cell("partitioned", True, "https", "frame", "phone"): "Canvas on a phone",
    Cell("partitioned", False, "https", "window", "desk"): "itslearning",
    Cell("partitioned", True, "http", "frame", "desk"): "the demo of this repository",
}
"""Moodle 4.5 offers no storage and opens a frame, also on a phone; Canvas offers storage; itslearning a new window."""


USUAL = (tuple(KNOWN)[1], tuple(KNOWN)[3], tuple(KNOWN)[4])
"""Those that `make test` tries: cookies blocked, without and with the platform's storage, and kept on a phone."""
EVERY_CELL = "TEST_EVERY_CELL"
"""The environment variable that asks for all cells: minutes more."""


def pairs(cell: Cell) -> set[tuple[tuple[int, object], tuple[int, object]]]:
    """Every two values of two dimensions that occur together in this cell."""
    first: list[tuple[int, object]] = list(enumerate(astuple(cell)))
    return set(combinations(first, 2))


def chosen() -> list[Cell]:
    """The cells by the rule, always the same."""
    every = [Cell(*values) for values in product(*DIMENSIONS.values())]
    found = list(KNOWN)
    wanted = set().union(*map(pairs, every)) - set().union(*map(pairs, found))
    while wanted:
        best = max(every, key=lambda cell: len(pairs(cell) & wanted))
        found.append(best)
        wanted -= pairs(best)
    return sorted(found, key=every.index)


def entry(cell: Cell) -> str:
    """How a launch ends: where the tool's cookies live in its place, they carry it; else what comes next."""
    if cell.cookies in ("allowed", "partitioned") or (cell.cookies, cell.place) == ("blocked", "window"):
        return WORKS
    if cell.storage:
        return STORAGE
    if cell.place == "window":
        return REFUSAL
    return BUTTON if cell.cookies == "blocked" else f"{BUTTON}, then {REFUSAL}"


def expected(cell: Cell) -> dict[str, str]:
    """What each step is to give; nothing follows on a refusal."""
    ends = entry(cell)
    if ends.endswith(REFUSAL):
        return dict.fromkeys(STEPS, "") | {"launch": ends}
    goes_on = STORAGE if ends == STORAGE else WORKS
    first = STORAGE if ends == STORAGE else REFUSAL
    return {
        "launch": ends, "work": goes_on, "reload": goes_on, "back": goes_on, "course": ends,
        "person": f"{ends}; the first: {first}", "day": f"{REFUSAL}; then {ends}", "restart": ends,
    }  # fmt: skip
