"""The doctor: examines one platform and tells what works. `examine` uses the network; nothing else here does."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.errors import NotFound
from lti_tool.base.vault import Vault
from lti_tool.base.wire import Wire
from lti_tool.protocols.doctor import access, clocks, invite, keyset, rosters, runs, trial, watch
from lti_tool.protocols.doctor.calls import Calls
from lti_tool.protocols.doctor.launches import choosing_light, launch_light, person_light
from lti_tool.protocols.doctor.lights import Light, Topic, grey, in_order
from lti_tool.protocols.doctor.patient import Patient
from lti_tool.protocols.platforms.models import Registration
from lti_tool.protocols.platforms.tokens import TokenStore
from lti_tool.protocols.roster.nrps import MEMBERS_SCOPE

THREADS = 2
"""Of those that may wait for other servers (base.patience) launches need some too."""


@dataclass(frozen=True, slots=True)
class Kit:
    """What an examination needs of the process."""

    engine: Engine
    wire: Wire
    vault: Vault
    leeway_s: float


def registration_of(session: Session, public_id: str) -> tuple[int, tuple[str, ...]]:
    """Inner id and hubs of a platform. Raises NotFound("unknown-platform")."""
    query = select(Registration.id, Registration.hubs).where(Registration.public_id == public_id)
    found = session.execute(query).one_or_none()
    if found is None:
        raise NotFound("unknown-platform")
    return found.id, tuple(found.hubs)


def examine(patient: Patient, kit: Kit) -> list[Light]:
    """All lights, in order. Ends within calls.RUN_S; no transaction may be open. What fails becomes a light."""
    calls = Calls(kit.wire)
    with ThreadPoolExecutor(THREADS, thread_name_prefix="doctor") as pool:
        keys = pool.submit(_keys, calls, patient)
        doors = pool.submit(_doors, calls, patient, kit).result()
        services = [pool.submit(look, calls, patient, doors) for look in (_grades, _roster)]
        lights = [service.result() for service in services]
    key_light, key_date = keys.result()
    clock_light = clocks.examine([doors.off_s, key_date], patient.last, kit.leeway_s, clock.now())
    told = [launch_light(patient), person_light(patient), choosing_light(patient)]
    return in_order([key_light, clock_light, *told, doors.access, doors.scopes, *lights])


@dataclass(frozen=True, slots=True)
class _Doors:
    """What the platform opens for us."""

    access: Light
    scopes: Light
    tokens: Mapping[str, str]
    off_s: float | None


def _keys(calls: Calls, patient: Patient) -> tuple[Light, float | None]:
    light, answer = keyset.examine(calls, patient.platform)
    return light, clocks.seen(answer)


def _doors(calls: Calls, patient: Patient, kit: Kit) -> _Doors:
    asked = access.ask(calls, TokenStore(kit.engine, kit.wire, kit.vault), patient.platform)
    light = access.access_light(asked, patient.platform)
    tokens = {one.scope: one.token for one in asked if one.token}
    off_s = next((one.off_s for one in asked if one.off_s is not None), None)
    return _Doors(light, access.scopes_light(asked, light), tokens, off_s)


def _grades(calls: Calls, patient: Patient, doors: _Doors) -> Light:
    if doors.access.code != "access-ok":
        return grey(Topic.GRADES, "needs-access")
    return trial.examine(calls, patient.accepted, doors.tokens)


def _roster(calls: Calls, patient: Patient, doors: _Doors) -> Light:
    if doors.access.code != "access-ok":
        return grey(Topic.ROSTER, "needs-access")
    return rosters.examine(calls, patient.accepted, doors.tokens.get(MEMBERS_SCOPE))


def forget_old(session: Session) -> None:
    """What the worker tidies away: old runs and launches, and who made them."""
    invite.forget_old(session)
    runs.forget_old(session)
    watch.forget_old(session)
