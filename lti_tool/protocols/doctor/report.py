"""The report that an administrator copies into a message: plain text, without secrets or personal data."""

from lti_tool.base import clock
from lti_tool.protocols.doctor.chart import Chart
from lti_tool.protocols.doctor.lights import State
from lti_tool.protocols.doctor.words import Told
from lti_tool.protocols.doctor.words.marks import N_
from lti_tool.web.i18n import catalogue

WORDS = {State.GREEN: N_("Good"), State.AMBER: N_("Attention"), State.RED: N_("To mend"), State.GREY: N_("Not tried")}


def state_word(state: State, language: str) -> str:
    return catalogue(language).gettext(WORDS[state])


def text(chart: Chart, language: str) -> str:
    """One line per light and what goes with it; times in UTC."""
    _ = catalogue(language).gettext
    platform = chart.platform
    head = [
        _("Technohub: report of the self-test"),
        f"{platform.name} ({chart.family}, {platform.public_id})",
        f"issuer {platform.issuer}, client_id {platform.client_id}",
        f"{clock.now():%Y-%m-%d %H:%M} UTC",
    ]
    body = [line for light in chart.lights for line in _light(light, language)]
    came = [f"- {line.label}: {line.value}" for line in chart.came]
    refused = [f"- {row.at:%Y-%m-%d %H:%M} UTC {row.reference} {row.code}" for row in chart.refusals]
    parked = [f"- {row.reference}: {row.reason}" for row in chart.parked]
    parts = [head, body]
    if chart.last is not None:
        parts.append([_("Last test launch") + f" {chart.last.at:%Y-%m-%d %H:%M} UTC {chart.last.reference}", *came])
    lists = ((_("Launches that were refused lately"), refused), (_("Grades that were set aside"), parked))
    parts += [[title, *rows] for title, rows in lists if rows]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _light(light: Told, language: str) -> list[str]:
    details = ", ".join(f"{name} {value}" for name, value in light.details)
    line = f"[{state_word(light.state, language)}] {light.title}: {light.what}"
    return [line, f"    {light.code}" + (f" ({details})" if details else "")]
