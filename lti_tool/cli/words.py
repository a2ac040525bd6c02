"""Refusals as whole sentences, for people at a terminal. The pages have words of their own (web.refusals)."""

from typing import Any

from lti_tool.base.errors import ToolError

SENTENCES = {
    "platform-address": "{field} must be a web address, such as https://lms.example.nl/path.",
    "platform-origin": "A frame origin must be a web address without a path, such as https://lms.example.nl.",
    "platform-family": "There is no family {family}; there are: {known}.",
    "platform-field": "The name, the client id and the deployment ids must not be empty.",
    "platform-not-ended": "The contract with this environment has not ended. First: lti-tool platforms end ID.",
    "merge-same": "These are the same registration; name two.",
    "merge-issuers": "{former} and {into} are two environments. Did one move to the other address? Say --moved.",
    "merge-runs": "Of a link that both have, only one has a run of its own. Let its teacher choose again.",
    "unknown-platform": "There is no environment with this id. All ids: lti-tool platforms list.",
    "page": "There is no environment with this id. All ids: lti-tool platforms list.",
    "deployment": "No deployment {deployment} waits there.",
    "privacy-level": "There is no such privacy level; there are: {known}.",
    "environment": "There is no such environment; there are: {known}.",
    "invitation": "There is no invitation with this id. All ids: lti-tool platforms invitations.",
    "no-staff": "No member of staff has this address. To give somebody a post: lti-tool admin appoint.",
    "staff-post": "A post needs an e-mail address and a hub; only a central administrator has no hub.",
    "seed-format": "{file} is not right: {problem}",
    "activity-settings": "An activity is not right: {path}.",
    "activity-kind": "There is no kind of activity named {kind}.",
    "version-not-publishable": "This version cannot be published: {reason}.",
    "version-older": "Version {number} would come before version {newest}, which is there; give it a higher number.",
    "hub": "There is no hub named {hub}.",
    "version": "There is no such version of {module}. All versions: lti-tool modules list --all.",
    "version-draft": "Version {number} is a draft, which nobody gets; there is nothing to withdraw.",
    "version-fixed": "Version {number} was published, and what was published never changes.",
    "module-not-offered": "No version of {module} is published. All versions: lti-tool modules list --all.",
    "module": "There is no published module with this id. All ids: lti-tool modules list.",
    "organisation": "There is no school or company with the id {organisation}.",
    "activity": "The module has no activity {activity}.",
    "session": "There is no such day. All ids: lti-tool days list.",
    "session-plan": "This day cannot be planned: {reason} is not right.",
    "session-clash": "There is another day at {begins} that takes up the same {kind} ({name}).",
    "session-over": "This day has begun or is over.",
    "session-cancelled": "This day was cancelled.",
    "attendance-too-early": "Attendance is marked from two hours before the day begins.",
    "judgement": "Name each criterion of the rubric once, with a level that it has.",
    "resit-nothing-judged": "Nothing was judged yet, so there is nothing to do again.",
    "resit-none-left": "The module allows no further resit.",
    "sealed-with-unknown-key": "The database holds a secret that LTI_TOOL_SECRET_KEYS does not open; add the old key.",
}


def in_words(error: ToolError) -> str:
    """A refusal as one line; one without words of its own tells its code and facts."""
    if error.code in SENTENCES:
        return SENTENCES[error.code].format_map(error.facts)
    facts = "".join(f", {name} {value}" for name, value in error.facts.items())
    return f"The tool refused this: {error.code.replace('-', ' ')}{facts}."


def faults(messages: Any, *path: str) -> str:
    """What marshmallow found wrong, as sentences that begin with the member's name."""
    if isinstance(messages, dict):
        return " ".join(faults(below, *path, *_step(name)) for name, below in messages.items())
    texts = messages if isinstance(messages, list) else [messages]
    return " ".join(f"{' '.join(path)}: {text}" if path else str(text) for text in texts)


def _step(name: str | int) -> tuple[str, ...]:
    if isinstance(name, int):
        return (f"entry {name + 1}",)
    return () if name == "_schema" else (name,)
