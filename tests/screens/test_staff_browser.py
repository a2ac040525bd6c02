"""In Chromium, from the first start: appoint, sign in by mail, see the own hub only, connect, sign out everywhere."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import make_server

from lti_tool.learning.people import staff
from lti_tool.protocols.sso import service
from tests.protocols import mailbox, oidc_provider
from tests.screens.office import Office, Offices
from tests.screens.test_oidc import FILE

pytestmark = [pytest.mark.browser, pytest.mark.mail]


@contextmanager
def served(office: Office, port: int) -> Iterator[None]:
    server = make_server("localhost", port, office.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield
    server.shutdown()
    server.server_close()
    thread.join()


@contextmanager
def browser(chromium: Any, complaints: list[str]) -> Iterator[Any]:
    context = chromium.new_context(locale="en-GB")
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    yield page
    context.close()


def appoint(page: Any, name: str, email: str, role: str, hub: str) -> None:
    for field, value in (("#name", name), ("#email", email)):
        page.fill(field, value)
    page.select_option("#role", role)
    page.select_option("#hub", hub)
    page.click("text=Give this post")
    page.wait_for_selector(f"th:has-text('{name}')")


def test_from_the_first_start_to_signing_out_everywhere(
    chromium: Any, offices: Offices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url, complaints = f"http://localhost:{port}", list[str]()
    with mailbox.running() as box, oidc_provider.running(f"{url}/sign-in/back/school") as provider:
        path = tmp_path / "oidc.toml"
        path.write_text(FILE.format(provider.url))
        office = offices(
            public_url=url, smtp_url=box.url, mail_from="noreply@hub.test", oidc_file=str(path),
            allowed_private_hosts=(provider.url.removeprefix("http://"),),
        )  # fmt: skip
        with office.writing() as session:
            link = service.show_link(session, url, staff.first_admin(session, "Mirjam Visser"), actor_id=None)
        with served(office, port):
            with browser(chromium, complaints) as mirjam:
                mirjam.goto(link)
                mirjam.click("main button")
                mirjam.wait_for_url("**/staff/")
                mirjam.goto(f"{url}/staff/staff")
                appoint(mirjam, "Joke Postma", "joke@desmidse.test", "hub-coordinator", "de-smidse")
                appoint(mirjam, "Piet van der Meer", "piet@sensorhuis.test", "hub-trainer", "sensorhuis")
            with browser(chromium, complaints) as joke, browser(chromium, complaints) as phone:
                joke.goto(f"{url}/staff/")
                joke.fill("#email", "joke@desmidse.test")
                joke.click("text=Mail me a link")
                joke.wait_for_url("**/mailed")
                office.worker.run_until_idle()
                joke.goto(box.link())
                joke.click("main button")
                joke.wait_for_url("**/staff/")
                joke.goto(f"{url}/staff/staff")
                names = joke.locator("tbody th").all_inner_texts()
                assert [name.split("\n")[0] for name in names] == ["Joke Postma"]
                joke.goto(f"{url}/staff/me")
                joke.click("button:text-is('Connect')")
                joke.wait_for_selector("text=Connected")
                phone.goto(f"{url}/staff/me")
                phone.click("text=Sign in with Voorbeeld College")
                phone.wait_for_url("**/staff/me")
                joke.reload()
                joke.click("text=Sign out everywhere else")
                joke.locator("text=Sign out everywhere else").wait_for(state="detached")
                phone.reload()
                assert phone.url == f"{url}/sign-in/?next=/staff/me"
    assert complaints == []
