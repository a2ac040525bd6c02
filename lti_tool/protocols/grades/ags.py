"""Assignment and Grade Services 2.0: send a score, read a result, find or make a column."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from lti_tool.base.errors import Upstream
from lti_tool.base.wire import Answer
from lti_tool.protocols.grades.rules import results_url, scores_url
from lti_tool.protocols.platforms.connector import Connector, json_body
from lti_tool.protocols.platforms.families import family_named
from lti_tool.protocols.platforms.service import Platform
from lti_tool.protocols.resource_links.service import LINEITEM_SCOPE, SCORE_SCOPE

RESULT_SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly"
MEDIA = "application/vnd.ims.lis.v{}+json"
SCORE_TYPE, LINEITEM_TYPE = MEDIA.format("1.score"), MEDIA.format("2.lineitem")
CONTAINER_TYPE, RESULTS_TYPE = MEDIA.format("2.lineitemcontainer"), MEDIA.format("2.resultcontainer")
TAG = "technohub"


@dataclass(frozen=True, slots=True)
class Score:
    """One score message (AGS 3.4)."""

    subject: str
    activity_progress: str
    grading_progress: str
    points: float | None
    maximum: float
    comment: str
    timestamp: datetime
    started_at: datetime | None
    submitted_at: datetime | None

    def body(self, platform: Platform) -> dict[str, Any]:
        body: dict[str, Any] = {
            "userId": self.subject, "timestamp": _iso(self.timestamp), "activityProgress": self.activity_progress,
            "gradingProgress": self.grading_progress, "comment": self.comment,
        }  # fmt: skip
        if self.points is not None:
            body |= {"scoreGiven": self.points, "scoreMaximum": self.maximum}
        submission = {"startedAt": self.started_at, "submittedAt": self.submitted_at}
        told = {name: _iso(at) for name, at in submission.items() if at is not None}
        if told:
            body["submission"] = told
        claim = family_named(platform.family).new_submission_claim
        return body | ({claim: {"new_submission": False}} if claim else {})


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")


def post_score(connector: Connector, platform: Platform, lineitem_url: str, score: Score) -> Answer:
    return connector.request(
        platform, (SCORE_SCOPE,), "POST", scores_url(lineitem_url), content_type=SCORE_TYPE,
        body=json_body(score.body(platform)),
    )  # fmt: skip


def shows(connector: Connector, platform: Platform, lineitem_url: str, score: Score) -> bool:
    """True if the platform's result for this learner is the number of this score (AGS 3.3)."""
    url = results_url(lineitem_url)
    url += ("&" if "?" in url else "?") + urlencode({"user_id": score.subject})
    answer = connector.request(platform, (RESULT_SCOPE,), "GET", url, accept=RESULTS_TYPE)
    if answer.status != 200 or score.points is None:
        return False
    return any(_equal(result, score) for result in _list(answer.json()) if result.get("userId") == score.subject)


def _equal(result: Mapping[str, Any], score: Score) -> bool:
    given, maximum = result.get("resultScore"), result.get("resultMaximum") or score.maximum
    if not isinstance(given, int | float) or not isinstance(maximum, int | float) or score.points is None:
        return False
    return abs(given / maximum - score.points / score.maximum) < 0.0051


def _list(document: Any) -> list[dict[str, Any]]:
    return [item for item in document if isinstance(item, dict)] if isinstance(document, list) else []


@dataclass(frozen=True, slots=True)
class Column:
    """The line item that we want for a link (AGS 3.2)."""

    container_url: str
    resource_link_id: str
    resource_id: str
    label: str
    maximum: float


def find_or_make(connector: Connector, platform: Platform, column: Column) -> str:
    """The address of the link's column: found by resource link and resource id, never by label; else made.

    Raises Upstream("line-item-refused").
    """
    return _find(connector, platform, column) or _make(connector, platform, column)


def _find(connector: Connector, platform: Platform, column: Column) -> str | None:
    query = urlencode({"resource_link_id": column.resource_link_id, "resource_id": column.resource_id, "tag": TAG})
    url: str | None = column.container_url + ("&" if "?" in column.container_url else "?") + query
    for _ in range(20):
        if url is None:
            return None
        answer = connector.request(platform, (LINEITEM_SCOPE,), "GET", url, accept=CONTAINER_TYPE)
        if answer.status != 200:
            raise _refused(answer)
        for item in _list(answer.json()):
            if item.get("resourceLinkId") == column.resource_link_id and item.get("resourceId") == column.resource_id:
                return str(item["id"])
        url = _next(answer, column.container_url)
    return None


def _next(answer: Answer, container_url: str) -> str | None:
    """The exact next link (RFC 8288), on the container's own host only."""
    for part in answer.headers.get("link", "").split(","):
        address, _, parameters = part.partition(">")
        if 'rel="next"' in parameters.replace(" ", "") or "rel=next" in parameters.replace(" ", ""):
            url = address.strip().lstrip("<")
            return url if urlsplit(url).netloc == urlsplit(container_url).netloc else None
    return None


def _make(connector: Connector, platform: Platform, column: Column) -> str:
    body = {
        "label": column.label[:255] or column.resource_id, "scoreMaximum": column.maximum, "tag": TAG,
        "resourceId": column.resource_id, "resourceLinkId": column.resource_link_id,
    }  # fmt: skip
    answer = connector.request(
        platform, (LINEITEM_SCOPE,), "POST", column.container_url, accept=LINEITEM_TYPE,
        content_type=LINEITEM_TYPE, body=json_body(body),
    )  # fmt: skip
    document = answer.json() if answer.status in (200, 201) else None
    if not isinstance(document, dict) or not isinstance(document.get("id"), str):
        raise _refused(answer)
    return str(document["id"])


def _refused(answer: Answer) -> Upstream:
    retry = answer.status in (408, 429) or answer.status >= 500
    said = answer.body[:200].decode(errors="replace")
    return Upstream("line-item-refused", retry=retry, after_s=answer.retry_after_s, status=answer.status, said=said)
