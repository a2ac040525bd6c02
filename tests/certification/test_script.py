"""No text of a platform, a login or an author runs as a program: stored or reflected, on any kind of page. CWE-79.

A page with a hostile text must have the same skeleton (tags and attributes) as the page with a harmless one.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from lti_tool.base.db import writing
from lti_tool.learning.catalogue import service as catalogue
from lti_tool.learning.catalogue.service import ActivityDraft, VersionDraft
from lti_tool.protocols.lti.claims import AGS_CLAIM
from lti_tool.web import cookies
from tests.certification.page_facts import PageFacts, is_active

HARMLESS = "Sanne"
PAYLOADS = (
    "<script>alert(1)</script>", "</title><script>alert(1)</script>", "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)", "\" autofocus onfocus=\"alert(1)", "<svg/onload=alert(1)>",
    "</script><script>alert(1)</script>",
    "javascript:alert(1)", "{{ 7*7 }}", "{% print(config) %}", "%(title)s %(count)d", "<!--<script>alert(1)-->",
    "&lt;script&gt;alert(1)&lt;/script&gt;", "\u2028alert(1)\u2029", "<base href=//evil.test>",
    "--><svg onload=alert(1)>",
    "<style>*{background:url(//evil.test)}</style>", "]]><script>alert(1)</script>", "`${alert(1)}`",
    "<form action=//evil.test><button>Inloggen", "\u202e<b>", "<meta http-equiv=refresh content=0;url=//evil.test>",
    "<iframe srcdoc='<script>alert(1)</script>'>", "=cmd|' /C calc'!A0", "\\\"><script>alert(1)//",
)  # fmt: skip
RETURNS = (
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\nscript:alert(1)", "\x01javascript:alert(1)",
    " javascript:alert(1)", "data:text/html,<script>alert(1)</script>", "vbscript:msgbox(1)", "//evil.test/x",
    "https://lms.test/\"><script>alert(1)</script>", "https://lms.test/' onclick='alert(1)",
    "https:javascript:alert(1)", "blob:https://lms.test/x", "https://lms.test@evil.test/\r\nSet-Cookie: x=1",
)  # fmt: skip


def checked(html: str, payload: str) -> PageFacts:
    facts = PageFacts.of(html)
    assert facts.faults == [], payload
    return facts


def claims_with(desk: Any, text: str) -> dict[str, Any]:
    """A launch with this text in every string that is free."""
    return {
        "name": text, "given_name": text, "family_name": text, "middle_name": text, "email": text, "picture": text,
        "locale": text, "resource_link": {"id": "link-" + text[:200], "title": text, "description": text},
        "context": {"id": "course-" + text[:200], "label": text, "title": text, "type": [text]},
        "tool_platform": {"guid": text, "name": text, "product_family_code": text, "url": text},
        "launch_presentation": {"document_target": text, "locale": text, "return_url": text},
        "lis": {"person_sourcedid": text, "course_offering_sourcedid": text},
        "custom": {"module": desk.MODULE, text: text, "x": text}, "sub": "sub-" + text[:200],
        AGS_CLAIM: {"lineitem": text, "lineitems": text, "scope": [text]},
    }  # fmt: skip


def seen_after(desk: Any, claims: dict[str, Any]) -> dict[str, str]:
    """The pages that a launch with these claims leads to."""
    browser = desk.new_browser()
    launched = desk.launch(claims, browser=browser)
    assert launched.status_code == 303, launched.text
    visit = urlsplit(launched.location).path
    paths = {"overview": "", "page": "a/samenwerkend", "quiz": "a/toets", "next": "a/risico", "no page": "a/nee"}
    return {name: desk.open(visit + path, browser).text for name, path in paths.items()}


def some(texts: Sequence[str]) -> list[tuple[str, ...]]:
    """In five parts, for a tool of its own to each text takes longer than the test."""
    return [tuple(texts[start::5]) for start in range(5)]


ROLES = {"learner": "LEARNER", "teacher": "INSTRUCTOR"}


@pytest.mark.parametrize("role", list(ROLES))
@pytest.mark.parametrize("payloads", some(PAYLOADS))
def test_no_claim_of_a_launch_runs(desk: Any, payloads: Sequence[str], role: str) -> None:
    """CORE 5.4, CWE-79: in names, titles, context, custom, locale, return_url, endpoints."""
    roles = {"roles": [getattr(desk, ROLES[role])]}
    plain = seen_after(desk, claims_with(desk, HARMLESS) | roles)
    for payload in payloads:
        roles = {"roles": [getattr(desk, ROLES[role]), payload]}
        for name, html in seen_after(desk, claims_with(desk, payload) | roles).items():
            assert checked(html, payload).skeleton == PageFacts.of(plain[name]).skeleton, f"{name}: {payload}"
    assert HARMLESS in plain["overview"]


REQUIRED: dict[str, Callable[[str], dict[str, Any]]] = {
    "deployment_id": lambda text: {"deployment_id": text},
    "message_type": lambda text: {"message_type": text},
    "version": lambda text: {"version": text},
    "roles": lambda text: {"roles": text},
    "target_link_uri": lambda text: {"target_link_uri": text},
    "module": lambda text: {"custom": {"module": text}},
    "resource_link": lambda text: {"resource_link": {"id": "", "title": text}},
    "nonce": lambda text: {"nonce": text},
    "iss": lambda text: {"iss": text},
    "aud": lambda text: {"aud": text},
    "azp": lambda text: {"azp": text},
    "exp": lambda text: {"exp": text},
}


@pytest.mark.parametrize("claim", list(REQUIRED))
def test_no_refusal_of_a_launch_runs(desk: Any, claim: str) -> None:
    for payload in PAYLOADS:
        changes = REQUIRED[claim](payload)
        refused = desk.launch(changes | {"name": payload}, browser=desk.new_browser())
        assert refused.status_code in (400, 401, 403, 404), payload
        assert "location" not in refused.headers
        facts = checked(refused.text, payload)
        assert not {tag for tag, _ in facts.skeleton} & {"img", "b", "form", "button"}, payload


@pytest.mark.parametrize("is_refused", [False, True], ids=["entered", "refused"])
def test_no_way_back_runs(desk: Any, is_refused: bool) -> None:
    """CWE-601, CWE-79: return_url leads to a web page or nowhere, and adds no header."""
    for address in RETURNS:
        back = {"launch_presentation": {"return_url": address, "locale": "nl"}}
        answer = desk.launch(back | ({"version": "2"} if is_refused else {}))
        assert answer.status_code == (400 if is_refused else 303)
        page = answer if is_refused else desk.open(answer.location)
        checked(page.text, address)
        assert "x=1" not in str(answer.headers) + str(page.headers)
        assert "evil.test" not in page.headers["Content-Security-Policy"].replace("https://evil.test", "")


@pytest.mark.parametrize("payloads", some(PAYLOADS))
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_parameter_of_a_login_runs(desk: Any, payloads: Sequence[str], method: str) -> None:
    """SEC 5.1.1.1: on refusals, on the page of the storage, and on the way out of another browser."""
    for payload in payloads:
        known = desk.parameters()
        for name in (*known, "lti_storage_target", "unheard_of"):
            answer = desk.ask_login(method, **{name: payload})
            if answer.status_code == 302:
                assert urlsplit(answer.location).netloc == "lms.test"
            else:
                checked(answer.text, f"{name}: {payload}")
        begun = desk.login(method, login_hint=payload, lti_message_hint=payload, lti_deployment_id=payload)
        refused = desk.post(begun.state, desk.sign(desk.claims(begun.nonce)), desk.new_browser())
        assert refused.status_code == 401
        assert 'target="_blank"' in refused.text
        checked(refused.text, payload)


@pytest.mark.parametrize("payloads", some(PAYLOADS))
def test_nothing_of_a_query_or_a_form_runs(desk: Any, payloads: Sequence[str]) -> None:
    launched = desk.launch()
    for payload in payloads:
        for path in ("", "receipts", "a/samenwerkend", "a/toets"):
            query = {"look": payload, "seen": payload, "attempt": payload, payload: payload, "back": payload}
            checked(desk.open(launched.location + path, query_string=query).text, payload)
        checked(desk.open("/" + payload).text, payload)
        for field in ("state", "id_token", "error", "ticket"):
            fields = {"state": desk.login().state, "id_token": payload, field: payload}
            answer = desk.browser.post("/lti/launch", data=fields, base_url=desk.TOOL)
            assert answer.status_code in (400, 401, 403)
            checked(answer.text, payload)


def authored(text: str) -> VersionDraft:
    """A module with this text in everything that an author writes."""
    both = {"nl": text, "en": text}
    options = [
        {"id": "a", "correct": True, "text": both, "feedback": both},
        {"id": "b", "correct": False, "text": both, "feedback": both},
    ]
    questions = [
        {"id": "q1", "kind": "single", "points": 60, "text": both, "options": options},
        {"id": "q2", "kind": "multiple", "points": 20, "text": both, "options": options},
        {"id": "q3", "kind": "number", "points": 20, "text": both, "answer": 4.4, "tolerance": 0.1, "unit": text,
         "feedback": {"correct": both, "wrong": both}},
    ]  # fmt: skip
    page = ActivityDraft(
        key="lezen", kind="page", title=both, minutes=5, points=0, required=True, after=(),
        settings={"markdown": both},
    )  # fmt: skip
    quiz = ActivityDraft(
        key="toets", kind="quiz", title=both, minutes=5, points=100, required=True, after=(),
        settings={"questions": questions, "attempts": 2, "counts": "best"},
    )  # fmt: skip
    about = {"theme": both, "levels": [text], "goals": {"nl": [text], "en": [text]}}
    return VersionDraft(
        number=1, title=both, summary=both, pass_points=55, activities=(page, quiz), about=about,
    )  # fmt: skip


def author(desk: Any, name: str, text: str) -> None:
    with Session(desk.engine) as session, session.begin():
        catalogue.seed_hub(writing(session), f"hub-{name}", text, text, {"nl": text, "en": text})
        catalogue.publish(session, name, f"hub-{name}", authored(text))


def answer(desk: Any, browser: Any, address: str, typed: str) -> None:
    fields = {"q.q1": "b", "q.q2": "b", "q.q3": typed}
    posted = browser.post(address, base_url=desk.TOOL, headers={"Origin": desk.TOOL}, data=fields)
    assert posted.status_code == 303


def walked(desk: Any, module: str, typed: str) -> dict[str, str]:
    """Every page of the module, as a learner and as a teacher, and the page on which teachers choose."""
    pages = {}
    for role, value in ROLES.items():
        browser = desk.new_browser()
        who = {"sub": f"{role}-{module}", "roles": [getattr(desk, value)], "custom": {"module": module}}
        link = {"resource_link": {"id": f"link-{module}", "title": "Link"}}
        visit = desk.launch(who | link, browser=browser).location
        for path in ("a/lezen/read", "a/toets/begin"):
            assert browser.post(visit + path, base_url=desk.TOOL, headers={"Origin": desk.TOOL}).status_code == 303
        answer(desk, browser, visit + "a/toets/1/answers", typed)
        pages |= {f"{role} {path}": desk.open(visit + path, browser).text for path in ("", "a/lezen", "a/toets")}
        answer(desk, browser, visit + "a/toets/1/hand-in", "1,5")
        pages[f"{role} result"] = desk.open(visit + "a/toets", browser).text
    chooser = desk.new_browser()
    launched = desk.launch({"roles": [desk.INSTRUCTOR], "custom": {}, "resource_link": {"id": "new"}}, browser=chooser)
    pages["choose"] = desk.open(launched.location + "place", chooser).text
    return pages


@pytest.mark.parametrize("payloads", some(PAYLOADS))
def test_no_text_of_an_author_runs(desk: Any, payloads: Sequence[str]) -> None:
    """Title, summary, Markdown, questions, options, feedback, units, the hub's name; and an answer as it was typed."""
    for number, payload in enumerate(payloads):
        author(desk, f"hostile-{number}", payload)
        pages = walked(desk, f"hostile-{number}", payload)
        for name, html in pages.items():
            checked(html, f"{name}: {payload}")
        assert 'data-role="teacher"' in pages["choose"]


MARKDOWN = (
    "[x](javascript:alert(1))", "[x](JaVaScRiPt&colon;alert(1))", "![x](javascript:alert(1))", "<javascript:alert(1)>",
    "[x](data:text/html;base64,PHNjcmlwdD4=)", "[x]: javascript:alert(1)\n\n[x]", "[x](vbscript:x)",
    "![x](x\"onerror=\"alert(1))", "[x](https://a.test \"onclick=alert(1)\")",
    "```\"><script>alert(1)</script>\nx\n```",
    "# <img src=x onerror=alert(1)>", "| <script>alert(1)</script> | b |\n|---|---|\n| <svg onload=alert(1)> | d |",
    "> [!tip] <script>alert(1)</script>", "[x](\x01javascript:alert(1))", "[x](java\tscript:alert(1))",
    "![a](/media/" + "0" * 32 + ".svg \"<script>alert(1)</script>\")", "&#x3c;script&#x3e;alert(1)&#x3c;/script&#x3e;",
)  # fmt: skip


def test_no_markdown_runs(desk: Any) -> None:
    for number, text in enumerate(MARKDOWN):
        author(desk, f"hostile-{number}", text)
        browser = desk.new_browser()
        claims = {"custom": {"module": f"hostile-{number}"}, "resource_link": {"id": f"link-{number}"}}
        page = desk.open(desk.launch(claims, browser=browser).location + "a/lezen", browser)
        assert page.status_code == 200
        checked(page.text, text)


@pytest.mark.parametrize("address", RETURNS[:7])
def test_the_check_finds_what_runs(address: str) -> None:
    """Else the tests above could not fail."""
    assert is_active(address)
    assert PageFacts.of(f"<a href='{address}'>x</a>").faults or "'" in address
    for html in ("<script>1</script>", "<p onclick=x>", "<iframe>", "<base href=x>", "<script src=//evil.test>"):
        assert PageFacts.of(html).faults


# --- and once in a real browser


@pytest.fixture
def address(desk: Any) -> Iterator[str]:
    """The desk's tool on a real port."""
    server = make_server("127.0.0.1", 0, desk.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join(timeout=5)


LISTEN = """addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP ${event.violatedDirective} ${event.blockedURI}`));
  window.alert = () => console.error("alert ran");"""


@pytest.mark.browser
def test_nothing_runs_in_chromium(desk: Any, address: str, page: Any) -> None:
    """All payloads at once: no dialog, no refused script, no error; for learner, teacher, choice and refusal."""
    heard: list[str] = []
    page.on("dialog", lambda dialog: (heard.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    page.on("pageerror", lambda error: heard.append(f"error: {error}"))
    page.on("console", lambda said: heard.append(f"{said.type}: {said.text}"))
    page.add_init_script(LISTEN)
    every = "\n\n".join((*PAYLOADS, *MARKDOWN)).replace("\x01", "")
    author(desk, "hostile", every)
    claims = claims_with(desk, every[:255]) | {"name": "".join(PAYLOADS)[:255]}
    for role in ROLES.values():
        browser = desk.new_browser()
        who = {"roles": [getattr(desk, role)], "sub": role, "custom": {"module": "hostile"}}
        visit = urlsplit(desk.launch(claims | who, browser=browser).location).path
        secret = browser.get_cookie(cookies.BROWSER, domain="tool.test").value
        ours = {"name": cookies.BROWSER, "value": secret, "domain": "127.0.0.1", "path": "/"}
        page.context.add_cookies([{**ours, "secure": True, "httpOnly": True, "sameSite": "None"}])
        for path in ("", "a/lezen", "a/toets", *(("choose",) if role == "INSTRUCTOR" else ())):
            answer = page.goto(f"{address}{visit}{path}?<script>alert(1)</script>")
            assert answer.status == 200, f"{role} {path}"
            page.wait_for_load_state("networkidle")
    assert heard == []
    page.goto(f"{address}/lti/login?iss=<script>alert(1)</script>&login_hint=1&target_link_uri=<svg/onload=alert(1)>")
    page.goto(f"{address}/%3Cscript%3Ealert(1)%3C/script%3E")
    assert [line for line in heard if "status of 404" not in line] == []
    page.goto("data:text/html,<script>alert(1)</script>")
    assert [line for line in heard if "alert ran" in line] != [], "the listener hears what does run"
