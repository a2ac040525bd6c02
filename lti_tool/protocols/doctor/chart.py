"""Everything that a doctor's page shows of one platform, in the language of whoever reads it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.protocols.doctor import runs
from lti_tool.protocols.doctor.launches import choosing_light, launch_light, person_light
from lti_tool.protocols.doctor.lights import Light, State, Topic, grey, worst
from lti_tool.protocols.doctor.patient import Came, Patient, admit
from lti_tool.protocols.doctor.words import Told, told
from lti_tool.protocols.doctor.words.came import Line, lines
from lti_tool.protocols.grades import backlog
from lti_tool.protocols.grades.backlog import Chosen, DeliveryLine
from lti_tool.protocols.grades.rules import DeliveryState
from lti_tool.protocols.grades.words import why
from lti_tool.protocols.lti import service as launches
from lti_tool.protocols.platforms.families import family_named
from lti_tool.protocols.platforms.service import Platform
from lti_tool.web.refusals import refusal_for

MOST_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Refusal:
    at: datetime
    reference: str
    title: str
    code: str


@dataclass(frozen=True, slots=True)
class Parked:
    reference: str
    reason: str
    attempts: int


@dataclass(frozen=True, slots=True)
class Chart:
    platform: Platform
    family: str
    """As people call it."""
    checked_at: datetime | None
    lights: tuple[Told, ...]
    state: State
    watched_until: datetime | None
    """Only while somebody watches."""
    last: Came | None
    came: tuple[Line, ...]
    refusals: tuple[Refusal, ...]
    parked: tuple[Parked, ...]

    def count(self, state: str) -> int:
        return sum(light.state == state for light in self.lights)


def of(session: Session, registration_id: int, language: str) -> Chart:
    """Raises NotFound("unknown-platform")."""
    patient = admit(session, registration_id)
    run = runs.latest(session, registration_id)
    lights = _lights(patient, run)
    platform, until = patient.platform, patient.platform.watched_until
    return Chart(
        platform=platform,
        family=family_named(platform.family).label,
        checked_at=run.at if run else None,
        lights=tuple(told(one, platform.family, language, refusal=_refusal(one)) for one in lights),
        state=_state(lights, run),
        watched_until=until if until and until > clock.now() else None,
        last=patient.last,
        came=tuple(lines(patient.last, language)) if patient.last else (),
        refusals=tuple(_told(row) for row in launches.refused(session, platform.public_id, limit=MOST_SHOWN)),
        parked=tuple(_parked(session, platform.public_id, language)),
    )


def _lights(patient: Patient, run: runs.Run | None) -> list[Light]:
    """Those of the last run; what a launch tells is read anew, so that a launch shows at once."""
    known = {light.topic: light for light in run.lights} if run else {}
    known |= {Topic.LAUNCH: launch_light(patient), Topic.PERSON: person_light(patient)}
    known |= {Topic.CHOOSING: choosing_light(patient)}
    return [known.get(topic) or grey(topic, "not-yet") for topic in Topic]


def _state(lights: list[Light], run: runs.Run | None) -> State:
    """Green only after a check: what launches and a registration told is not all that there is."""
    state = worst(lights)
    return State.GREY if state is State.GREEN and run is None else state


def _refusal(light: Light) -> str:
    facts: dict[str, Any] = light.facts.get("refusal_facts") or {}
    code = light.facts.get("refusal")
    return refusal_for(code, facts).title if code else ""


def _told(row: dict[str, Any]) -> Refusal:
    return Refusal(row["at"], row["reference"], refusal_for(row["code"], row["facts"]).title, row["code"])


def _parked(session: Session, public_id: str, language: str) -> list[Parked]:
    chosen = Chosen(platform=public_id, state=DeliveryState.PARKED)
    found: list[DeliveryLine] = backlog.listing(session, chosen, limit=MOST_SHOWN)
    return [Parked(line.public_id, why(line.reason or "", language), line.attempts) for line in found]
