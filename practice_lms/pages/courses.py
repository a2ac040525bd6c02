"""The courses of a person, and one course with its activities."""

from flask import Blueprint, Response, abort, redirect
from flask.typing import ResponseReturnValue

from practice_lms.lti.notices import tell_of_copy
from practice_lms.pages.guard import course_and_role, someone, teacher_of
from practice_lms.state import gradebook, school, tools
from practice_lms.state.copying import copy_course
from practice_lms.state.practice import here
from practice_lms.state.school import CourseRole
from practice_lms.web.page import page

bp = Blueprint("courses", __name__)


@bp.get("/courses")
def courses() -> Response:
    """The courses someone is in."""
    person, store = someone(), here().store
    mine = [
        (course, len(tools.links_of(store, course.id)), school.count_members(store, course.id))
        for course in school.courses_of(store, person)
    ]
    return page("courses.html", courses=mine)


@bp.get("/courses/<course_id>")
def course(course_id: str) -> Response:
    """One course; a student sees own grades beside the activities."""
    person, found, role = course_and_role(course_id)
    store = here().store
    links = [(link, own_grade(link.id, course_id, person.id)) for link in tools.links_of(store, course_id)]
    return page(
        "course.html",
        course=found,
        links=links,
        is_teacher=role is CourseRole.TEACHER or person.is_admin,
        tools=[tool for tool in tools.all_tools(store) if tool.is_active],
        members=school.members(store, course_id)[:40],
    )


def own_grade(link_id: str, course_id: str, user_id: str) -> tuple[float, float] | None:
    """Points and maximum that someone has for a link, when there is a number."""
    store = here().store
    for item in gradebook.lineitems_of(store, course_id, link_id=link_id):
        for result in gradebook.results_of(store, item.id, user_id):
            if result.score is not None:
                return result.score, item.score_maximum
    return None


@bp.post("/courses/<course_id>/copy")
def copy(course_id: str) -> ResponseReturnValue:
    """A teacher or an administrator makes next year's course of this one."""
    person, found = teacher_of(course_id)
    made = copy_course(here().store, found, person.id)
    tell_of_copy(here(), found, made)
    return redirect(f"/courses/{made.id}")


@bp.post("/links/<link_id>/remove")
def remove(link_id: str) -> ResponseReturnValue:
    """A teacher takes an activity out of the course."""
    link = tools.find_link(here().store, link_id)
    if link is None:
        abort(404)
    teacher_of(link.course_id)
    tools.remove_link(here().store, link.id)
    return redirect(f"/courses/{link.course_id}")
