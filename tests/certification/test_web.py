"""Cookies, frames, platform storage and refusals, as browsers meet them."""

import html
import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import structlog
from sqlalchemy import text
from structlog.processors import JSONRenderer
from structlog.testing import CapturingLogger

from lti_tool.protocols.lti.models import RefusedLaunch
from lti_tool.web import cookies
from lti_tool.web.observability import tell_error

ATTRIBUTES = {"Secure", "HttpOnly", "SameSite=None", "Partitioned", "Path=/"}


def test_cookies(desk: Any) -> None:
    """R-WEB-2, RFC 6265bis; CHIPS."""
    begun = desk.login()
    launched = desk.post(begun.state, desk.sign(desk.claims(begun.nonce)))
    cookies = begun.response.headers.getlist("Set-Cookie") + launched.headers.getlist("Set-Cookie")
    assert len(cookies) == 2
    for cookie in cookies:
        assert {part.strip() for part in cookie.split(";")} >= ATTRIBUTES
        assert "Domain" not in cookie


def storage_login(desk: Any) -> tuple[str, str, str]:
    """State, nonce and the secret that the page gives to the platform's storage."""
    page = desk.ask_login(lti_storage_target="_parent")
    assert page.status_code == 200
    assert 'data-frame="_parent"' in page.text
    assert f'data-origin="{desk.ISSUER}"' in page.text
    url = html.unescape(re.search(r'href="([^"]+)" data-next', page.text)[1])  # type: ignore[index]
    query = parse_qs(urlsplit(url).query)
    secret = re.search(r'data-secret="([^"]+)"', page.text)[1]  # type: ignore[index]
    return query["state"][0], query["nonce"][0], secret


def test_storage_vouches_where_cookies_are_kept_out(desk: Any) -> None:
    """R-WEB-3, PMS; CSOIDC: the launch asks the storage, and the right ticket enters."""
    state, nonce, secret = storage_login(desk)
    token = desk.sign(desk.claims(nonce))
    bare = desk.new_browser()
    asking = desk.post(state, token, bare)
    assert asking.status_code == 200
    assert secret not in asking.text
    assert "data-relaunch" in asking.text
    assert token in asking.text
    entered = desk.post(state, token, bare, ticket=secret)
    assert entered.status_code == 303
    assert not entered.headers.getlist("Set-Cookie")
    door = desk.open(entered.location, bare)
    assert "data-ticket" in door.text
    assert "Sanne" not in door.text
    page = desk.open(entered.location, bare, headers={"X-Visit-Ticket": secret})
    assert page.status_code == 200
    assert "Sanne" in page.text
    assert desk.open(entered.location, bare, headers={"X-Visit-Ticket": "x"}).status_code == 401


def test_an_error_of_the_platform_survives_the_asking_of_its_storage(desk: Any) -> None:
    """R-FLOW-4 and R-WEB-3: the second post still says that the platform refused."""
    state, _, secret = storage_login(desk)
    bare = desk.new_browser()
    asking = desk.post(state, None, bare, error="login_required")
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', asking.text))
    assert fields == {"state": state, "error": "login_required", "ticket": ""}
    refused = desk.post(state, None, bare, error="login_required", ticket=secret)
    desk.must_refuse(refused, 403, "platform-refused")


@pytest.mark.parametrize("ticket", ["", "wrong", "x" * 5000])
def test_wrong_ticket_is_refused(desk: Any, ticket: str) -> None:
    """R-WEB-3, PMS."""
    state, nonce, secret = storage_login(desk)
    token, bare = desk.sign(desk.claims(nonce)), desk.new_browser()
    desk.must_refuse(desk.post(state, token, bare, ticket=ticket), 401, "other-browser")
    desk.must_refuse(desk.post(state, token, bare, ticket=secret), 401, "state-unknown")


def test_cookie_suffices_where_storage_is_offered(desk: Any) -> None:
    """R-WEB-3, PMS."""
    state, nonce, _ = storage_login(desk)
    launched = desk.post(state, desk.sign(desk.claims(nonce)))
    assert launched.status_code == 303
    assert desk.open(launched.location).status_code == 200


def test_storage_frame_is_escaped(desk: Any) -> None:
    """R-WEB-3, CWE-79."""
    page = desk.ask_login(lti_storage_target='"><script>alert(1)</script>')
    assert "<script>alert" not in page.text


def test_way_out_without_cookies_and_storage(desk: Any) -> None:
    """R-WEB-5, CSOIDC: a link begins the login again in a new tab, and that launch works."""
    begun = desk.login()
    tab = desk.new_browser()
    refused = desk.post(begun.state, desk.sign(desk.claims(begun.nonce)), tab)
    desk.must_refuse(refused, 401, "other-browser")
    assert desk.begun() == 0
    link = html.unescape(re.search(r'href="(/lti/login[^"]+)" target="_blank"', refused.text)[1])  # type: ignore[index]
    again = desk.open(link, tab)
    query = parse_qs(urlsplit(again.location).query)
    assert query["login_hint"] == ["hint-1"]
    assert query["lti_message_hint"] == ["message-1"]
    token = desk.sign(desk.claims(query["nonce"][0]))
    assert desk.post(query["state"][0], token, tab).status_code == 303


def policy_of(response: Any) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in response.headers["Content-Security-Policy"].split(";"))
    return {name: value for name, _, value in parts}


def test_headers(desk: Any) -> None:
    """R-WEB-6, CSP 3; OWASP ASVS: only the platform frames a visit, and nothing is kept."""
    launched = desk.launch()
    refused = desk.launch({"version": "2"})
    stranger = desk.ask_login(iss="https://stranger.test")
    page = desk.open(launched.location)
    for response in (launched, refused, stranger, page):
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Referrer-Policy"] == "same-origin"
        assert policy_of(response)["script-src"] == "'self'"
        assert policy_of(response)["default-src"] == "'none'"
    assert policy_of(page)["frame-ancestors"] == policy_of(refused)["frame-ancestors"] == desk.ISSUER


def test_refusals_are_seen_inside_a_frame(desk: Any) -> None:
    """R-ERR-1, CSP 3: where nobody knows which platform shows us, a refusal may be shown by any; it offers nothing."""
    launched = desk.launch()
    refusals = {
        "unknown platform": desk.ask_login(iss="https://stranger.test"), "parameter": desk.ask_login(login_hint=None),
        "state": desk.post("never-begun", "a.b.c", desk.new_browser()), "page": desk.open("/v/unknown/"),
        "method": desk.open("/lti/launch"), "visit of another": desk.open(launched.location, desk.new_browser()),
    }  # fmt: skip
    for name, refused in refusals.items():
        assert refused.status_code >= 400, name
        assert policy_of(refused)["frame-ancestors"] == "*", name
        assert "<form" not in refused.text, name
    assert policy_of(desk.open("/healthz"))["frame-ancestors"] == "'none'"


def test_no_secret_in_addresses(desk: Any) -> None:
    """R-WEB-6, CWE-598."""
    begun = desk.login()
    token = desk.sign(desk.claims(begun.nonce))
    location = desk.post(begun.state, token).location
    cookies = [c.split("=")[1].split(";")[0] for c in begun.response.headers.getlist("Set-Cookie")]
    assert not any(secret in location for secret in (token, begun.state, begun.nonce, *cookies))
    assert not any(secret in begun.response.location for secret in cookies)


def test_visit_address_in_another_browser_opens_nothing(desk: Any) -> None:
    """R-WEB-6 and R-FLOW-2: the address alone gives 401 and nothing of the content."""
    launched = desk.launch()
    mine = desk.open(launched.location)
    title = re.search(r"<h1[^>]*>([^<]+)", mine.text)[1]  # type: ignore[index]
    other = desk.new_browser()
    for browser in (other, desk.new_browser()):
        page = desk.open(launched.location, browser)
        assert page.status_code == 401
        assert title not in page.text
        assert "Sanne" not in page.text
        assert "lms.test" not in page.text + str(page.headers)
    desk.launch({"sub": "person-2", "name": "Bilal"}, browser=other)
    assert desk.open(launched.location, other).status_code == 401


@pytest.mark.parametrize(("locale", "word"), [("nl-NL", "Referentienummer"), ("en-US", "Reference number")])
def test_refusal_speaks_to_the_person(desk: Any, locale: str, word: str) -> None:
    """R-ERR-1, CWE-209; WCAG 2.2: language of the launch, a reference number, a way back, nothing of the inside."""
    back = {"locale": locale, "return_url": "https://lms.test/return?course=1"}
    refused = desk.launch({"launch_presentation": back, "version": "2"})
    desk.must_refuse(refused, 400, "claim-version")
    assert f'<html lang="{locale[:2]}"' in refused.text
    assert word.lower() in refused.text.lower()
    reference = desk.rows(RefusedLaunch)[-1].reference
    assert re.fullmatch(r"[2-9A-Z]{4}-[2-9A-Z]{4}", reference)
    assert reference in refused.text
    link = html.unescape(re.search(r'href="(https://lms.test/return[^"]+)"', refused.text)[1])  # type: ignore[index]
    query = parse_qs(urlsplit(link).query)
    assert query["course"] == ["1"]
    assert reference in query["lti_errormsg"][0]
    assert ("andere versie" if locale == "nl-NL" else "another version") in query["lti_errormsg"][0]
    assert "claim-version" in query["lti_errorlog"][0]
    for inside in ("Traceback", "lti_tool", "sqlalchemy", "Sanne", "sanne@"):
        assert inside not in refused.text


def test_the_way_back_of_a_signed_message_that_is_too_old(desk: Any) -> None:
    """R-ERR-1, CORE 5.4.4: the message is put before the address's fragment, in the language of the launch."""
    back = {"locale": "en", "return_url": "https://lms.test/return?course=1#part"}
    refused = desk.launch({"launch_presentation": back, "exp": 1_000_000_000})
    desk.must_refuse(refused, 401, "token-expired")
    link = html.unescape(re.search(r'href="(https://lms.test/return[^"]+)"', refused.text)[1])  # type: ignore[index]
    parts = urlsplit(link)
    assert (parts.fragment, parse_qs(parts.query)["course"]) == ("part", ["1"])
    assert parse_qs(parts.query)["lti_errormsg"][0].startswith("This launch is too old.")


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> CapturingLogger:
    """What the web's modules log, in the form in which it is written."""
    capturing = CapturingLogger()
    log = structlog.wrap_logger(capturing, processors=[tell_error, JSONRenderer()])
    for module in ("observability", "errors"):
        monkeypatch.setattr(f"lti_tool.web.{module}.log", log)
    return capturing


def test_a_refusal_is_in_the_log_of_warnings(desk: Any, heard: CapturingLogger) -> None:
    """R-ERR-1: with the reference that the page shows, also where the log keeps warnings only."""
    refused = desk.open("/nowhere")
    desk.open("/healthz")
    lines = [json.loads(call.args[0]) for call in heard.calls if call.method_name == "warning"]
    assert [(line["status"], line["refusal"]) for line in lines] == [(404, "page")]
    assert lines[0]["reference"] in refused.text


def test_what_a_database_says_of_people_stays_out_of_the_log(
    desk: Any, heard: CapturingLogger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Logs hold no names: neither the values of a statement nor the words of the database's error."""
    with desk.engine.begin() as connection:
        connection.execute(text("CREATE TRIGGER no BEFORE INSERT ON people BEGIN SELECT RAISE(ABORT, 'Sanne!'); END"))
        connection.execute(text("DELETE FROM people"))
    monkeypatch.setattr("lti_tool.protocols.lti.views.MOST_RACES", 0)
    refused = desk.launch()
    log = "".join(call.args[0] for call in heard.calls)
    assert refused.status_code == 500
    assert "IntegrityError SQLITE_CONSTRAINT_TRIGGER" in log
    assert "people/service.py" in log
    for told in ("Sanne", "sanne@", "de Vries", "person-1"):
        assert told not in log


@pytest.mark.parametrize(("language", "word"), [("nl", "Referentienummer"), ("en", "Reference number")])
def test_refusal_before_the_token_speaks_as_the_browser(desk: Any, language: str, word: str) -> None:
    """R-ERR-1."""
    page = desk.open("/lti/login", headers={"Accept-Language": language})
    assert page.status_code == 400
    assert word.lower() in page.text.lower()


def test_return_link_only_of_a_genuine_message(desk: Any, other_key: Any) -> None:
    """R-ERR-1, CWE-601: nothing of a forged message stands on the page."""
    back = {"locale": "en", "return_url": "https://evil.test/"}
    refused = desk.launch({"launch_presentation": back}, {"kid": desk.key.kid}, other_key)
    desk.must_refuse(refused, 401, "token-signature")
    assert "evil.test" not in refused.text


def test_large_bodies_are_refused(desk: Any) -> None:
    """R-ERR-2, CWE-400."""
    begun = desk.login()
    assert desk.post(begun.state, "x" * 2_000_000).status_code == 413
    assert desk.ask_login("POST", login_hint="x" * 9000).status_code == 400


def test_cookies_cannot_be_set_by_sites_beside_us(desk: Any) -> None:
    """R-WEB-2, RFC 6265bis 4.1.3.2: __Host- wants Secure, Path=/ and no Domain."""
    begun = desk.login()
    launched = desk.post(begun.state, desk.sign(desk.claims(begun.nonce)))
    names = [
        cookie.partition("=")[0]
        for response in (begun.response, launched)
        for cookie in response.headers.getlist("Set-Cookie")
    ]
    assert [name.startswith("__Host-lti_") for name in names] == [True, True]


def test_a_secret_that_a_site_beside_us_planted_owns_no_visit(desk: Any) -> None:
    """Session fixation, CWE-384: the cookie's former name, which others could set, is not taken over."""
    desk.browser.set_cookie(cookies.FORMER_BROWSER, "planted", domain="tool.test", secure=True)
    launched = desk.launch()
    assert "planted" not in "".join(launched.headers.getlist("Set-Cookie"))
    attacker = desk.new_browser()
    for name in (cookies.FORMER_BROWSER, cookies.BROWSER):
        attacker.set_cookie(name, "planted", domain="tool.test", secure=True)
    assert desk.open(launched.location, attacker).status_code == 401


def test_visits_that_ran_at_the_upgrade_go_on_also_beside_a_new_launch(desk: Any) -> None:
    """Up to version 0.1 the browser's cookie had no prefix."""
    running = desk.launch()
    secret = desk.browser.get_cookie(cookies.BROWSER, domain="tool.test").value
    before = desk.new_browser()
    before.set_cookie(cookies.FORMER_BROWSER, secret, domain="tool.test", secure=True)
    assert desk.open(running.location, before).status_code == 200
    beside = desk.launch({"resource_link": {"id": "link-2", "title": "Cobots"}}, browser=before)
    assert desk.open(running.location, before).status_code == 200
    assert desk.open(beside.location, before).status_code == 200


def test_in_a_tab_of_its_own_a_new_tab_is_no_way_out(desk: Any) -> None:
    """R-WEB-5: the page names whose cookies must be allowed, and tries again in the same tab."""
    begun = desk.login()
    tab = desk.new_browser()
    tab.environ_base["HTTP_SEC_FETCH_DEST"] = "document"
    refused = desk.post(begun.state, desk.sign(desk.claims(begun.nonce)), tab)
    desk.must_refuse(refused, 401, "no-cookies")
    assert "tool.test" in refused.text
    assert re.search(r'href="/lti/login[^"]+">', refused.text)
    assert "_blank" not in refused.text


def test_a_window_can_ask_the_storage_of_the_platform_that_opened_it(desk: Any) -> None:
    """R-WEB-3: a policy on openers would cut it off. Where there is no storage to ask, there is such a policy."""
    policy, bare = "Cross-Origin-Opener-Policy", desk.new_browser()
    store = desk.ask_login(lti_storage_target="_parent")
    assert store.headers[policy] == "unsafe-none"
    state, nonce, secret = storage_login(desk)
    token = desk.sign(desk.claims(nonce))
    assert desk.post(state, token, bare).headers[policy] == "unsafe-none"
    entered = desk.post(state, token, bare, ticket=secret)
    assert entered.headers[policy] == "unsafe-none"
    assert desk.open(entered.location, bare).headers[policy] == "unsafe-none"

    assert desk.enter().headers[policy] == "same-origin-allow-popups"
    assert desk.open("/healthz").headers[policy] == "same-origin-allow-popups"


def test_a_form_that_was_sent_without_its_ticket_leads_back_to_the_visit(desk: Any) -> None:
    """R-WEB-3: from there the page asks the platform's storage again."""
    state, nonce, secret = storage_login(desk)
    bare = desk.new_browser()
    entered = desk.post(state, desk.sign(desk.claims(nonce)), bare, ticket=secret)
    tool = "https://tool.test"
    refused = bare.post(entered.location + "a/toets/begin", base_url=tool, headers={"Origin": tool})
    assert refused.status_code == 401
    assert f'href="{entered.location}"' in refused.text


def test_no_zero_byte_breaks_a_page(desk_on_each: Any) -> None:
    """PostgreSQL fails at one, in an address that anybody may ask as in any field."""
    desk = desk_on_each
    visit = desk.launch({"roles": [desk.INSTRUCTOR]}).location
    for path in ("/v/a%00b/", f"{visit}class/a%00b", f"{visit}class/a%00b/toets"):
        assert desk.open(path).status_code == 404, path
    for path in ("grades?column=%00&show=%00", "class?find=%00&group=%00", "place?words=%00", "copy?first=%00"):
        assert desk.open(visit + path).status_code in (200, 404), path
    for path, field in (("grades/again", "delivery"), ("grades/column", "column"), ("place", "module")):
        headers = {"Origin": desk.TOOL}
        answer = desk.browser.post(visit + path, data={field: "a\x00b"}, base_url=desk.TOOL, headers=headers)
        assert answer.status_code == 400, path
