"""The words on staff pages for states of connections and for what was agreed."""

from types import MappingProxyType

from flask_babel import lazy_gettext as _l

STATUS_WORDS = MappingProxyType(
    {
        "active": (_l("Connected"), "done"),
        "pending": (_l("Waits for you"), "open"),
        "blocked": (_l("Blocked"), "bad"),
        "ended": (_l("Ended"), "waiting"),
    }
)
ENVIRONMENT_WORDS = MappingProxyType({"production": _l("Production"), "test": _l("Test")})
PRIVACY_WORDS = MappingProxyType(
    {
        "name-and-email": _l("Name and e-mail address"),
        "name": _l("Name only"),
        "pseudonym": _l("Nothing but the environment's own number (pseudonym)"),
    }
)
INVITATION_WORDS = MappingProxyType(
    {
        "open": (_l("Open"), "done"),
        "used": (_l("Used up"), "waiting"),
        "expired": (_l("Expired"), "waiting"),
        "withdrawn": (_l("Withdrawn"), "bad"),
    }
)
