"""Our signing keys: which one signs, which one comes next and when; rotation by hand. For the central administrator."""

from flask import redirect, url_for
from werkzeug.wrappers import Response

from lti_tool.base import clock
from lti_tool.learning.people.staff import StaffRole
from lti_tool.protocols.platforms import keylife, toolkeys
from lti_tool.protocols.platforms.toolkeys import KeyState
from lti_tool.screens.admin.blueprint import blueprint
from lti_tool.screens.admin.shell import page
from lti_tool.web.extensions import tool
from lti_tool.web.staff import Staff, needs_staff
from lti_tool.web.transaction import session


@blueprint.get("/keys")
@needs_staff(StaffRole.CENTRAL_ADMIN)
def keys(staff: Staff) -> str:
    every = tool().settings.key_rotation
    lines = keylife.lines(session(), tool().vault, every)
    shown = [line for line in lines if line.state != KeyState.RETIRED]
    return page(
        session(), staff, "admin/keys.html", lines=shown, retired=len(lines) - len(shown),
        change_at=keylife.next_change(session(), every), can_sign=toolkeys.can_sign(session(), tool().vault),
        rotation_days=tool().settings.key_rotation_days,
    )  # fmt: skip


@blueprint.get("/keys/rotate")
@needs_staff(StaffRole.CENTRAL_ADMIN)
def keys_rotate(staff: Staff) -> str:
    following = toolkeys.newest(session(), KeyState.NEXT)
    ripe_at = keylife.ripe_at(following) if following else clock.now()
    return page(session(), staff, "admin/keys_rotate.html", ripe_at=ripe_at, waits=ripe_at > clock.now())


@blueprint.post("/keys/rotate")
@needs_staff(StaffRole.CENTRAL_ADMIN)
def keys_rotated(staff: Staff) -> Response:
    keylife.rotate(session(), tool().vault, actor_id=staff.person_id)
    return redirect(url_for("admin.keys"), 303)


@blueprint.get("/keys/replace")
@needs_staff(StaffRole.CENTRAL_ADMIN)
def keys_replace(staff: Staff) -> str:
    return page(session(), staff, "admin/keys_replace.html")


@blueprint.post("/keys/replace")
@needs_staff(StaffRole.CENTRAL_ADMIN)
def keys_replaced(staff: Staff) -> Response:
    keylife.replace_all(session(), tool().vault, actor_id=staff.person_id)
    return redirect(url_for("admin.keys"), 303)
