"""What the posts of staff are called."""

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from lti_tool.learning.people.staff import StaffRole

ROLES: dict[str, LazyString] = {
    StaffRole.CENTRAL_ADMIN: _l("Central administrator"),
    StaffRole.HUB_COORDINATOR: _l("Hub coordinator"),
    StaffRole.HUB_TRAINER: _l("Hub trainer"),
}
