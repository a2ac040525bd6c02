"""The three LTI addresses: login, launch, key set. Security Framework 1.0, 5.1.1 and 6.

The browser that finishes a login must be the one that began it. The proof is, in this order: the cookie of the
launch; the same secret from the platform's storage; else one button begins the login again in a new tab.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from math import ceil
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Flask, Response, current_app, g, jsonify, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.errors import Busy, Forbidden, ToolError, Unauthorised
from lti_tool.base.vault import same
from lti_tool.protocols.lti import adapter, choosing, login, reviewing, service
from lti_tool.protocols.lti.claims import (
    CLAIM,
    DEEP_LINKING_REQUEST,
    RESOURCE_LINK_REQUEST,
    SUBMISSION_REVIEW_REQUEST,
    LaunchClaims,
)
from lti_tool.protocols.lti.login import Attempt, Begun
from lti_tool.protocols.lti.service import Admitted, Browser
from lti_tool.protocols.lti.watching import TEST_PATH, Seen, Watch, is_test, is_watched
from lti_tool.protocols.platforms import notice_handlers, toolkeys
from lti_tool.protocols.platforms import service as platforms
from lti_tool.protocols.platforms.keysets import KeyRing
from lti_tool.protocols.platforms.service import origin_of
from lti_tool.web import cookies, headers, limits, transaction, visits
from lti_tool.web.errors import answer
from lti_tool.web.extensions import tool
from lti_tool.web.guards import open_to_all
from lti_tool.web.i18n import spoken
from lti_tool.web.limits import limited
from lti_tool.web.observability import log, reference
from lti_tool.web.refusals import Words, refusal_for
from lti_tool.web.transaction import apart, reading, session
from lti_tool.web.visits import Door, VisitRecord

MOST_RACES = 3
MOST_SERVICES = 10_000
WAITS = tuple(map(str, range(10)))
"""So often in a row the page that waits may come; a fetch of keys ends sooner."""
Admit = Callable[[Session, LaunchClaims, Attempt, Browser, str], Admitted | None]
ADMITS: Mapping[str, Admit] = {
    RESOURCE_LINK_REQUEST: service.admit,
    DEEP_LINKING_REQUEST: choosing.admit,
    SUBMISSION_REVIEW_REQUEST: reviewing.admit,
}
"""What becomes of each type of message that `claims` can read. None: it was taken before."""
blueprint = Blueprint("lti", __name__, url_prefix="/lti")


def init(app: Flask, watch: Watch) -> None:
    """`watch` is told of launches that the doctor wants to see."""
    app.register_blueprint(blueprint)
    app.extensions["launch_watch"] = watch
    with app.app_context():
        app.extensions["notice_services"] = set()
        app.extensions["key_ring"] = KeyRing(tool().engine, tool().wire, tool().patience)


def launch_address() -> str:
    return tool().settings.public_url + "/lti/launch"


def keys_are_open() -> bool:
    """False when none of the secret keys opens the key with which we sign."""
    return toolkeys.can_sign(session(), tool().vault)


@blueprint.get("/jwks.json")
@open_to_all
def jwks() -> Response:
    """The public keys with which we sign."""
    response = jsonify(toolkeys.public_key_set(session()))
    response.headers["Cache-Control"] = f"public, max-age={toolkeys.PUBLISHED_FOR_S}"
    response.add_etag()
    response.make_conditional(request)
    return response


@blueprint.route("/login", methods=["GET", "POST"])
@open_to_all
@limited("login")
def begin() -> ResponseReturnValue:
    """Begin a login: to the platform, by way of its storage where it offers one."""
    parameters = request.form if request.method == "POST" else request.args
    limits.count_platform("login", parameters.get("iss", ""), parameters.get("client_id", ""))
    minutes = tool().settings.login_minutes
    with apart() as own:
        begun = login.begin(own, parameters.to_dict(), redirect_uri=launch_address(), minutes=minutes)
    response = _by_storage(begun) if begun.storage_frame else redirect(begun.authentication_url)
    cookies.set_launch(request, response, begun.public_id, begun.secret, seconds=minutes * 60)
    return response


def _by_storage(begun: Begun) -> Response:
    headers.frame_by(begun.platform.frame_ancestors, asks_opener=True)
    door = Door(
        begun.public_id, begun.storage_frame or "", origin_of(begun.platform.auth_login_url),
        begun.platform.frame_ancestors, None,
    )  # fmt: skip
    page = render_template("store.html", door=door, secret=begun.secret, next_url=begun.authentication_url)
    return make_response(page)


@blueprint.post("/launch")
@open_to_all
@limited("launch")
def launch() -> ResponseReturnValue:
    """Take the platform's answer to a begun login."""
    state, ticket = request.form.get("state", ""), request.form.get("ticket")
    with reading() as own:
        attempt = login.find(own, state) if 0 < len(state) <= 512 else None
    if attempt is None:
        return _again(state)
    headers.frame_by(attempt.platform.frame_ancestors, asks_opener=attempt.storage_frame is not None)
    limits.count_platform("launch", str(attempt.platform.id))
    kept = same(cookies.launch_secret(request, attempt.public_id), attempt.secret)
    if not kept and ticket is None and attempt.storage_frame is not None:
        return _ask_storage(attempt)
    try:
        if not (kept or same(ticket, attempt.secret)):
            raise _unrecognised()
        return _enter(_verified(attempt), attempt)
    except Busy as busy:
        return _ask_to_wait(attempt, busy)
    except ToolError as error:
        return _refuse(error, attempt)


def _unrecognised() -> Unauthorised:
    """In a frame a new tab may help; who is in a tab already needs other settings."""
    if request.headers.get("Sec-Fetch-Dest") == "document":
        return Unauthorised("no-cookies", host=urlsplit(tool().settings.public_url).netloc)
    return Unauthorised("other-browser")


def _verified(attempt: Attempt) -> LaunchClaims:
    """What must hold of the message itself; no transaction is open meanwhile. Raises ToolError."""
    if attempt.is_over:
        raise Unauthorised("state-unknown", minutes=tool().settings.login_minutes)
    if "error" in request.form:
        raise Forbidden("platform-refused", error=_printable(request.form["error"]))
    if attempt.platform.status != platforms.Status.ACTIVE:
        raise Forbidden(f"platform-{attempt.platform.status}")
    key_ring: KeyRing = current_app.extensions["key_ring"]
    body = adapter.verify(
        request.form.get("id_token", ""), adapter.Expected(attempt.platform, attempt.nonce), key_ring.key,
        leeway_s=tool().settings.leeway_s, when_signed=_remember,
    )  # fmt: skip
    return LaunchClaims.of(body)


def _printable(text: str) -> str:
    return "".join(c for c in text if c.isalnum() or c in "_-. ")[:64]


def _remember(body: Mapping[str, Any]) -> None:
    """What a refusal needs: the way back, the language, and the message itself for who watches."""
    g.signed = body
    presentation = body.get(CLAIM + "launch_presentation")
    if isinstance(presentation, dict):
        url, locale = presentation.get("return_url"), presentation.get("locale")
        g.return_url = service.safe_return_url(url) if isinstance(url, str) else None
        g.language = spoken(locale) if isinstance(locale, str) else None


def _enter(claims: LaunchClaims, attempt: Attempt) -> ResponseReturnValue:
    """Open the visit and go to its page."""
    if is_test(claims.target_link_uri):
        return _try_out(claims, attempt)
    keeps_cookies = same(cookies.launch_secret(request, attempt.public_id), attempt.secret)
    admitted = _admitted(claims, attempt, Browser(keeps_cookies, cookies.browser_secret(request)))
    if admitted is None:
        transaction.give_up()
        return _again(request.form["state"])
    if is_watched(attempt):
        _tell_watch(session(), attempt, None)
    _want_notices(claims, attempt)
    response = redirect(f"/v/{attempt.public_id}/{admitted.page}", 303)
    if admitted.browser_secret:
        cookies.set_browser(response, admitted.browser_secret)
    return response


def _want_notices(claims: LaunchClaims, attempt: Attempt) -> None:
    """Note once per process that this deployment offers notices; the database knows whether it was asked."""
    url, known = claims.notices_url, current_app.extensions["notice_services"]
    if url is None or (service := (attempt.platform.id, claims.deployment_id, url)) in known:
        return
    if len(known) >= MOST_SERVICES:
        known.clear()
    known.add(service)
    notice_handlers.want(session(), attempt.platform, claims.deployment_id, url)


def _try_out(claims: LaunchClaims, attempt: Attempt) -> ResponseReturnValue:
    """Go to the page that tells what came along with a test launch."""
    if not service.try_out(session(), claims, attempt, tool().settings.public_url):
        transaction.give_up()
        return _again(request.form["state"])
    _tell_watch(session(), attempt, None)
    return redirect(f"{TEST_PATH}/{attempt.public_id}", 303)


def _tell_watch(own: Session, attempt: Attempt, error: ToolError | None) -> None:
    begun_at = attempt.expires_at - timedelta(minutes=tool().settings.login_minutes)
    kept = same(cookies.launch_secret(request, attempt.public_id), attempt.secret)
    seen = Seen(
        attempt, g.get("signed"), error, reference(), keeps_cookie=kept,
        storage_worked=same(request.form.get("ticket"), attempt.secret),
        took_s=(clock.now() - begun_at).total_seconds(),
    )  # fmt: skip
    watch: Watch = current_app.extensions["launch_watch"]
    watch(own, seen)


def _admitted(claims: LaunchClaims, attempt: Attempt, browser: Browser) -> Admitted | None:
    """Admit the launch; where another first launch made the same rows meanwhile, once more, and find them."""
    admit = reviewing.admit if reviewing.is_review(claims) else ADMITS[claims.message_type]
    for _ in range(MOST_RACES):
        try:
            return admit(session(), claims, attempt, browser, tool().settings.public_url)
        except IntegrityError:
            transaction.give_up()
    return admit(session(), claims, attempt, browser, tool().settings.public_url)


def _again(state: str) -> ResponseReturnValue:
    """A launch posted again (reload, Back): the running visit for the same browser, else a hint."""
    with reading() as own:
        record = visits.find_by_state(own, state[:512]) if state else None
        if record is not None and _is_ours(record):
            return redirect(f"/v/{record.public_id}/", 303)
    return _refuse(Unauthorised("state-unknown", minutes=tool().settings.login_minutes), None)


def _is_ours(record: VisitRecord) -> bool:
    from_browser = cookies.browser_secret(request), cookies.launch_secret(request, record.public_id)
    return same(from_browser[0], record.browser) or same(from_browser[1], record.ticket)


def _ask_storage(attempt: Attempt) -> Response:
    """The browser kept no cookie: ask the platform's storage for the secret, then post once more."""
    door = Door(
        attempt.public_id, attempt.storage_frame or "", origin_of(attempt.platform.auth_login_url),
        attempt.platform.frame_ancestors, None,
    )  # fmt: skip
    fields = {name: request.form[name] for name in ("state", "id_token", "error") if name in request.form}
    return make_response(render_template("relaunch.html", door=door, fields=fields))


def _ask_to_wait(attempt: Attempt, busy: Busy) -> Response:
    """A page that posts the launch once more in a moment; nothing of it is spent. In the end a refusal."""
    waits = request.form.get("waits", "0")
    if waits not in WAITS:
        return _refuse(busy, attempt)
    fields = {name: request.form[name] for name in ("state", "id_token", "ticket") if name in request.form}
    after_s = ceil(busy.after_s or 1.0)
    page = render_template("wait.html", fields=fields | {"waits": int(waits) + 1}, after_s=after_s)
    response = make_response(page, busy.status)
    response.headers["Retry-After"] = str(after_s)
    return response


def _refuse(error: ToolError, attempt: Attempt | None) -> Response:
    """The refusal's page. The launch is spent all the same, and kept for the administrator."""
    transaction.give_up()
    registration_id = attempt.platform.id if attempt else None
    with apart() as own:
        if attempt:
            login.spend(own, attempt)
        service.note_refusal(own, reference(), registration_id, error.code, error.facts)
        if attempt and (is_watched(attempt) or _was_test()):
            _tell_watch(own, attempt, error)
    log.warning("launch refused", reference=reference(), code=error.code, registration=registration_id)
    again = None
    if error.code in ("other-browser", "no-cookies") and attempt is not None:
        again = "/lti/login?" + urlencode(attempt.parameters)
    back = _back_with_error(refusal_for(error.code, error.facts), error.code)
    return answer(error.code, error.status, error.facts, login_again=again, return_url=back)


def _was_test() -> bool:
    target = (g.get("signed") or {}).get(CLAIM + "target_link_uri")
    return isinstance(target, str) and is_test(target)


def _back_with_error(words: Words, code: str) -> str | None:
    """The platform's return address with lti_errormsg for the person and lti_errorlog for the log (Core 5.4.4)."""
    url: str | None = g.get("return_url")
    if url is None:
        return None
    told = {"lti_errormsg": f"{words.title}. {words.what} ({reference()})", "lti_errorlog": f"{code} {reference()}"}
    parts = urlsplit(url)
    return parts._replace(query="&".join(filter(None, (parts.query, urlencode(told))))).geturl()


