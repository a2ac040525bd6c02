"""What every staff page shows around its content: who you are, the pages that are yours, language, sign out."""

from dataclasses import dataclass

from flask import render_template, request, url_for
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from sqlalchemy.orm import Session

from lti_tool.learning.people import service as people
from lti_tool.learning.people.staff import StaffRole
from lti_tool.web.staff import EVERYBODY, WHO_MAY_CHANGE, Staff


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the menu, and for whom."""

    endpoint: str
    label: LazyString
    roles: tuple[StaffRole, ...] = EVERYBODY


MENU: tuple[Place, ...] = (
    Place("admin.home", _l("Overview")),
    Place("admin.platforms", _l("Learning environments")),
    Place("admin.invitations_", _l("Invitations")),
    Place("admin.doctors_overview", _l("Self-tests")),
    Place("admin.deliveries", _l("Grades on their way")),
    Place("admin.keys", _l("Keys"), (StaffRole.CENTRAL_ADMIN,)),
    Place("admin.colleagues", _l("Colleagues"), WHO_MAY_CHANGE),
    Place("admin.history", _l("What was done")),
    Place("admin.me", _l("Me")),
)


def page(session: Session, staff: Staff, template: str, **facts: object) -> str:
    """Render a staff page."""
    person = people.person_of(session, staff.person_id)
    held = {post.role for post in staff.posts}
    menu = [place for place in MENU if held & set(place.roles)]
    facts |= {"staff": staff, "staff_name": people.display_name(person), "menu": menu, "place_here": _here(menu)}
    return render_template(template, **facts)


def _here(menu: list[Place]) -> str:
    """The endpoint of the menu under which this page stands."""
    below = (place.endpoint for place in menu[1:] if request.path.startswith(url_for(place.endpoint)))
    return next(below, menu[0].endpoint)
