"""What was asked how often: for the bench, and to see whether a tool reuses its token and its connection."""

import threading
from collections import Counter


class Counts:
    """Counters since the start or the last reset."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: Counter[str] = Counter()
        self._statuses: dict[str, Counter[int]] = {}
        self._others: Counter[str] = Counter()

    def request(self, group: str, status: int) -> None:
        """One request was answered (or dropped: status 0)."""
        with self._lock:
            self._requests[group] += 1
            self._statuses.setdefault(group, Counter())[status] += 1

    def add(self, what: str) -> None:
        """One more of something else: tokens_issued, connections."""
        with self._lock:
            self._others[what] += 1

    def reset(self) -> None:
        """Begin at nothing."""
        with self._lock:
            self._requests.clear()
            self._statuses.clear()
            self._others.clear()

    def as_json(self) -> dict[str, object]:
        """Requests per group, answers per group and status, tokens, TCP connections."""
        with self._lock:
            return {
                "requests": dict(self._requests),
                "statuses": {
                    group: {str(key): times for key, times in per.items()}
                    for group, per in self._statuses.items()
                },
                "tokens_issued": self._others["tokens_issued"],
                "connections": self._others["connections"],
            }
