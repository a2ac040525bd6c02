"""The start page: choose who you are; and the language switch."""

from flask import Blueprint, Response, redirect, request

from practice_lms.state import school
from practice_lms.state.practice import here
from practice_lms.state.school import CourseRole, User
from practice_lms.web.page import page
from practice_lms.web.person import remember_language, remember_person

bp = Blueprint("start", __name__)


@bp.get("/")
def start() -> Response:
    """Everyone you may be."""
    everyone = [(user, role_word(user)) for user in school.people_to_choose(here().store)]
    order = ("teacher", "student", "test_student", "admin", "visitor")
    everyone.sort(key=lambda one: order.index(one[1]))
    return page("start.html", everyone=everyone)


def role_word(user: User) -> str:
    """The key of the word for what someone is."""
    if user.is_admin:
        return "admin"
    if user.is_test:
        return "test_student"
    store = here().store
    roles = {school.role_in(store, course.id, user.id) for course in school.courses_of(store, user)}
    if CourseRole.TEACHER in roles:
        return "teacher"
    return "student" if roles else "visitor"


@bp.post("/person")
def be_someone() -> Response:
    """Be this person from now on, or nobody."""
    chosen = request.form.get("user", "")
    target = "/courses" if school.find_user(here().store, chosen) else "/"
    return remember_person(_to(target), chosen)


@bp.post("/language")
def speak() -> Response:
    """Speak this language from now on, on the page where the switch was used."""
    back = request.form.get("back", "/")
    target = back if back.startswith("/") and not back.startswith(("//", "/\\")) else "/"
    return remember_language(_to(target), request.form.get("language", "nl"))


def _to(target: str) -> Response:
    answer = redirect(target)
    assert isinstance(answer, Response)
    return answer
