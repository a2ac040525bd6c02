"""The contract with one platform: give out what we hold, end it, and merge two registrations of it."""

from collections.abc import Iterator

from flask import Response, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from lti_tool.base.db import snapshot
from lti_tool.base.errors import Invalid
from lti_tool.learning import audit
from lti_tool.protocols.contracts import ending, exporting, merging
from lti_tool.protocols.platforms.models import Registration
from lti_tool.protocols.platforms.service import Status
from lti_tool.screens.admin.blueprint import blueprint
from lti_tool.screens.admin.shell import page
from lti_tool.web.extensions import tool
from lti_tool.web.staff import WHO_MAY_CHANGE, Staff, must_run, needs_staff
from lti_tool.web.transaction import session


@blueprint.get("/platforms/<public_id>/contract")
@needs_staff(*WHO_MAY_CHANGE)
def contract(staff: Staff, public_id: str) -> str:
    found = _run_by(staff, public_id)
    others = [one for one in merging.others(session(), found) if staff.may_change(one.hubs)]
    has_ended = found.status == Status.ENDED
    return page(session(), staff, "admin/contract.html", platform=found, others=others, has_ended=has_ended)


def _run_by(staff: Staff, public_id: str) -> Registration:
    """Raises NotFound("unknown-platform" | "page"), Forbidden("staff-role")."""
    found = ending.registration(session(), public_id)
    must_run(staff, found.hubs)
    return found


def _must_be_typed(found: Registration) -> None:
    """Raises Invalid("name-typed")."""
    if request.form.get("typed", "").strip() != found.name.strip():
        raise Invalid("name-typed")


@blueprint.post("/platforms/<public_id>/contract/end")
@needs_staff(*WHO_MAY_CHANGE)
def contract_ended(staff: Staff, public_id: str) -> Answer:
    _must_be_typed(_run_by(staff, public_id))
    ending.end(session(), public_id, actor_id=staff.person_id)
    return redirect(url_for("admin.contract", public_id=public_id), 303)


@blueprint.post("/platforms/<public_id>/contract/export")
@needs_staff(*WHO_MAY_CHANGE)
def contract_export(staff: Staff, public_id: str) -> Response:
    found = _run_by(staff, public_id)
    audit.note(session(), "staff:platform:export", actor_id=staff.person_id, object_id=public_id)
    response = Response(_pieces(found.id), mimetype="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="{public_id}.zip"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _pieces(registration_id: int) -> Iterator[bytes]:
    """In a look at the database of its own: the request's ends before its answer is sent."""
    engine = tool().engine

    def made() -> Iterator[bytes]:
        with Session(engine) as own:
            found = snapshot(own).get_one(Registration, registration_id)
            yield from exporting.streamed(own, found)

    return made()


@blueprint.get("/platforms/<public_id>/contract/merge")
@needs_staff(*WHO_MAY_CHANGE)
def contract_merge(staff: Staff, public_id: str) -> str:
    found, into = _run_by(staff, public_id), _run_by(staff, request.args.get("platform", ""))
    preview = merging.preview(session(), public_id, into.public_id)
    return page(session(), staff, "admin/contract_merge.html", platform=found, into=into, preview=preview)


@blueprint.post("/platforms/<public_id>/contract/merge")
@needs_staff(*WHO_MAY_CHANGE)
def contract_merged(staff: Staff, public_id: str) -> Answer:
    found, into = _run_by(staff, public_id), _run_by(staff, request.form.get("platform", ""))
    _must_be_typed(found)
    merging.merge(session(), found.public_id, into.public_id, actor_id=staff.person_id)
    return redirect(url_for("admin.contract", public_id=into.public_id), 303)
