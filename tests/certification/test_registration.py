"""Dynamic Registration 1.0: a platform registers itself, and what it may not do meanwhile (R-DR-1 to R-DR-9).

https://www.imsglobal.org/spec/lti-dr/v1p0
"""

import json
import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from config.default import Settings
from lti_tool.app import create_app
from lti_tool.base import clock
from lti_tool.base.db import make_engine, writing
from lti_tool.protocols.doctor import patient
from lti_tool.protocols.doctor.launches import choosing_light
from lti_tool.protocols.doctor.models import SelfTestLink
from lti_tool.protocols.lti import tool_configuration
from lti_tool.protocols.lti.claims import PARTS
from lti_tool.protocols.lti.tool_configuration import TOOL_PART, Addresses
from lti_tool.protocols.lti.views import ADMITS
from lti_tool.protocols.platforms import deployments, invitations, service
from lti_tool.protocols.platforms.families import FAMILIES
from lti_tool.protocols.platforms.invitations import InvitationDraft
from lti_tool.protocols.platforms.models import Deployment, Invitation, Registration, RegistrationRun
from lti_tool.web.extensions import db
from tests.certification.registrar import PLATFORM_PART, Registrar, standing

TOOL = "https://tool.test"
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri", "registration_endpoint")
MARKUP = "<script>alert(1)</script>"


class Hall:
    """The tool on a database of its own, and a platform that registers with it."""

    def __init__(self, settings: Settings, registrar: Registrar, engine: Engine) -> None:
        self.app, self.registrar, self.engine = create_app(settings), registrar, engine

    def register(self, code: str = "", client: FlaskClient | None = None, **parameters: str) -> TestResponse:
        given = {"openid_configuration": self.registrar.configuration_url} | parameters
        path = f"/lti/register/{code}" if code else "/lti/register"
        return (client or self.app.test_client()).get(path, base_url=TOOL, query_string=given)

    def invite(self, **changes: Any) -> str:
        with Session(self.engine) as session, session.begin():
            return invitations.make(writing(session), InvitationDraft(**({"school": "Voorbeeld College"} | changes)))[1]

    def rows(self, model: Any) -> list[Any]:
        with Session(self.engine, expire_on_commit=False) as session:
            return list(session.scalars(select(model).order_by(model.id)))

    def refused(self, code: str, answer: TestResponse) -> None:
        """It failed for this reason, was told with the reference that stands in the run, and nothing was stored."""
        assert answer.status_code == 400, answer.text
        run = self.rows(RegistrationRun)[-1]
        assert run.code == code
        assert run.reference in answer.text
        assert "Traceback" not in answer.text
        assert self.rows(Registration) == []


@pytest.fixture
def registrar() -> Iterator[Registrar]:
    with standing() as shown:
        yield shown


@pytest.fixture
def hall(registrar: Registrar, sqlite_template: Path, tmp_path: Path) -> Iterator[Hall]:
    shutil.copyfile(sqlite_template, tmp_path / "tool.db")
    with opened(registrar, f"sqlite:///{tmp_path / 'tool.db'}", tmp_path) as made:
        yield made


@pytest.fixture
def hall_on_each(registrar: Registrar, database_url: str, tmp_path: Path) -> Iterator[Hall]:
    """The same on SQLite and on PostgreSQL."""
    with opened(registrar, database_url, tmp_path) as made:
        yield made


@contextmanager
def opened(registrar: Registrar, database_url: str, tmp_path: Path) -> Iterator[Hall]:
    settings = Settings(
        public_url=TOOL, secret_keys=("a secret for tests, long enough",), var_dir=tmp_path, database_url=database_url,
        allowed_private_hosts=(f"127.0.0.1:{registrar.port}",), http_timeout_s=2.0, http_max_kb=64,
        limit_register="off",
    )  # fmt: skip
    engine = make_engine(database_url)
    made = Hall(settings, registrar, engine)
    yield made
    engine.dispose()
    with made.app.app_context():
        db.engine.dispose()


def test_it_fetches_the_configuration_and_posts_its_registration(hall: Hall) -> None:
    """R-DR-1, R-DR-2: with the token as Bearer."""
    answer = hall.register(registration_token="token-1")
    assert answer.status_code == 200, answer.text
    (get, post) = hall.registrar.asked
    assert (get[0], get[1]) == ("GET", "/.well-known/openid-configuration")
    assert (post[0], post[1], post[2]["Content-Type"]) == ("POST", "/register", "application/json")
    assert get[2]["Authorization"] == post[2]["Authorization"] == "Bearer token-1"


def test_without_a_token_none_is_sent(hall: Hall) -> None:
    """R-DR-1: Brightspace sends none."""
    assert hall.register().status_code == 200
    assert ["Authorization" in headers for _, _, headers, _ in hall.registrar.asked] == [False, False]


def test_canvas_gives_its_configuration_to_its_token_only(hall: Hall) -> None:
    hall.registrar.wants_token = "token-1"
    assert hall.register(registration_token="token-1").status_code == 200


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("application_type", "web"),
        ("grant_types", ["implicit", "client_credentials"]),
        ("response_types", ["id_token"]),
        ("redirect_uris", [f"{TOOL}/lti/launch"]),
        ("initiate_login_uri", f"{TOOL}/lti/login"),
        ("client_name", "Technohub modules"),
        ("client_name#nl", "Technohub-modules"),
        ("jwks_uri", f"{TOOL}/lti/jwks.json"),
        ("logo_uri", f"{TOOL}/static/icon.png"),
        ("client_uri", TOOL),
        ("token_endpoint_auth_method", "private_key_jwt"),
        ("policy_uri", None),
        ("tos_uri", None),
        ("contacts", None),
    ],
)
def test_each_member_of_our_registration(member: str, value: Any) -> None:
    """R-DR-3."""
    told = tool_configuration.registration(Addresses(TOOL), FAMILIES["moodle"], "name-and-email")
    assert told.get(member) == value


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("domain", "tool.test:8443"),
        ("target_link_uri", "https://tool.test:8443/lti/launch"),
        ("custom_parameters", {"context_history": "$Context.id.history", "link_history": "$ResourceLink.id.history"}),
        ("claims", ["iss", "sub", "name", "given_name", "family_name", "email"]),
    ],
)
def test_each_member_of_its_lti_part(member: str, value: Any) -> None:
    """R-DR-3: the domain is host and port of the target link, as Moodle wants it."""
    told = tool_configuration.registration(Addresses("https://tool.test:8443"), FAMILIES["moodle"], "name-and-email")
    assert told[TOOL_PART][member] == value


def test_pages_of_the_settings_are_told() -> None:
    addresses = Addresses(TOOL, "https://hub.test/privacy", "https://hub.test/terms", ("a@hub.test",))
    told = tool_configuration.registration(addresses, FAMILIES["generic"], "name")
    assert (told["policy_uri"], told["tos_uri"], told["contacts"]) == (
        "https://hub.test/privacy", "https://hub.test/terms", ["a@hub.test"],
    )  # fmt: skip


def test_only_what_is_used_is_asked(hall: Hall) -> None:
    """R-DR-8: the scopes of grades and roster, and the messages that are answered."""
    hall.register()
    (sent,) = hall.registrar.registrations
    ags = "https://purl.imsglobal.org/spec/lti-ags/scope/"
    assert set(sent["scope"].split()) == {
        ags + "lineitem", ags + "lineitem.readonly", ags + "result.readonly", ags + "score",
        "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly",
        "https://purl.imsglobal.org/spec/lti-gs/scope/contextgroup.readonly",
    }  # fmt: skip
    asked = [message["type"] for message in sent[TOOL_PART]["messages"]]
    assert asked == ["LtiResourceLinkRequest", "LtiDeepLinkingRequest", "LtiSubmissionReviewRequest"]
    assert set(asked) == set(ADMITS) == set(PARTS)


@pytest.mark.parametrize(
    ("level", "claims"),
    [
        ("pseudonym", ["iss", "sub"]),
        ("name", ["iss", "sub", "name", "given_name", "family_name"]),
        ("name-and-email", ["iss", "sub", "name", "given_name", "family_name", "email"]),
    ],
)
def test_claims_are_those_of_the_privacy_level(hall: Hall, level: str, claims: list[str]) -> None:
    """R-DR-8."""
    hall.register(hall.invite(privacy_level=level))
    assert hall.registrar.registrations[0][TOOL_PART]["claims"] == claims


def test_canvas_is_told_where_the_tool_is_offered() -> None:
    """One place has one message: links are made by choosing, and launched wherever they stand."""
    asked = tool_configuration.registration(Addresses(TOOL), FAMILIES["canvas"], "name")[TOOL_PART]["messages"]
    offered = {message["type"]: message.get("placements") for message in asked}
    assert offered == {
        "LtiResourceLinkRequest": None, "LtiDeepLinkingRequest": ["assignment_selection", "link_selection"],
    }  # fmt: skip


def test_client_and_deployment_of_the_answer_are_stored(hall_on_each: Hall) -> None:
    """R-DR-5."""
    hall_on_each.register()
    (kept,) = hall_on_each.rows(Registration)
    known = (kept.client_id, kept.issuer, kept.status, kept.family)
    assert known == ("client-1", hall_on_each.registrar.url, "pending", "moodle")
    assert [row.deployment_id for row in hall_on_each.rows(Deployment)] == ["7"]


def test_what_is_granted_is_stored_and_not_what_was_asked(hall: Hall) -> None:
    hall.registrar.answers = {"scope": "openid one", TOOL_PART: {"claims": ["iss"], "messages": []}}
    hall.register()
    (kept,) = hall.rows(Registration)
    assert kept.granted == {"scopes": ["openid", "one"], "claims": ["iss"], "messages": []}


def test_a_registration_of_before_learns_deep_linking_by_registering_once_more(hall_on_each: Hall) -> None:
    """Made when the tool asked for launches only; the doctor says so until it is brought up to date."""
    before = {"deployment_id": "7", "messages": [{"type": "LtiResourceLinkRequest"}]}
    hall_on_each.registrar.answers = {TOOL_PART: before}
    hall_on_each.register(hall_on_each.invite(), registration_token="token-1")
    assert _choosing(hall_on_each) == ("amber", "choosing-not-granted")
    hall_on_each.registrar.answers = {}
    hall_on_each.register(hall_on_each.invite(), registration_token="token-2")
    assert _choosing(hall_on_each) == ("green", "choosing-granted")
    assert [run.step for run in hall_on_each.rows(RegistrationRun)] == ["done", "done"]


def _choosing(hall: Hall) -> tuple[str, str]:
    """What the doctor says of deep linking at the one registration that there is."""
    (kept,) = hall.rows(Registration)
    with Session(hall.engine) as session, session.begin():
        light = choosing_light(patient.admit(session, kept.id))
    return light.state, light.code


@pytest.mark.parametrize("part", [None, {}, {"deployment_id": ""}, {"deployment_id": None}])
def test_an_answer_without_deployment_is_enough(hall: Hall, part: Any) -> None:
    """Canvas makes deployments later; they wait for staff, or an invitation lets them in."""
    hall.registrar.answers = {TOOL_PART: part}
    assert hall.register().status_code == 200
    assert hall.rows(Deployment) == []


def test_a_deployment_may_be_a_number(hall: Hall) -> None:
    hall.registrar.answers = {TOOL_PART: {"deployment_id": 12}}
    hall.register()
    assert [row.deployment_id for row in hall.rows(Deployment)] == ["12"]


def test_an_old_address_shows_what_came_and_makes_no_self_test(hall: Hall) -> None:
    """It stays in the platform's history and log; who finds it there gets no new secret."""
    assert "/self-test/" in hall.register(registration_token="token-1").text
    with time_machine.travel(clock.now() + timedelta(hours=2)):
        answer = hall.register(registration_token="token-1")
    assert (answer.status_code, "/self-test/" in answer.text) == (200, False)
    assert len(hall.rows(SelfTestLink)) == 1


def test_another_audience_is_stored(hall: Hall) -> None:
    """Brightspace: authorization_server is the audience of token requests (DR 2.1)."""
    hall.registrar.changes = {"authorization_server": "https://api.brightspace.test/auth/token"}
    hall.register()
    assert hall.rows(Registration)[0].audience == "https://api.brightspace.test/auth/token"


def test_the_page_offers_to_close_the_dialog_and_closes_nothing_by_itself(hall: Hall) -> None:
    """R-DR-6: the message goes to whoever opened or shows the page, when the administrator has read it."""
    answer = hall.register()
    assert "data-close" in answer.text
    script = Path(tool_configuration.__file__).parents[2] / "web" / "static" / "close.js"
    assert 'postMessage({ subject: "org.imsglobal.lti.close" }, "*")' in script.read_text()
    assert answer.headers["Cross-Origin-Opener-Policy"] == "unsafe-none"


def test_the_platform_may_frame_the_page(hall: Hall) -> None:
    answer = hall.register()
    assert f"frame-ancestors {hall.registrar.url};" in answer.headers["Content-Security-Policy"] + ";"


def test_with_an_invitation_it_is_active_at_once(hall_on_each: Hall) -> None:
    answer = hall_on_each.register(hall_on_each.invite())
    assert "Voorbeeld College" in answer.text
    assert hall_on_each.rows(Registration)[0].status == "active"
    assert hall_on_each.rows(Invitation)[0].used == 1


@pytest.mark.parametrize("state", ["invitation", "invitation-withdrawn", "invitation-expired", "invitation-used"])
def test_an_invitation_that_is_over_registers_nothing(hall: Hall, state: str) -> None:
    code = hall.invite()
    changes = {
        "invitation": {"code": "x"}, "invitation-withdrawn": {"withdrawn_at": "2026-01-01 00:00:00"},
        "invitation-expired": {"expires_at": "2026-01-01 00:00:00"}, "invitation-used": {"used": 1},
    }[state]  # fmt: skip
    with hall.engine.begin() as connection:
        (name,) = changes
        connection.exec_driver_sql(f"UPDATE invitations SET {name} = '{changes[name]}'")
    hall.refused(state, hall.register(code))
    assert hall.registrar.asked == []


def test_a_reload_shows_the_same_and_registers_nothing(hall_on_each: Hall) -> None:
    first, second = (hall_on_each.register(registration_token="token-1") for _ in "12")
    assert second.status_code == 200
    assert hall_on_each.rows(RegistrationRun)[0].reference in first.text
    assert hall_on_each.rows(RegistrationRun)[0].reference in second.text
    assert len(hall_on_each.registrar.registrations) == len(hall_on_each.rows(Registration)) == 1


def test_the_same_address_twice_at_once_registers_once(hall_on_each: Hall) -> None:
    start, answers = threading.Barrier(2), []

    def register() -> None:
        start.wait(5)
        answers.append(hall_on_each.register(registration_token="token-1").status_code)

    threads = [threading.Thread(target=register) for _ in "12"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert answers == [200, 200]
    assert len(hall_on_each.registrar.registrations) == len(hall_on_each.rows(RegistrationRun)) == 1


def test_a_failure_before_anything_was_asked_is_tried_again_by_a_reload(hall: Hall) -> None:
    hall.registrar.status = 503
    hall.refused("configuration-status", hall.register(registration_token="token-1"))
    hall.registrar.status = 200
    assert hall.register(registration_token="token-1").status_code == 200


def test_a_failure_after_that_is_shown_until_somebody_tries_again(hall: Hall) -> None:
    hall.registrar.answer_status = 500
    for _ in "12":
        hall.refused("registration-refused", hall.register(registration_token="token-1"))
    assert len(hall.registrar.registrations) == 1
    hall.registrar.answer_status = 201
    given = {"openid_configuration": hall.registrar.configuration_url, "registration_token": "token-1"}
    client, address = hall.app.test_client(), {"base_url": TOOL, "query_string": given}
    foreign = client.post("/lti/register", headers={"Origin": "https://evil.example"}, **address)  # type: ignore[arg-type]
    assert foreign.status_code == 403
    once_more = client.post("/lti/register", headers={"Origin": TOOL}, **address)  # type: ignore[arg-type]
    assert once_more.status_code == 303
    assert hall.register(registration_token="token-1").status_code == 200
    assert len(hall.rows(Registration)) == 1


# --- what a platform or somebody else may not do


@pytest.mark.parametrize(
    "issuer",
    [
        "https://lms.voorbeeld.test", "https://canvas.instructure.com", "http://127.0.0.1", "http://127.0.0.1:1",
        "http://127.0.0.1.evil.example", "http://localhost", "http://127.0.0.1:{port}@evil.example",
        "https://127.0.0.1:{port}", "http://127.0.0.1:{port}/school", "http://127.0.0.1:{port}/.well",
    ],
)  # fmt: skip
@pytest.mark.parametrize("family", ["moodle", "canvas"])
def test_no_configuration_speaks_for_another_issuer(hall: Hall, issuer: str, family: str) -> None:
    """R-DR-4: another host, port or scheme, the issuer of a hosted platform, a neighbour's folder."""
    hall.registrar.changes = {
        "issuer": issuer.format(port=hall.registrar.port), PLATFORM_PART: {"product_family_code": family},
    }  # fmt: skip
    answer = hall.register(registration_token="token-1")
    assert hall.rows(RegistrationRun)[0].code in ("configuration-issuer", "configuration-member")
    hall.refused(hall.rows(RegistrationRun)[0].code, answer)
    assert hall.registrar.registrations == []


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.2/c", "http://169.254.169.254/latest/meta-data",
        "https://[::1]/c", "https://[::ffff:10.0.0.1]/c", "http://127.0.0.1:1/c", "https://10.1.2.3/c",
    ],
)  # fmt: skip
def test_private_and_plain_addresses_are_not_called(hall: Hall, url: str) -> None:
    """R-DR-7."""
    hall.refused("address-not-allowed", hall.register(openid_configuration=url))


@pytest.mark.parametrize(
    "url", ["", "javascript:alert(1)", "file:///etc/passwd", "//x", "https://", "ftp://x/y", "a\x00b"]
)
def test_what_is_no_web_address_begins_nothing(hall: Hall, url: str) -> None:
    answer = hall.register(openid_configuration=url)
    assert answer.status_code == 400
    assert hall.rows(RegistrationRun) == []
    assert "frame-ancestors *" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("token", ["x" * 9000, "a b", "a\r\nX: y", "é"])
def test_a_token_that_is_none_begins_nothing(hall: Hall, token: str) -> None:
    assert hall.register(registration_token=token).status_code == 400
    assert hall.registrar.asked == []


def test_redirects_are_not_followed(hall: Hall) -> None:
    hall.registrar.status, hall.registrar.headers = 302, {"Location": "http://169.254.169.254/"}
    hall.refused("configuration-status", hall.register())
    assert len(hall.registrar.asked) == 1


def test_a_giant_configuration_is_not_read(hall: Hall) -> None:
    hall.registrar.body = b"[" + b" " * 200_000 + b"]"
    hall.refused("upstream-too-large", hall.register())


def test_a_slow_configuration_ends(hall: Hall) -> None:
    hall.registrar.slow_s = 0.05
    hall.refused("upstream-timeout", hall.register())


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"null", b'"x"', b"[" * 50_000, b"\xff\xfe"])
def test_a_configuration_that_is_no_object_is_refused(hall: Hall, body: bytes) -> None:
    hall.registrar.body = body
    hall.refused("configuration-unreadable", hall.register())


@pytest.mark.parametrize("member", ["issuer", *ENDPOINTS])
@pytest.mark.parametrize(
    "value",
    [None, 7, "", "javascript:alert(1)", "https://", "https://x\\@y/", "https://a@b/", "https://x/" + "x" * 2000],
)
def test_each_address_must_be_there_and_be_one(hall: Hall, member: str, value: Any) -> None:
    hall.registrar.changes = {member: value}
    hall.refused("configuration-member", hall.register())


@pytest.mark.parametrize("member", ["token_endpoint", "jwks_uri", "registration_endpoint"])
@pytest.mark.parametrize(
    "url", ["https://10.0.0.1/x", "http://lms.voorbeeld.test/x", "https://169.254.169.254/x", "https://[::1]/x"]
)
def test_no_address_may_be_private(hall: Hall, member: str, url: str) -> None:
    hall.registrar.changes = {member: url}
    hall.refused("configuration-private", hall.register())
    assert hall.registrar.registrations == []


def test_who_does_not_sign_with_rs256_is_refused(hall: Hall) -> None:
    hall.registrar.changes = {"id_token_signing_alg_values_supported": ["HS256", "none"]}
    hall.refused("configuration-algorithm", hall.register())


def test_a_refusal_of_the_platform_is_told_in_its_words(hall: Hall) -> None:
    """Canvas answers 422 with a member errors (R-DR-7)."""
    hall.registrar.answer_status, hall.registrar.answer_body = 422, json.dumps(
        {"errors": [{"message": "Invalid scopes: one"}]}
    ).encode()
    answer = hall.register(registration_token="token-1")
    hall.refused("registration-refused", answer)
    assert "422" in answer.text
    assert "Invalid scopes: one" in answer.text


def test_a_token_that_the_platform_refuses_is_told(hall: Hall) -> None:
    hall.registrar.answer_status, hall.registrar.answer_body = 401, b'{"error": "token_already_used"}'
    hall.refused("registration-token", hall.register(registration_token="token-1"))


@pytest.mark.parametrize("status", [204, 301, 400, 404, 503])
def test_no_other_answer_registers(hall: Hall, status: int) -> None:
    hall.registrar.answer_status, hall.registrar.answer_body = status, b""
    hall.refused("registration-refused", hall.register())


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "answer-unreadable"), (b"<html>", "answer-unreadable"), (b"[]", "answer-unreadable"),
        (b"{}", "answer-member"), (b'{"client_id": ""}', "answer-member"), (b'{"client_id": 7}', "answer-member"),
        (b'{"client_id": "a\\u0000b"}', "answer-member"), (b'{"client_id": "\\ud83d"}', "answer-member"),
        (json.dumps({"client_id": "x" * 256}).encode(), "answer-member"),
        (json.dumps({"client_id": "x", TOOL_PART: {"deployment_id": ["1"]}}).encode(), "answer-member"),
        (json.dumps({"client_id": "x", TOOL_PART: {"deployment_id": "y" * 256}}).encode(), "answer-member"),
    ],
)  # fmt: skip
def test_an_answer_that_cannot_be_read_stores_nothing(hall: Hall, body: bytes, code: str) -> None:
    """R-DR-7."""
    hall.registrar.answer_body = body
    hall.refused(code, hall.register())


def test_many_platforms_stand_side_by_side(hall_on_each: Hall) -> None:
    """R-DR-9: each has its own registration, keys and deployments; logins name one."""
    hall_on_each.register(hall_on_each.invite())
    with Session(hall_on_each.engine) as session, session.begin():
        service.add(writing(session), service.PlatformDraft(
            name="Other", issuer="https://other.test", client_id="client-1", deployment_ids=["7"],
            auth_login_url="https://other.test/a", auth_token_url="https://other.test/t",
            key_set_url="https://other.test/k",
        ))  # fmt: skip
        mine = service.for_login(session, hall_on_each.registrar.url, "client-1")
        other = service.for_login(session, "https://other.test", "client-1")
        assert mine.id != other.id
        assert deployments.accepted(session, mine.id, "7") != deployments.accepted(session, other.id, "7")


def test_markup_of_a_platform_is_text(hall: Hall) -> None:
    """In every text of the configuration and of the answer."""
    hall.registrar.changes = {
        PLATFORM_PART: {
            "product_family_code": MARKUP, "version": MARKUP,
            "https://canvas.instructure.com/lti/account_name": f"School {MARKUP}",
        },
        "authorization_server": MARKUP,
    }
    hall.registrar.answers = {
        "client_id": MARKUP, "scope": MARKUP, "client_name": MARKUP, TOOL_PART: {"deployment_id": MARKUP},
    }  # fmt: skip
    answer = hall.register(hall.invite(school=MARKUP), registration_token=MARKUP.replace(" ", ""))
    assert answer.status_code == 200
    assert MARKUP not in answer.text
    hall.registrar.answer_status, hall.registrar.answer_body = 400, json.dumps({"error_description": MARKUP}).encode()
    answer = hall.register()
    assert answer.status_code == 400
    assert MARKUP not in answer.text
    assert "&lt;script&gt;" in answer.text


def test_the_address_opened_in_a_browser_says_what_it_is_for(hall: Hall) -> None:
    client, code = hall.app.test_client(), hall.invite()
    plain, invited = (client.get(path, base_url=TOOL) for path in ("/lti/register", f"/lti/register/{code}"))
    assert (plain.status_code, invited.status_code) == (200, 200)
    assert f"{TOOL}/lti/register/{code}" in invited.text
    assert client.get("/lti/register/verzonnen", base_url=TOOL).status_code == 404


def test_steps_are_told_with_their_state(hall: Hall) -> None:
    hall.registrar.answer_status = 500
    states = re.findall(r'class="check check-([a-z-]+)"', hall.register().text)
    assert states == ["done", "done", "done", "failed", "not-begun", "not-begun"]
