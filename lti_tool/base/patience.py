"""How many threads of a process may wait for other servers at once: in all, and for one server.

A request that calls another server holds its thread until that one answers. Without a bound the users of one server
that hangs would hold every thread, and everybody else would wait with them. Who finds no place is told so at once.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from lti_tool.base.errors import Busy

AFTER_S = 2.0
"""So long the one who found no place had better wait."""


class Patience:
    """The places of one process, `most` in all and one fewer for one server; its threads share it."""

    def __init__(self, most: int) -> None:
        self._most, self._most_of_one = most, max(1, most - 1)
        self._waiting: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._of_thread = threading.local()

    @contextmanager
    def waiting_for(self, url: str, *, may_be_last: bool = False) -> Iterator[None]:
        """Hold a place while the server of this address is called; a thread that holds one needs no other.

        The last place is for launches (`may_be_last`): who checks or registers a platform takes long.
        Raises Busy("servers-busy") at once where there is no place.
        """
        if getattr(self._of_thread, "holds", False):
            yield
            return
        server = _server(url)
        self._take(server, 0 if may_be_last or self._most == 1 else 1)
        self._of_thread.holds = True
        try:
            yield
        finally:
            self._of_thread.holds = False
            self._give_back(server)

    def _take(self, server: str, leaving: int) -> None:
        with self._lock:
            if self._waiting.total() >= self._most - leaving or self._waiting[server] >= self._most_of_one:
                raise Busy("servers-busy", retry=True, after_s=AFTER_S)
            self._waiting[server] += 1

    def _give_back(self, server: str) -> None:
        with self._lock:
            self._waiting[server] -= 1
            if not self._waiting[server]:
                del self._waiting[server]


def _server(url: str) -> str:
    try:
        return urlsplit(url).netloc.lower() or url
    except ValueError:
        return url
