"""The token endpoint: client credentials with a signed assertion (SEC 1.0, 4.1.1; RFC 6749, RFC 7523)."""

from flask import Blueprint, Response, request

from practice_lms.lti import addresses, media
from practice_lms.lti.answers import Refused, as_json
from practice_lms.lti.jwt import BadJwt, Claims, peek, verified
from practice_lms.state import tools
from practice_lms.state.practice import Practice, here
from practice_lms.state.tools import Tool

bp = Blueprint("token", __name__)

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@bp.post("/oauth/token")
def token() -> Response:
    """Give an access token for the scopes asked that the tool may have."""
    practice = here()
    form = _form()
    tool = authenticated(practice, form.get("client_assertion", ""))
    scopes = _granted(practice, tool, form.get("scope", ""))
    lifetime_s = practice.misbehaviour.token_lifetime_s
    value = practice.tokens.issue(tool.client_id, scopes, lifetime_s)
    practice.counts.add("tokens_issued")
    answer = as_json(
        {
            "access_token": value,
            "token_type": "Bearer",
            "expires_in": lifetime_s,
            "scope": " ".join(sorted(scopes)),
        }
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _form() -> dict[str, str]:
    if request.mimetype != "application/x-www-form-urlencoded":
        raise Refused(400, "the body must be form encoded")
    if any(len(request.form.getlist(name)) > 1 for name in request.form):
        raise Refused(400, "a parameter stands there twice")
    form = request.form.to_dict()
    if not form.get("grant_type"):
        raise Refused(400, "grant_type is missing")
    if form["grant_type"] != "client_credentials":
        raise Refused(400, "grant_type must be client_credentials", "unsupported_grant_type")
    if form.get("client_assertion_type") != ASSERTION_TYPE:
        raise Refused(400, f"client_assertion_type must be {ASSERTION_TYPE}")
    return form


def authenticated(practice: Practice, assertion: str) -> Tool:
    """The tool that signed this assertion, used for the first time. Raises Refused (invalid_client)."""
    try:
        return _believed(practice, assertion)
    except BadJwt as bad:
        raise Refused(401, str(bad), "invalid_client") from bad


def _believed(practice: Practice, assertion: str) -> Tool:
    claims = peek(assertion).claims
    tool = tools.find_tool(practice.store, str(claims.get("iss", "")))
    if tool is None or not tool.is_active:
        raise BadJwt("iss is not the client_id of a registered, active tool")
    if claims.get("sub") != tool.client_id:
        raise BadJwt("sub must be the client_id")
    claims = verified(practice, assertion, tool, addresses.token(practice))
    _must_be_new(practice, tool, claims)
    return tool


def _must_be_new(practice: Practice, tool: Tool, claims: Claims) -> None:
    jti = claims.get("jti")
    if not isinstance(jti, str) or not jti:
        raise BadJwt("jti is missing")
    if not practice.spent.spend(f"jti {tool.client_id} {jti}", claims["exp"] + 60):
        raise BadJwt("jti was used before")


def _granted(practice: Practice, tool: Tool, asked: str) -> frozenset[str]:
    allowed = frozenset() if practice.misbehaviour.ags == "no_scopes" else frozenset(tool.scopes)
    scopes = frozenset(asked.split()) & allowed - {media.NAMED.get(practice.misbehaviour.withheld, "")}
    if not scopes:
        raise Refused(400, "none of the scopes asked may be given", "invalid_scope")
    return scopes
