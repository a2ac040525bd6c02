"""Signing in at an OIDC provider: who is known comes in, and nothing that is not right lets anybody in."""

import html
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import time_machine
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from lti_tool.base import clock
from lti_tool.learning.audit import AuditNote
from lti_tool.learning.people.staff import StaffRole
from lti_tool.protocols.sso.models import SignInAttempt
from tests.protocols import oidc_provider
from tests.protocols.oidc_provider import CLIENT_ID, CLIENT_SECRET, Provider
from tests.screens.office import TOOL, Desk, Office, Offices

FILE = '[school]\nlabel = "Voorbeeld College"\ndiscovery = "{}/.well-known/openid-configuration"\n' + (
    f'client_id = "{CLIENT_ID}"\nclient_secret = "{CLIENT_SECRET}"\n'
)


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")  # its endpoint refuses http
    with oidc_provider.running(f"{TOOL}/sign-in/back/school") as made:
        yield made


@pytest.fixture
def office(offices: Offices, provider: Provider, tmp_path: Path) -> Office:
    path = tmp_path / "oidc.toml"
    path.write_text(FILE.format(provider.url))
    return offices(oidc_file=str(path), allowed_private_hosts=(urlsplit(provider.url).netloc,))


@dataclass
class Way:
    """What a browser does between our page and coming back."""

    desk: Desk
    sent_to: str
    back: str

    def arrive(self, desk: Desk | None = None) -> TestResponse:
        return (desk or self.desk).get(self.back, **{"Accept-Language": "en"})


def begin(desk: Desk, **fields: str) -> Way:
    page = desk.post("/sign-in/with/school", fields)
    assert page.status_code == 200, page.text
    found = re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', page.text)
    assert found is not None
    sent_to = html.unescape(found[1])
    location = requests.get(sent_to, allow_redirects=False, timeout=10).headers["Location"]
    return Way(desk, sent_to, location.removeprefix(TOOL))


def connected(office: Office, email: str = "joke@desmidse.test") -> str:
    """A member of staff who connected the account that the provider signs in; the id of their post."""
    post = office.appoint(email)
    answer = begin(office.signed_in(post), connect="1", next="/staff/me").arrive()
    assert answer.location == "/staff/me", answer.text
    return post


def code_of(answer: TestResponse) -> tuple[int, str]:
    """Status and the words for people."""
    found = re.search(r"<h1[^>]*>(.*?)</h1>", answer.text)
    return answer.status_code, found[1] if found else ""


def test_a_connected_account_signs_in_and_goes_on_to_the_page(office: Office) -> None:
    connected(office)
    way = begin(office.desk(), next="/staff/me?x=1")
    asked = parse_qs(urlsplit(way.sent_to).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["scope"] == ["openid"]
    assert asked["redirect_uri"] == [f"{TOOL}/sign-in/back/school"]
    assert way.arrive().location == "/staff/me?x=1"
    assert "Joke Postma" in way.desk.get("/staff/me").text


def test_an_unknown_account_is_told_what_to_do_and_never_matched_by_mail(office: Office) -> None:
    """The provider says that this is mirjam@centrum.test; that proves nothing to us."""
    office.appoint("mirjam@centrum.test", name="Mirjam Visser")
    way = begin(office.desk())
    answer = way.arrive()
    assert code_of(answer) == (403, "We do not know this account yet")
    assert "Connect" in answer.text
    assert way.desk.get("/staff/").status_code == 303


def test_connecting_and_disconnecting_are_noted_and_count_at_once(office: Office) -> None:
    post = connected(office)
    desk = office.signed_in(post)
    page = desk.get("/staff/me", **{"Accept-Language": "en"}).text
    assert "Connected" in page
    path = re.search(r'action="(/staff/me/accounts/\d+/disconnect)"', page)
    assert path is not None
    assert desk.post(path[1]).status_code == 303
    assert begin(office.desk()).arrive().status_code == 403
    with Session(office.engine) as session:
        verbs = session.scalars(select(AuditNote.verb).where(AuditNote.verb.startswith("staff:account:"))).all()
    assert sorted(verbs) == ["staff:account:connect", "staff:account:disconnect"]


def test_whoever_left_does_not_come_in_with_the_post_of_who_follows(office: Office) -> None:
    """A mailbox of the hub is handed on; the account of who had it before is not."""
    mirjam = office.signed_in(office.appoint("mirjam@centrum.test", name="Mirjam Visser"))
    post = connected(office, "coordinator@desmidse.test")
    assert mirjam.post(f"/staff/staff/{post}/end").status_code == 303
    mirjam.post("/staff/staff", {"email": "coordinator@desmidse.test", "name": "Kevin Tan", "role": "central-admin"})
    assert begin(office.desk()).arrive().status_code == 403


@pytest.mark.parametrize("fields", [{"role": "central-admin"}, {"role": "hub-coordinator", "hub": "sensorhuis"}])
def test_ways_in_that_a_coordinator_opened_give_no_rights_of_others(office: Office, fields: dict[str, str]) -> None:
    """A coordinator makes somebody a trainer, uses the link that is shown, and waits until they get a greater post."""
    mirjam = office.signed_in(office.appoint("mirjam@centrum.test", name="Mirjam Visser"))
    connected_post = office.appoint("kevin@desmidse.test", StaffRole.HUB_TRAINER, "de-smidse")
    pretender = office.signed_in(connected_post)
    begin(pretender, connect="1").arrive()
    assert begin(office.desk()).arrive().status_code == 303
    link = office.link_for(connected_post)
    given = {"email": "Kevin@desmidse.test", "name": ""} | fields
    assert mirjam.post("/staff/staff", given).status_code == 303
    assert pretender.get("/staff/").status_code == 303
    assert begin(office.desk()).arrive().status_code == 403
    assert office.desk().post(link).status_code == 401


def test_a_post_more_in_the_same_hub_closes_nothing(office: Office) -> None:
    mirjam = office.signed_in(office.appoint("mirjam@centrum.test", name="Mirjam Visser"))
    kevin = office.signed_in(office.appoint("kevin@desmidse.test", StaffRole.HUB_TRAINER, "de-smidse"))
    given = {"email": "kevin@desmidse.test", "name": "", "role": "hub-coordinator", "hub": "de-smidse"}
    assert mirjam.post("/staff/staff", given).status_code == 303
    assert kevin.get("/staff/").status_code == 200


def test_an_account_of_one_is_not_connected_to_another(office: Office) -> None:
    connected(office)
    other = office.signed_in(office.appoint("kevin@desmidse.test", name="Kevin Tan"))
    assert begin(other, connect="1").arrive().status_code == 409


def test_connecting_ends_in_the_sitting_that_began_it(office: Office) -> None:
    desk = office.signed_in(office.appoint("joke@desmidse.test"))
    way = begin(desk, connect="1")
    desk.post(office.link_for(office.appoint("kevin@desmidse.test", name="Kevin Tan")))
    assert way.arrive().status_code == 401
    assert office.desk().post("/sign-in/with/school", {"connect": "1"}).status_code == 401


def test_who_holds_no_post_any_more_does_not_come_in(office: Office) -> None:
    post = connected(office)
    office.signed_in(office.appoint("mirjam@centrum.test")).post(f"/staff/staff/{post}/end")
    assert begin(office.desk()).arrive().status_code == 403


WRONG: dict[str, dict[str, Any]] = {
    "another nonce": {"nonce": "x" * 64}, "no nonce": {"nonce": None}, "another audience": {"aud": ["somebody-else"]},
    "no audience": {"aud": None}, "another issuer": {"iss": "https://evil.test"}, "no issuer": {"iss": None},
    "expired": {"exp": 1_000_000_000}, "no expiry": {"exp": None}, "not yet valid": {"nbf": 4_000_000_000},
    "from the future": {"iat": 4_000_000_000}, "another party": {"azp": "somebody-else"},
    "two audiences and no party": {"aud": [CLIENT_ID, "somebody-else"]}, "another access token": {"at_hash": "AAAA"},
    "no subject": {"sub": None}, "an empty subject": {"sub": ""}, "a subject that is no text": {"sub": 7},
    "a subject too long": {"sub": "x" * 300},
}  # fmt: skip


@pytest.mark.parametrize("claims", list(WRONG.values()), ids=list(WRONG))
def test_a_token_with_something_wrong_lets_nobody_in(
    office: Office, provider: Provider, claims: dict[str, Any]
) -> None:
    connected(office)
    provider.claims = claims
    way = begin(office.desk())
    assert code_of(way.arrive()) == (502, "Voorbeeld College gave an answer that we cannot accept")
    assert way.desk.get("/staff/").status_code == 303


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_only_a_signature_by_the_providers_key_counts(office: Office, provider: Provider, algorithm: str) -> None:
    connected(office)
    provider.algorithm = algorithm
    assert begin(office.desk()).arrive().status_code == 502


def test_a_clock_that_is_a_little_off_is_no_obstacle(office: Office, provider: Provider) -> None:
    connected(office)
    provider.claims = {"iat": int(time.time()) + 30, "exp": int(time.time()) - 30}
    assert begin(office.desk()).arrive().status_code == 303
    provider.claims = {"exp": int(time.time()) - 90}
    assert begin(office.desk()).arrive().status_code == 502


def test_a_new_key_is_fetched_once_and_a_flood_of_invented_ones_is_not(office: Office, provider: Provider) -> None:
    connected(office)
    provider.rotate()
    with time_machine.travel(clock.now() + timedelta(minutes=2)):
        provider.claims = {"iat": int(time.time()), "exp": int(time.time()) + 300}
        assert begin(office.desk()).arrive().status_code == 303
        fetched = provider.asked.count("/keys")
        provider.rotate(publish=True)
        provider.published = []
        provider.keys = provider.keys[:1]
        assert {begin(office.desk()).arrive().status_code for _ in range(3)} == {502}
        assert provider.asked.count("/keys") == fetched


def test_a_no_of_the_provider_is_told_in_plain_words(office: Office, provider: Provider) -> None:
    provider.error = "access_denied"
    answer = begin(office.desk()).arrive()
    assert code_of(answer) == (403, "Voorbeeld College did not let you through")
    assert "access_denied" in answer.text
    assert "<b>" not in answer.text
    assert re.search(r"[A-Z2-9]{4}-[A-Z2-9]{4}", answer.text)
    provider.error = "%3Cscript%3E"
    assert "script>" not in re.sub(r"<script src=[^>]*></script>", "", begin(office.desk()).arrive().text)


@pytest.mark.parametrize(("iss", "status"), [("", 303), ("http://evil.test", 403)])
def test_the_answer_of_another_provider_is_not_taken(
    office: Office, provider: Provider, iss: str, status: int
) -> None:
    connected(office)
    provider.iss = iss or provider.url
    assert begin(office.desk()).arrive().status_code == status


def test_a_provider_that_promises_its_name_must_give_it(office: Office, provider: Provider) -> None:
    provider.metadata = {"authorization_response_iss_parameter_supported": True}
    assert begin(office.desk()).arrive().status_code == 403


@pytest.mark.parametrize(
    "metadata",
    [{"issuer": "https://evil.test"}, {"issuer": None}, {"token_endpoint": None}, {"jwks_uri": "file:///etc/passwd"},
     {"authorization_endpoint": "javascript:alert(1)"}],
)  # fmt: skip
def test_a_provider_speaks_for_its_own_address_only(
    office: Office, provider: Provider, metadata: dict[str, Any]
) -> None:
    provider.metadata = metadata
    answer = office.desk().post("/sign-in/with/school")
    assert answer.status_code == 502
    assert "evil" not in answer.text


def test_the_wire_keeps_the_provider_from_sending_us_home(office: Office, provider: Provider) -> None:
    """A token address inside the network is not called, whatever the metadata say."""
    provider.metadata = {"token_endpoint": "http://127.0.0.1:9/token"}
    assert code_of(begin(office.desk()).arrive()) == (502, "Voorbeeld College does not answer now")


def test_a_provider_that_is_down_or_slow_is_told_and_holds_nobody(office: Office, provider: Provider) -> None:
    provider.is_down = True
    assert office.desk().post("/sign-in/with/school").status_code == 502
    provider.is_down, provider.delay_s = False, 4.0
    with time_machine.travel(clock.now() + timedelta(minutes=1)):
        before = time.perf_counter()
        assert office.desk().post("/sign-in/with/school").status_code == 502
        assert time.perf_counter() - before < 3.5
        provider.delay_s, before = 0.0, time.perf_counter()
        assert office.desk().post("/sign-in/with/school").status_code == 502  # not asked again at once
        assert time.perf_counter() - before < 0.5
    with time_machine.travel(clock.now() + timedelta(minutes=2)):
        assert office.desk().post("/sign-in/with/school").status_code == 200


def test_a_sign_in_belongs_to_one_browser_once_and_for_ten_minutes(office: Office) -> None:
    connected(office)
    way = begin(office.desk())
    assert way.arrive(office.desk()).status_code == 401  # somebody else's browser, and the sign-in is still good
    assert way.arrive().status_code == 303
    assert way.arrive().status_code == 401
    late = begin(office.desk())
    with time_machine.travel(clock.now() + timedelta(minutes=10, seconds=1)):
        assert late.arrive().status_code == 401


def test_two_tabs_of_one_browser_do_not_disturb_each_other(office: Office) -> None:
    connected(office)
    desk = office.desk()
    first, second = begin(desk), begin(desk)
    assert [first.arrive().status_code, second.arrive().status_code] == [303, 303]


def test_state_nonce_and_verifier_lie_neither_readable_nor_on(office: Office) -> None:
    way = begin(office.desk())
    asked = parse_qs(urlsplit(way.sent_to).query)
    with Session(office.engine) as session:
        stored = str(session.execute(text("SELECT * FROM sign_in_attempts")).all())
    assert [name for name in ("state", "nonce", "code_challenge") if asked[name][0] in stored] == []
    way.arrive()
    with Session(office.engine) as session:
        assert session.scalar(select(func.count()).select_from(SignInAttempt)) == 0


@pytest.mark.parametrize("wanted", ["//evil.test", "https://evil.test/staff/", "/staff/\\evil", "/sign-in/out"])
def test_it_leads_to_our_own_pages_only(office: Office, wanted: str) -> None:
    connected(office)
    assert begin(office.desk(), next=wanted).arrive().location == "/staff/"


def test_nothing_begins_from_another_site_or_without_a_form(office: Office) -> None:
    assert office.desk().post("/sign-in/with/school", Origin="https://evil.test").status_code == 403
    assert office.desk().get("/sign-in/with/school").status_code == 405
    assert office.desk().post("/sign-in/with/nobody").status_code == 404
    assert office.desk().get("/sign-in/back/school?state=x&code=y").status_code == 401
