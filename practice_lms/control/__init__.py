"""The JSON control API: make the platform misbehave, look into it, fill it. Loopback only; see the README."""

from flask import Blueprint

from practice_lms.control import faults, forge, looks, school
from practice_lms.control.kit import guard


def blueprints() -> list[Blueprint]:
    """All of /control."""
    control = Blueprint("control", __name__, url_prefix="/control")
    control.before_request(guard)
    for module in (faults, forge, looks, school):
        control.register_blueprint(module.bp)
    return [control]
