"""Rules for every address of the tool. A new route joins by itself, or fails here with what is to be added."""

from typing import Any

import pytest
from flask import Flask

from config.default import Settings
from lti_tool.app import create_app
from lti_tool.web.limits import KINDS

SAFE = {"GET", "HEAD", "OPTIONS"}
LIMITED = {"/lti/login": "login", "/lti/launch": "launch", "/lti/register": "register"}
"""Addresses, and all below them, with the limit that they must carry."""
SIGN_IN = "sso"
"""Every open address of this blueprint is limited as "sign_in"."""


@pytest.fixture
def app(settings: Settings) -> Flask:
    settings.var_dir.mkdir()
    return create_app(settings)


def wanted_limit(app: Flask, rule: Any) -> str | None:
    """The limit that a route must carry; "any" where strangers may make it write."""
    view = app.view_functions[rule.endpoint]
    named = [kind for path, kind in LIMITED.items() if rule.rule == path or rule.rule.startswith(path + "/")]
    is_open = getattr(view, "guard", None) == "open"
    if named:
        return named[0]
    if is_open and rule.endpoint.startswith(SIGN_IN + "."):
        return "sign_in"
    return "any" if is_open and rule.methods - SAFE else None


def test_whatever_strangers_may_flood_is_limited(app: Flask) -> None:
    wrong = []
    for rule in app.url_map.iter_rules():
        wanted, found = wanted_limit(app, rule), getattr(app.view_functions[rule.endpoint], "limit", None)
        if wanted and (found is None or wanted not in ("any", found)):
            wrong.append(f'{rule.rule} ({rule.endpoint}): put @limited("{wanted}") below its guard')
        assert found is None or found in KINDS
    assert wrong == []
    assert {rule.rule for rule in app.url_map.iter_rules() if wanted_limit(app, rule)} >= {"/lti/login", "/lti/launch"}
