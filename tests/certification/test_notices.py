"""Platform Notification Service 1.0 (R-PNS-1): notices of copied courses, and of nobody else."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy.orm import Session

from lti_tool.base.db import writing
from lti_tool.protocols.lti.models import SpentNotice
from lti_tool.protocols.platforms import notice_handlers
from lti_tool.protocols.platforms.models import NoticeHandler
from lti_tool.protocols.resource_links.models import Context
from tests.certification.forging import b64

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
SERVICE = {
    CLAIM + "platformnotificationservice": {
        "service_versions": ["1.0"], "platform_notification_service_url": "https://lms.test/notice-handlers/1",
        "scope": ["https://purl.imsglobal.org/spec/lti/scope/noticehandlers"],
        "notice_types_supported": ["LtiHelloWorldNotice", "LtiContextCopyNotice"],
    }
}  # fmt: skip


@pytest.fixture
def known(desk: Any) -> Any:
    """A desk whose course-1 was opened."""
    assert desk.launch().status_code == 303
    return desk


def notice(desk: Any, kind: str = "LtiContextCopyNotice", key: Any = None, **changes: Any) -> str:
    now = int(time.time())
    body = {
        "iss": desk.ISSUER, "aud": desk.CLIENT, "azp": desk.CLIENT, "iat": now, "exp": now + 3600, "nonce": "n-1",
        CLAIM + "version": "1.3.0", CLAIM + "deployment_id": desk.DEPLOYMENT,
        CLAIM + "notice": {"id": "1", "timestamp": "2026-11-23T10:00:00Z", "type": kind},
        CLAIM + "context": {"id": "course-2", "title": "Mechatronica 4B (kopie)"},
        CLAIM + "origin_contexts": ["course-1"],
    }  # fmt: skip
    for name, value in changes.items():
        full = CLAIM + name if CLAIM + name in body else name
        body = {key: one for key, one in body.items() if key != full} | ({} if value is None else {full: value})
    return str(desk.sign(body, key))


def post(desk: Any, *tokens: Any, document: Any = None) -> Any:
    sent = {"notices": [{"jwt": token} for token in tokens]} if document is None else document
    return desk.new_browser().post("/lti/notices", json=sent, base_url=desk.TOOL)


def copied(desk: Any) -> list[str]:
    return [one.context_id for one in desk.rows(Context) if one.copied_from_id is not None]


def test_a_notice_marks_the_copy_before_its_first_launch(known: Any) -> None:
    """PNS 4: LtiContextCopyNotice."""
    answer = post(known, notice(known))
    assert (answer.status_code, answer.data) == (202, b"")
    assert copied(known) == ["course-2"]
    launched = known.launch({
        "sub": "fatima", "roles": [known.INSTRUCTOR], "context": {"id": "course-2"}, "resource_link": {"id": "link-2"},
    })  # fmt: skip
    assert launched.location.endswith("/copy")


def test_a_hello_is_answered_and_changes_nothing(known: Any) -> None:
    assert post(known, notice(known, "LtiHelloWorldNotice")).status_code == 202
    assert copied(known) == []
    assert len(known.rows(SpentNotice)) == 1


def test_several_notices_come_together_and_a_bad_one_hinders_none(known: Any) -> None:
    bad = notice(known, nonce="n-0", context={"id": "course-9"})[:-8] + "AAAAAAAA"
    both = (bad, notice(known, nonce="n-2"), "x", notice(known, nonce="n-3", context={"id": "course-3"}))
    assert post(known, *both).status_code == 202
    assert copied(known) == ["course-2", "course-3"]


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://other.test"}, {"aud": "other"}, {"aud": ["client-1", "other"]}, {"azp": "other"},
        {"exp": 1}, {"iat": 1}, {"iat": None}, {"exp": None}, {"nonce": None}, {"deployment_id": "another"},
        {"deployment_id": None}, {"notice": None}, {"notice": "x"}, {"context": None}, {"context": {"id": 7}},
        {"origin_contexts": None}, {"origin_contexts": ["unknown"]}, {"origin_contexts": ["course-2"]},
        {"origin_contexts": [None, {}]},
    ],
)  # fmt: skip
def test_what_is_not_genuine_or_not_ours_changes_nothing_and_is_told_nothing(
    known: Any, changes: dict[str, Any]
) -> None:
    answer = post(known, notice(known, **changes))
    assert (answer.status_code, answer.data) == (202, b"")
    assert copied(known) == []
    assert len(known.rows(Context)) == 1


def test_a_stranger_cannot_sign_it(known: Any, other_key: Any) -> None:
    assert post(known, notice(known, key=other_key)).status_code == 202
    assert copied(known) == []


def test_a_notice_is_taken_once(known: Any) -> None:
    token = notice(known)
    post(known, token)
    with Session(known.engine) as session, session.begin():
        course = writing(session).query(Context).filter_by(context_id="course-2").one()
        course.copied_from_id = None
    assert post(known, token).status_code == 202
    assert copied(known) == []


@pytest.mark.parametrize(
    "document",
    [{}, [], "x", {"notices": None}, {"notices": [None]}, {"notices": [{"jwt": 7}]}, {"notices": []},
     {"notices": [{"jwt": "a.b.c"}] * 101}, {"notices": [{"jwt": "a.b.c"}]}, {"notices": [{"jwt": "." * 5000}]}],
)  # fmt: skip
def test_what_is_no_message_of_notices_is_passed_over(known: Any, document: Any) -> None:
    answer = post(known, document=document)
    assert (answer.status_code, answer.data) == (202, b"")
    assert known.rows(SpentNotice) == []


@pytest.mark.parametrize(
    "body",
    [b"[" * 400_000, b'{"notices":' + b"[" * 200_000, b"\xff\xfe", b"", b"9" * 400_000,
     b'{"notices":[{"jwt":"\\ud800.\\ud800.x"}]}'],
)  # fmt: skip
def test_what_no_parser_takes_is_passed_over(known: Any, body: bytes) -> None:
    answer = known.new_browser().post("/lti/notices", data=body, content_type="application/json", base_url=known.TOOL)
    assert (answer.status_code, answer.data) == (202, b"")


@pytest.mark.parametrize(
    "body",
    [{"iss": "\ud800", "aud": "x"}, {"iss": "x", "aud": "\udfff"}, {"iss": "x", "aud": ["x\x00"]}, {"iss": ["x"]},
     {"iss": "x" * 5000, "aud": [{}]}, [], "[" * 300_000],
)  # fmt: skip
def test_a_sender_that_nobody_could_be_is_passed_over(known: Any, body: Any) -> None:
    """Half a surrogate pair is no Unicode, which databases refuse."""
    claims = body if isinstance(body, str) else json.dumps(body)
    assert post(known, f"{b64('{}')}.{b64(claims)}.AAAA").status_code == 202


@pytest.mark.parametrize(
    "changes",
    [{"nonce": "\ud800"}, {"nonce": "\x00"}, {"nonce": "x" * 513}, {"deployment_id": "\ud800"},
     {"context": {"id": "\ud800"}}, {"context": {"id": "x" * 256}}, {"notice": {"type": ["LtiContextCopyNotice"]}},
     {"origin_contexts": ["\ud800"] * 10_000}, {"exp": 1e400}],
)  # fmt: skip
def test_odd_claims_of_a_platform_are_passed_over(known: Any, changes: dict[str, Any]) -> None:
    assert post(known, notice(known, **changes)).status_code == 202
    assert copied(known) == []


def test_no_platform_tells_of_the_courses_of_another(known: Any) -> None:
    evil = {"issuer": "https://evil.test", "client_id": "evil", "auth_token_url": "https://evil.test/token"}
    known.register(**evil, deployment_ids=["evil-1"])
    theirs = {"iss": "https://evil.test", "aud": "evil", "azp": "evil"}
    for nonce, deployment in (("a", known.DEPLOYMENT), ("b", "evil-1")):
        post(known, notice(known, **theirs, nonce=nonce, deployment_id=deployment))
    assert copied(known) == []
    assert [one.context_id for one in known.rows(Context)] == ["course-1"]


def test_a_body_without_end_is_not_read(known: Any) -> None:
    assert post(known, document={"notices": [{"jwt": "x" * 600_000}]}).status_code in (202, 413)


def test_without_keys_the_platform_is_asked_to_send_it_again(desk: Any) -> None:
    desk.server.fail()
    answer = post(desk, notice(desk))
    assert (answer.status_code, answer.data) == (503, b"")


def test_a_launch_that_offers_notices_asks_for_them_once(known: Any) -> None:
    """PNS 3: the claim; once for a deployment, whoever comes."""
    for subject in ("one", "two"):
        assert known.launch({**SERVICE, "sub": subject}, browser=known.new_browser()).status_code == 303
    (handler,) = known.rows(NoticeHandler)
    assert handler.service_url == "https://lms.test/notice-handlers/1"
    assert handler.due_at is not None


@pytest.mark.parametrize(
    "without", [{"scope": []}, {"notice_types_supported": ["Other"]}, {"platform_notification_service_url": "x"}]
)
def test_a_service_that_is_of_no_use_is_not_asked(known: Any, without: dict[str, Any]) -> None:
    name = CLAIM + "platformnotificationservice"
    assert known.launch({name: SERVICE[name] | without}).status_code == 303
    assert known.rows(NoticeHandler) == []
    assert notice_handlers.MOST_ATTEMPTS > 1


def test_a_notice_that_meets_the_first_launch_of_the_course_is_to_come_again(desk_on_each: Any) -> None:
    """Both make the course: who is second is lost where it is not sent again."""
    desk = desk_on_each
    if desk.engine.dialect.name == "sqlite":
        pytest.skip("a promise about PostgreSQL; SQLite has one writer")
    assert desk.launch().status_code == 303
    with ThreadPoolExecutor(1) as pool, Session(desk.engine) as launch, launch.begin():
        launch.add(Context(deployment_id=desk.rows(Context)[0].deployment_id, context_id="course-2", title="x"))
        launch.flush()
        posted = pool.submit(post, desk, notice(desk))
        time.sleep(1.0)
        launch.commit()
        assert posted.result(20).status_code == 503
    assert post(desk, notice(desk)).status_code == 202
    assert copied(desk) == ["course-2"]
