"""Refusals on the doctor's pages."""

from flask_babel import lazy_gettext as _l

from lti_tool.web.refusals.entries import Entry

ENTRIES: dict[str, Entry] = {
    "self-test": (
        _l("This self-test address does not work any more"),
        _l("An address of a self-test works for 14 days, and the hub can end it sooner."),
        _l("Ask the hub for a new address."),
    ),
    "test-launch": (
        _l("This test launch is gone"),
        _l("What a test launch brought along is shown here for a day."),
        _l("Open the test link in your learning environment once more."),
    ),
}  # fmt: skip
