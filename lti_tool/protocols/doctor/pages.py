"""What the two pages of the doctor share: running the checks in a request, and the facts of the template."""

from typing import Any

from flask import request

from lti_tool.protocols.doctor import chart, report, runs, service, watch
from lti_tool.protocols.doctor.lights import State
from lti_tool.protocols.doctor.patient import admit
from lti_tool.protocols.doctor.service import Kit
from lti_tool.protocols.doctor.words.clicks import clicks_for
from lti_tool.protocols.lti.watching import TEST_PATH
from lti_tool.web import transaction
from lti_tool.web.extensions import tool
from lti_tool.web.i18n import page_language
from lti_tool.web.transaction import apart, session


def check(registration_id: int, asked_by: str) -> bool:
    """Run the checks with no transaction open; False while a run is under way or was made a moment ago."""
    transaction.give_up()
    with apart() as own:
        run_id = runs.begin(own, registration_id, asked_by)
        patient = admit(own, registration_id)
    if run_id is None:
        return False
    lights = service.examine(patient, _kit())
    with apart() as own:
        runs.finish(own, run_id, lights)
    return True


def _kit() -> Kit:
    return Kit(tool().engine, tool().wire, tool().vault, tool().settings.leeway_s)


def begin_watch(registration_id: int) -> None:
    watch.begin(session(), registration_id)


def facts(registration_id: int) -> dict[str, Any]:
    """For the template part `doctor/_chart.html`."""
    language = page_language()
    found = chart.of(session(), registration_id, language)
    address = tool().settings.public_url + TEST_PATH
    return {
        "chart": found, "report": report.text(found, language), "too_soon": "soon" in request.args,
        "clicks": clicks_for(found.platform.family, address, language), "test_address": address,
        "state_word": state_word,
    }  # fmt: skip


def state_word(state: State) -> str:
    """The word that stands beside the colour."""
    return report.state_word(state, page_language())
