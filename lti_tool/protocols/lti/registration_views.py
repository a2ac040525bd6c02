"""Where a platform's administrator registers the platform: the page in the platform's own dialog.

Dynamic Registration begins with a GET of ours that registers (docs/decisions/0010); a reload shows the same run.
"""

from collections.abc import Callable

from flask import Blueprint, Flask, Response, current_app, g, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.wire_guard import AllowedHosts
from lti_tool.protocols.lti import registration
from lti_tool.protocols.lti.registration import Asked, Came, Desk
from lti_tool.protocols.lti.registration_words import next_steps, step_lines
from lti_tool.protocols.lti.tool_configuration import Addresses
from lti_tool.protocols.platforms import invitations, runs, service
from lti_tool.protocols.platforms.families import FAMILIES, family_named
from lti_tool.protocols.platforms.service import Platform, origin_of
from lti_tool.web import headers
from lti_tool.web.extensions import tool
from lti_tool.web.guards import must_come_from_us, open_to_all
from lti_tool.web.i18n import take_chosen
from lti_tool.web.limits import limited
from lti_tool.web.observability import log, reference
from lti_tool.web.refusals import refusal_for
from lti_tool.web.transaction import apart, reading

blueprint = Blueprint("registration", __name__, url_prefix="/lti/register", template_folder="templates")
SelfTest = Callable[[Session, int, str], str]
"""(session, registration id, our base address) -> the address of the platform's self-test."""


def init(app: Flask, self_test: SelfTest | None = None) -> None:
    app.register_blueprint(blueprint)
    app.extensions["self_test"] = self_test


@blueprint.get("", defaults={"code": ""})
@blueprint.get("/<code>")
@open_to_all
@limited("register")
def begin(code: str) -> ResponseReturnValue:
    """Register the platform whose administrator opened this address in it; to others, say what the address is for."""
    if "openid_configuration" not in request.args:
        return _what_for(code)
    return _page(_registered(code, again=False), code)


@blueprint.post("", defaults={"code": ""})
@blueprint.post("/<code>")
@open_to_all
@limited("register")
def again(code: str) -> ResponseReturnValue:
    """Once more, after a failure; then back to the address itself, so that a reload asks nothing."""
    must_come_from_us()
    _registered(code, again=True)
    return redirect(request.full_path, 303)


def _what_for(code: str) -> str:
    """The address was opened in a browser, and not by a platform."""
    with reading() as own:
        terms = invitations.by_code(own, code) if code else None
    families = [family for name, family in FAMILIES.items() if name not in ("practice", "generic")]
    take_chosen()
    return render_template(
        "registration/what_for.html", address=request.base_url if code else None, terms=terms, families=families
    )


def _registered(code: str, *, again: bool) -> Came:
    asked = Asked.of(request.args.to_dict(), code)
    settings = tool().settings
    headers.frame_by(_framing(asked, "generic"))
    desk = Desk(
        wire=tool().wire, allowed=AllowedHosts(settings.allowed_private_hosts), addresses=Addresses.of(settings),
        apart=apart, reference=reference(),
    )  # fmt: skip
    with tool().patience.waiting_for(asked.configuration_url):
        came = registration.register(desk, asked, again=again)
    headers.frame_by(_framing(asked, str(came.run.facts.get("family", "generic"))))
    return came


def _framing(asked: Asked, family_name: str) -> str:
    """The platform's own origin, those of its family, and of one with shared issuers the school's, which is asking."""
    family = family_named(family_name)
    asking = origin_of(request.referrer or "") if family.hosted else ""
    origins = (origin_of(asked.configuration_url), *family.frame_origins, asking)
    return " ".join(dict.fromkeys(origin for origin in origins if origin))


def _page(came: Came, code: str) -> Response:
    headers.keep_opener()
    run = came.run
    platform = _platform(run.registration_id)
    words = None if run.code is None else refusal_for(run.code, run.facts)
    facts = {
        "run": run, "words": words, "platform": platform, "lines": step_lines(run.step, failed=run.code is not None),
        "todo": next_steps(platform, run.facts) if platform else [], "self_test": _self_test(came, platform, code),
    }  # fmt: skip
    response = make_response(render_template("registration/run.html", **facts))
    if run.code is not None:
        g.refusal = run.code
        response.status_code = 400
        headers.frame_by("")
        log.warning("registration failed", reference=run.reference, code=run.code, step=str(run.step))
    return response


def _platform(registration_id: int | None) -> Platform | None:
    if registration_id is None:
        return None
    with reading() as own:
        return service.by_id(own, registration_id)


def _self_test(came: Came, platform: Platform | None, code: str) -> str | None:
    """Only for whoever shows a secret, a token or an invitation in the address, while it is fresh.

    Such an address stays in histories and logs of platforms, and must not open the doctor for ever.
    """
    make: SelfTest | None = current_app.extensions["self_test"]
    is_late = clock.now() > came.run.at + runs.SHOWN_FOR
    if make is None or platform is None or is_late or not (code or request.args.get("registration_token")):
        return None
    with apart() as own:
        return make(own, platform.id, tool().settings.public_url)
