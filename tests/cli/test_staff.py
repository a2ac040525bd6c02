"""lti-tool admin and audit: the first start needs nothing else, and what was done can be read."""

from collections.abc import Callable
from typing import Any

from flask.testing import FlaskClient

from config.default import Settings
from lti_tool.app import create_app
from lti_tool.web.extensions import db

Ask = Callable[..., Any]
TOOL = "http://localhost:8000"


def sign_in(settings: Settings, url: str) -> tuple[FlaskClient, int]:
    app = create_app(settings)
    client = app.test_client()
    answer = client.post(url.removeprefix(TOOL), base_url=TOOL, headers={"Origin": TOOL})
    with app.app_context():
        db.engine.dispose()
    return client, answer.status_code


def test_the_first_start_needs_one_command(ask: Ask, settings: Settings) -> None:
    url = ask("admin", "login-link", "--name", "Mirjam Visser")["url"]
    client, status = sign_in(settings, url)
    assert status == 303
    page = client.get("/staff/me", base_url=TOOL, headers={"Accept-Language": "en"}).text
    assert "Mirjam Visser" in page
    assert "Central administrator" in page
    again = ask("admin", "login-link")["url"]
    assert again != url
    assert sign_in(settings, again)[1] == 303
    notes = ask("audit", "list")
    assert [note["verb"] for note in notes].count("staff:appointment:begin") == 1


def test_with_an_address_the_first_administrator_can_be_mailed(ask: Ask, run: Any) -> None:
    assert ask("admin", "login-link", "mirjam@centrum.test")["url"].startswith(f"{TOOL}/sign-in/link/")
    assert ask("admin", "login-link", "Mirjam@Centrum.test")["url"]
    unknown = run("admin", "login-link", "nobody@centrum.test")
    assert unknown.exit_code != 0
    assert unknown.exception.code == "no-staff"


def test_posts_are_given_by_command_too(ask: Ask, run: Any) -> None:
    post = ("--role", "hub-coordinator", "--hub", "de-smidse")
    ask("admin", "appoint", "kevin@desmidse.test", "--name", "Kevin Tan", *post)
    assert ask("admin", "login-link", "kevin@desmidse.test")["url"]
    assert run("admin", "appoint", "kevin@desmidse.test", "--role", "hub-trainer").exit_code != 0


def test_what_was_done_is_listed_and_filtered(ask: Ask, run: Any) -> None:
    ask("admin", "login-link", "mirjam@centrum.test", "--name", "Mirjam Visser")
    ask("admin", "appoint", "kevin@desmidse.test", "--name", "Kevin Tan")
    posts = ask("audit", "list", "--verbs", "staff:appointment:")
    assert [note["verb"] for note in posts] == ["staff:appointment:begin"] * 2
    assert ask("audit", "list", "--object", posts[0]["object"])[0]["id"] == posts[0]["id"]
    assert ask("audit", "list", "--verbs", "staff:appointment:", "--before", str(posts[0]["id"])) == posts[1:]
    assert "staff:login-link:show" in run("audit", "list").output
