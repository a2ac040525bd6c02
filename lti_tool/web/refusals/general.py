"""Refusals that can come anywhere."""

from flask_babel import lazy_gettext as _l

from lti_tool.web.refusals.entries import AGAIN, Entry

ENTRIES: dict[str, Entry] = {
    "page": (
        _l("This page does not exist"),
        _l("There is nothing at this address."),
        AGAIN,
    ),
    "method": (
        _l("This cannot be done here"),
        _l("The address exists, but not for what was asked."),
        AGAIN,
    ),
    "request": (
        _l("We could not read the request"),
        _l("What was sent is not something that we understand."),
        AGAIN,
    ),
    "too-large": (
        _l("This is too large"),
        _l("More was sent than we accept."),
        AGAIN,
    ),
    "too-many": (
        _l("A moment, please"),
        _l("Too much was asked in a short time."),
        _l("Wait a minute and try again. Nothing of your work is lost."),
    ),
    "servers-busy": (
        _l("It is busy here"),
        _l("Many people are waiting for answers of other systems now, so we cannot ask another one yet."),
        _l("Try again in a few seconds. Nothing of your work is lost."),
    ),
    "failure": (
        _l("Something went wrong on our side"),
        _l("This is our fault, not yours. What you had saved is kept."),
        _l("Try again in a minute. If it stays so, tell the hub and give the reference number below."),
    ),
}  # fmt: skip
