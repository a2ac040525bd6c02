"""Where staff arrive: what waits for them."""

from flask import redirect, request
from werkzeug.wrappers import Response

from lti_tool.base.errors import Invalid
from lti_tool.learning.people import service as people
from lti_tool.protocols.platforms import care
from lti_tool.protocols.platforms.service import Status
from lti_tool.protocols.sso.entering import own_path
from lti_tool.screens.admin import waiting
from lti_tool.screens.admin.blueprint import blueprint
from lti_tool.screens.admin.shell import page
from lti_tool.web.i18n import LANGUAGES
from lti_tool.web.staff import EVERYBODY, Staff, needs_staff
from lti_tool.web.transaction import session


@blueprint.get("/")
@needs_staff(*EVERYBODY)
def home(staff: Staff) -> str:
    cards = care.cards(session(), staff.hubs)
    return page(
        session(), staff, "admin/home.html", tasks=waiting.tasks(session(), staff, cards),
        connected=sum(card.status == Status.ACTIVE for card in cards),
        may_invite=staff.runs is None or bool(staff.runs),
    )  # fmt: skip


@blueprint.post("/language")
@needs_staff(*EVERYBODY)
def language(staff: Staff) -> Response:
    chosen = request.form.get("language", "")
    if chosen not in LANGUAGES:
        raise Invalid("form")
    people.choose_language(session(), staff.person_id, chosen)
    return redirect(own_path(request.form.get("back", "")), 303)
