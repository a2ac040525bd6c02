"""What came along with a launch, line by line, for people. Never a value of a person."""

from dataclasses import dataclass
from typing import Any

from babel.numbers import format_decimal

from lti_tool.protocols.doctor.patient import Came
from lti_tool.protocols.doctor.words.marks import N_
from lti_tool.protocols.doctor.words.scopes import scope_label
from lti_tool.web.i18n import catalogue


@dataclass(frozen=True, slots=True)
class Line:
    label: str
    value: str
    is_there: bool | None
    """None where it is only told, and neither good nor bad."""


ROLES = {"learner": N_("student"), "teacher": N_("teacher"), "none": N_("none that we know")}
TARGETS = {"iframe": N_("in a frame of the course"), "frame": N_("in a frame of the course"),
           "window": N_("in a window of its own")}  # fmt: skip
YES, NO = N_("came along"), N_("did not come along")


def lines(came: Came, language: str) -> list[Line]:
    """In the order in which an administrator reads them; empty where the message could not be verified."""
    facts, services, _ = came.facts, came.services, catalogue(language).gettext
    if "role" not in facts:
        return []

    def there(label: str, name: str) -> Line:
        return Line(_(label), _(YES if facts.get(name) else NO), bool(facts.get(name)))

    role = _(ROLES.get(facts["role"], ROLES["none"]))
    return [
        there(N_("Identifier of the person"), "has_subject"),
        there(N_("Name"), "has_name"),
        there(N_("E-mail address"), "has_email"),
        Line(_(N_("Role in the course")), role, facts["role"] != "none"),
        Line(_(N_("Language")), facts.get("locale") or _(NO), bool(facts.get("locale"))),
        there(N_("Course"), "has_context"),
        there(N_("Way back to the course"), "has_return_url"),
        Line(_(N_("Grade service")), _grades(services, language), bool(services.get("scopes"))),
        Line(_(N_("Roster")), _(YES if services.get("roster") else NO), bool(services.get("roster"))),
        *([Line(_(N_("Deployment id")), came.deployment_id, True)] if came.deployment_id else []),
        *_custom(facts, language),
        Line(_(N_("Opened")), _(TARGETS.get(facts.get("target", ""), N_("not said where"))), None),
        Line(_(N_("Recognised by")), _recognised(facts, language), None),
        Line(_(N_("Time from click to page")), f"{format_decimal(facts.get('took_s', 0), locale=language)} s", None),
    ]


def _grades(services: dict[str, Any], language: str) -> str:
    scopes = services.get("scopes") or []
    if not scopes:
        return catalogue(language).gettext(NO)
    return "; ".join(scope_label(scope, language) for scope in scopes)


def _custom(facts: dict[str, Any], language: str) -> list[Line]:
    _ = catalogue(language).gettext
    found = []
    if facts.get("custom"):
        found.append(Line(_(N_("Custom parameters")), ", ".join(facts["custom"]), None))
    if facts.get("unresolved"):
        found.append(Line(_(N_("Variables that were not filled in")), ", ".join(facts["unresolved"]), False))
    return found


def _recognised(facts: dict[str, Any], language: str) -> str:
    _ = catalogue(language).gettext
    if facts.get("keeps_cookie"):
        return _(N_("a cookie, which this browser kept"))
    if facts.get("storage_worked"):
        return _(N_("the storage of your learning environment, since the browser kept no cookie"))
    return _(N_("nothing: the browser kept no cookie"))
