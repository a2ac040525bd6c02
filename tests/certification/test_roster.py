"""The roster as it is read from a platform: a server on loopback hears the calls, and answers as it likes. NRPS 2.0."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from lti_tool.base.wire import Wire
from lti_tool.protocols.doctor import rosters
from lti_tool.protocols.doctor.calls import Calls
from lti_tool.protocols.doctor.lights import Light
from lti_tool.protocols.doctor.patient import Came
from lti_tool.protocols.resource_links import models
from lti_tool.protocols.roster.nrps import NRPS_CLAIM

MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
LEARNER, TEACHER = {"roles": [MEMBERSHIP + "Learner"]}, {"roles": ["Instructor"]}


@dataclass
class Roster:
    """The platform's service: what it answers to each address, and what it was asked."""

    url: str = ""
    pages: dict[str, tuple[int, str, Any]] = field(default_factory=dict)
    """Address -> status, Link header, body."""
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    """Address, Accept and Authorization."""

    def page(self, address: str, members: Any, link: str = "", status: int = 200) -> None:
        self.pages[address] = (status, link.replace("{url}", self.url), {"members": members})

    def read(self) -> Light:
        came = Came(**{**dict.fromkeys(Came.__dataclass_fields__), "services": {"roster": f"{self.url}/m?c=1"}})
        wire = Wire(allowed_private_hosts=("127.0.0.1",), timeout_s=3)
        return rosters.examine(Calls(wire), came, "token-1")


@pytest.fixture
def roster() -> Iterator[Roster]:
    made = Roster()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked.append((self.path, self.headers.get("Accept", ""), self.headers.get("Authorization", "")))
            status, link, document = made.pages.get(self.path, (404, "", {}))
            body = document if isinstance(document, bytes) else json.dumps(document).encode()
            self.send_response(status)
            if link:
                self.send_header("Link", link)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()
    thread.join(timeout=5)


def test_the_roster_is_asked_for_by_its_media_type_with_the_token(roster: Roster) -> None:
    """R-NRPS-1, CERT 6.3."""
    roster.page("/m?c=1", [{"user_id": "1", **LEARNER}])
    assert roster.read().state == "green"
    assert roster.asked == [("/m?c=1", "application/vnd.ims.lti-nrps.v2.membershipcontainer+json", "Bearer token-1")]


def test_the_next_page_is_followed_as_it_is_and_differences_are_not(roster: Roster) -> None:
    """R-NRPS-2, RFC 8288: letter by letter, until there is none; an address for differences is another thing."""
    differences = '<{url}/m?since=1>; rel="differences"'
    roster.page("/m?c=1", [LEARNER] * 2, differences + ', <{url}/M/Two?C=%2FX>; rel="next"')
    roster.page("/M/Two?C=%2FX", [LEARNER, TEACHER], "</m/three>; rel=next")
    roster.page("/m/three", [TEACHER], differences)
    facts = roster.read().facts
    assert [address for address, *_ in roster.asked] == ["/m?c=1", "/M/Two?C=%2FX", "/m/three"]
    assert (facts["members"], facts["pages"], facts["learners"], facts["teachers"]) == (5, 3, 3, 2)


def test_of_a_member_only_the_roles_are_needed(roster: Roster) -> None:
    """R-NRPS-3: no name, no e-mail address, no status, and what is no member is passed over."""
    roster.page("/m?c=1", [{"user_id": "1", **LEARNER}, {"user_id": 2, "roles": None}, {}, None, "x", 5, []])
    light = roster.read()
    assert (light.state, light.facts["members"], light.facts["others"]) == ("green", 3, 2)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 503])
def test_a_service_that_refuses_is_told(roster: Roster, status: int) -> None:
    """R-NRPS-4: shown as a light, also on a later page; never thrown."""
    roster.page("/m?c=1", [], status=status)
    assert (roster.read().state, roster.read().facts["status"]) == ("red", status)
    roster.page("/m?c=1", [LEARNER], "</m/two>; rel=next")
    roster.page("/m/two", [], status=status)
    light = roster.read()
    assert (light.state, light.code, light.facts["page"]) == ("red", "roster-breaks-off", 2)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"5", b'{"members": 5}', b"{}", b"\xff", b"[" * 9000])
def test_an_answer_that_is_no_roster_is_told(roster: Roster, body: bytes) -> None:
    """R-NRPS-4."""
    roster.pages["/m?c=1"] = (200, "", body)
    assert roster.read().state == "red"


def test_the_token_goes_to_no_other_origin(roster: Roster) -> None:
    """R-NRPS-2, CWE-522: a next page elsewhere is told and not asked for."""
    port = int(roster.url.rpartition(":")[2])
    roster.page("/m?c=1", [LEARNER], f"<http://localhost:{port}/m/two>; rel=next")
    assert roster.read().code == "roster-elsewhere"
    assert len(roster.asked) == 1


def test_pages_without_end_have_an_end(roster: Roster) -> None:
    """R-NRPS-4, CWE-400."""
    roster.page("/m?c=1", [LEARNER], "</m?c=1>; rel=next")
    assert roster.read().state in ("amber", "red")
    assert len(roster.asked) <= 200


@pytest.mark.parametrize(("role", "asked"), [("Instructor", 1), ("Learner", 0)])
def test_a_teacher_who_comes_in_has_the_roster_read_at_once(desk: Any, role: str, asked: int) -> None:
    """The worker looks for links in use every few minutes; a teacher need not wait for that."""
    offer = {"context_memberships_url": "https://platform.example/members", "service_versions": ["2.0"]}
    desk.enter(roles=[MEMBERSHIP + role], **{NRPS_CLAIM: offer})
    assert len([one for one in desk.rows(models.Roster) if one.asked_at and one.due_at]) == asked
