"""What the gradebook shows (AGS 2.0, 3.3): of one person, or of a whole column page by page. No database."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from lti_tool.base.errors import Upstream
from lti_tool.base.wire import Answer
from lti_tool.protocols.grades.ags import RESULT_SCOPE, RESULTS_TYPE, Score, objects, refused
from lti_tool.protocols.grades.rules import LINE_ITEM_GONE, result_url, results_url
from lti_tool.protocols.platforms import told
from lti_tool.protocols.platforms.connector import Call, Connector
from lti_tool.protocols.platforms.paging import next_page
from lti_tool.protocols.platforms.service import Platform

SAME_SHARE = 0.0051
"""Results are the platform's own rounding on its own scale: half a percent apart is the same number."""
MOST_PAGES = 500


@dataclass(frozen=True, slots=True)
class Shown:
    """A number in the gradebook. `maximum` None: the platform says none."""

    points: float
    maximum: float | None

    def is_same(self, points: float, maximum: float) -> bool:
        """Within what platforms round."""
        return abs(self.points / (self.maximum or maximum) - points / maximum) < SAME_SHARE


def of_person(connector: Connector, platform: Platform, lineitem_url: str, subject: str) -> Shown | None:
    """The number that stands there for this person; None where there is none.

    The platform must have granted RESULT_SCOPE. Raises Upstream("result-unread"), with `retry` where it may tell later.
    """
    answer = _asked(connector, platform, result_url(lineitem_url, quote(subject, safe="")))
    if answer.status != 200:
        raise refused("result-unread", answer)
    try:
        found = objects(answer.json())
    except Upstream as error:
        raise Upstream("result-unread", retry=False) from error
    return next((shown for one in found if str(one.get("userId")) == subject and (shown := _shown(one))), None)


def shows(connector: Connector, platform: Platform, lineitem_url: str, score: Score) -> bool:
    """True if the platform's result for this learner is the number of this score.

    A platform that cannot tell is taken to show something else. Raises Upstream("result-unread") where it may later.
    """
    try:
        shown = of_person(connector, platform, lineitem_url, score.subject)
    except Upstream as error:
        if error.retry:
            raise
        return False
    if shown is None or score.points is None:
        return shown is None and score.points is None
    return shown.is_same(score.points, score.maximum)


def pages(connector: Connector, platform: Platform, lineitem_url: str) -> Iterator[dict[str, Shown | None]]:
    """All results of a column by user id, a page at a time; each page is asked for when the one before was dealt with.

    Raises Upstream("result-unread" | "result-not-allowed" | "line-item-gone"): what was not read to its end tells
    nothing of who is missing.
    """
    url: str | None = results_url(lineitem_url)
    for _ in range(MOST_PAGES):
        if url is None:
            return
        answer = _asked(connector, platform, url)
        if answer.status != 200:
            raise refused(_CODES.get(answer.status, "result-unread"), answer)
        told_of = ((told.subject(one.get("userId")), one) for one in objects(answer.json()))
        yield {subject: _shown(one) for subject, one in told_of if subject is not None}
        url = next_page(answer, url)
    raise Upstream("result-unread", retry=False)


_CODES = {403: "result-not-allowed", 404: LINE_ITEM_GONE, 410: LINE_ITEM_GONE}


def _asked(connector: Connector, platform: Platform, url: str) -> Answer:
    return connector.request(platform, Call(scopes=(RESULT_SCOPE,), method="GET", url=url, accept=RESULTS_TYPE))


def _shown(result: Mapping[str, Any]) -> Shown | None:
    """None where there is no number, or none that can be read."""
    given, maximum = result.get("resultScore"), result.get("resultMaximum")
    try:
        points = None if given is None else float(given)
        most = float(maximum) if maximum else None
    except (TypeError, ValueError, OverflowError):
        return None
    is_number = points is not None and abs(points) < 1e9 and (most is None or 0 < most < 1e9)
    return Shown(points, most) if is_number and points is not None else None
