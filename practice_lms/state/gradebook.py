"""Columns, grades and every score that ever arrived.

A *line item* is a column, a *score* is what a tool sent (kept for ever, with the verdict), a *result* is what
the gradebook shows now. Numbers of results are on the scale of their column (AGS 2.0, 3.3).
"""

import json
from dataclasses import dataclass, field, replace
from typing import Any

from practice_lms.state.store import Row, Store


@dataclass(frozen=True)
class LineItem:
    """A column. `more` holds dates, gradesReleased, submissionReview and extensions as they were sent."""

    id: int
    course_id: str
    client_id: str
    label: str
    score_maximum: float
    link_id: str | None = None
    resource_id: str | None = None
    tag: str | None = None
    more: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    """The current grade of one person in one column; `score` is None when there is no number."""

    lineitem_id: int
    user_id: str
    score: float | None
    comment: str | None
    timestamp: str
    activity: str
    grading: str
    given_by: str
    is_locked: bool


@dataclass(frozen=True)
class ReceivedScore:
    """One score as it came in, and what was done with it."""

    user_id: str | None
    arrived: str
    body: dict[str, Any]
    status: int
    verdict: str


def _lineitem(row: Row) -> LineItem:
    return LineItem(
        row["id"],
        row["course_id"],
        row["client_id"],
        row["label"],
        row["score_maximum"],
        row["link_id"],
        row["resource_id"],
        row["tag"],
        json.loads(row["more"]),
    )


def add_lineitem(store: Store, item: LineItem) -> LineItem:
    """Add a column; its id is given by the store."""
    new_id = store.run(
        "INSERT INTO lineitems (course_id, client_id, link_id, label, score_maximum, resource_id, tag, more)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (item.course_id, item.client_id, *_changeable(item)),
    )
    return replace(item, id=new_id)


def change_lineitem(store: Store, item: LineItem) -> None:
    """Write every member of a column again."""
    store.run(
        "UPDATE lineitems SET link_id = ?, label = ?, score_maximum = ?, resource_id = ?, tag = ?, more = ?"
        " WHERE id = ?",
        (*_changeable(item), item.id),
    )


def _changeable(item: LineItem) -> tuple[object, ...]:
    more = json.dumps(item.more)
    return item.link_id, item.label, item.score_maximum, item.resource_id, item.tag, more


def remove_lineitem(store: Store, lineitem_id: int) -> None:
    """Drop a column with its grades; the scores stay in the history."""
    with store.transaction():
        store.run("DELETE FROM results WHERE lineitem_id = ?", (lineitem_id,))
        store.run("DELETE FROM lineitems WHERE id = ?", (lineitem_id,))


def find_lineitem(store: Store, lineitem_id: int) -> LineItem | None:
    """The column with this id."""
    row = store.one("SELECT * FROM lineitems WHERE id = ?", (lineitem_id,))
    return _lineitem(row) if row is not None else None


def lineitems_of(
    store: Store,
    course_id: str,
    client_id: str | None = None,
    *,
    link_id: str | None = None,
    resource_id: str | None = None,
    tag: str | None = None,
) -> list[LineItem]:
    """Columns of a course that fit every filter given, oldest first."""
    wanted = {"client_id": client_id, "link_id": link_id, "resource_id": resource_id, "tag": tag}
    chosen = {name: value for name, value in wanted.items() if value is not None}
    clause = "".join(f" AND {name} = ?" for name in chosen)
    rows = store.all(
        f"SELECT * FROM lineitems WHERE course_id = ?{clause} ORDER BY id", (course_id, *chosen.values())
    )
    return [_lineitem(row) for row in rows]


def all_lineitems(store: Store) -> list[LineItem]:
    """Every column of every course."""
    return [_lineitem(row) for row in store.all("SELECT * FROM lineitems ORDER BY id")]


def results_of(store: Store, lineitem_id: int, user_id: str | None = None) -> list[Result]:
    """Grades in a column, of one person when asked, by user id."""
    rows = store.all(
        "SELECT * FROM results WHERE lineitem_id = ? AND (? IS NULL OR user_id = ?) ORDER BY user_id",
        (lineitem_id, user_id, user_id),
    )
    names = Result.__dataclass_fields__
    return [Result(**{name: row[name] for name in names}) for row in rows]


def scores_of(store: Store, lineitem_id: int, user_id: str | None = None) -> list[ReceivedScore]:
    """Scores received for a column, of one person when asked, in order of arrival."""
    rows = store.all(
        "SELECT * FROM scores WHERE lineitem_id = ? AND (? IS NULL OR user_id = ?) ORDER BY id",
        (lineitem_id, user_id, user_id),
    )
    return [
        ReceivedScore(row["user_id"], row["arrived"], _body(row["body"]), row["status"], row["verdict"])
        for row in rows
    ]


def _body(text: str) -> dict[str, Any]:
    try:
        body = json.loads(text)
    except ValueError:
        return {"not json": text[:200]}
    return body if isinstance(body, dict) else {"not an object": body}


def keep_score(store: Store, lineitem_id: int, score: ReceivedScore, body: str) -> None:
    """Write a score into the history as it came."""
    store.run(
        "INSERT INTO scores (lineitem_id, user_id, arrived, body, status, verdict) VALUES (?, ?, ?, ?, ?, ?)",
        (lineitem_id, score.user_id, score.arrived, body, score.status, score.verdict),
    )


def write_result(store: Store, result: Result, timestamp_us: int) -> None:
    """Write the grade that stands from now on."""
    store.run(
        "INSERT INTO results VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (lineitem_id, user_id) DO UPDATE SET score = excluded.score,"
        " comment = excluded.comment, timestamp = excluded.timestamp,"
        " timestamp_us = excluded.timestamp_us, activity = excluded.activity, grading = excluded.grading,"
        " given_by = excluded.given_by, is_locked = excluded.is_locked",
        (
            result.lineitem_id, result.user_id, result.score, result.comment, result.timestamp, timestamp_us,
            result.activity, result.grading, result.given_by, result.is_locked,
        ),
    )  # fmt: skip
