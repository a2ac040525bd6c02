"""What platforms answer to a score or a search, however odd, is judged by its status and kept in words."""

import gzip
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from lti_tool.base.db import writing
from lti_tool.protocols.resource_links.models import ResourceLink
from tests.protocols.test_school_values import read_back

HUGE = b"<p>Something went wrong</p>" * 200_000


class Rogue:
    """A gradebook that answers each request with the next of its answers; the last one stays."""

    def __init__(self, *answers):
        rogue, self.asked = self, []

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                rogue.asked.append(f"{self.command} {self.path}")
                status, body, headers = answers[min(len(rogue.asked), len(answers)) - 1]
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST

            def log_message(self, *args):
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()


@pytest.fixture
def rogue():
    made = []

    def make(*answers):
        made.append(Rogue(*answers))
        return made[-1]

    yield make
    for one in made:
        one.server.shutdown()
        one.server.server_close()


def answer(status, body=b"", **headers):
    return status, body, {name.replace("_", "-"): value for name, value in headers.items()}


def send(school, one, points=10):
    school.earn(school.enter(lineitem_url=f"{one.url}/lineitem"), points)
    school.deliver()
    return school.delivery()


@pytest.mark.parametrize(
    "given",
    [
        answer(200, HUGE),
        answer(200, b"\x1f\x8bno gzip at all", Content_Encoding="gzip"),
        answer(200, gzip.compress(b"x" * 50_000_000), Content_Encoding="gzip"),
        answer(200, b"\xff\xfe\x00"),
        answer(204),
    ],
)
def test_taken_is_taken_whatever_comes_with_it(school, rogue, given):
    one = rogue(given)
    assert send(school, one).state == "settled"
    assert one.asked == ["POST /lineitem/scores"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"no\x00pe", "nope"),
        (b"caf\xc3\xa9 \xff\xfe", "café \ufffd\ufffd"),
        ("\U0001f600".encode() * 1000, "\U0001f600" * 500),
        (HUGE, HUGE[:500].decode()),
        (b"", ""),
    ],
)
def test_the_words_of_a_refusal_are_kept_whatever_they_are(school, rogue, body, words):
    parked = send(school, rogue(answer(422, body)))
    assert (parked.state, parked.reason, parked.said) == ("parked", "score-refused", words)


def test_a_fault_with_a_huge_page_is_tried_again(school, rogue):
    failed = send(school, rogue(answer(500, HUGE)))
    assert (failed.state, failed.reason, failed.attempts) == ("queued", "platform-fails", 1)


def test_a_redirect_of_a_score_is_not_followed(school, rogue):
    elsewhere = rogue(answer(204))
    parked = send(school, rogue(answer(302, Location=f"{elsewhere.url}/steal")))
    assert (parked.state, parked.reason) == ("parked", "score-refused")
    assert elsewhere.asked == []


@pytest.mark.parametrize(
    ("result", "is_equal"),
    [
        ([{"userId": "sanne", "resultScore": 10, "resultMaximum": 100}], True),
        ([{"userId": "sanne", "resultScore": 1, "resultMaximum": 10}], True),
        ([{"userId": "sanne", "resultScore": 11, "resultMaximum": 100}], False),
        ([{"userId": "lotte", "resultScore": 10, "resultMaximum": 100}], False),
        ([{"userId": "sanne", "resultScore": None}], False),
        ([{"userId": "sanne", "resultScore": 10**400}], False),
        ([{"userId": "sanne", "resultScore": "many", "resultMaximum": []}], False),
        ({"error": "none"}, False),
        ("<html>", False),
    ],
)
def test_after_409_the_result_decides_and_what_cannot_be_read_is_another(school, rogue, result, is_equal):
    body = result.encode() if isinstance(result, str) else json.dumps(result).encode()
    one = rogue(answer(409), answer(200, body), answer(204))
    assert send(school, one).state == "settled"
    assert [asked.split()[0] for asked in one.asked] == ["POST", "GET"] + ["POST"] * (not is_equal)


@pytest.mark.parametrize("user_id", ["\ud800", "a\x00b", {"a": 1}, "x" * 5000, [], 1.5, True])
def test_a_column_with_results_of_nobody_we_could_know_is_read_all_the_same(school, rogue, user_id):
    """Else it would be tried for ever, and hold up what the worker does beside it."""
    results = [{"userId": user_id, "resultScore": 3}, {"userId": "sanne", "resultScore": 10, "resultMaximum": 100}]
    one = rogue(answer(204), answer(200, json.dumps(results).encode()))
    assert send(school, one).state == "settled"
    read_back(school)
    assert school.delivery().finding == "equal"


@pytest.mark.parametrize(
    "made",
    [b"{}", b"[]", b"null", b"<html>", b'{"id": 7}', b'{"id": "/relative"}', b'{"id": "http://[::1/bad"}',
     json.dumps({"id": "https://lms.test/" + "x" * 2100}).encode(), b'{"id": "https://lms.test/\\u0000"}',
     b'{"id": "https://lms.test/\\ud800"}'],
)  # fmt: skip
def test_a_made_column_without_a_usable_address_is_no_column(school, rogue, made):
    one = rogue(answer(200, b"[]"), answer(201, made))
    school.earn(school.enter(lineitem_url=None, lineitems_url=f"{one.url}/lineitems"), 10)
    school.deliver()
    assert school.delivery().reason in ("line-item-refused", "upstream-not-json")
    assert [asked.split("?")[0] for asked in one.asked] == ["GET /lineitems", "POST /lineitems"]


def test_pages_without_end_are_not_followed_for_ever(school, rogue):
    one = rogue(answer(200, b"[]", Link='<?page=2>; rel="next"'))
    school.earn(school.enter(lineitem_url=None, lineitems_url=f"{one.url}/lineitems"), 10)
    school.deliver()
    assert (school.delivery().state, school.delivery().reason) == ("parked", "line-item-pages")
    assert len(one.asked) == 20


def test_a_message_without_a_number_makes_no_column(school, rogue):
    """It was planned for the link's own column, which a later launch no longer names."""
    one = rogue(answer(200, b"[]"))
    school.read(school.enter())
    school.worker()._react()
    with Session(school.engine) as session, session.begin():
        values = {"lineitem_url": None, "lineitems_url": f"{one.url}/lineitems"}
        writing(session).execute(update(ResourceLink).values(**values))
    school.deliver()
    assert (school.delivery().state, school.delivery().reason) == ("parked", "no-column")
    assert one.asked == []
