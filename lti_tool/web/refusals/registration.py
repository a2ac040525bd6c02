"""Refusals of a platform that registers itself, and of what is done to registrations."""

from lti_tool.web.refusals.entries import Entry

ENTRIES: dict[str, Entry] = {}
