"""The platform's key set: can we fetch it, and does it hold keys with which launches can be verified?"""

import re
from typing import Any

from lti_tool.base.errors import ToolError
from lti_tool.base.wire import Answer
from lti_tool.protocols.doctor.calls import Calls, place, said_of
from lti_tool.protocols.doctor.lights import Light, Topic, amber, green, red
from lti_tool.protocols.doctor.troubles import trouble
from lti_tool.protocols.platforms import keysets
from lti_tool.protocols.platforms.service import Platform

SMALLEST_BITS = 2048
MOST_SHOWN = 5


def examine(calls: Calls, platform: Platform) -> tuple[Light, Answer | None]:
    """The light, and the answer, whose Date header tells the platform's clock."""
    url = platform.key_set_url
    try:
        answer = calls.send("GET", url, headers={"Accept": "application/json"})
    except ToolError as error:
        return trouble(Topic.KEYS, error, url=place(url)), None
    if answer.status != 200:
        return red(Topic.KEYS, "keys-status", status=answer.status, said=said_of(answer), url=place(url)), answer
    return _judged(answer, place(url)), answer


def _judged(answer: Answer, url: str) -> Light:
    try:
        keys = keysets.parsed(keysets.published(answer.json()))
    except ToolError:
        return red(Topic.KEYS, "keys-unreadable", url=url)
    if not keys:
        return red(Topic.KEYS, "keys-none", url=url)
    bits = min(key.key.key_size for key in keys.values())
    facts: dict[str, Any] = {
        "count": len(keys), "kids": [shortened(kid) for kid in list(keys)[:MOST_SHOWN]], "bits": bits,
        "kept": kept(answer), "url": url,
    }  # fmt: skip
    return green(Topic.KEYS, "keys-ok", **facts) if bits >= SMALLEST_BITS else amber(Topic.KEYS, "keys-small", **facts)


def shortened(kid: str) -> str:
    return kid if len(kid) <= 8 else f"{kid[:8]}…"


def kept(answer: Answer) -> str:
    """What the platform says of keeping its key set: "300", "no-cache" or ""; for the facts."""
    control = answer.headers.get("cache-control", "").lower()
    if "no-cache" in control or "no-store" in control:
        return "no-cache"
    found = re.search(r"max-age=(\d{1,9})", control)
    return found[1] if found else ""
