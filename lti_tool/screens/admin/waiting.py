"""What waits for staff: one line per kind, with the page on which it is done."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from flask import url_for
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.protocols.doctor import runs
from lti_tool.protocols.doctor.lights import State
from lti_tool.protocols.grades import backlog
from lti_tool.protocols.grades.backlog import Chosen
from lti_tool.protocols.grades.rules import DeliveryState
from lti_tool.protocols.lti import service as launches
from lti_tool.protocols.platforms import care
from lti_tool.protocols.platforms.care import Card
from lti_tool.protocols.platforms.service import Status
from lti_tool.web.staff import Staff

LATELY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Task:
    text: str
    address: str
    is_urgent: bool
    """Somebody is stopped by it now."""


def tasks(session: Session, staff: Staff, cards: list[Card]) -> list[Task]:
    """Of the platforms and hubs that this member of staff sees; the urgent ones first."""
    found = [*_connections(session, cards), *_grades(session, staff), *_red_lights(session, staff)]
    return sorted(found, key=lambda task: not task.is_urgent)


def _connections(session: Session, cards: list[Card]) -> Iterator[Task]:
    for card in cards:
        if card.status == Status.PENDING:
            yield Task(gettext("%(name)s asks to be connected", name=card.name), _page(card), is_urgent=True)
    waiting = care.waiting_deployments(session, [card.id for card in cards])
    refused, since = launches.last_refusals(session), clock.now() - LATELY
    for card in cards:
        if count := waiting.get(card.id):
            text = ngettext(
                "%(name)s: a deployment waits to be accepted", "%(name)s: %(num)d deployments wait to be accepted",
                count, name=card.name,
            )  # fmt: skip
            yield Task(text, _page(card), is_urgent=True)
        if card.id in refused and refused[card.id] > since:
            text = gettext("%(name)s: launches were refused in the last 24 hours", name=card.name)
            yield Task(text, _page(card), is_urgent=False)


def _grades(session: Session, staff: Staff) -> Iterator[Task]:
    chosen = Chosen(hubs=staff.hubs, state=DeliveryState.PARKED)
    if count := sum(heap.count for heap in backlog.heaps(session, chosen)):
        text = ngettext("%(num)d grade was set aside", "%(num)d grades were set aside", count)
        yield Task(text, url_for("admin.deliveries", state=DeliveryState.PARKED), is_urgent=True)


def _red_lights(session: Session, staff: Staff) -> Iterator[Task]:
    for one in runs.overview(session, staff.sees):
        if one.state is State.RED:
            text = gettext("%(name)s: the last self-test found something red", name=one.name)
            yield Task(text, url_for("admin.doctor", platform_id=one.public_id), is_urgent=False)


def _page(card: Card) -> str:
    return url_for("admin.platform", platform_id=card.public_id)
