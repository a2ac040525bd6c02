"""Who may see a page. Stops with a problem page, or sends nobody-in-particular to the start."""

from flask import abort, redirect

from practice_lms.state import school
from practice_lms.state.practice import here
from practice_lms.state.school import Course, CourseRole, User
from practice_lms.web.page import problem
from practice_lms.web.person import current_person


def someone() -> User:
    """The person who is here; without one the answer is the start page."""
    person = current_person()
    if person is None:
        abort(redirect("/"))
    return person


def administrator() -> User:
    """The person who is here, an administrator."""
    person = someone()
    if not person.is_admin:
        abort(problem("not_yours", 403))
    return person


def course_and_role(course_id: str) -> tuple[User, Course, CourseRole | None]:
    """The person, the course and the role there; an administrator needs none."""
    person = someone()
    course = school.find_course(here().store, course_id)
    if course is None:
        abort(404)
    role = school.role_in(here().store, course_id, person.id)
    if role is None and not person.is_admin:
        abort(problem("not_yours", 403))
    return person, course, role


def teacher_of(course_id: str) -> tuple[User, Course]:
    """The person and the course; a teacher of it or an administrator."""
    person, course, role = course_and_role(course_id)
    if role is not CourseRole.TEACHER and not person.is_admin:
        abort(problem("not_yours", 403))
    return person, course
