"""A crowd for load tests: students, links and their columns in a few statements."""

import json

from practice_lms.state.school import Course, CourseRole, add_course, enrol, find_course
from practice_lms.state.seed import CLIENT_ID, DEPLOYMENT_ID
from practice_lms.state.store import Store


def add_many(
    store: Store, *, course_id: str, students: int, links: int, custom: dict[str, str], score_maximum: float
) -> dict[str, object]:
    """Add a crowd to a course, made when it is not there; gives course, user ids, link ids, line items."""
    with store.transaction():
        if find_course(store, course_id) is None:
            add_course(store, Course(course_id, f"Grote groep {course_id}", course_id.upper()))
            enrol(store, course_id, "fatima", CourseRole.TEACHER)
        users = _add_students(store, course_id, students)
        link_ids = _add_links(store, course_id, links, custom)
        items = _add_columns(store, course_id, link_ids, score_maximum)
    return {"course": course_id, "users": users, "links": link_ids, "lineitems": items}


def _add_students(store: Store, course_id: str, how_many: int) -> list[str]:
    first = store.number("SELECT COUNT(*) FROM users WHERE bulk = 1") + 1
    ids = [f"student-{number:06d}" for number in range(first, first + how_many)]
    store.many(
        "INSERT INTO users (id, given, family, email, bulk) VALUES (?, 'Student', ?, ?, 1)",
        [(one, one[8:], f"{one}@voorbeeldcollege.test") for one in ids],
    )
    store.many(
        "INSERT INTO memberships VALUES (?, ?, 'student', 'Active')", [(course_id, one) for one in ids]
    )
    return ids


def _add_links(store: Store, course_id: str, how_many: int, custom: dict[str, str]) -> list[str]:
    first = store.number("SELECT COUNT(*) FROM links") + 1
    ids = [f"{course_id}-link-{number:06d}" for number in range(first, first + how_many)]
    store.many(
        "INSERT INTO links VALUES (?, ?, ?, ?, ?, '', '', ?, '{}', ?)",
        [
            (
                one,
                course_id,
                CLIENT_ID,
                DEPLOYMENT_ID,
                f"Opdracht {one[-6:]}",
                json.dumps(custom),
                first + place,
            )
            for place, one in enumerate(ids)
        ],
    )
    return ids


def _add_columns(store: Store, course_id: str, link_ids: list[str], score_maximum: float) -> list[int]:
    before = store.number("SELECT COALESCE(MAX(id), 0) FROM lineitems")
    store.many(
        "INSERT INTO lineitems (course_id, client_id, link_id, label, score_maximum) VALUES (?, ?, ?, ?, ?)",
        [(course_id, CLIENT_ID, one, f"Opdracht {one[-6:]}", score_maximum) for one in link_ids],
    )
    rows = store.all("SELECT id FROM lineitems WHERE id > ? ORDER BY id", (before,))
    return [row["id"] for row in rows]
