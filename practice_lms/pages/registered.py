"""The administrator's page of tools: what is registered, activation, and dynamic registration in a frame."""

import secrets
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, abort, redirect, request
from flask.typing import ResponseReturnValue

from practice_lms.lti import addresses
from practice_lms.pages.guard import administrator
from practice_lms.state import tools
from practice_lms.state.practice import here
from practice_lms.web.page import origin_of, page, problem

bp = Blueprint("registered", __name__)


@bp.get("/tools")
def known() -> Response:
    """Every registered tool, and the facts a tool supplier asks for."""
    administrator()
    practice = here()
    found = [
        (tool, tools.deployments(practice.store, tool.client_id)) for tool in tools.all_tools(practice.store)
    ]
    facts = {
        "Issuer": practice.url,
        "OpenID configuration": f"{practice.url}/.well-known/openid-configuration",
        "Authentication": f"{practice.url}/oidc/auth",
        "Token": addresses.token(practice),
        "JWK Set": f"{practice.url}/lti/jwks.json",
    }
    guess = f"{practice.config.tool.rstrip('/')}/lti/register"
    return page("tools.html", found=found, facts=facts, guess=guess)


@bp.post("/tools/register")
def register() -> Response:
    """Open the registration address of a tool in a frame (Dynamic Registration 1.0, 3.3)."""
    administrator()
    practice = here()
    address = request.form.get("address", "").strip()
    if urlsplit(address).scheme not in ("http", "https") or not urlsplit(address).netloc:
        return problem("bad_input", 400)
    asked = {"openid_configuration": f"{practice.url}/.well-known/openid-configuration"}
    if "with_token" in request.form:
        asked["registration_token"] = secrets.token_urlsafe(18)
        practice.registration_tokens.add(asked["registration_token"])
    source = f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}"
    return page("register.html", source=source, frame_origins=(origin_of(address),))


@bp.post("/tools/<client_id>/active")
def activate(client_id: str) -> ResponseReturnValue:
    """Switch a tool on or off."""
    administrator()
    store = here().store
    if tools.find_tool(store, client_id) is None:
        abort(404)
    store.run("UPDATE tools SET is_active = NOT is_active WHERE client_id = ?", (client_id,))
    return redirect("/tools")
