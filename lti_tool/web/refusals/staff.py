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
    "hubs-none": (
        _l("Choose a hub"),
        _l("You run some hubs and not all, so say of which the modules may be opened. Nothing was changed."),
        _l("Go back, choose one hub of yours or more, and try again."),
    ),
    "staff-page": (
        _l("This page does not exist"),
        _l("There is nothing at this address, or it is of another hub."),
        _BACK,
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
    "mail-off": (
        _l("This tool sends no mail"),
        _l("No mail server is set up here, so links to sign in cannot be mailed."),
        _l("Ask the central administrator for a link to sign in."),
    ),
    "no-address": (
        _l("This person has no mail address"),
        _l("A link cannot be mailed to somebody whose address is not known."),
        _l("Show the link instead, and hand it over yourself."),
    ),
    "oidc-provider": (
        _l("You cannot sign in this way"),
        _l("This way to sign in has not been set up here, or not any more."),
        _l("Choose another way on the page to sign in."),
    ),
    "oidc-state": (
        _l("This sign-in has been used or is too old"),
        _l("A sign-in can be used once, within %(minutes)s minutes, in the browser where it began."),
        _l("Begin once more on the page to sign in."),
    ),
    "oidc-refused": (
        _l("%(provider)s did not let you through"),
        _l("The answer was: %(error)s. Perhaps you stopped half-way, or your account may not use this service."),
        _l("Try once more. If it stays so, ask the central administrator, and give the reference number below."),
    ),
    "oidc-down": (
        _l("%(provider)s does not answer now"),
        _l("We could not reach it, or not in time. Your account is not the cause."),
        _l("Try again in a minute, or sign in with a link."),
    ),
    "oidc-answer": (
        _l("%(provider)s gave an answer that we cannot accept"),
        _l("Something in it is not as it should be (%(reason)s), so we do not let anybody in with it."),
        _l("Sign in with a link, and give the reference number below to the central administrator."),
    ),
    "oidc-unknown": (
        _l("We do not know this account yet"),
        _l("You signed in at %(provider)s, but that account has not been connected to a member of staff here."),
        _l('Sign in once with a link, go to the page "Me", and press "Connect" there.'),
    ),
    "oidc-taken": (
        _l("This account is connected to somebody else"),
        _l("An account can sign in one person only. Nothing was changed."),
        _l("Sign in at your provider with your own account, or ask the central administrator."),
    ),
    "account": (
        _l("This account is not connected any more"),
        _l("It may have been disconnected a moment ago, perhaps in another tab."),
        _BACK,
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
