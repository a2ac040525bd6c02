"""The lights in plain words: what each is about, what was found, and how to mend it in this family of platforms."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lti_tool.protocols.doctor.lights import Light, State
from lti_tool.protocols.doctor.words.findings import FINDINGS, TITLES
from lti_tool.protocols.doctor.words.marks import N_
from lti_tool.protocols.doctor.words.mending import steps_for
from lti_tool.protocols.doctor.words.scopes import scope_label
from lti_tool.web.i18n import catalogue


@dataclass(frozen=True, slots=True)
class Told:
    """A light as people read it."""

    title: str
    state: State
    what: str
    steps: tuple[str, ...]
    code: str
    details: tuple[tuple[str, str], ...]
    """Names and values for who knows LTI."""


SHOWN = ("url", "status", "error", "kids", "bits", "kept", "seconds", "reference", "refusal", "page", "pages")


def told(light: Light, family: str, language: str, *, refusal: str = "") -> Told:
    """`refusal`: what a refused launch was refused for, in words."""
    translate = catalogue(language).gettext
    values = _values(light.facts, language) | {"refusal": refusal or light.facts.get("refusal") or ""}
    what = [translate(one) % _Gaps(values) for one in FINDINGS[light.code]]
    if light.facts.get("said"):
        what.append(translate(SAYS) % values)
    if light.facts.get("where") == "launch" and light.state != State.GREEN:
        what.append(translate(BY_LAUNCH))
    steps = tuple(translate(step) for step in steps_for(light.code, family)) if light.state != State.GREEN else ()
    details = tuple((name, str(values[name])) for name in SHOWN if values.get(name) not in (None, "", []))
    return Told(translate(TITLES[light.topic]), light.state, " ".join(what), steps, light.code, details)


SAYS = N_("It says: “%(said)s”")
BY_LAUNCH = N_("This was measured at the last test launch: begin a new one after you have set the clock right.")


def _values(facts: Mapping[str, Any], language: str) -> dict[str, Any]:
    values = dict(facts)
    if "missing" in values:
        values["missing"] = "; ".join(scope_label(scope, language) for scope in values["missing"])
    if "kids" in values:
        values["kids"] = ", ".join(values["kids"])
    return values


class _Gaps(dict[str, Any]):
    """Facts of an older run may lack one: it reads as a question mark."""

    def __missing__(self, key: str) -> str:
        return "?"
