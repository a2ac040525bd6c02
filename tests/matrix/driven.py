"""What the journey asks of a browser, whichever it is; each waits by asking again, for pages go and come meanwhile."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

PATIENCE_S, PAUSE_S = 20.0, 0.06
FRAME = "iframe.tool"
PHONE = (390, 844)


class Gone(Exception):
    """The page went away while it was asked, or is not there yet."""


class NeverSo(AssertionError):
    """What was waited for did not come."""


@dataclass(frozen=True)
class Setting:
    """How a browser is to be: what it keeps for the tool's origin inside the platform's site, and its screen."""

    tool: str
    platform: str
    cookies: str
    is_phone: bool
    spki: str = ""


class Tab(Protocol):
    """One tab. `framed` means: in the platform's frame."""

    def go(self, url: str) -> None: ...

    def run(self, script: str, *arguments: Any, framed: bool) -> Any:
        """What this body of a function returns there. Raises Gone."""

    def press(self, selector: str, *, framed: bool) -> None:
        """A real click, or on a phone a tap. Raises Gone when there is nothing to press."""

    def reload(self) -> None: ...

    def back(self) -> None: ...

    def front(self) -> None: ...


class Browser(Protocol):
    """A running browser with a profile of its own."""

    name: str
    version: str

    def tab(self) -> Tab: ...

    def opened(self) -> Tab | None:
        """A tab that a page has opened and that nobody has taken over yet."""

    def keep(self, name: str, value: str, url: str, *, same_site: str) -> None:
        """Set a cookie of this address."""

    def close(self) -> None: ...


def until(look: Callable[[], Any], what: str, *, patience_s: float = PATIENCE_S) -> Any:
    """What `look` gives once it gives something. Raises NeverSo."""
    ends = time.monotonic() + patience_s
    last: object = None
    while time.monotonic() < ends:
        try:
            last = look()
        except Gone as gone:
            last = gone
        else:
            if last:
                return last
        time.sleep(PAUSE_S)
    raise NeverSo(f"{what}: {last!r}")
