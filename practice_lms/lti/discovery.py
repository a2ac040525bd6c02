"""Key set and OpenID configuration of the platform (Dynamic Registration 1.0, 3.4; SEC 6.3)."""

from flask import Blueprint, Response

from practice_lms.lti import addresses
from practice_lms.lti.answers import Refused, as_json
from practice_lms.lti.media import AGS_SCOPES, SCOPE_GROUPS, SCOPE_MEMBERS, SCOPE_NOTICES
from practice_lms.state.practice import Practice, here

bp = Blueprint("discovery", __name__)

HANGS_S = 60
VARIABLES = (
    "User.id", "Person.name.full", "Person.email.primary", "Context.id", "Context.title", "ResourceLink.id",
    "ResourceLink.title", "ResourceLink.submission.endDateTime", "ResourceLink.available.endDateTime",
    "Context.id.history", "ResourceLink.id.history",
)  # fmt: skip


@bp.get("/lti/jwks.json")
def key_set() -> Response:
    """The public keys, to be kept five minutes; down, hanging or empty when told to be."""
    practice = here()
    mood = practice.misbehaviour.jwks
    if mood == "error":
        raise Refused(500, "the key set is down (practice)", "server_error")
    if mood == "hang":
        practice.closing.wait(HANGS_S)
        raise Refused(504, "the key set hung (practice)", "server_error")
    answer = as_json({"keys": []} if mood == "empty" else practice.keys.public_set())
    answer.headers["Cache-Control"] = "public, max-age=300"
    return answer


@bp.get("/.well-known/openid-configuration")
def configuration() -> Response:
    """What a tool needs to register itself."""
    return as_json(openid_configuration(here()))


def openid_configuration(practice: Practice) -> dict[str, object]:
    """OpenID configuration with the LTI platform part."""
    return {
        "issuer": practice.url,
        "authorization_endpoint": f"{practice.url}/oidc/auth",
        "token_endpoint": addresses.token(practice),
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["RS256"],
        "jwks_uri": f"{practice.url}/lti/jwks.json",
        "registration_endpoint": f"{practice.url}/lti/register",
        "scopes_supported": ["openid", *AGS_SCOPES, SCOPE_MEMBERS, SCOPE_GROUPS, SCOPE_NOTICES],
        "response_types_supported": ["id_token"],
        "response_modes_supported": ["form_post"],
        "grant_types_supported": ["implicit", "client_credentials"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "claims_supported": ["sub", "iss", "name", "given_name", "family_name", "email", "locale"],
        "https://purl.imsglobal.org/spec/lti-platform-configuration": _platform_part(practice),
    }


def _platform_part(practice: Practice) -> dict[str, object]:
    return {
        "product_family_code": practice.misbehaviour.registration_family,
        "version": "1.0",
        "messages_supported": [
            {"type": "LtiResourceLinkRequest"},
            {"type": "LtiDeepLinkingRequest"},
            {"type": "LtiSubmissionReviewRequest"},
            {"type": "DataPrivacyLaunchRequest"},
        ],
        "variables": list(VARIABLES),
        "https://purl.imsglobal.org/spec/lti/platform-storage": True,
    }
