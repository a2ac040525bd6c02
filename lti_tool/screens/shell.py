"""What every page inside a visit shows around its content: who you are, as what, in which language."""

from flask import render_template
from sqlalchemy.orm import Session

from lti_tool.learning.people import service as people
from lti_tool.web.visits import Visit

HEADING = "title"
"""Id of the main heading: addresses that end in it move the reader there."""


def page(session: Session, visit: Visit, template: str, **facts: object) -> str:
    """Render a page of this visit."""
    person = people.person_of(session, visit.person_id)
    return render_template(
        template,
        visit=visit,
        who=people.display_name(person),
        pseudonym=people.pseudonym(person.public_id),
        **facts,
    )
