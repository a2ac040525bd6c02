"""The platform's clock against ours: as its answers say it (Date), and as its last launch did (iat).

The two may come from different machines: a proxy answers, and the platform itself signs.
"""

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from lti_tool.base import clock
from lti_tool.base.wire import Answer
from lti_tool.protocols.doctor.lights import Light, Topic, amber, green, grey, red
from lti_tool.protocols.doctor.patient import Came

GOOD_S = 5
LAUNCH_COUNTS = timedelta(hours=1)
"""A launch of longer ago says nothing of the clock now."""


def seen(answer: Answer | None) -> float | None:
    """Seconds by which the platform's clock is ahead of ours (behind: below 0), by an answer of this moment."""
    text = (answer.headers if answer else {}).get("date", "")
    try:
        return (parsedate_to_datetime(text) - clock.now()).total_seconds()
    except (TypeError, ValueError):
        return None


def examine(answers: list[float | None], last: Came | None, leeway_s: float, now: datetime) -> Light:
    """The worst that is known. `answers` are offsets of Date headers, in seconds."""
    known = [(off, "answer") for off in answers if off is not None]
    if last is not None and now - last.at < LAUNCH_COUNTS and last.facts.get("iat_off_s") is not None:
        known.append((float(last.facts["iat_off_s"]), "launch"))
    if not known:
        return grey(Topic.CLOCK, "clock-unknown")
    off, where = max(known, key=lambda one: abs(one[0]))
    facts = {"seconds": round(abs(off)), "where": where, "leeway": round(leeway_s)}
    if abs(off) <= GOOD_S:
        return green(Topic.CLOCK, "clock-ok", **facts)
    if abs(off) <= leeway_s:
        return amber(Topic.CLOCK, "clock-drifts", **facts)
    return red(Topic.CLOCK, "clock-ahead" if off > 0 else "clock-behind", **facts)
