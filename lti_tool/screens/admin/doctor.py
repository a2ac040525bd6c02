"""The doctor for staff: one platform's lights, its test launches, and the address for the platform's administrator."""

from typing import Any

from flask import redirect, url_for
from werkzeug.wrappers import Response

from lti_tool.base.errors import NotFound
from lti_tool.protocols.doctor import invite, pages, runs
from lti_tool.protocols.doctor import service as doctors
from lti_tool.screens.admin.blueprint import blueprint
from lti_tool.screens.admin.shell import page
from lti_tool.web.extensions import tool
from lti_tool.web.staff import EVERYBODY, WHO_MAY_CHANGE, Staff, must_run, must_see, needs_staff
from lti_tool.web.transaction import session


@blueprint.get("/self-tests")
@needs_staff(*EVERYBODY)
def doctors_overview(staff: Staff) -> str:
    """How each platform stood at its last check."""
    shown = runs.overview(session(), staff.sees)
    return page(session(), staff, "admin/doctors.html", platforms=shown, state_word=pages.state_word)


@blueprint.get("/platforms/<platform_id>/doctor")
@needs_staff(*EVERYBODY)
def doctor(staff: Staff, platform_id: str) -> str:
    registration_id, hubs = _found(platform_id)
    must_see(staff, hubs)
    return _page(staff, registration_id, hubs)


@blueprint.post("/platforms/<platform_id>/doctor/check")
@needs_staff(*EVERYBODY)
def doctor_check(staff: Staff, platform_id: str) -> Response:
    """Whoever sees a platform may have it checked: nothing of it changes."""
    registration_id, hubs = _found(platform_id)
    must_see(staff, hubs)
    done = pages.check(registration_id, "staff")
    return redirect(url_for("admin.doctor", platform_id=platform_id, soon=None if done else 1), 303)


@blueprint.post("/platforms/<platform_id>/doctor/watch")
@needs_staff(*WHO_MAY_CHANGE)
def doctor_watch(staff: Staff, platform_id: str) -> Response:
    pages.begin_watch(_run_by(staff, platform_id))
    return redirect(url_for("admin.doctor", platform_id=platform_id), 303)


@blueprint.post("/platforms/<platform_id>/doctor/link")
@needs_staff(*WHO_MAY_CHANGE)
def doctor_link(staff: Staff, platform_id: str) -> str:
    """A new address for the platform's administrator; it is shown once, since only its fingerprint is kept."""
    registration_id = _run_by(staff, platform_id)
    made = invite.make(session(), registration_id, tool().settings.public_url, actor_id=staff.person_id)
    return _page(staff, registration_id, _found(platform_id)[1], made=made)


@blueprint.post("/platforms/<platform_id>/doctor/withdraw")
@needs_staff(*WHO_MAY_CHANGE)
def doctor_withdraw(staff: Staff, platform_id: str) -> Response:
    invite.withdraw(session(), _run_by(staff, platform_id), actor_id=staff.person_id)
    return redirect(url_for("admin.doctor", platform_id=platform_id), 303)


def _found(platform_id: str) -> tuple[int, tuple[str, ...]]:
    """Raises NotFound("page"), as for a platform of another hub."""
    try:
        return doctors.registration_of(session(), platform_id)
    except NotFound:
        raise NotFound("page") from None


def _run_by(staff: Staff, platform_id: str) -> int:
    registration_id, hubs = _found(platform_id)
    must_run(staff, hubs)
    return registration_id


def _page(staff: Staff, registration_id: int, hubs: tuple[str, ...], **more: Any) -> str:
    opened = invite.open_until(session(), registration_id)
    facts = pages.facts(registration_id)
    return page(
        session(), staff, "admin/doctor.html", may_change=staff.may_change(hubs), links=opened, **facts, **more
    )
