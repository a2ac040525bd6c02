"""A course is copied with its links and columns, as Moodle and Canvas do: new ids, the same settings, no people.

Custom parameters, resourceId and tag come along; the ids of links are new. Of dates a platform keeps none (Moodle's
import moves them, which nobody asked here).
"""

import secrets
from dataclasses import replace

from practice_lms.state import gradebook, school, tools
from practice_lms.state.school import Course, CourseRole
from practice_lms.state.store import Store

MOST_ANCESTORS = 20


def copy_course(store: Store, course: Course, teacher_id: str, title: str = "") -> Course:
    """The copy, with this teacher and nobody else in it."""
    made = Course(f"{course.id[:40]}-{secrets.token_hex(3)}", title or f"{course.title} (kopie)", course.label)
    with store.transaction():
        school.add_course(store, made)
        school.enrol(store, made.id, teacher_id, CourseRole.TEACHER)
        _note(store, made.id, course.id)
        for link in tools.links_of(store, course.id):
            copied = replace(link, id=f"link-{secrets.token_hex(5)}", course_id=made.id, dates={})
            tools.save_link(store, copied)
            _note(store, copied.id, link.id)
            for item in gradebook.lineitems_of(store, course.id, link_id=link.id):
                gradebook.add_lineitem(store, replace(item, course_id=made.id, link_id=copied.id))
    return made


def _note(store: Store, new_id: str, original: str) -> None:
    store.run("INSERT INTO copies VALUES (?, ?)", (new_id, original))


def ancestors(store: Store, some_id: str) -> list[str]:
    """Of what a course or a link is a copy: the nearest first."""
    found: list[str] = []
    while len(found) < MOST_ANCESTORS:
        row = store.one("SELECT original FROM copies WHERE id = ?", (found[-1] if found else some_id,))
        if row is None:
            break
        found.append(row["original"])
    return found
