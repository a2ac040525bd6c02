"""Invitations for learning environments that register themselves: make one, see them, take one back."""

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from lti_tool.base.errors import Invalid
from lti_tool.learning.catalogue import service as catalogue
from lti_tool.learning.people import service as people
from lti_tool.protocols.platforms import invitations
from lti_tool.protocols.platforms.invitations import InvitationDraft
from lti_tool.protocols.platforms.service import Environment, PrivacyLevel
from lti_tool.screens.admin.blueprint import blueprint
from lti_tool.screens.admin.platform_forms import Form, agreement_of, must_be_theirs
from lti_tool.screens.admin.shell import page
from lti_tool.screens.admin.words import ENVIRONMENT_WORDS, INVITATION_WORDS, PRIVACY_WORDS
from lti_tool.web.extensions import tool
from lti_tool.web.staff import EVERYBODY, WHO_MAY_CHANGE, Staff, must_run, needs_staff
from lti_tool.web.transaction import session


@blueprint.get("/invitations")
@needs_staff(*EVERYBODY)
def invitations_(staff: Staff) -> str:
    return _page(staff, None)


@blueprint.post("/invitations")
@needs_staff(*WHO_MAY_CHANGE)
def invitation_made(staff: Staff) -> str:
    """The page once more, with the address: it is shown only now, and the same one after a reload."""
    draft = _draft(request.form)
    must_be_theirs(staff, draft.hubs)
    _, code = invitations.make(session(), draft, actor_id=staff.person_id, code=request.form.get("code"))
    return _page(staff, f"{tool().settings.public_url}/lti/register/{code}")


@blueprint.post("/invitations/<invitation_id>/withdraw")
@needs_staff(*WHO_MAY_CHANGE)
def invitation_withdrawn(staff: Staff, invitation_id: str) -> ResponseReturnValue:
    must_run(staff, invitations.by_id(session(), invitation_id).hubs)
    invitations.withdraw(session(), invitation_id, actor_id=staff.person_id)
    return redirect(url_for("admin.invitations_"), 303)


def _page(staff: Staff, address: str | None) -> str:
    hubs = catalogue.hubs(session())
    mine = {hub: name for hub, name in hubs.items() if staff.runs is None or hub in staff.runs}
    return page(
        session(), staff, "admin/invitations.html", address=address, hub_names=hubs, hub_choices=mine,
        rows=[(one, invitations.state_of(one)) for one in invitations.listing(session()) if staff.sees(one.hubs)],
        schools=people.organisation_names(session()), may_run=staff.runs is None or bool(staff.runs),
        may_change=staff.may_change, states=INVITATION_WORDS, environments=ENVIRONMENT_WORDS, privacy=PRIVACY_WORDS,
        levels=list(PrivacyLevel), environment_names=list(Environment), most_uses=invitations.MOST_USES,
        most_days=invitations.MOST_DAYS, code=invitations.new_code(),
    )  # fmt: skip


def _draft(form: Form) -> InvitationDraft:
    """Raises Invalid("form")."""
    agreement = agreement_of(form)
    uses, days = form.get("uses", type=int), form.get("days", type=int)
    if uses is None or days is None:
        raise Invalid("form")
    return InvitationDraft(
        school=agreement.school, hubs=agreement.hubs, privacy_level=agreement.privacy_level, uses=uses, days=days,
        environment=agreement.environment, accepts_deployments=agreement.accepts_deployments,
    )  # fmt: skip
