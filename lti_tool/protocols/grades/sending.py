"""Send one message and say what became of it. Called in many threads; no transaction is open."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Engine

from lti_tool.base import clock
from lti_tool.base.errors import ToolError, Upstream
from lti_tool.protocols.grades import ags, columns, results, rules
from lti_tool.protocols.grades.claims import Parcel
from lti_tool.protocols.grades.rules import Fate, Outcome
from lti_tool.protocols.platforms.connector import Connector
from lti_tool.protocols.resource_links import review

UNSENT = Outcome(Fate.UNSENT)
ASK_TO_WAIT = (429, 503)
"""With a Retry-After these speak for the whole platform."""


def send(engine: Engine, connector: Connector, parcel: Parcel, base: str) -> Outcome:
    """Send a message, if its lease lasts longer than sending can take. `base` is our own address."""
    start_by = parcel.lease_until - timedelta(seconds=connector.timeout_s)
    if clock.now() > start_by:
        return UNSENT
    try:
        url = parcel.lineitem_url or columns.url_of(
            engine, connector, parcel.platform, (parcel.resource_link_id, parcel.activity_key), parcel.score, base
        )
        looked = _changed_there(connector, parcel, url)
        if looked.fate is Fate.HELD:
            return looked
        try:
            score = replace(parcel.score, work_url=review.address(base, *parcel.work)) if parcel.work else parcel.score
            answer = ags.post_score(connector, parcel.platform, url, score, start_by=start_by)
        except Upstream as error:
            return replace(_failure(error), may_have_arrived=error.code != "too-late")
        outcome = replace(
            rules.outcome_of(answer.status, answer.body, answer.retry_after_s), is_unseen=looked.is_unseen
        )
        if outcome.fate is Fate.CONFLICT and parcel.may_read_result:
            return _seen(connector, parcel, url) or outcome
        return outcome
    except Upstream as error:
        return _failure(error)
    except ToolError as error:
        return Outcome(Fate.PARK, error.code)


def _changed_there(connector: Connector, parcel: Parcel, url: str) -> Outcome:
    """Held, when the gradebook shows neither what it accepted nor what is to be sent: the school typed it.

    Where the platform cannot tell, the value goes; one that is out of order is asked again later, for
    PATIENCE_UNREAD at most.
    """
    if parcel.shown is None or not parcel.may_read_result:
        return UNSENT
    try:
        there = results.of_person(connector, parcel.platform, url, parcel.score.subject)
    except Upstream as error:
        if error.retry and not parcel.may_go_unseen:
            raise
        return replace(UNSENT, is_unseen=True)
    new = (parcel.score.points, parcel.score.maximum)
    if there is None or there.is_same(*parcel.shown) or (new[0] is not None and there.is_same(new[0], new[1])):
        return UNSENT
    return Outcome(Fate.HELD, rules.SCHOOL_CHANGED, shown=(there.points, there.maximum))


def _seen(connector: Connector, parcel: Parcel, url: str) -> Outcome | None:
    """Accepted, when the gradebook shows this score already: an earlier answer was lost."""
    if results.shows(connector, parcel.platform, url, parcel.score):
        return Outcome(Fate.ACCEPTED)
    return None


def _failure(error: Upstream) -> Outcome:
    if error.code == "too-late":
        return UNSENT
    said = str(error.facts.get("said") or "")[: rules.SAID_LENGTH] or None
    if error.code == "line-item-wait":
        return Outcome(Fate.RETRY, error.code, said, columns.WAIT_S)
    fate = Fate.RETRY if error.retry else Fate.PARK
    holds = error.after_s is not None and error.facts.get("status") in ASK_TO_WAIT
    return Outcome(fate, error.code, said, error.after_s, holds, is_trouble=error.retry)
