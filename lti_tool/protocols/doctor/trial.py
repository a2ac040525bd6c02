"""A throw-away column in the course of the last launch: made, given one score, read, removed. AGS 2.0.

It is removed whatever happens in between, and what an earlier run could not remove is removed first: it is known by
its tag. While such a left-over cannot be removed, no further one is made.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from lti_tool.base import clock
from lti_tool.base.db import new_public_id
from lti_tool.base.errors import ToolError
from lti_tool.base.wire import Answer
from lti_tool.protocols.doctor.calls import Calls, said_of
from lti_tool.protocols.doctor.lights import Light, Topic, amber, green, grey, red
from lti_tool.protocols.doctor.patient import Came
from lti_tool.protocols.doctor.troubles import trouble
from lti_tool.protocols.grades import ags
from lti_tool.protocols.grades.ags import LINEITEM_READ_SCOPE, RESULT_SCOPE
from lti_tool.protocols.grades.rules import result_url, scores_url
from lti_tool.protocols.platforms.connector import json_body
from lti_tool.protocols.platforms.paging import next_page
from lti_tool.protocols.platforms.service import origin_of
from lti_tool.protocols.resource_links.service import LINEITEM_SCOPE, SCORE_SCOPE

LABEL, TAG = "Technohub zelftest (wordt verwijderd)", "technohub-zelftest"
POINTS, MAXIMUM = 7.0, 10.0
MOST_PAGES, MOST_LEFT_OVERS = 5, 5


class _Failed(Exception):
    """A step that went wrong, as the light that tells it."""

    def __init__(self, light: Light) -> None:
        super().__init__(light.code)
        self.light = light


@dataclass(frozen=True, slots=True)
class Course:
    """Where the trial happens, with whose score, and with which tokens (by scope)."""

    container_url: str
    subject: str | None
    is_learner: bool
    tokens: Mapping[str, str]

    @property
    def reading_token(self) -> str:
        """Moodle reads only with the scope for reading, others with either."""
        return self.tokens.get(LINEITEM_READ_SCOPE) or self.tokens[LINEITEM_SCOPE]


def examine(calls: Calls, accepted: Came | None, tokens: Mapping[str, str]) -> Light:
    """Try the whole way of a grade. The platform's gradebook is afterwards as it was before."""
    if accepted is None:
        return grey(Topic.GRADES, "needs-launch")
    container = accepted.services.get("lineitems")
    if not container:
        has_own = bool(accepted.services.get("lineitem"))
        lamp, code = (amber, "grades-own-column") if has_own else (red, "grades-not-offered")
        return lamp(Topic.GRADES, code)
    if not {LINEITEM_SCOPE, SCORE_SCOPE} <= set(tokens):
        return grey(Topic.GRADES, "needs-scope")
    is_learner = accepted.facts.get("role") == "learner"
    return _tried(calls, Course(str(container), accepted.subject, is_learner, tokens))


def _tried(calls: Calls, course: Course) -> Light:
    try:
        _clear_left_overs(calls, course)
        url = _make(calls, course)
    except _Failed as failed:
        return failed.light
    except ToolError as error:
        with suppress(_Failed, ToolError):  # it may be there, and only the answer was lost
            _clear_left_overs(calls, course)
        return trouble(Topic.GRADES, error)
    try:
        light = _scored(calls, course, url)
    finally:
        is_gone = _remove(calls, course, url)
    return light if is_gone else amber(Topic.GRADES, "grades-left-behind", label=LABEL)


def _scored(calls: Calls, course: Course, url: str) -> Light:
    """Never raises: the column has to be removed afterwards."""
    if course.subject is None:
        return amber(Topic.GRADES, "grades-no-learner")
    try:
        _score(calls, course, url)
        return _read(calls, course, url)
    except _Failed as failed:
        return failed.light
    except ToolError as error:
        return trouble(Topic.GRADES, error)


def _clear_left_overs(calls: Calls, course: Course) -> None:
    """Remove what a run that died left here. Raises _Failed when that is refused, so that they do not pile up."""
    for url in _left_overs(calls, course):
        if not _remove(calls, course, url):
            raise _Failed(amber(Topic.GRADES, "grades-left-behind", label=LABEL))


def _left_overs(calls: Calls, course: Course) -> list[str]:
    separator = "&" if "?" in course.container_url else "?"
    url: str | None = course.container_url + separator + urlencode({"tag": TAG})
    found: list[str] = []
    for _ in range(MOST_PAGES):
        if url is None:
            break
        answer = calls.send("GET", url, token=course.reading_token, headers={"Accept": ags.CONTAINER_TYPE})
        if answer.status != 200:
            raise _Failed(_refused("grades-list-refused", answer))
        found += [str(item["id"]) for item in _items(answer) if item.get("tag") == TAG and _is_here(item, course)]
        url = next_page(answer, url)
    return found[:MOST_LEFT_OVERS]


def _items(answer: Answer) -> list[dict[str, Any]]:
    document = answer.json()
    return [item for item in document if isinstance(item, dict)] if isinstance(document, list) else []


def _is_here(item: Mapping[str, Any], course: Course) -> bool:
    """The address may be called with our token: it is of the platform that named the container."""
    url = item.get("id")
    return isinstance(url, str) and bool(origin_of(url)) and origin_of(url) == origin_of(course.container_url)


def _make(calls: Calls, course: Course) -> str:
    body = {"label": LABEL, "scoreMaximum": MAXIMUM, "tag": TAG, "resourceId": f"{TAG}-{new_public_id()}"}
    answer = calls.send(
        "POST", course.container_url, token=course.tokens[LINEITEM_SCOPE], body=json_body(body),
        headers={"Content-Type": ags.LINEITEM_TYPE, "Accept": ags.LINEITEM_TYPE},
    )  # fmt: skip
    if answer.status not in (200, 201):
        raise _Failed(_refused("grades-make-refused", answer))
    made = answer.json()
    if not isinstance(made, dict) or not _is_here(made, course):
        raise _Failed(red(Topic.GRADES, "grades-unreadable"))
    return str(made["id"])


def _score(calls: Calls, course: Course, url: str) -> None:
    body = {
        "userId": course.subject, "timestamp": clock.now().isoformat(timespec="milliseconds"),
        "scoreGiven": POINTS, "scoreMaximum": MAXIMUM, "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
    }  # fmt: skip
    answer = calls.send(
        "POST", scores_url(url), token=course.tokens[SCORE_SCOPE], body=json_body(body),
        headers={"Content-Type": ags.SCORE_TYPE},
    )  # fmt: skip
    if 200 <= answer.status < 300:
        return
    if not course.is_learner and 400 <= answer.status < 500:
        raise _Failed(amber(Topic.GRADES, "grades-no-learner"))
    raise _Failed(_refused("grades-score-refused", answer))


def _read(calls: Calls, course: Course, url: str) -> Light:
    """What the platform shows now. A platform that does not let us read is no worse for grades."""
    token = course.tokens.get(RESULT_SCOPE)
    if token is None:
        return green(Topic.GRADES, "grades-unread")
    address = result_url(url, quote(course.subject or "", safe=""))
    answer = calls.send("GET", address, token=token, headers={"Accept": ags.RESULTS_TYPE})
    if answer.status != 200:
        return amber(Topic.GRADES, "grades-read-refused", status=answer.status, said=said_of(answer))
    results = [one for one in _items(answer) if str(one.get("userId")) == course.subject]
    if any(_is_it(one) for one in results):
        return green(Topic.GRADES, "grades-ok", points=POINTS, maximum=MAXIMUM)
    return amber(Topic.GRADES, "grades-differ")


def _is_it(result: Mapping[str, Any]) -> bool:
    try:
        share = float(result["resultScore"]) / float(result.get("resultMaximum") or MAXIMUM)
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return False
    return abs(share - POINTS / MAXIMUM) < 0.01


def _remove(calls: Calls, course: Course, url: str) -> bool:
    """True when the column is gone. Time for this call is kept free."""
    try:
        answer = calls.send("DELETE", url, token=course.tokens[LINEITEM_SCOPE], is_last=True)
    except ToolError:
        return False
    return answer.status in (200, 202, 204, 404, 410)


def _refused(code: str, answer: Answer) -> Light:
    return red(Topic.GRADES, code, status=answer.status, said=said_of(answer))
