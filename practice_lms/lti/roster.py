"""The roster of a course (NRPS 2.0): pages, role filter, and the members as seen from one link (rlid)."""

from typing import Any

from flask import Blueprint, Response, request

from practice_lms.lti import media
from practice_lms.lti.access import admitted
from practice_lms.lti.answers import Refused, as_json
from practice_lms.lti.claims import CLAIM, filled_in
from practice_lms.lti.paging import Stretch, add_link, asked, next_link
from practice_lms.lti.roles import role_meant, roster_roles
from practice_lms.state import school, tools
from practice_lms.state.groups import groups_by_member
from practice_lms.state.practice import Practice, here
from practice_lms.state.school import Course, CourseRole, Member
from practice_lms.state.tools import Link

bp = Blueprint("roster", __name__)

@bp.get("/lti/nrps/<course_id>/memberships")
def memberships(course_id: str) -> Response:
    """Members in pages of at most `roster_page`, which is also the size when no limit is given."""
    practice = here()
    token = admitted(practice, request.headers.get("Authorization", ""), media.SCOPE_MEMBERS)
    media.must_accept(request.headers.get("Accept", ""), media.MEMBERS)
    course = school.find_course(practice.store, course_id)
    if course is None:
        raise Refused(404, "no such course", "not_found")
    link = _link_asked_for(practice, course_id, token.client_id)
    stretch = asked(request.args, practice.misbehaviour.roster_page)
    if stretch.number >= 3 and not practice.misbehaviour.roster_third_page:
        raise Refused(404, "this page is missing (practice)", "not_found")
    total, members = (0, []) if practice.misbehaviour.roster_empty else _members(practice, course_id, stretch)
    groups = groups_by_member(practice.store, course_id) if request.args.get("groups") == "true" else None
    body = {
        "id": f"{practice.url}{request.full_path.rstrip('?')}",
        "context": {"id": course.id, "label": course.label, "title": course.title},
        "members": [_as_sent(practice, course, member, link) | _in_groups(groups, member) for member in members],
    }
    answer = next_link(practice, as_json(body, media.MEMBERS), stretch, total)
    return _with_strange_links(practice, answer, stretch.end >= total)


def _in_groups(groups: dict[str, list[str]] | None, member: Member) -> dict[str, Any]:
    """Course Groups 1.0, 4: only where it was asked for."""
    if groups is None:
        return {}
    return {"group_enrollments": [{"group_id": one} for one in groups.get(member.user.id, ())]}


def _with_strange_links(practice: Practice, answer: Response, is_last: bool) -> Response:
    wishes, here_it_is = practice.misbehaviour, f"{practice.url}{request.path}"
    if wishes.roster_differences:
        add_link(answer, f"{here_it_is}?since=1", "differences")
    if is_last and wishes.roster_next == "loops":
        query = "&".join(f"{name}={value}" for name, value in request.args.items() if name != "cursor")
        add_link(answer, f"{here_it_is}?{query}" if query else here_it_is, "next")
    if is_last and wishes.roster_next == "never_ends":
        turn = int(request.args.get("turn", "0")) + 1
        add_link(answer, f"{here_it_is}?limit={request.args.get('limit', '50')}&turn={turn}", "next")
    if is_last and wishes.roster_next == "elsewhere":
        add_link(answer, f"https://elders.voorbeeldcollege.test{request.path}", "next")
    return answer


def _link_asked_for(practice: Practice, course_id: str, client_id: str) -> Link | None:
    if "rlid" not in request.args or practice.misbehaviour.roster_rlid == "ignored":
        return None
    if practice.misbehaviour.roster_rlid == "refused":
        raise Refused(400, "rlid is not known here (practice)")
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
