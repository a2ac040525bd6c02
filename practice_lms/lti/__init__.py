"""The platform's side of LTI 1.3 and LTI Advantage, one module per message or service."""

from flask import Blueprint

from practice_lms.lti import (
    deep_linking,
    discovery,
    groups,
    lineitems,
    login,
    notices,
    registration,
    results,
    roster,
    token,
)


def blueprints() -> list[Blueprint]:
    """Every endpoint but /scores, which the gate takes itself."""
    modules = (discovery, login, token, lineitems, results, roster, groups, deep_linking, registration, notices)
    return [module.bp for module in modules]
