"""Headers of every answer: each route, each method, each kind of page, each error."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from lti_tool.app import create_app
from lti_tool.learning.people.staff import StaffRole
from lti_tool.screens import public
from lti_tool.web.extensions import db
from tests.house.town import TOOL, School, Town

NEVER = ("X-Frame-Options", "X-Powered-By", "Server", "X-XSS-Protection")
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000",
}
OPENER = "Cross-Origin-Opener-Policy"
DEVICES = ("camera", "microphone", "geolocation", "payment", "usb", "display-capture")
KEPT = {"lti.jwks", "static", "public.media", "public.cover"}
"""What browsers and proxies may keep."""


def faults(answer: TestResponse, *, may_be_kept: bool = False) -> list[str]:
    """What is wrong with the headers of this answer, whatever its status."""
    found, headers = [], answer.headers
    found += [f"{name}: {headers[name]}" for name in NEVER if name in headers]
    found += [f"{name}: {headers.get(name)}" for name, value in ALWAYS.items() if headers.getlist(name) != [value]]
    found += [f"no {name}=()" for name in DEVICES if f"{name}=()" not in headers.get("Permissions-Policy", "")]
    if not may_be_kept and headers.getlist("Cache-Control") != ["no-store"]:
        found.append(f"Cache-Control: {headers.get('Cache-Control')}")
    policy = policy_of(answer)
    if headers.getlist(OPENER) != ["same-origin-allow-popups"] and not may_ask_its_opener(answer):
        found.append(f"{OPENER}: {headers.getlist(OPENER)}")
    wide = [source for name in ("script-src", "style-src", "connect-src") for source in policy.get(name, ())
            if source not in ("'self'", "'none'")]  # fmt: skip
    if policy.get("default-src") != ["'none'"] or wide or "unsafe" in headers.get("Content-Security-Policy", ""):
        found.append(f"Content-Security-Policy: {headers.getlist('Content-Security-Policy')}")
    return found


def may_ask_its_opener(answer: TestResponse) -> bool:
    """In a window of its own a page may ask the storage of its platform, and of nobody else."""
    is_of_a_platform = [one.endswith(".example") for one in ancestors(answer)] == [True]
    return is_of_a_platform and answer.headers.getlist(OPENER) == ["unsafe-none"]


def policy_of(answer: TestResponse) -> dict[str, list[str]]:
    policies = answer.headers.getlist("Content-Security-Policy")
    assert len(policies) == 1
    return {part.split()[0]: part.split()[1:] for part in policies[0].split(";")}


def ancestors(answer: TestResponse) -> list[str]:
    return policy_of(answer).get("frame-ancestors", [])


def test_every_route_answers_with_the_headers_whatever_its_status(town: Town) -> None:
    own, other = town.schools[:2]
    browsers = {
        "nobody": town.app.test_client(), "learner": town.visitor(own, "learner"),
        "teacher": town.visitor(own, "teacher"), "staff": town.staff(own, StaffRole.CENTRAL_ADMIN),
    }  # fmt: skip
    wrong, statuses = [], set()
    for rule, _ in town.routes():
        for whose in (own, other):
            address = next(town.addresses(rule, own, whose))
            for who, browser in browsers.items():
                for method in ("GET", "HEAD", "POST", "OPTIONS", "DELETE"):
                    answer = browser.open(address, method=method, base_url=TOOL, headers={"Origin": TOOL})
                    found = faults(answer, may_be_kept=rule.endpoint in KEPT and answer.status_code in (200, 304))
                    wrong += [f"{method} {address} as {who} ({answer.status_code}): {fault}" for fault in found]
                    statuses.add(answer.status_code)
                    answer.close()
    assert wrong == []
    assert statuses >= {200, 303, 401, 403, 404, 405}


@pytest.fixture
def pages(town: Town) -> Iterator[dict[str, TestResponse]]:
    """One answer of each kind of page that there is without a launch."""
    own = town.schools[0]
    learner, teacher = town.visitor(own, "learner"), town.visitor(own, "teacher")
    visit, led = (own.visits[role][0] for role in ("learner", "teacher"))
    nobody, staff = town.app.test_client(), town.staff(own, StaffRole.CENTRAL_ADMIN)
    yield {
        "overview": get(learner, f"/v/{visit}/"), "page": get(learner, f"/v/{visit}/a/lezen"),
        "quiz": get(learner, f"/v/{visit}/a/toets"), "choice": get(teacher, f"/v/{led}/place"),
        "ticket": get(nobody, f"/v/{visit}/"), "login": begin(town, own, nobody),
        "storage": begin(town, own, nobody, lti_storage_target="_parent"),
        "staff": get(staff, "/staff/"), "sign-in": get(nobody, "/sign-in/"), "not staff": get(nobody, "/staff/"),
        "health": get(nobody, "/healthz"), "readiness": get(nobody, "/readyz"), "keys": get(nobody, "/lti/jwks.json"),
        "static": get(nobody, "/static/app.css"), "security.txt": get(nobody, public.SECURITY_TXT),
        "no page": get(nobody, "/nowhere"), "no method": nobody.delete("/lti/launch", base_url=TOOL),
        "too large": nobody.post("/lti/launch", base_url=TOOL, data={"id_token": "x" * 2_000_000}),
        "stranger": get(nobody, "/lti/login?iss=https://x.test&login_hint=1&target_link_uri=https://x.test"),
        "refused launch": nobody.post("/lti/launch", base_url=TOOL, data={"state": "x", "id_token": "x"}),
    }  # fmt: skip


def get(browser: FlaskClient, path: str) -> TestResponse:
    return browser.get(path, base_url=TOOL)


def begin(town: Town, school: School, browser: FlaskClient, **more: str) -> TestResponse:
    with town.engine.connect() as connection:
        query = text("SELECT issuer AS iss, client_id FROM registrations WHERE id = :id")
        known = dict(connection.execute(query, {"id": school.registration_id}).mappings().one())
    asked: dict[str, Any] = {**known, "login_hint": "1", "target_link_uri": f"{TOOL}/lti/launch", **more}
    return browser.get("/lti/login", base_url=TOOL, query_string=asked)


def test_who_may_frame_each_kind_of_page(pages: dict[str, TestResponse]) -> None:
    """Pages of a visit: its platform. Refusals of whom we do not know: anybody, for they offer nothing. Else nobody."""
    platform, anybody, nobody = ["https://alfa.example"], ["*"], ["'none'"]
    wanted = {
        **dict.fromkeys(("overview", "page", "quiz", "choice", "ticket"), platform),
        **dict.fromkeys(("no page", "no method", "too large", "stranger", "refused launch"), anybody),
        **dict.fromkeys(("staff", "not staff", "sign-in", "health", "readiness", "keys", "static"), nobody),
        "login": nobody, "security.txt": nobody,
    }  # fmt: skip
    assert {name: ancestors(pages[name]) for name in wanted} == wanted
    assert "https://alfa.example" in ancestors(pages["storage"])


def test_each_kind_of_page_is_what_it_is_meant_to_be(pages: dict[str, TestResponse]) -> None:
    statuses = {name: answer.status_code for name, answer in pages.items()}
    assert statuses == {
        **dict.fromkeys(pages, 200), "login": 302, "not staff": 303, "readiness": 503, "no page": 404, "no method": 405,
        "too large": 413, "stranger": 404, "refused launch": 401,
    }  # fmt: skip
    assert "data-store" in pages["storage"].text
    assert "data-ticket" in pages["ticket"].text


def test_forms_go_to_us_only(pages: dict[str, TestResponse]) -> None:
    assert {name for name, answer in pages.items() if policy_of(answer).get("form-action") != ["'self'"]} == set()


def test_a_flood_is_answered_with_the_headers_too(town: Town) -> None:
    app = create_app(replace(town.settings, limit_login="1/60"))
    browser = app.test_client()
    answers = [get(browser, "/lti/login") for _ in range(2)]
    assert answers[1].status_code == 429
    assert faults(answers[1]) == []
    assert ancestors(answers[1]) == ["*"]
    with app.app_context():
        db.engine.dispose()


def test_a_fault_of_ours_is_answered_with_the_headers_too(town: Town) -> None:
    own = town.schools[0]
    with town.engine.begin() as connection:
        connection.execute(text("DROP TABLE evidence"))
        connection.execute(text("DROP TABLE attempts"))
    answer = get(town.visitor(own, "learner"), f"/v/{own.visits['learner'][0]}/a/toets")
    assert answer.status_code == 500
    assert faults(answer) == []
    assert "attempts" not in answer.text


def test_plain_http_promises_no_https(town: Town) -> None:
    answer = town.app.test_client().get("/healthz", base_url="http://tool.test")
    assert "Strict-Transport-Security" not in answer.headers


def test_whom_to_tell_of_a_weakness(town: Town) -> None:
    """RFC 9116: the date moves along, lies ahead and within a year."""
    with time_machine.travel("2026-11-23T10:00:00+00:00", tick=False):
        answer = get(town.app.test_client(), "/.well-known/security.txt")
        assert answer.mimetype == "text/plain"
        assert answer.content_type == "text/plain; charset=utf-8"
        lines = dict(line.split(": ", 1) for line in answer.text.splitlines())
        assert lines["Contact"] == "mailto:security@tool.test"
        assert lines["Preferred-Languages"] == "nl, en"
        assert lines["Canonical"] == f"{TOOL}/.well-known/security.txt"
        assert lines["Expires"] == "2027-05-22T00:00:00Z"
    with time_machine.travel("2027-11-23T10:00:00+00:00", tick=False):
        assert "Expires: 2028-05-21T" in get(town.app.test_client(), "/.well-known/security.txt").text


def test_without_a_contact_there_is_no_such_page(town: Town) -> None:
    app = create_app(replace(town.settings, security_contact=""))
    assert get(app.test_client(), "/.well-known/security.txt").status_code == 404
    with app.app_context():
        db.engine.dispose()
