"""Calls that got no answer, as lights: the same few codes for every topic."""

from typing import Any

from lti_tool.base.errors import Busy, ToolError
from lti_tool.protocols.doctor.lights import Light, Topic, grey, red

CODES = {
    "upstream-timeout": "no-answer",
    "upstream-unreachable": "unreachable",
    "address-not-allowed": "address",
    "upstream-too-large": "unreadable",
    "upstream-not-json": "unreadable",
}


def trouble(topic: Topic, error: ToolError, **facts: Any) -> Light:
    """Red, with a code of the topic ("keys-no-answer"); grey where nothing was asked."""
    if isinstance(error, Busy):
        return grey(topic, "busy")
    if error.code == "out-of-time":
        return grey(topic, "out-of-time")
    return red(topic, f"{topic}-{CODES.get(error.code, 'unreadable')}", **facts)
