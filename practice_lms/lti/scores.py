"""Scores come in (AGS 2.0, 3.4).

The bench runs on this path, so it stays thin: no Flask, three statements. Strict on purpose: what one
platform or another refuses is refused here, with a reason.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from practice_lms.lti import media, score_rules
from practice_lms.lti.access import admitted
from practice_lms.lti.answers import Refused
from practice_lms.state.gradebook import ReceivedScore, Result, keep_score, write_result
from practice_lms.state.practice import Practice
from practice_lms.state.store import Row

_PLACE = (
    "SELECT l.score_maximum, t.number, u.id AS known, m.role, r.score, r.comment, r.timestamp_us, r.is_locked"
    " FROM lineitems l JOIN tools t ON t.client_id = l.client_id"
    " LEFT JOIN users u ON u.id = ?"
    " LEFT JOIN memberships m ON m.course_id = l.course_id AND m.user_id = u.id AND m.status = 'Active'"
    " LEFT JOIN results r ON r.lineitem_id = l.id AND r.user_id = u.id"
    " WHERE l.id = ? AND l.course_id = ? AND l.client_id = ?"
)


@dataclass(frozen=True)
class ScorePost:
    """A request to /scores, taken apart."""

    course_id: str
    lineitem_id: int
    query: str
    authorization: str
    content_type: str
    body: bytes


def receive(practice: Practice, post: ScorePost) -> None:
    """Judge a score, keep it in the history, and write the grade. Raises Refused."""
    token = admitted(practice, post.authorization, media.SCOPE_SCORE)
    media.must_send(post.content_type, media.SCORE)
    text, score = _parsed(post.body)
    user_id = score.get("userId")
    known = user_id if isinstance(user_id, str) and user_id.isprintable() else None
    with practice.store.transaction():
        values = (known, post.lineitem_id, post.course_id, token.client_id)
        place = practice.store.one(_PLACE, values)
        if place is None or f"type_id={place['number']}" not in post.query.split("&"):
            raise Refused(
                404, "no such line item for this tool; is the query of its address kept?", "not_found"
            )
        refused = _judged(practice, post, score, place)
        kept = ReceivedScore(known, _now(), {}, refused[0], refused[1])
        keep_score(practice.store, post.lineitem_id, kept, text)
    if kept.status >= 300:
        raise Refused(kept.status, kept.verdict)


def _parsed(body: bytes) -> tuple[str, dict[str, Any]]:
    try:
        text = body.decode()
        score = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Refused(400, "the body is not JSON") from error
    if not isinstance(score, dict):
        raise Refused(400, "the body must be one score")
    return text, score


def _judged(practice: Practice, post: ScorePost, score: dict[str, Any], place: Row) -> tuple[int, str]:
    """Status and verdict for the history; writes the grade when it counts."""
    try:
        timestamp_us = score_rules.checked(score)
        _learner_must_fit(place)
        score_rules.must_be_newer(practice.misbehaviour.timestamps, timestamp_us, place["timestamp_us"])
    except Refused as refused:
        return refused.status, refused.reason
    if place["is_locked"]:
        return 204, "kept_typed"
    if practice.misbehaviour.only_final and score["gradingProgress"] != "FullyGraded":
        return 204, "ignored_unfinished"
    verdict = _write(practice, post.lineitem_id, score, place, timestamp_us)
    return 204, verdict


def _learner_must_fit(place: Row) -> None:
    if place["known"] is None:
        raise Refused(404, "userId is unknown")
    if place["role"] != "student":
        raise Refused(400, "userId is not an active student of this course")


def _write(practice: Practice, lineitem_id: int, score: dict[str, Any], place: Row, timestamp_us: int) -> str:
    points, verdict = _points(practice, score, place)
    result = Result(
        lineitem_id,
        score["userId"],
        points,
        score.get("comment", place["comment"]),
        score["timestamp"],
        score["activityProgress"],
        score["gradingProgress"],
        "tool",
        False,
    )
    write_result(practice.store, result, timestamp_us)
    return verdict


def _points(practice: Practice, score: dict[str, Any], place: Row) -> tuple[float | None, str]:
    """The number on the scale of the column, and what happened to it."""
    given = score.get("scoreGiven")
    if given is None:
        if practice.misbehaviour.numberless_erases:
            return None, "erased"
        return place["score"], "recorded_states"
    maximum = float(place["score_maximum"])
    points = float(given) * maximum / float(score["scoreMaximum"])
    if points > maximum:
        return maximum, "recorded_capped"
    return points, "recorded" if score["scoreMaximum"] == maximum else "recorded_scaled"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
