"""Control: planned faults, switches, keys and tokens."""

from flask import Blueprint, Response

from practice_lms.control.kit import body, member
from practice_lms.lti.answers import Refused, as_json
from practice_lms.state.faults import Fault, FaultKind
from practice_lms.state.practice import Practice, here

bp = Blueprint("control_faults", __name__)


def _present(practice: Practice) -> Response:
    return as_json({"switches": practice.misbehaviour.as_json(), "faults": practice.faults.as_json()})


@bp.get("/misbehave")
def misbehaviour() -> Response:
    """Switches and planned faults."""
    return _present(here())


@bp.post("/misbehave")
def misbehave() -> Response:
    """Set switches; those that are not named stay."""
    practice = here()
    try:
        practice.misbehaviour = practice.misbehaviour.changed(body())
    except ValueError as wrong:
        raise Refused(400, str(wrong)) from wrong
    return _present(practice)


@bp.post("/faults")
def plan() -> Response:
    """The next `times` answers of a group go wrong, by status or by kind (drop, lost)."""
    practice, sent = here(), body()
    retry_after_s = member(sent, "retry_after", int, -1)
    try:
        fault = Fault(
            group=member(sent, "group", str, "scores"),
            kind=FaultKind(member(sent, "kind", str, "status")),
            status=member(sent, "status", int, 0),
            remaining=member(sent, "times", int, 1),
            retry_after_s=None if retry_after_s < 0 else retry_after_s,
            retry_after_as_date=member(sent, "retry_after_as", str, "seconds") == "date",
        )
    except ValueError as wrong:
        raise Refused(400, str(wrong)) from wrong
    practice.faults.plan(fault)
    return _present(practice)


@bp.delete("/faults")
def clear() -> Response:
    """Forget the planned faults."""
    practice = here()
    practice.faults.clear()
    return _present(practice)


@bp.post("/keys/rotate")
def rotate() -> Response:
    """Sign with a new key; `keep_old` false withdraws the old ones at once."""
    practice = here()
    key = practice.keys.rotate(keep_old=member(body(), "keep_old", bool, True))
    return as_json({"kid": key.kid, "published": [one["kid"] for one in practice.keys.public_set()["keys"]]})


@bp.post("/tokens/revoke")
def revoke() -> Response:
    """End every access token now."""
    here().tokens.revoke_all()
    return as_json({})


@bp.post("/reset")
def reset() -> Response:
    """Back to the seed; signing keys stay."""
    here().reset()
    return _present(here())
