"""Who is staff: of one's own hub, or of all. Appoint, end a post, let somebody in by a link."""

from collections.abc import Sequence

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from lti_tool.base.errors import Forbidden, Invalid
from lti_tool.learning.catalogue import service as catalogue
from lti_tool.learning.people import staff as appointments
from lti_tool.learning.people.staff import Post, StaffRole
from lti_tool.protocols.sso import service
from lti_tool.screens.admin.blueprint import blueprint
from lti_tool.screens.admin.roles import ROLES
from lti_tool.screens.admin.shell import page
from lti_tool.web.extensions import tool
from lti_tool.web.staff import WHO_MAY_CHANGE, Staff, must_run, needs_staff
from lti_tool.web.transaction import session


@blueprint.get("/staff")
@needs_staff(*WHO_MAY_CHANGE)
def colleagues(staff: Staff) -> str:
    return _page(staff, mailed=request.args.get("mailed", ""))


def _page(staff: Staff, *, mailed: str = "", shown: str = "", link: str = "") -> str:
    hubs = catalogue.hubs(session())
    posts = [one for one in appointments.current(session()) if staff.may_change(_hubs(one.hub))]
    return page(
        session(), staff, "admin/colleagues.html", posts=posts, hubs=hubs, roles=_roles(staff), words=ROLES,
        open_hubs={key: name for key, name in hubs.items() if staff.may_change([key])},
        may_link=_reachable(staff, [one.person_id for one in posts]), mails=bool(tool().settings.smtp_url),
        mailed=mailed, shown=shown, link=link,
    )  # fmt: skip


def _hubs(hub: str | None) -> Sequence[str]:
    """The hubs of a post, as Staff.may_change asks them: none is the centre's."""
    return [hub] if hub else []


def _roles(staff: Staff) -> list[StaffRole]:
    """The posts that this person may give."""
    return [role for role in StaffRole if staff.is_central or role is not StaffRole.CENTRAL_ADMIN]


def _reachable(staff: Staff, person_ids: Sequence[int]) -> set[int]:
    """Whom this person may let in: those of whom every post is theirs to give. A link opens all of them."""
    return {
        one for one in set(person_ids)
        if all(staff.may_change(_hubs(post.hub)) for post in appointments.posts_of(session(), one))
    }  # fmt: skip


@blueprint.post("/staff")
@needs_staff(*WHO_MAY_CHANGE)
def appoint(staff: Staff) -> Response:
    role, hub = request.form.get("role", ""), request.form.get("hub", "")
    if role not in _roles(staff):
        raise Invalid("staff-post")
    if role != StaffRole.CENTRAL_ADMIN and (hub not in catalogue.hubs(session()) or not staff.may_change([hub])):
        raise Invalid("staff-post")
    post = Post(StaffRole(role), None if role == StaffRole.CENTRAL_ADMIN else hub)
    email, name = request.form.get("email", ""), request.form.get("name", "")
    made = service.appoint(session(), email, name, post, actor_id=staff.person_id)
    return redirect(url_for("admin.colleagues", _anchor=f"post-{made}"), 303)


@blueprint.post("/staff/<post_id>/end")
@needs_staff(*WHO_MAY_CHANGE)
def dismiss(staff: Staff, post_id: str) -> Response:
    _theirs(staff, post_id)
    service.dismiss(session(), post_id, actor_id=staff.person_id)
    return redirect(url_for("admin.colleagues"), 303)


@blueprint.post("/staff/<post_id>/link")
@needs_staff(*WHO_MAY_CHANGE)
def colleague_link(staff: Staff, post_id: str) -> str | Response:
    """Mailed, or shown on the answer and never again."""
    person_id = _theirs(staff, post_id)
    if not _reachable(staff, [person_id]):
        raise Forbidden("staff-role")
    own_url = tool().settings.public_url
    if request.form.get("how") == "mail" and tool().settings.smtp_url:
        service.mail_link(session(), tool().vault, own_url, person_id, actor_id=staff.person_id)
        return redirect(url_for("admin.colleagues", mailed=post_id), 303)
    link = service.show_link(session(), own_url, person_id, actor_id=staff.person_id)
    return _page(staff, shown=appointments.names_of(session(), [person_id])[person_id], link=link)


def _theirs(staff: Staff, post_id: str) -> int:
    """Whose post this is. Raises NotFound for posts that are not theirs to change."""
    post = appointments.post_named(session(), post_id)
    must_run(staff, _hubs(post.hub))
    return post.person_id
