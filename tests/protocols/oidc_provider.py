"""An OIDC provider as a real server on loopback: Authlib's own provider side, with PKCE, and switches to misbehave."""

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin, grants
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import AuthorizationCodeMixin, OpenIDCode, UserInfo
from flask import Flask, Response, jsonify, redirect, request
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey
from werkzeug.serving import make_server

CLIENT_ID, CLIENT_SECRET = "technohub", "s3cret~with+signs/and%more"


@dataclass
class Provider:
    """What the server is told to do, and what it saw."""

    url: str = ""
    user: str = "joke-at-school"
    claims: dict[str, Any] = field(default_factory=dict)
    """Put over those of every ID token; None takes one out."""
    metadata: dict[str, Any] = field(default_factory=dict)
    algorithm: str = "RS256"
    error: str = ""
    """Sent back in place of a code."""
    iss: str | None = None
    """Sent beside the code (RFC 9207)."""
    is_down: bool = False
    delay_s: float = 0.0
    asked: list[str] = field(default_factory=list)
    keys: list[RSAKey] = field(default_factory=list)

    def rotate(self, *, publish: bool = True) -> None:
        """Sign with a new key; the key set then holds that one alone."""
        made = RSAKey.generate_key(2048, {"kid": f"key-{len(self.asked)}-{time.monotonic_ns()}", "use": "sig"})
        self.keys = [made, *([] if publish else self.keys)]
        self.published = [made] if publish else self.published

    published: list[RSAKey] = field(default_factory=list)


class School(ClientMixin):
    """Our tool, as the provider knows it."""

    client_id = CLIENT_ID

    def __init__(self, redirect_uri: str) -> None:
        self._redirect_uri = redirect_uri

    def get_client_id(self) -> str:
        return CLIENT_ID

    def get_default_redirect_uri(self) -> str:
        return self._redirect_uri

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri == self._redirect_uri

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == CLIENT_SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_post"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


@dataclass
class Code(AuthorizationCodeMixin):
    code: str
    user: str
    redirect_uri: str
    scope: str
    nonce: str
    code_challenge: str | None
    code_challenge_method: str | None

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str:
        return self.nonce

    def get_auth_time(self) -> int:
        return int(time.time())


def _grant(codes: dict[str, Code]) -> type[grants.AuthorizationCodeGrant]:
    class Grant(grants.AuthorizationCodeGrant):  # type: ignore[misc]
        TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_post",)

        def save_authorization_code(self, code: str, request: Any) -> None:
            data = request.payload.data
            codes[code] = Code(
                code, request.user, request.payload.redirect_uri, request.payload.scope, data.get("nonce"),
                data.get("code_challenge"), data.get("code_challenge_method"),
            )  # fmt: skip

        def query_authorization_code(self, code: str, client: Any) -> Code | None:
            return codes.get(code)

        def delete_authorization_code(self, authorization_code: Code) -> None:
            codes.pop(authorization_code.code, None)

        def authenticate_user(self, authorization_code: Code) -> str:
            return authorization_code.user

    return Grant


class IdToken(OpenIDCode):  # type: ignore[misc]
    def __init__(self, provider: Provider) -> None:
        super().__init__(require_nonce=True)
        self._provider = provider

    def exists_nonce(self, nonce: str, request: Any) -> bool:
        return False

    def resolve_client_private_key(self, client: Any) -> Any:
        return self._provider.keys[0]

    def get_client_claims(self, client: Any) -> dict[str, Any]:
        return {"iss": self._provider.url, "aud": [CLIENT_ID]}

    def get_encode_header(self, client: Any) -> dict[str, Any]:
        return {"alg": "RS256", "kid": self._provider.keys[0].kid}

    def generate_user_info(self, user: str, scope: str) -> UserInfo:
        return UserInfo(sub=user, email="mirjam@centrum.test", email_verified=True)

    def encode_id_token(self, token: Any, request: Any) -> str:
        """As Authlib makes it, unless we were told to misbehave."""
        good = super().encode_id_token(token, request)
        provider = self._provider
        if not provider.claims and provider.algorithm == "RS256":
            return str(good)
        claims = jwt.decode(good, provider.keys[0]).claims | provider.claims
        claims = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": provider.algorithm, "kid": provider.keys[0].kid}
        key: Any = OctKey.import_key(CLIENT_SECRET) if provider.algorithm == "HS256" else provider.keys[0]
        return str(jwt.encode(header, claims, None if provider.algorithm == "none" else key, [provider.algorithm]))


def make_app(provider: Provider, redirect_uri: str) -> Flask:
    app, codes = Flask("provider"), {}  # type: ignore[var-annotated]
    server = AuthorizationServer(app, query_client=lambda _: School(redirect_uri), save_token=lambda *_: None)
    server.register_grant(_grant(codes), [IdToken(provider), CodeChallenge(required=True)])

    @app.before_request
    def _mood() -> Response | None:
        provider.asked.append(request.path)
        time.sleep(provider.delay_s)
        return Response("down", 503) if provider.is_down else None

    @app.get("/.well-known/openid-configuration")
    def _metadata() -> Response:
        told = {
            "issuer": provider.url, "jwks_uri": f"{provider.url}/keys",
            "authorization_endpoint": f"{provider.url}/authorize", "token_endpoint": f"{provider.url}/token",
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
        }  # fmt: skip
        return jsonify(told | provider.metadata)

    @app.get("/keys")
    def _keys() -> Response:
        return jsonify(KeySet(provider.published).as_dict(private=False))

    @app.get("/authorize")
    def _authorize() -> Any:
        """The user has signed in and agreed before."""
        if provider.error:
            back = f"{redirect_uri}?error={provider.error}&error_description=<b>x</b>&state={request.args['state']}"
            return redirect(back)
        answer = server.create_authorization_response(
            grant_user=provider.user, grant=server.get_consent_grant(end_user=provider.user)
        )
        if provider.iss is not None:
            answer.location += f"&iss={provider.iss}"
        return answer

    @app.post("/token")
    def _token() -> Any:
        return server.create_token_response()

    return app


@contextlib.contextmanager
def running(redirect_uri: str) -> Iterator[Provider]:
    provider = Provider()
    provider.rotate()
    server = make_server("127.0.0.1", 0, make_app(provider, redirect_uri), threaded=True)
    provider.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield provider
    server.shutdown()
    server.server_close()
    thread.join()
