"""A desk for forging: the tool on a database of its own, and a platform whose keys we hold.

The platform is real where the tool reaches it: a small HTTP server on loopback publishes its key set. Nothing of
the tool is replaced.
"""

import json
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from config.default import Settings
from lti_tool import tables
from lti_tool.app import create_app
from lti_tool.base import clock
from lti_tool.base.db import make_engine, writing
from lti_tool.base.files import Shelf
from lti_tool.base.vault import Vault
from lti_tool.cli import seed_format
from lti_tool.learning.catalogue import service as catalogue
from lti_tool.protocols.lti.models import LoginAttempt, RefusedLaunch
from lti_tool.protocols.platforms import service as platforms
from lti_tool.protocols.platforms import toolkeys
from lti_tool.protocols.platforms.service import PlatformDraft
from lti_tool.web.extensions import db
from tests.certification.key_server import Key, KeyServer, serving

TOOL = "https://tool.test"
ISSUER, CLIENT, DEPLOYMENT = "https://lms.test", "client-1", "deployment-1"
MODULE = "cobots-veilig-inzetten"
SECRET = "a secret for tests"
CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
INSTRUCTOR = "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"
LEARNER = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"


@pytest.fixture(scope="session")
def key_server() -> Iterator[KeyServer]:
    with serving() as shown:
        yield shown


@pytest.fixture(scope="session")
def platform_key() -> Key:
    return Key("platform-1")


@pytest.fixture(scope="session")
def other_key() -> Key:
    return Key("platform-2")


def draft(key_server: KeyServer, **changes: Any) -> PlatformDraft:
    facts: dict[str, Any] = {
        "name": "Proefcollege", "issuer": ISSUER, "client_id": CLIENT, "deployment_ids": [DEPLOYMENT],
        "auth_login_url": f"{ISSUER}/auth", "auth_token_url": f"{ISSUER}/token",
        "key_set_url": f"http://127.0.0.1:{key_server.port}/jwks.json",
    }  # fmt: skip
    return PlatformDraft(**{**facts, **changes})


@pytest.fixture(scope="session")
def filled_folder(key_server: KeyServer) -> Iterator[Path]:
    """A folder with a database: tables, one module, one platform, one key of ours."""
    folder = Path(tempfile.mkdtemp(prefix="technohub-certification-"))
    engine = make_engine(f"sqlite:///{folder / 'tool.db'}")
    tables.metadata.create_all(engine)
    fill(engine, folder, key_server)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def fill(engine: Engine, folder: Path, key_server: KeyServer) -> None:
    with Session(engine) as session, session.begin():
        writing(session)
        seeds = Path(seed_format.__file__).parents[1] / "seeds" / "modules" / MODULE
        hub = seed_format.read_toml(seeds / "module.toml")["hub"]
        catalogue.seed_hub(session, hub, "Proefhub", "Proefstad", {})
        seed_format.bring_in(session, seeds, Shelf(folder / "files"))
        platforms.add(session, draft(key_server))
        toolkeys.signing_key(session, Vault((SECRET,)))


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of a page."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))


@dataclass
class Begun:
    """A login that went to the platform."""

    response: TestResponse
    state: str
    nonce: str
    query: dict[str, str]


class Desk:
    CLAIM, INSTRUCTOR, LEARNER, TOOL = CLAIM, INSTRUCTOR, LEARNER, TOOL
    ISSUER, CLIENT, DEPLOYMENT, MODULE = ISSUER, CLIENT, DEPLOYMENT, MODULE

    def __init__(self, folder: Path, server: KeyServer, key: Key, database_url: str = "") -> None:
        self.server, self.key = server, key
        self.settings = Settings(
            public_url=TOOL, secret_keys=(SECRET,), var_dir=folder, database_url=database_url,
            allowed_private_hosts=(f"127.0.0.1:{server.port}",), http_timeout_s=3.0,
        )  # fmt: skip
        self.app = create_app(self.settings)
        self.browser = self.new_browser()
        self.engine = self.app.extensions["tool"].engine

    def new_browser(self) -> FlaskClient:
        return self.app.test_client()

    def close(self) -> None:
        with self.app.app_context():
            db.engine.dispose()

    # --- the two requests of a launch

    def parameters(self, **changes: Any) -> dict[str, Any]:
        given = {
            "iss": ISSUER, "login_hint": "hint-1", "target_link_uri": f"{TOOL}/lti/launch", "client_id": CLIENT,
            "lti_deployment_id": DEPLOYMENT, "lti_message_hint": "message-1", **changes,
        }  # fmt: skip
        return {name: value for name, value in given.items() if value is not None}

    def ask_login(self, method: str = "GET", browser: FlaskClient | None = None, **changes: Any) -> TestResponse:
        given = {("query_string" if method == "GET" else "data"): self.parameters(**changes)}
        return (browser or self.browser).open("/lti/login", method=method, base_url=TOOL, **given)

    def login(self, method: str = "GET", browser: FlaskClient | None = None, **changes: Any) -> Begun:
        response = self.ask_login(method, browser, **changes)
        assert response.status_code == 302, response.text
        query = {name: values[0] for name, values in parse_qs(urlsplit(response.location).query).items()}
        return Begun(response, query["state"], query["nonce"], query)

    def claims(self, its_nonce: str, /, **changes: Any) -> dict[str, Any]:
        """The body of a good launch. A change to None takes the claim out; plain LTI names get their prefix."""
        now = int(clock.now().timestamp())
        body: dict[str, Any] = {
            "iss": ISSUER, "aud": CLIENT, "azp": CLIENT, "sub": "person-1", "exp": now + 300, "iat": now,
            "nonce": its_nonce, "name": "Sanne de Vries", "given_name": "Sanne", "family_name": "de Vries",
            "email": "sanne@school.test",
            CLAIM + "message_type": "LtiResourceLinkRequest",
            CLAIM + "version": "1.3.0",
            CLAIM + "deployment_id": DEPLOYMENT,
            CLAIM + "target_link_uri": f"{TOOL}/lti/launch",
            CLAIM + "resource_link": {"id": "link-1", "title": "Cobots"},
            CLAIM + "context": {"id": "course-1", "label": "MT4B", "title": "Mechatronica 4B"},
            CLAIM + "roles": [LEARNER],
            CLAIM + "custom": {"module": MODULE},
            CLAIM + "launch_presentation": {
                "document_target": "iframe", "locale": "nl-NL", "return_url": f"{ISSUER}/return?course=1",
            },
        }  # fmt: skip
        for name, value in changes.items():
            known = CLAIM + name if CLAIM + name in body or name in LTI_ONLY else name
            if value is None:
                body.pop(known, None)
            else:
                body[known] = value
        return body

    def sign(self, body: Any, key: Key | None = None, **header: Any) -> str:
        key = key or self.key
        headers = {"kid": key.kid, **header}
        # PyJWT leaves typ out when it is None; other headers that are None are taken out here
        kept = {name: value for name, value in headers.items() if value is not None or name == "typ"}
        return jwt.api_jws.encode(json.dumps(body).encode(), key.private, algorithm="RS256", headers=kept)

    def post(self, state: str, token: str | None, browser: FlaskClient | None = None, **more: str) -> TestResponse:
        """The launch's answer; a page that waits is sent again, sooner than it would by itself."""
        form = {"state": state, "id_token": token, **more}
        data = {name: value for name, value in form.items() if value is not None}
        answer = self.post_once(data, browser)
        while answer.status_code == 503 and "data-again-s" in answer.text:
            time.sleep(0.1)
            answer = self.post_once(hidden(answer.text), browser)
        return answer

    def post_once(self, form: dict[str, str], browser: FlaskClient | None = None) -> TestResponse:
        return (browser or self.browser).post("/lti/launch", data=form, base_url=TOOL, headers={"Origin": ISSUER})

    def launch(
        self, claims: dict[str, Any] | None = None, header: dict[str, Any] | None = None, key: Key | None = None,
        browser: FlaskClient | None = None,
    ) -> TestResponse:  # fmt: skip
        begun = self.login(browser=browser)
        token = self.sign(self.claims(begun.nonce, **(claims or {})), key, **(header or {}))
        return self.post(begun.state, token, browser)

    def open(self, path: str, browser: FlaskClient | None = None, **more: Any) -> TestResponse:
        return (browser or self.browser).get(path, base_url=TOOL, **more)

    def enter(self, **claims: Any) -> TestResponse:
        """Launch, and the page to which it leads."""
        launched = self.launch(claims)
        assert launched.status_code == 303, launched.text
        page = self.open(launched.location)
        while page.status_code == 303:
            page = self.open(page.location)
        assert page.status_code == 200, page.text
        return page

    # --- what the tool keeps

    def rows(self, model: Any) -> list[Any]:
        with Session(self.engine, expire_on_commit=False) as session:
            return list(session.scalars(select(model)))

    def refused(self) -> list[str]:
        return [row.code for row in self.rows(RefusedLaunch)]

    def begun(self) -> int:
        return len(self.rows(LoginAttempt))

    def register(self, **changes: Any) -> int:
        with Session(self.engine) as session, session.begin():
            return platforms.add(writing(session), draft(self.server, **changes)).id

    def must_refuse(self, response: TestResponse, status: int, code: str) -> None:
        assert response.status_code == status, response.text
        assert self.refused()[-1] == code
        assert "Traceback" not in response.text


LTI_ONLY = ("role_scope_mentor", "lis", "tool_platform", "for_user", "lti1p1")


@pytest.fixture
def desk(filled_folder: Path, tmp_path: Path, key_server: KeyServer, platform_key: Key) -> Iterator[Desk]:
    folder = tmp_path / "var"
    shutil.copytree(filled_folder, folder)
    key_server.publish(platform_key.jwk)
    key_server.forget()
    made = Desk(folder, key_server, platform_key)
    yield made
    made.close()


@pytest.fixture
def desk_on_each(database_url: str, tmp_path: Path, key_server: KeyServer, platform_key: Key) -> Iterator[Desk]:
    """The same on SQLite and on PostgreSQL."""
    catalogue.forget_syllabi()
    key_server.publish(platform_key.jwk)
    key_server.forget()
    made = Desk(tmp_path, key_server, platform_key, database_url)
    fill(made.engine, tmp_path, key_server)
    yield made
    made.close()
    catalogue.forget_syllabi()
