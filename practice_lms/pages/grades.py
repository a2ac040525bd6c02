"""The gradebook: students against columns, and the history behind each grade."""

from flask import Blueprint, Response, abort, redirect, request
from flask.typing import ResponseReturnValue

from practice_lms.pages.guard import course_and_role, teacher_of
from practice_lms.pages.launch import begin
from practice_lms.state import gradebook, school, tools
from practice_lms.state.gradebook import LineItem
from practice_lms.state.grading import type_grade
from practice_lms.state.practice import here
from practice_lms.state.school import CourseRole, User
from practice_lms.state.submissions import address_of
from practice_lms.state.tickets import LaunchKind, Ticket, new_id
from practice_lms.web.page import page, problem
from practice_lms.web.person import current_locale

bp = Blueprint("grades", __name__)

MOST_STUDENTS = 200


@bp.get("/courses/<course_id>/gradebook")
def whole(course_id: str) -> Response:
    """All students for a teacher, one's own row for a student."""
    person, course, role = course_and_role(course_id)
    store = here().store
    items = gradebook.lineitems_of(store, course_id)
    students = [member.user for member in school.members(store, course_id, CourseRole.STUDENT)]
    if role is CourseRole.STUDENT:
        students = [person]
    results = {
        (one.lineitem_id, one.user_id): one for item in items for one in gradebook.results_of(store, item.id)
    }
    return page(
        "gradebook.html",
        course=course,
        items=items,
        students=students[:MOST_STUDENTS],
        results=results,
        role=role,
    )


def _cell(course_id: str, lineitem_id: int, user_id: str) -> tuple[LineItem, User]:
    store = here().store
    item = gradebook.find_lineitem(store, lineitem_id)
    user = school.find_user(store, user_id)
    if item is None or user is None or item.course_id != course_id:
        abort(404)
    return item, user


@bp.get("/courses/<course_id>/gradebook/<int:lineitem_id>/<user_id>")
def history(course_id: str, lineitem_id: int, user_id: str) -> Response:
    """Every score received for one grade; a student sees only own ones."""
    person, course, role = course_and_role(course_id)
    item, user = _cell(course_id, lineitem_id, user_id)
    if role is CourseRole.STUDENT and user.id != person.id:
        return problem("not_yours", 403)
    store = here().store
    return page(
        "history.html",
        course=course,
        item=item,
        user=user,
        result=next(iter(gradebook.results_of(store, item.id, user.id)), None),
        scores=gradebook.scores_of(store, item.id, user.id)[::-1],
        is_teacher=role is not CourseRole.STUDENT,
        has_submission=bool(address_of(store, item.id, user.id)),
    )


@bp.post("/courses/<course_id>/gradebook/<int:lineitem_id>/<user_id>")
def type_by_hand(course_id: str, lineitem_id: int, user_id: str) -> ResponseReturnValue:
    """The teacher types a grade."""
    person, _ = teacher_of(course_id)
    item, user = _cell(course_id, lineitem_id, user_id)
    typed = request.form.get("points", "").strip().replace(",", ".")
    try:
        points = float(typed) if typed else None
    except ValueError:
        return problem("bad_input", 400)
    if points is not None and not 0 <= points <= item.score_maximum:
        return problem("bad_input", 400)
    type_grade(
        here().store,
        item,
        user.id,
        points,
        comment=request.form.get("comment", ""),
        by=person.id,
        locked="locked" in request.form,
    )
    return redirect(request.path)


@bp.get("/launch/review/<course_id>/<int:lineitem_id>/<user_id>")
def review(course_id: str, lineitem_id: int, user_id: str) -> Response:
    """Begin a submission review launch (Submission Review 1.0): a teacher of anybody's work, a student of own work."""
    person, _, role = course_and_role(course_id)
    item, user = _cell(course_id, lineitem_id, user_id)
    if role is CourseRole.STUDENT and user.id != person.id:
        return problem("not_yours", 403)
    tool = tools.find_tool(here().store, item.client_id)
    link = tools.find_link(here().store, item.link_id or "")
    if tool is None:
        abort(404)
    ticket = Ticket(
        new_id(),
        LaunchKind.REVIEW,
        person.id,
        tool.client_id,
        link.deployment_id if link is not None else "1",
        course_id=course_id,
        link_id=link.id if link is not None else "",
        target="window",
        locale=current_locale(),
        for_user=user.id,
        lineitem_id=item.id,
    )
    return begin(ticket, tool)


@bp.get("/launch/submission/<course_id>/<int:lineitem_id>/<user_id>")
def submission(course_id: str, lineitem_id: int, user_id: str) -> Response:
    """Launch the address that the tool named with the grade, as Canvas's SpeedGrader does for a teacher."""
    person, _ = teacher_of(course_id)
    item, user = _cell(course_id, lineitem_id, user_id)
    tool = tools.find_tool(here().store, item.client_id)
    link = tools.find_link(here().store, item.link_id or "")
    address = address_of(here().store, item.id, user.id)
    if tool is None or link is None or not address:
        abort(404)
    ticket = Ticket(
        new_id(),
        LaunchKind.RESOURCE,
        person.id,
        tool.client_id,
        link.deployment_id,
        course_id=course_id,
        link_id=link.id,
        locale=current_locale(),
        address=address,
    )
    return begin(ticket, tool)
