"""Signing in at a provider, and connecting an account there to the person who is signed in. docs/decisions/0013."""

import secrets

from flask import redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from lti_tool.base import clock
from lti_tool.base.errors import Forbidden, Unauthorised
from lti_tool.learning.people import accounts
from lti_tool.protocols.sso import attempts
from lti_tool.protocols.sso.attempts import Attempt
from lti_tool.protocols.sso.client import Client, client_of
from lti_tool.protocols.sso.entering import browser_secret, enter, keep_browser, own_path
from lti_tool.protocols.sso.rules import Account, Check
from lti_tool.protocols.sso.views import blueprint
from lti_tool.web import staff
from lti_tool.web.extensions import tool
from lti_tool.web.guards import must_come_from_us, open_to_all
from lti_tool.web.limits import limited
from lti_tool.web.transaction import apart, session


@blueprint.post("/with/<provider>")
@open_to_all
@limited("sign_in")
def begin(provider: str) -> Response:
    """A page that goes on to the provider at once: under our policy a form's redirect may not leave the site."""
    must_come_from_us()
    client = client_of(provider)
    client.known()  # before the transaction
    connects = _session_to_connect() if "connect" in request.form else None
    attempt = Attempt(provider, secrets.token_urlsafe(48), own_path(request.form.get("next", "")), connects)
    browser = browser_secret() or secrets.token_urlsafe(32)
    state = attempts.begin(session(), tool().vault, attempt, browser)
    url = client.authorization_url(
        redirect_uri=_redirect_uri(provider), state=state, verifier=attempt.verifier, nonce=attempt.nonce
    )
    response = Response(render_template("sso/going.html", url=url, label=client.provider.label), mimetype="text/html")
    keep_browser(response, browser)
    return response


@blueprint.get("/back/<provider>")
@open_to_all
@limited("sign_in")
def back(provider: str) -> Response:
    """Where the provider sends the browser. The attempt is spent whatever the answer is."""
    client = client_of(provider)
    with apart() as own:
        attempt = attempts.spend(own, tool().vault, provider, request.args.get("state", ""), browser_secret())
    account = _account(client, attempt)
    with apart() as own:
        if attempt.connects is not None:
            return _connect(own, attempt, account)
        person_id = accounts.staff_known_as(own, account.authority, account.subject)
        if person_id is None:
            raise Forbidden("oidc-unknown", provider=client.provider.label)
        return enter(own, person_id, way_in="oidc", path=attempt.next_path)


def _account(client: Client, attempt: Attempt) -> Account:
    """Raises Forbidden("oidc-refused"), and what Client.account raises."""
    label, metadata = client.provider.label, client.known().metadata
    if "error" in request.args:
        raise Forbidden("oidc-refused", provider=label, error=_plain(request.args["error"]))
    told = request.args.get("iss")
    if told != metadata.issuer and (told is not None or metadata.names_itself):
        raise Forbidden("oidc-refused", provider=label, error="iss")  # the answer of another provider (RFC 9207)
    check = Check(client.provider.client_id, attempt.nonce, clock.now(), tool().settings.leeway_s)
    code, redirect_uri = request.args.get("code", ""), _redirect_uri(attempt.provider)
    return client.account(check, code=code, redirect_uri=redirect_uri, verifier=attempt.verifier)


def _plain(error: str) -> str:
    """An error code of RFC 6749, 4.1.2.1; whatever else is sent is not repeated."""
    return error if len(error) <= 40 and error.replace("_", "").isalpha() and error.isascii() else "?"


def _redirect_uri(provider: str) -> str:
    return tool().settings.public_url + url_for("sso.back", provider=provider)


def _session_to_connect() -> str:
    """Raises Unauthorised("staff-session")."""
    found = staff.find(session(), request.cookies.get(staff.cookie_name()))
    if found is None:
        raise Unauthorised("staff-session")
    return found.public_id


def _connect(own: Session, attempt: Attempt, account: Account) -> Response:
    """In the sitting that began it, and no other. Raises Unauthorised("staff-session"), Conflict("oidc-taken")."""
    found = staff.find(own, request.cookies.get(staff.cookie_name()))
    if found is None or found.public_id != attempt.connects:
        raise Unauthorised("staff-session")
    accounts.connect(own, found.person_id, account.authority, account.subject)
    return redirect(attempt.next_path, 303)


__all__ = ["blueprint"]
