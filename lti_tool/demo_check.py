"""The demo's journey without a browser: launch as a student, finish the module, read the grade in the gradebook."""

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import click
import urllib3

STUDENT, LINK = "sanne", "cobots"
GRADE_WITHIN_S = 20


class CheckFailed(Exception):
    """The journey did not go as it should; the text says where."""


@dataclass
class Form:
    action: str
    method: str
    fields: list[tuple[str, str]] = field(default_factory=list)


class Forms(HTMLParser):
    """The forms of a page with the fields that a browser would send: hidden ones, and the first of each choice."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = dict(attrs)
        if tag == "form":
            self.forms.append(Form(has.get("action") or "", (has.get("method") or "get").lower()))
        elif tag == "a" and has.get("href"):
            self.links.append(has["href"] or "")
        elif tag == "input" and self.forms and has.get("name"):
            self._input(self.forms[-1], has)

    def _input(self, form: Form, has: Mapping[str, str | None]) -> None:
        name, kind = has["name"] or "", has.get("type", "text")
        is_choice = kind in ("radio", "checkbox")
        if not is_choice or not any(known == name for known, _ in form.fields):
            form.fields.append((name, has.get("value") or ""))


class Browser:
    """Just enough of one: cookies per host, forms, redirects."""

    def __init__(self) -> None:
        self._pool = urllib3.PoolManager()
        self._cookies: dict[str, dict[str, str]] = {}
        self.url = ""
        self.status = 0
        self.text = ""

    def cookie(self, url: str, name: str, value: str) -> None:
        self._cookies.setdefault(urlsplit(url).netloc, {})[name] = value

    def open(self, url: str, fields: list[tuple[str, str]] | None = None) -> None:
        """GET, or POST with fields, following redirects as a browser does."""
        for _ in range(10):
            parts = urlsplit(url)
            jar = self._cookies.setdefault(parts.netloc, {})
            headers = {"Cookie": "; ".join(f"{n}={v}" for n, v in jar.items()), "Accept-Language": "nl"}
            body = None
            if fields is not None:
                headers |= {"Content-Type": "application/x-www-form-urlencoded",
                            "Origin": f"{parts.scheme}://{parts.netloc}"}  # fmt: skip
                body = urlencode(fields).encode()
            answer = self._pool.request(
                "GET" if fields is None else "POST", url, headers=headers, body=body, redirect=False, retries=False
            )
            for line in answer.headers.getlist("Set-Cookie"):
                name, _, value = line.partition(";")[0].partition("=")
                jar[name.strip()] = value.strip()
            if answer.status not in (302, 303):
                self.url, self.status, self.text = url, answer.status, answer.data.decode()
                return
            url, fields = urljoin(url, answer.headers["Location"]), None
        raise CheckFailed("redirects without end")

    def submit(self, form: Form) -> None:
        self.open(urljoin(self.url, form.action), form.fields)

    def form(self, action: str) -> Form:
        """The form of this page whose action matches the pattern."""
        for form in Forms(self.text).forms:
            if re.search(action, form.action):
                return form
        raise CheckFailed(f"no form {action!r} on {urlsplit(self.url).path} (status {self.status})")


def control(practice: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """Ask the practice environment's control address."""
    method = "GET" if body is None else "POST"
    answer = urllib3.request(method, f"{practice}/control/{path}", json=body, timeout=10)
    return json.loads(answer.data)


def drive(tool: str, practice: str) -> int:
    """Walk the journey, print each step; 0 if the grade is there and right."""
    try:
        _journey(Browser(), tool, practice)
    except CheckFailed as failed:
        click.echo(f"FAILED: {failed}", err=True)
        return 1
    return 0


def _journey(browser: Browser, tool: str, practice: str) -> None:
    _launch(browser, tool, practice)
    while (form := _next_page(browser)) is not None:
        browser.submit(form)
        click.echo("  read    " + _step_of(form.action))
    form = browser.form(r"/begin$")
    browser.submit(form)
    quiz = browser.form(r"/hand-in$")
    count = sum(name.startswith("q.") for name, _ in quiz.fields)
    click.echo(f"  quiz    {count} questions, answered with the first choice")
    browser.submit(quiz)
    if browser.status != 200:
        raise CheckFailed(f"handing in answered {browser.status}")
    expected = _points_on(browser)
    click.echo(f"  done    the tool says {expected:g} of 100 points")
    found = _grade(practice, expected)
    click.echo(f"  grade   the practice gradebook says {found:g} of 100: right.")


def _launch(browser: Browser, tool: str, practice: str) -> None:
    start = control(practice, "launch", {"user": STUDENT, "link": LINK})
    for name, value in start["cookie"].items():
        browser.cookie(practice, name, value)
    fields = list(start["fields"].items()) if isinstance(start["fields"], dict) else start["fields"]
    browser.open(start["action"], [(name, value) for name, value in fields if name != "lti_storage_target"])
    form = browser.form(r"/lti/launch$")
    browser.submit(form)
    if browser.status != 200 or not browser.url.startswith(f"{tool}/v/"):
        raise CheckFailed(f"the launch ended at {browser.url} with status {browser.status}")
    click.echo(f"  launch  {STUDENT} is in the module: {_title(browser.text)}")


def _title(html: str) -> str:
    found = re.search(r"<h1[^>]*>(.*?)</h1>", html, re.S)
    return re.sub(r"<[^>]+>|\s+", " ", found.group(1)).strip() if found else "?"


def _next_page(browser: Browser) -> Form | None:
    """Go to the next page to read and return the form that says it is read; None at the quiz."""
    overview = re.match(r".*/v/[^/]+/", browser.url)
    browser.open(overview.group(0) if overview else browser.url)
    for link in dict.fromkeys(Forms(browser.text).links):
        if re.search(r"/a/[a-z0-9-]+(#|$)", link):
            browser.open(urljoin(browser.url, link.partition("#")[0]))
            forms = {form.action: form for form in Forms(browser.text).forms}
            unread = next((form for action, form in forms.items() if action.endswith("/read")), None)
            if unread is not None:
                return unread
            if any(action.endswith("/begin") for action in forms):
                return None
    raise CheckFailed("no page to read and no quiz to begin")


def _step_of(action: str) -> str:
    return action.partition("#")[0].rstrip("/").split("/")[-2]


def _points_on(browser: Browser) -> float:
    found = re.search(r'data-points="([0-9.]+)"', browser.text)
    if found is None:
        raise CheckFailed("the result page names no points")
    return float(found.group(1))


def _grade(practice: str, expected: float) -> float:
    until = time.monotonic() + GRADE_WITHIN_S
    seen: float | None = None
    while time.monotonic() < until:
        for item in control(practice, f"gradebook?user={STUDENT}")["lineitems"]:
            if item.get("resourceLinkId") == LINK:
                for result in item["results"]:
                    given = result.get("score")
                    seen = None if given is None else float(given)
                    if seen is not None and abs(seen - expected) < 0.01:
                        return seen
        time.sleep(0.25)
    raise CheckFailed(f"the gradebook says {seen}, not {expected:g}")
