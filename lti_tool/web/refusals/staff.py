"""Refusals on the pages of staff."""

from flask_babel import lazy_gettext as _l

from lti_tool.web.refusals.entries import Entry

_BACK = _l("Go back to the page where you were.")

ENTRIES: dict[str, Entry] = {
    "staff-role": (
        _l("This is not yours to do"),
        _l("Your post does not go with this page or action."),
        _l("Ask a coordinator of your hub, or the central administrator."),
    ),
    "staff-session": (
        _l("You have been signed out"),
        _l("You were signed in for a long time or signed out elsewhere. Nothing was changed."),
        _l("Sign in again and do it once more."),
    ),
    "login-link": (
        _l("This link does not work any more"),
        _l("A link to sign in works once and for 15 minutes, and only the newest one counts."),
        _l("Ask for a new one on the page to sign in."),
    ),
    "staff-post": (
        _l("We could not read this"),
        _l("A post needs an e-mail address and a hub; only the central administrator has no hub."),
        _BACK,
    ),
    "last-admin": (
        _l("This cannot be undone by anybody"),
        _l("This is the last central administrator. Without one nobody could let anybody in."),
        _l("First appoint another central administrator."),
    ),
    "delivery": (
        _l("There is nothing to send again"),
        _l("The grade may have been sent a moment ago, or the page was open for a while."),
        _BACK,
    ),
    "staff": (
        _l("This post does not exist any more"),
        _l("It may have been ended a moment ago, perhaps in another tab."),
        _BACK,
    ),
}  # fmt: skip
