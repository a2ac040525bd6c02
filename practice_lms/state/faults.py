"""Faults that are counted down: the next N answers of a group of endpoints go wrong."""

import threading
from collections import deque
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

GROUPS = (
    "jwks", "configuration", "auth", "token", "scores", "lineitems", "results", "roster", "groups",
    "deep_linking",
    "registration",
)  # fmt: skip
WIDER = {
    "ags": frozenset({"scores", "lineitems", "results"}),
    "services": frozenset({"token", "scores", "lineitems", "results", "roster", "groups"}),
    "all": frozenset(GROUPS),
}
STATUSES = (400, 401, 403, 404, 409, 422, 429, 500, 502, 503)


class FaultKind(StrEnum):
    """How an answer goes wrong: a status, no answer, or work done and the answer lost."""

    STATUS = "status"
    DROP = "drop"
    LOST = "lost"


@dataclass(frozen=True)
class Fault:
    """One planned fault. Retry-After goes out as seconds or as an HTTP date."""

    group: str
    kind: FaultKind
    status: int = 0
    remaining: int = 1
    retry_after_s: int | None = None
    retry_after_as_date: bool = False

    def __post_init__(self) -> None:
        if self.group not in GROUPS and self.group not in WIDER:
            raise ValueError(f"group must be one of {', '.join((*GROUPS, *WIDER))}")
        if self.kind is FaultKind.STATUS and self.status not in STATUSES:
            raise ValueError(f"status must be one of {', '.join(map(str, STATUSES))}")
        if not 1 <= self.remaining <= 1_000_000:
            raise ValueError("times must be 1 or more")

    def meets(self, group: str) -> bool:
        """Whether an endpoint of this group is struck."""
        return self.group == group or group in WIDER.get(self.group, ())


class FaultBook:
    """Planned faults in order; the first that fits strikes."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._struck: deque[dict[str, object]] = deque(maxlen=100)
        self._lock = threading.Lock()

    def plan(self, fault: Fault) -> None:
        """Add a fault behind the others."""
        with self._lock:
            self._faults.append(fault)

    def strike(self, group: str) -> Fault | None:
        """The fault for a request that just came in, counted down; mostly None."""
        if not self._faults:
            return None
        with self._lock:
            for place, fault in enumerate(self._faults):
                if fault.meets(group):
                    self._faults[place : place + 1] = _next(fault)
                    at = datetime.now(UTC).isoformat(timespec="milliseconds")
                    self._struck.append(
                        {"at": at, "group": group, "kind": fault.kind, "status": fault.status}
                    )
                    return fault
        return None

    def clear(self) -> None:
        """Forget all planned faults."""
        with self._lock:
            self._faults.clear()

    def planned(self) -> list[Fault]:
        """Faults still to come."""
        return list(self._faults)

    def as_json(self) -> dict[str, object]:
        """Planned faults and the last hundred that struck."""
        return {"planned": [asdict(fault) for fault in self._faults], "struck": list(self._struck)}


def _next(fault: Fault) -> list[Fault]:
    left = fault.remaining - 1
    return [replace(fault, remaining=left)] if left else []
