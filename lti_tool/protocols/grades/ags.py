"""Assignment and Grade Services 2.0: send a score; find, make, change or remove a column. No database.

What the gradebook shows is read by `results`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from lti_tool.base.errors import Upstream
from lti_tool.base.wire import Answer
from lti_tool.protocols.grades.rules import LINE_ITEM_GONE, scores_url, words_of
from lti_tool.protocols.platforms.connector import Call, Connector, json_body
from lti_tool.protocols.platforms.families import Family, family_named
from lti_tool.protocols.platforms.paging import next_page
from lti_tool.protocols.platforms.service import Platform, origin_of
from lti_tool.protocols.resource_links.service import AGS, LINEITEM_SCOPE, SCORE_SCOPE

RESULT_SCOPE, LINEITEM_READ_SCOPE = AGS + "result.readonly", AGS + "lineitem.readonly"
MEDIA = "application/vnd.ims.lis.v{}+json"
SCORE_TYPE, LINEITEM_TYPE = MEDIA.format("1.score"), MEDIA.format("2.lineitem")
CONTAINER_TYPE, RESULTS_TYPE = MEDIA.format("2.lineitemcontainer"), MEDIA.format("2.resultcontainer")
TAG = "technohub"
Said = Mapping[str, Any]
"""Members of a line item (Column.told)."""
MOST_PAGES = 20
LONGEST_ADDRESS = 2048


def reviewed(base: str) -> dict[str, Any]:
    """What a line item says of reviews (Submission Review 1.0, 3): from when on, and where."""
    return {
        "reviewableStatus": ["InProgress", "Submitted", "Completed"], "label": "Bekijk het werk",
        "url": f"{base}/lti/launch", "custom": {},
    }  # fmt: skip


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
    is_first_number: bool
    work_url: str | None = None
    """Where the work can be seen, for a platform that keeps that with the grade."""

    def body(self, platform: Platform) -> dict[str, Any]:
        body: dict[str, Any] = {
            "userId": self.subject, "timestamp": _iso(self.timestamp), "activityProgress": self.activity_progress,
            "gradingProgress": self.grading_progress, "comment": self.comment,
        }  # fmt: skip
        if self.points is not None:
            body["scoreGiven"], body["scoreMaximum"] = self.points, self.maximum
        if self.started_at is not None:
            body["submission"] = _submission(self.started_at, self.submitted_at)
        family = family_named(platform.family)
        if family.new_submission_claim:
            body[family.new_submission_claim] = {"new_submission": self.is_first_number} | self._work(family)
        return body

    def _work(self, family: Family) -> dict[str, str]:
        if self.work_url is None or family.submission_type is None:
            return {}
        return {"submission_type": family.submission_type, "submission_data": self.work_url}


def _submission(started_at: datetime, submitted_at: datetime | None) -> dict[str, str]:
    """R-AGS-7: not submitted before it was started."""
    submission = {"startedAt": _iso(started_at)}
    if submitted_at is not None:
        submission["submittedAt"] = _iso(max(started_at, submitted_at))
    return submission


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds")


def post_score(
    connector: Connector, platform: Platform, lineitem_url: str, score: Score, *, start_by: datetime
) -> Answer:
    call = Call(
        scopes=(SCORE_SCOPE,), method="POST", url=scores_url(lineitem_url), content_type=SCORE_TYPE,
        body=json_body(score.body(platform)), needs_answer=False,
    )  # fmt: skip
    return connector.request(platform, call, start_by=start_by)


def objects(document: Any) -> list[dict[str, Any]]:
    return [item for item in document if isinstance(item, dict)] if isinstance(document, list) else []


@dataclass(frozen=True, slots=True)
class Column:
    """The line item that we want for a link (AGS 3.2)."""

    container_url: str
    scopes: tuple[str, ...]
    """Those of line items that the platform granted."""
    resource_link_id: str
    resource_id: str
    label: str
    maximum: float
    due_at: datetime | None = None
    review: Mapping[str, Any] | None = None
    """`reviewed`; None where the platform wants to hear of no reviews."""

    def told(self) -> dict[str, Any]:
        """What we say of it and may come to say differently."""
        said: dict[str, Any] = {"label": self.label.strip()[:255] or self.resource_id, "scoreMaximum": self.maximum}
        said |= {"endDateTime": _iso(self.due_at)} if self.due_at else {}
        return said | ({"submissionReview": dict(self.review)} if self.review else {})


@dataclass(frozen=True, slots=True)
class Found:
    """A column of the link. It is ours when it bears our tag: the school made others, by a deep link or by hand."""

    url: str
    is_ours: bool
    is_current: bool
    """It says already what we would say of it."""


def find_column(connector: Connector, platform: Platform, column: Column, *, start_by: datetime) -> Found | None:
    """The link's column: found by resource link and resource id, never by label.

    Pages are followed exactly as given, on the container's own origin, at most MOST_PAGES of them.
    Raises Upstream("line-item-refused").
    """
    query = urlencode({"resource_link_id": column.resource_link_id, "resource_id": column.resource_id, "tag": TAG})
    url: str | None = column.container_url + ("&" if "?" in column.container_url else "?") + query
    for _ in range(MOST_PAGES):
        if url is None:
            return None
        call = Call(scopes=column.scopes, method="GET", url=url, accept=CONTAINER_TYPE)
        answer = connector.request(platform, call, start_by=start_by)
        if answer.status != 200:
            raise refused("line-item-refused", answer)
        for item in objects(answer.json()):
            if _is_it(item, column):
                is_current = all(item.get(name) == value for name, value in column.told().items())
                return Found(str(item["id"]), item.get("tag") == TAG, is_current)
        url = next_page(answer, url)
    raise Upstream("line-item-pages", retry=False)


def _is_it(item: Mapping[str, Any], column: Column) -> bool:
    ours = (column.resource_link_id, column.resource_id)
    return (item.get("resourceLinkId"), item.get("resourceId")) == ours and _is_address(item.get("id"))


def _is_address(value: object) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_ADDRESS and value.isprintable() and bool(origin_of(value))


def make_column(connector: Connector, platform: Platform, column: Column, *, start_by: datetime) -> str:
    """Make the link's column and give its address. Raises Upstream("line-item-refused")."""
    whose = {"tag": TAG, "resourceId": column.resource_id, "resourceLinkId": column.resource_link_id}
    body = column.told() | whose
    call = Call(
        scopes=(LINEITEM_SCOPE,), method="POST", url=column.container_url, accept=LINEITEM_TYPE,
        content_type=LINEITEM_TYPE, body=json_body(body),
    )  # fmt: skip
    answer = connector.request(platform, call, start_by=start_by)
    if answer.status not in (200, 201):
        raise refused("line-item-refused", answer)
    document = answer.json()
    made = document.get("id") if isinstance(document, dict) else None
    if not _is_address(made):
        raise Upstream("line-item-refused", retry=False, status=answer.status, said=words_of(answer.body))
    return str(made)


def change_column(
    connector: Connector, platform: Platform, url: str, scopes: tuple[str, ...], before: Said, now: Said
) -> bool:
    """Let a column of ours say what we say differently now; True where its maximum changes.

    All else goes back as it was read (R-AGS-11). A column without our tag is the school's and stays as it is.
    Raises Upstream("line-item-refused" | "line-item-gone").
    """
    seen = connector.request(platform, Call(scopes=scopes, method="GET", url=url, accept=LINEITEM_TYPE))
    there = seen.json() if seen.status == 200 else None
    if not isinstance(there, dict):
        raise refused(_code_of(seen), seen)
    kept = {name: value for name, value in there.items() if name not in before or name in now}
    whole = kept | {name: value for name, value in now.items() if before.get(name) != value}
    if whole == there or there.get("tag") != TAG:
        return False
    call = Call(
        scopes=(LINEITEM_SCOPE,), method="PUT", url=url, accept=LINEITEM_TYPE, content_type=LINEITEM_TYPE,
        body=json_body(whole), needs_answer=False,
    )  # fmt: skip
    answer = connector.request(platform, call)
    if not 200 <= answer.status < 300:
        raise refused(_code_of(answer), answer)
    return bool(whole.get("scoreMaximum") != there.get("scoreMaximum"))


def remove_column(connector: Connector, platform: Platform, url: str) -> None:
    """Remove a column with all that stands in it; one that is gone already is removed.

    Raises Upstream("line-item-refused").
    """
    call = Call(scopes=(LINEITEM_SCOPE,), method="DELETE", url=url, needs_answer=False)
    answer = connector.request(platform, call)
    if not (200 <= answer.status < 300 or answer.status in (404, 410)):
        raise refused("line-item-refused", answer)


def _code_of(answer: Answer) -> str:
    return LINE_ITEM_GONE if answer.status in (404, 410) else "line-item-refused"


def refused(code: str, answer: Answer) -> Upstream:
    cannot_at_all = answer.status == 501
    retry = answer.status in (401, 408, 425, 429) or (answer.status >= 500 and not cannot_at_all)
    said = words_of(answer.body)
    return Upstream(code, retry=retry, after_s=answer.retry_after_s, status=answer.status, said=said)
