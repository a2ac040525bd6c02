"""What the page of a registration says: its steps, and what the administrator does next in their own environment."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from lti_tool.protocols.platforms.runs import Step
from lti_tool.protocols.platforms.service import Platform, Status

STEPS: MappingProxyType[Step, LazyString] = MappingProxyType(
    {
        Step.PARAMETERS: _l("Read what your learning environment sent along"),
        Step.FETCH: _l("Fetch the description that your learning environment gives of itself"),
        Step.CHECK: _l("Check that the description is its own and complete"),
        Step.REGISTER: _l("Register the tool with your learning environment"),
        Step.ANSWER: _l("Read what your learning environment granted"),
        Step.STORE: _l("Keep the connection"),
    }
)

# Where a new tool is activated. Moodle: docs.moodle.org, "LTI and Moodle" and "External tool settings" (4.x).
# Canvas: developerdocs.instructure.com, "Registration". Brightspace: documentation.brightspace.com, "Register an
# external learning tool for LTI Advantage". Others: not verified, so they get the words that fit all.
NEXT: MappingProxyType[str, tuple[LazyString, ...]] = MappingProxyType(
    {
        "moodle": (
            _l("Close this dialog. The tool now stands under Manage tools with the state Pending."),
            _l("Press Activate on its card."),
            _l("Press the cog on its card, and under Tool configuration usage choose Show in activity chooser."),
        ),
        "canvas": (
            _l("Close this dialog. Canvas shows what the tool asked for; look at it and confirm."),
            _l("Turn the tool on for your account, or for the sub-accounts that should have it."),
        ),
        "brightspace": (
            _l("Close this page. In Manage Extensibility, tab LTI Advantage, the registration is disabled: enable it."),
            _l("Make a deployment of it for the courses that should have it, with a link."),
        ),
        "practice": (
            _l("Close this dialog. On the page Tools, press Activate if the tool is not active yet."),
        ),
    }
)  # fmt: skip
ANY = (_l("Close this dialog, and activate the tool in your learning environment if it asks so."),)
WAITS = _l("The hub looks at the connection before students can use it. Tell the hub that you have registered.")
WAS_THERE = _l(
    "This learning environment was connected already. What was agreed with its school then stays as it is: the hub can "
    "change that."
)
STOPPED = _l("The hub has stopped this connection. Only the hub can open it again.")
NO_DEPLOYMENT = _l(
    "Your learning environment told no deployment. The first launch from each deployment is shown to the hub, which "
    "lets it in."
)
NO_DEPLOYMENT_YET = _l("Your learning environment told no deployment; those from which modules are opened are let in.")


def step_lines(reached: Step, *, failed: bool) -> list[tuple[LazyString, str]]:
    """Every step with its state: "done", "failed", "busy" or "not-begun"."""
    order = list(Step)
    at = order.index(reached)
    here = "failed" if failed else "busy"
    states = ["done" if place < at else here if place == at else "not-begun" for place in range(len(order))]
    return [(STEPS[step], state) for step, state in zip(order, states, strict=True) if step in STEPS]


def next_steps(platform: Platform, facts: Mapping[str, Any]) -> list[LazyString]:
    """What the administrator does now, in their environment's own words."""
    todo = list(NEXT.get(platform.family, ANY))
    if facts.get("is_invited") and not facts.get("used_invitation") and platform.status == Status.ACTIVE:
        todo.insert(0, WAS_THERE)
    if not facts.get("has_deployment"):
        todo.append(NO_DEPLOYMENT_YET if platform.accepts_deployments else NO_DEPLOYMENT)
    if platform.status == Status.PENDING:
        todo.append(WAITS)
    elif platform.status != Status.ACTIVE:
        todo.append(STOPPED)
    return todo
