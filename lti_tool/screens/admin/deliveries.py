"""Grades that wait or were set aside, by platform and reason; sending them again. Names are not shown."""

from collections.abc import Mapping

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from lti_tool.base.errors import Invalid, NotFound
from lti_tool.protocols.grades import backlog
from lti_tool.protocols.grades.backlog import Chosen
from lti_tool.protocols.grades.rules import DeliveryState
from lti_tool.protocols.grades.words import why
from lti_tool.screens.admin.blueprint import blueprint
from lti_tool.screens.admin.shell import page
from lti_tool.web.i18n import page_language
from lti_tool.web.staff import EVERYBODY, WHO_MAY_CHANGE, Staff, needs_staff
from lti_tool.web.transaction import session


@blueprint.get("/deliveries")
@needs_staff(*EVERYBODY)
def deliveries(staff: Staff) -> str:
    mine, chosen = Chosen(hubs=staff.hubs), _chosen(staff, request.args)
    return page(
        session(), staff, "admin/deliveries.html", chosen=chosen,
        heaps=backlog.heaps(session(), chosen), lines=backlog.listing(session(), chosen), most=backlog.SHOWN,
        platforms=backlog.platforms_of(session(), mine), may_resend=staff.runs is None or bool(staff.runs),
        why=lambda reason: why(reason, page_language()),
    )  # fmt: skip


def _chosen(staff: Staff, asked: Mapping[str, str]) -> Chosen:
    state = asked.get("state") or None
    if state not in (None, *DeliveryState):
        raise Invalid("form")
    return Chosen(hubs=staff.hubs, platform=asked.get("platform") or None, state=state and DeliveryState(state))


@blueprint.post("/deliveries/resend")
@needs_staff(*WHO_MAY_CHANGE)
def deliveries_resend(staff: Staff) -> Response:
    """One delivery, or all of a platform that were set aside."""
    delivery, platform = request.form.get("delivery") or None, request.form.get("platform") or None
    if delivery is None and platform is None:
        raise Invalid("form")
    chosen = Chosen(hubs=staff.runs, platform=platform, delivery=delivery)
    if not backlog.resend(session(), chosen, actor_id=staff.person_id):
        raise NotFound("delivery")
    return redirect(url_for("admin.deliveries", platform=platform), 303)
