"""The chooser, for now in one page: which modules a teacher places in a course (Deep Linking 2.0)."""

from flask import Response, request

from lti_tool.base.db import new_public_id
from lti_tool.learning.catalogue import service as catalogue
from lti_tool.protocols.deep_linking import sending
from lti_tool.protocols.deep_linking import service as deep_linking
from lti_tool.protocols.deep_linking.items import Item
from lti_tool.protocols.resource_links.rules import Terms
from lti_tool.screens.shell import page
from lti_tool.screens.teacher.blueprint import blueprint
from lti_tool.web.guards import needs
from lti_tool.web.i18n import localised
from lti_tool.web.transaction import session
from lti_tool.web.visits import Visit


@blueprint.get("/place")
@needs("teacher")
def place(visit: Visit) -> str:
    wanted = deep_linking.wanted(session(), visit)
    offers = catalogue.offers(session(), deep_linking.hubs_of(session(), visit))
    return page(session(), visit, "teacher/place.html", offers=offers, wanted=wanted)


@blueprint.post("/place")
@needs("teacher")
def placed(visit: Visit) -> Response:
    offers = {one.public_id: one for one in catalogue.offers(session(), deep_linking.hubs_of(session(), visit))}
    chosen = [offers[one] for one in request.form.getlist("module") if one in offers]
    items = [
        Item(terms=Terms(module=one.public_id), placement=new_public_id(), title=localised(one.title)) for one in chosen
    ]
    return sending.sent(visit, deep_linking.answer(session(), visit, items))
