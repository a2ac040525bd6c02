"""Who may use a service: the bearer token, its scope, and the tool it was issued to."""

from practice_lms.lti.answers import Refused
from practice_lms.state.practice import Practice
from practice_lms.state.tokens import AccessToken


def admitted(practice: Practice, authorization: str, *scopes: str) -> AccessToken:
    """The token of a request when it has one of the scopes.

    Raises Refused 401 without a living token, 403 without the scope.
    """
    scheme, _, value = authorization.partition(" ")
    token = practice.tokens.find(value.strip()) if scheme.lower() == "bearer" else None
    if token is None:
        raise Refused(401, "the access token is missing, unknown or expired", "invalid_token")
    if token.scopes.isdisjoint(scopes):
        raise Refused(403, f"needs one of the scopes {' '.join(scopes)}", "insufficient_scope")
    return token
