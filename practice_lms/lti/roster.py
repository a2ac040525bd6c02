"""The roster of a course (NRPS 2.0): pages, role filter, and the members as seen from one link (rlid)."""

from typing import Any

from flask import Blueprint, Response, request

from practice_lms.lti import media
from practice_lms.lti.access import admitted
from practice_lms.lti.answers import Refused, as_json
from practice_lms.lti.claims import CLAIM, filled_in
from practice_lms.lti.paging import Stretch, asked, next_link
from practice_lms.lti.roles import role_meant, roster_roles
from practice_lms.state import school, tools
from practice_lms.state.practice import Practice, here
from practice_lms.state.school import Course, CourseRole, Member
from practice_lms.state.tools import Link

bp = Blueprint("roster", __name__)

LONGEST_PAGE = 50


@bp.get("/lti/nrps/<course_id>/memberships")
def memberships(course_id: str) -> Response:
    """Members in pages of at most fifty, which is also the size when no limit is given."""
    practice = here()
    token = admitted(practice, request.headers.get("Authorization", ""), media.SCOPE_MEMBERS)
    media.must_accept(request.headers.get("Accept", ""), media.MEMBERS)
    course = school.find_course(practice.store, course_id)
    if course is None:
        raise Refused(404, "no such course", "not_found")
    link = _link_asked_for(practice, course_id, token.client_id)
    stretch = asked(request.args, LONGEST_PAGE)
    if stretch.number >= 3 and not practice.misbehaviour.roster_third_page:
        raise Refused(404, "this page is missing (practice)", "not_found")
    total, members = _members(practice, course_id, stretch)
    body = {
        "id": f"{practice.url}{request.full_path.rstrip('?')}",
        "context": {"id": course.id, "label": course.label, "title": course.title},
        "members": [_as_sent(practice, course, member, link) for member in members],
    }
    return next_link(practice, as_json(body, media.MEMBERS), stretch, total)


def _link_asked_for(practice: Practice, course_id: str, client_id: str) -> Link | None:
    if "rlid" not in request.args:
        return None
    link = tools.find_link(practice.store, request.args["rlid"])
    if link is None or (link.course_id, link.client_id) != (course_id, client_id):
        raise Refused(404, "rlid is no link of this tool in this course", "not_found")
    return link


def _members(practice: Practice, course_id: str, stretch: Stretch) -> tuple[int, list[Member]]:
    """How many there are of the role asked for, and those of this stretch."""
    role: CourseRole | None = None
    if "role" in request.args:
        role = role_meant(request.args["role"])
        if role is None:
            return 0, []
    total = school.count_members(practice.store, course_id, role)
    return total, school.roster(practice.store, course_id, role, stretch.start, stretch.size)


def _as_sent(practice: Practice, course: Course, member: Member, link: Link | None) -> dict[str, Any]:
    user, wishes = member.user, practice.misbehaviour
    sent: dict[str, Any] = {
        "user_id": user.id,
        "roles": roster_roles(user, member.role, wishes.roles),
        "status": member.status,
    }
    if wishes.names:
        sent |= {"name": user.name, "given_name": user.given, "family_name": user.family}
        sent |= {"email": user.email} if wishes.emails else {}
    if link is not None:
        custom = filled_in(practice, link.custom, user, course, link)
        sent["message"] = [{CLAIM + "message_type": "LtiResourceLinkRequest", CLAIM + "custom": custom}]
    return sent
