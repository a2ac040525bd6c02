"""The groups of a course and their sets (Course Groups Service 1.0), in pages."""

from typing import Any

from flask import Blueprint, Response, request

from practice_lms.lti import media
from practice_lms.lti.access import admitted
from practice_lms.lti.answers import Refused, as_json
from practice_lms.lti.paging import asked, next_link
from practice_lms.state import school
from practice_lms.state.groups import groups_of
from practice_lms.state.practice import here

bp = Blueprint("groups", __name__)

LONGEST_PAGE = 50


@bp.get("/lti/gs/<course_id>/groups")
def groups(course_id: str) -> Response:
    """Every group; `set_id` names its set."""
    sent = [
        {"id": one.id, "name": one.name} | ({"set_id": set_id(one.set_name)} if one.set_name else {})
        for one in groups_of(here().store, course_id)
    ]
    return _page(course_id, "groups", sent, media.GROUPS)


@bp.get("/lti/gs/<course_id>/groupsets")
def group_sets(course_id: str) -> Response:
    """Every set of groups."""
    names = dict.fromkeys(one.set_name for one in groups_of(here().store, course_id) if one.set_name)
    return _page(course_id, "sets", [{"id": set_id(name), "name": name} for name in names], media.GROUP_SETS)


def _page(course_id: str, holds: str, every: list[dict[str, Any]], kind: str) -> Response:
    practice = here()
    admitted(practice, request.headers.get("Authorization", ""), media.SCOPE_GROUPS)
    media.must_accept(request.headers.get("Accept", ""), kind)
    if school.find_course(practice.store, course_id) is None:
        raise Refused(404, "no such course", "not_found")
    stretch = asked(request.args, LONGEST_PAGE)
    body = {"id": f"{practice.url}{request.path}", holds: every[stretch.start : stretch.end]}
    return next_link(practice, as_json(body, kind), stretch, len(every))


def set_id(name: str) -> str:
    """What the set of this name is called in an address."""
    return "set-" + "-".join(name.lower().split())
