"""Launches under way: what a person pressed, kept until the tool asks who it was.

The hints of the login initiation lead back here (LTI Core 1.3, 4.1.1).
"""

import json
import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass
from enum import StrEnum

TICKETS_KEPT = 50_000


class LaunchKind(StrEnum):
    """What the message will be."""

    RESOURCE = "resource"
    DEEP_LINKING = "deep_linking"
    REVIEW = "review"
    PRIVACY = "privacy"


@dataclass(frozen=True)
class Ticket:
    """One launch. `target` is iframe or window; `for_user` and `lineitem_id` belong to a review."""

    id: str
    kind: LaunchKind
    user_id: str
    client_id: str
    deployment_id: str
    course_id: str = ""
    link_id: str = ""
    target: str = "iframe"
    locale: str = "nl-NL"
    for_user: str = ""
    lineitem_id: int = 0
    address: str = ""
    """Goes before the address of the link: that of a submission (see submissions)."""

    @property
    def message_hint(self) -> str:
        """JSON, as Moodle sends it: a tool has to bring it back unaltered."""
        return json.dumps({"cmid": self.link_id or self.course_id, "launchid": self.id})


class TicketBook:
    """The last launches, by id."""

    def __init__(self) -> None:
        self._tickets: OrderedDict[str, Ticket] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, ticket: Ticket) -> Ticket:
        """Keep a launch; the oldest go."""
        with self._lock:
            self._tickets[ticket.id] = ticket
            if len(self._tickets) > TICKETS_KEPT:
                self._tickets.popitem(last=False)
        return ticket

    def find(self, ticket_id: str) -> Ticket | None:
        """The launch with this id."""
        return self._tickets.get(ticket_id)

    def hinted(self, message_hint: str) -> Ticket | None:
        """The launch a message hint belongs to; None when it was altered."""
        try:
            ticket = self.find(str(json.loads(message_hint)["launchid"]))
        except (ValueError, TypeError, KeyError):
            return None
        return ticket if ticket is not None and ticket.message_hint == message_hint else None


def new_id() -> str:
    """An id nobody guesses."""
    return secrets.token_urlsafe(18)
