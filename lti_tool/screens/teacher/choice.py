"""A teacher's choice of a module for the link through which they came."""

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from lti_tool.base.errors import Invalid
from lti_tool.learning.catalogue import service as catalogue
from lti_tool.learning.progress import service as progress
from lti_tool.protocols.resource_links import service as links
from lti_tool.web import visits
from lti_tool.web.visits import Visit


def make(session: Session, visit: Visit, form: MultiDict[str, str]) -> None:
    """Let the link open the chosen module and take the visit along.

    Raises Invalid("form"), NotFound("module"), Conflict("link-changed") where another teacher was first.
    """
    link_id, module, run = visit.resource_link_id, form.get("module", ""), form.get("run")
    if not module or link_id is None:
        raise Invalid("form")
    cohort_id = links.choose(
        session, link_id, module, own_run=None if run is None else run == "own",
        seen=form.get("revision", type=int), actor_id=visit.person_id,
    )  # fmt: skip
    progress.enrol(session, cohort_id, visit.person_id, catalogue.module_id(session, module))
    visits.move(session, visit.public_id, cohort_id)
