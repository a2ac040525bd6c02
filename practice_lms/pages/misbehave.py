"""The panel on which things are made to go wrong: the same switches and faults as the control API."""

from dataclasses import fields
from typing import Any

from flask import Blueprint, Response, redirect, request
from flask.typing import ResponseReturnValue

from practice_lms.pages.guard import someone
from practice_lms.state.faults import GROUPS, STATUSES, WIDER, Fault, FaultKind
from practice_lms.state.misbehaviour import CHOICES, Misbehaviour
from practice_lms.state.practice import here
from practice_lms.web.page import page, problem

bp = Blueprint("misbehave", __name__, url_prefix="/misbehave")


@bp.get("")
def panel() -> Response:
    """Everything that goes wrong now or soon, and the counters."""
    someone()
    practice = here()
    return page(
        "misbehave.html",
        now=practice.misbehaviour.as_json(),
        default=Misbehaviour().as_json(),
        choices=CHOICES,
        groups=GROUPS,
        wider=tuple(WIDER),
        statuses=STATUSES,
        planned=practice.faults.planned(),
        counts=practice.counts.as_json(),
        keys=practice.keys.public_set()["keys"],
        current_kid=practice.keys.current.kid,
    )


@bp.post("/switches")
def switch() -> ResponseReturnValue:
    """Set all switches as they stand in the form."""
    someone()
    practice = here()
    try:
        practice.misbehaviour = practice.misbehaviour.changed(_switches())
    except ValueError as wrong:
        return problem("bad_input", 400, str(wrong))
    return redirect("/misbehave#switches")


def _switches() -> dict[str, Any]:
    wanted: dict[str, Any] = {}
    for one in fields(Misbehaviour):
        default = getattr(Misbehaviour(), one.name)
        if isinstance(default, bool):
            wanted[one.name] = one.name in request.form
        elif isinstance(default, int):
            wanted[one.name] = int(request.form[one.name])
        elif isinstance(default, str):
            wanted[one.name] = request.form[one.name]
    return wanted


@bp.post("/slow")
def slow() -> ResponseReturnValue:
    """Set the delays of all groups."""
    someone()
    practice = here()
    try:
        delays = {group: int(request.form.get(group) or 0) for group in GROUPS}
        practice.misbehaviour = practice.misbehaviour.changed(
            {"slow_ms": {group: ms for group, ms in delays.items() if ms}}
        )
    except ValueError as wrong:
        return problem("bad_input", 400, str(wrong))
    return redirect("/misbehave#slow")


@bp.post("/faults")
def plan() -> ResponseReturnValue:
    """Plan a fault; `how` is a status, drop or lost."""
    someone()
    how = request.form.get("how", "")
    retry_after = request.form.get("retry_after", "").strip()
    try:
        fault = Fault(
            group=request.form.get("group", ""),
            kind=FaultKind.STATUS if how.isdecimal() else FaultKind(how),
            status=int(how) if how.isdecimal() else 0,
            remaining=int(request.form.get("times", "1")),
            retry_after_s=int(retry_after) if retry_after else None,
            retry_after_as_date="as_date" in request.form,
        )
    except ValueError as wrong:
        return problem("bad_input", 400, str(wrong))
    here().faults.plan(fault)
    return redirect("/misbehave#faults")


@bp.post("/do/<what>")
def do(what: str) -> ResponseReturnValue:
    """One of the buttons."""
    someone()
    practice = here()
    deeds = {
        "clear": practice.faults.clear,
        "rotate_keep": lambda: practice.keys.rotate(keep_old=True),
        "rotate_drop": lambda: practice.keys.rotate(keep_old=False),
        "revoke": practice.tokens.revoke_all,
        "reset": practice.reset,
    }
    if what not in deeds:
        return problem("not_found", 404)
    deeds[what]()
    return redirect("/misbehave")
