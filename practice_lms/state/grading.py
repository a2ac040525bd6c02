"""The teacher types a grade by hand, past the tool."""

from datetime import UTC, datetime

from practice_lms.state.gradebook import LineItem, Result, results_of, write_result
from practice_lms.state.store import Store


def type_grade(
    store: Store, item: LineItem, user_id: str, score: float | None, *, comment: str, by: str, locked: bool
) -> Result:
    """Write a grade on the scale of the column; a locked one stands against later scores.

    Its time is now, so a score that carries an older timestamp is refused afterwards.
    """
    now = datetime.now(UTC)
    old = next(iter(results_of(store, item.id, user_id)), None)
    result = Result(
        item.id,
        user_id,
        score,
        comment or None,
        now.isoformat(timespec="milliseconds"),
        old.activity if old is not None else "Completed",
        "FullyGraded" if score is not None else "NotReady",
        by,
        locked,
    )
    write_result(store, result, int(now.timestamp() * 1_000_000))
    return result
