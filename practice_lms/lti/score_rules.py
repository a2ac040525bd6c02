"""What a score must look like (AGS 2.0, 3.4.4-3.4.11). Pure rules."""

import re
from datetime import datetime
from typing import Any

from practice_lms.lti.answers import Refused

ACTIVITY = frozenset({"Initialized", "Started", "InProgress", "Submitted", "Completed"})
GRADING = frozenset({"FullyGraded", "Pending", "PendingManual", "Failed", "NotReady"})
KNOWN = frozenset(
    {
        "userId", "scoringUserId", "scoreGiven", "scoreMaximum", "comment", "timestamp", "activityProgress",
        "gradingProgress", "submission",
    }
)  # fmt: skip
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)")
_SECOND_US = 1_000_000
MOST_POINTS = 1e12


def checked(score: dict[str, Any]) -> int:
    """Microseconds since 1970 of the timestamp of a sound score. Raises Refused 400."""
    for member in ("userId", "timestamp", "activityProgress", "gradingProgress"):
        if not isinstance(score.get(member), str) or not score[member]:
            raise Refused(400, f"{member} is missing or no string")
    if score["activityProgress"] not in ACTIVITY:
        raise Refused(400, f"activityProgress must be one of {', '.join(sorted(ACTIVITY))}")
    if score["gradingProgress"] not in GRADING:
        raise Refused(400, f"gradingProgress must be one of {', '.join(sorted(GRADING))}")
    _numbers_must_fit(score)
    _texts_must_fit(score)
    if "submission" in score:
        _submission_must_fit(score["submission"])
    return moment_us("timestamp", score["timestamp"])


def _numbers_must_fit(score: dict[str, Any]) -> None:
    given, maximum = score.get("scoreGiven"), score.get("scoreMaximum")
    if given is not None and (not _is_number(given) or given < 0):
        raise Refused(400, "scoreGiven must be a number of 0 or more")
    if given is not None and maximum is None:
        raise Refused(400, "scoreGiven needs scoreMaximum")
    if maximum is not None and (not _is_number(maximum) or maximum <= 0):
        raise Refused(400, "scoreMaximum must be a number above 0")


def _texts_must_fit(score: dict[str, Any]) -> None:
    if not isinstance(score.get("comment", ""), str):
        raise Refused(400, "comment must be a string")
    if "scoringUserId" in score and not (isinstance(score["scoringUserId"], str) and score["scoringUserId"]):
        raise Refused(400, "scoringUserId must be a non-empty string")
    for member in score:
        if member not in KNOWN and not member.startswith(("https://", "http://")):
            raise Refused(400, f"{member}: an extension must have a URL for its name")


def _submission_must_fit(submission: object) -> None:
    if not isinstance(submission, dict):
        raise Refused(400, "submission must be an object")
    moments = [
        moment_us(name, submission[name]) for name in ("startedAt", "submittedAt") if name in submission
    ]
    if moments != sorted(moments):
        raise Refused(400, "submittedAt lies before startedAt")


def moment_us(name: str, value: object) -> int:
    """Microseconds since 1970 of an ISO 8601 moment with a zone. Raises Refused 400."""
    if not isinstance(value, str) or not _TIMESTAMP.fullmatch(value):
        raise Refused(400, f"{name} must be ISO 8601 with a zone, such as 2026-01-31T09:30:00.000Z")
    try:
        return int(datetime.fromisoformat(value).timestamp() * _SECOND_US)
    except ValueError as error:
        raise Refused(400, f"{name} is no date that exists") from error


def must_be_newer(style: str, timestamp_us: int, standing_us: int | None) -> None:
    """Older than what stands is refused with 409; in the manner of Moodle the same second is, too."""
    if standing_us is None:
        return
    if style == "moodle" and timestamp_us // _SECOND_US <= standing_us // _SECOND_US:
        raise Refused(409, "a score of the same second or later was received before", "conflict")
    if timestamp_us < standing_us:
        raise Refused(409, "a later score was received before", "conflict")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < MOST_POINTS
