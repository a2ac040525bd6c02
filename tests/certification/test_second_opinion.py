"""A launch, a choice and grades as an independent library sees them, lti1p3platform: its half is not ours."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

import pytest
from cryptography.hazmat.primitives import serialization
from lti1p3platform.content_item import LTI_DEEP_LINKING_CONTENT_ITEM_TYPE
from lti1p3platform.exceptions import LineItemNotFoundException
from lti1p3platform.lineitem import TDeepLinkingLineItem
from lti1p3platform.ltiplatform import LTI1P3PlatformConfAbstract
from lti1p3platform.message_launch import LTIAdvantageMessageLaunchAbstract
from lti1p3platform.registration import Registration
from lti1p3platform.request import Request
from lti1p3platform.response import Response
from lti1p3platform.score import ActivityProgress, GradeProgress, TScore, TSubmission, UpdateScoreStatus
from lti1p3platform.service_connector import AssignmentsGradesService
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.base import clock
from lti_tool.base.db import writing
from lti_tool.learning.kinds import Proof, page, quiz
from lti_tool.learning.kinds.quiz import QuestionKind
from lti_tool.learning.progress import service as progress
from lti_tool.protocols.grades.models import Delivery
from lti_tool.protocols.resource_links.models import Member
from lti_tool.worker import Worker
from tests.certification import choosing


class Launch(LTIAdvantageMessageLaunchAbstract):
    """The library's launch, with the authentication request that we sent as its preflight."""

    def get_preflight_response(self) -> dict[str, Any]:
        return self.preflight  # type: ignore[attr-defined, no-any-return]

    def render_launch_form(self, launch_data: Any, **_: Any) -> Any:
        return launch_data


def registration_of(desk: Any) -> Registration:
    """The tool as the library's platform knows it."""
    pem = desk.key.private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    registration = Registration().set_iss(desk.ISSUER).set_client_id(desk.CLIENT)
    registration.set_deployment_id(desk.DEPLOYMENT).set_launch_url(f"{desk.TOOL}/lti/launch?module={desk.MODULE}")
    registration.set_platform_private_key(pem)
    registration.set_platform_public_key(
        desk.key.private.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )
    desk.server.publish(*registration.get_jwks())
    return registration


def launch_of(registration: Registration, query: dict[str, str]) -> Launch:
    made = Launch.__new__(Launch)
    Launch.__init__(made, None, None)
    made.preflight = query  # type: ignore[attr-defined]
    made._registration = registration
    return made


def launched_form(desk: Any, registration: Registration, role: str, lineitem: str, **more: Any) -> dict[str, Any]:
    """The form that the library posts to the tool after a login; `more` are further claims."""
    begun = desk.login()
    made = launch_of(registration, begun.query)
    made.set_user_data("person-9", [role], full_name="Fatima Yıldız")
    made.set_resource_link_claim("link-9", title="Cobots")
    made.set_launch_context_claim("course-9", ["http://purl.imsglobal.org/vocab/lis/v2/course#CourseOffering"])
    made.set_ags(lineitem.rpartition("/")[0], lineitem)
    made.set_extra_claims(more)
    made.validate_preflight_response(begun.query)
    form: dict[str, Any] = made.generate_launch_request()
    return form


def test_launch_made_by_lti1p3platform(desk: Any) -> None:
    """R-FLOW-1, R-JWT-1, R-CLAIM-9: the other implementation's launch enters, its replay does not."""
    form = launched_form(desk, registration_of(desk), desk.INSTRUCTOR, f"{desk.ISSUER}/lineitems/1")
    launched = desk.post(form["state"], form["id_token"])
    assert launched.status_code == 303, launched.text
    page_shown = desk.open(launched.location)
    assert 'data-role="teacher"' in page_shown.text
    assert "Fatima" in page_shown.text
    other = desk.login()
    desk.must_refuse(desk.post(other.state, form["id_token"]), 401, "token-nonce")


# Deep linking: the library's request, and its own taking of the answer.


def test_a_choice_asked_and_taken_by_lti1p3platform(desk: Any) -> None:
    """R-DL-1 to R-DL-6: it sends an object as data and says nothing of line items; our items have its members."""
    registration = registration_of(desk).set_deeplink_launch_url(f"{desk.TOOL}/lti/launch")
    registration.set_tool_key_set(desk.open("/lti/jwks.json").json)
    begun = desk.login()
    made = launch_of(registration, begun.query)
    made.set_user_data("person-9", [desk.INSTRUCTOR], full_name="Fatima Yıldız")
    made.set_launch_context_claim("course-9", ["http://purl.imsglobal.org/vocab/lis/v2/course#CourseOffering"])
    made.set_dl(f"{desk.ISSUER}/choices", title="Week 3", extra_data={"ticket": [1, "ü"]})
    form: Any = made.generate_launch_request()
    launched = desk.post(form["state"], form["id_token"])
    sent = choosing.place(desk, launched, [choosing.item(), choosing.item(title="Nog een")])

    platform = Platform(registration=registration)
    taken = platform.validate_deeplinking_resp({"JWT": sent.token})
    assert [one["title"] for one in taken] == ["Cobots veilig inzetten", "Nog een"]
    assert taken == sent.items
    for one in taken:
        assert set(one) - {"type"} <= set(LTI_DEEP_LINKING_CONTENT_ITEM_TYPE[one["type"]].__annotations__)
        review = {"submissionReview"}  # Submission Review 1.0 is younger than the library
        assert set(one["lineItem"]) - review <= set(TDeepLinkingLineItem.__annotations__)
    assert sent.url == f"{desk.ISSUER}/choices"
    assert platform.assertion[choosing.DL + "data"] == {"ticket": [1, "ü"]}
    assert (platform.assertion["iss"], platform.assertion["aud"]) == (desk.CLIENT, desk.ISSUER)


# Grades: the library's access tokens and its score service, on loopback.


class Platform(LTI1P3PlatformConfAbstract):
    """The library's platform; it gives tokens for assertions that our published keys verify."""

    def init_platform_config(self, **known: Any) -> None:
        self._registration = known["registration"]

    def get_registration_by_params(self, **_: Any) -> Registration:
        return self._registration  # type: ignore[return-value]

    @property
    def assertion(self) -> dict[str, Any]:
        """The claims of the last token request, as the library read them."""
        return self._jwt["body"]


class Asked(Request):
    def build_metadata(self, request: Any) -> Any:
        return request


class Grades(AssignmentsGradesService):
    """One column; it keeps what the library hands on, and refuses timestamps that are not later than the last."""

    book: list[TScore]

    def update_score(self, line_item_id: str, score: TScore) -> UpdateScoreStatus:
        if line_item_id != "1":
            raise LineItemNotFoundException
        earlier = [datetime.fromisoformat(str(one["timestamp"])) for one in self.book]
        if earlier and datetime.fromisoformat(str(score["timestamp"])) <= max(earlier):
            return UpdateScoreStatus.OLD_TIMESTAMP
        self.book.append(score)
        return UpdateScoreStatus.SUCCESS if earlier else UpdateScoreStatus.CREATED

    def _unused(self, *_: Any, **__: Any) -> Any:
        raise AssertionError("the launch names its own column; nothing else is to be asked")

    find_lineitems = find_lineitem = create_lineitem = update_lineitem = delete_lineitem = get_results = _unused


class GradeServer:
    """The library behind an HTTP server on loopback: /token and /lineitems/1/scores."""

    def __init__(self, registration: Registration) -> None:
        self.platform = Platform(registration=registration)
        self.book: list[TScore] = []
        self.answers: list[tuple[str, int]] = []
        """Of each request its path and the status that the library gave."""
        self.worthless_tokens = 0
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                answer = owner.answer(self.path, dict(self.headers), body)
                owner.answers.append((self.path, answer.code))
                shown = json.dumps(answer.result).encode() if answer.result else b""
                self.send_response(answer.code)
                self.send_header("Content-Type", answer.media_type)
                self.send_header("Content-Length", str(len(shown)))
                self.end_headers()
                self.wfile.write(shown)

            def log_message(self, *_: Any) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}"
        self.column = f"{self.url}/lineitems/1"

    def answer(self, path: str, headers: dict[str, str], body: bytes) -> Response:
        if path == "/token":
            return self.token(dict(parse_qsl(body.decode())))
        assert path.endswith("/scores")
        line_item_id = path.removeprefix("/lineitems/").removesuffix("/scores")
        asked = Asked({"method": "POST", "headers": headers, "path": path, "json": json.loads(body), "get_data": {}})
        service = Grades(asked, self.platform, f"{self.url}/lineitems", self.column)
        service.book = self.book
        return service.handle_resp(service.handle_update_score, line_item_id=line_item_id)

    def token(self, form: dict[str, str]) -> Response:
        if self.worthless_tokens:
            self.worthless_tokens -= 1
            form["scope"] = "none that the library knows"
        return Response(self.platform.get_access_token(form), 200, "success")


@pytest.fixture
def grade_server(desk: Any) -> Iterator[GradeServer]:
    """The platform of the desk, with its token address here and our key set as the tool publishes it."""
    registration = registration_of(desk)
    registration.set_tool_key_set(desk.open("/lti/jwks.json").json)
    server = GradeServer(registration)
    desk.register(auth_token_url=f"{server.url}/token")
    thread = threading.Thread(target=server.http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server
    server.http.shutdown()
    server.http.server_close()
    thread.join(timeout=5)


def finish(desk: Any, *, attempt: int, right: bool) -> None:
    """Let the one learner do all of the module, its quizzes all right or all empty."""
    with Session(desk.engine) as session, session.begin():
        enrolment_id = writing(session).scalars(select(Member.enrolment_id)).one()
        place = progress.place_by_id(session, enrolment_id)
        for step in progress.syllabus_of(session, place).steps:
            proof = Proof(page.READ, clock.now(), {})
            if step.kind == "quiz":
                answers = right_answers(step.settings) if right else {}
                proof = Proof(quiz.HANDED_IN, clock.now(), {"attempt": attempt, "answers": answers})
            progress.record(session, enrolment_id, step, proof, key=f"{proof.what}:{attempt}")


def right_answers(settings: quiz.Quiz) -> quiz.Answers:
    return {
        q.id: str(q.answer) if q.kind is QuestionKind.NUMBER else [option.id for option in q.options if option.correct]
        for q in settings.questions
    }


def deliver(desk: Any) -> list[Delivery]:
    """What our worker sends now; returns what it keeps of it."""
    worker = Worker(replace(desk.settings, allowed_private_hosts=("127.0.0.1",)), desk.engine)
    worker.run_until_idle()
    worker.close()
    return desk.rows(Delivery)  # type: ignore[no-any-return]


def test_grades_reach_lti1p3platform(desk: Any, grade_server: GradeServer) -> None:
    """R-AGS-1, 3, 4, 7, 8: its tokens, and two scores of which it takes the later one for newer.

    The second token is for looking at the result before it is overwritten; the library has no results.
    """
    english = {f"{desk.CLAIM}launch_presentation": {"locale": "en-GB"}}
    form = launched_form(
        desk, grade_server.platform.get_registration(), desk.LEARNER, grade_server.column, **english
    )
    assert desk.post(form["state"], form["id_token"]).status_code == 303
    finish(desk, attempt=1, right=False)
    deliver(desk)
    finish(desk, attempt=2, right=True)
    (delivery,) = deliver(desk)

    scores = "/lineitems/1/scores"
    assert grade_server.answers == [("/token", 200), (scores, 201), ("/token", 200), (scores, 200)]
    assert (delivery.state, delivery.reason) == ("settled", None)
    assertion = grade_server.platform.assertion
    assert (assertion["iss"], assertion["sub"]) == (desk.CLIENT, desk.CLIENT)
    assert assertion["aud"] == f"{grade_server.url}/token"
    first, second = grade_server.book
    assert [(one["scoreGiven"], one["scoreMaximum"]) for one in (first, second)] == [(0, 100), (100, 100)]
    assert first["comment"].startswith("Not passed yet")
    assert second["comment"] == "Module finished: passed."
    must_be_a_score_of_the_library(second)


def must_be_a_score_of_the_library(score: TScore) -> None:
    assert set(score) <= set(TScore.__annotations__)
    assert set(score["submission"]) <= set(TSubmission.__annotations__)
    assert score["userId"] == "person-9"
    assert ActivityProgress(score["activityProgress"]) is ActivityProgress.COMPLETED
    assert GradeProgress(score["gradingProgress"]) is GradeProgress.FULLYGRADED
    started, submitted = (datetime.fromisoformat(str(at)) for at in score["submission"].values())
    assert started <= submitted


def test_a_token_that_lti1p3platform_refuses_is_renewed_once(desk: Any, grade_server: GradeServer) -> None:
    """Security 4.1: the library's own 401, to a token without our scope; the next token lets the grade in."""
    form = launched_form(desk, grade_server.platform.get_registration(), desk.LEARNER, grade_server.column)
    assert desk.post(form["state"], form["id_token"]).status_code == 303
    finish(desk, attempt=1, right=True)
    grade_server.worthless_tokens = 1
    (delivery,) = deliver(desk)
    scores = "/lineitems/1/scores"
    assert grade_server.answers == [("/token", 200), (scores, 401), ("/token", 200), (scores, 201)]
    assert delivery.state == "settled"
    assert [score["scoreGiven"] for score in grade_server.book] == [100]
