"""The platform misbehaves exactly as it was told, and counts what happens."""

import signal
import socket
import subprocess
import sys
import time
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
import requests
from practice_double import LINE_ITEM, SCORE, Platform, score

from practice_lms import PracticeConfig
from practice_lms.server import running


@pytest.mark.parametrize("status", [401, 403, 404, 422, 429, 500, 503])
def test_the_next_answers_fail_and_then_it_is_over(platform: Platform, status: int) -> None:
    platform.control("faults", group="scores", status=status, times=2)

    statuses = [platform.send_score(score()).status_code for _ in range(3)]

    assert statuses == [status, status, 204]
    assert len(platform.column()["scores"]) == 1


def test_retry_after_comes_as_seconds_or_as_a_date(platform: Platform) -> None:
    platform.control("faults", group="ags", status=429, retry_after=30)
    platform.control("faults", group="ags", status=429, retry_after=30, retry_after_as="date")

    seconds, date = (platform.send_score(score()).headers["Retry-After"] for _ in range(2))

    assert seconds == "30"
    assert 20 < parsedate_to_datetime(date).timestamp() - time.time() < 40


@pytest.mark.parametrize(("kind", "received"), [("drop", 0), ("lost", 1)])
def test_a_dropped_connection_loses_the_request_or_only_the_answer(
    platform: Platform, kind: str, received: int
) -> None:
    platform.control("faults", group="scores", kind=kind)

    with pytest.raises(requests.ConnectionError):
        platform.send_score(score())

    assert len(platform.column()["scores"]) == received
    assert platform.send_score(score()).status_code == 204


def test_faults_are_visible_and_can_be_cleared(platform: Platform) -> None:
    told = platform.control("faults", group="token", status=503, times=5)

    assert told["faults"]["planned"][0]["remaining"] == 5
    requests.delete(f"{platform.url}/control/faults", timeout=10)
    assert platform.tool.ask_token(platform.url).status_code == 200


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("faults", {"group": "onbekend", "status": 500}),
        ("faults", {"group": "scores", "status": 200}),
        ("faults", {"group": "scores", "kind": "raar"}),
        ("misbehave", {"raar": True}),
        ("misbehave", {"names": "nee"}),
        ("misbehave", {"jwks": "raar"}),
        ("misbehave", {"slow_ms": {"raar": 1}}),
        ("grade", {"lineitem": "1"}),
        ("id_token", {"sign_with": "raar"}),
        ("users", {"courses": {"mechatronica-4b": "baas"}}),
    ],
)
def test_control_refuses_what_it_does_not_know(
    platform: Platform, path: str, body: dict[str, object]
) -> None:
    answer = requests.post(f"{platform.url}/control/{path}", json=body, timeout=10)

    assert answer.status_code == 400
    assert answer.json()["error_description"]


def test_control_is_not_for_pages_of_other_origins(platform: Platform) -> None:
    headers = {"Origin": "http://elders.test"}

    assert requests.post(f"{platform.url}/control/reset", headers=headers, timeout=10).status_code == 403


@pytest.mark.parametrize(("mood", "status"), [("error", 500), ("empty", 200)])
def test_the_key_set_can_be_down_or_empty(platform: Platform, mood: str, status: int) -> None:
    platform.misbehave(jwks=mood)

    answer = requests.get(f"{platform.url}/lti/jwks.json", timeout=10)

    assert answer.status_code == status
    assert not answer.json().get("keys")


def test_a_hanging_key_set_holds_up_nothing_else(platform: Platform) -> None:
    platform.misbehave(jwks="hang")

    with pytest.raises(requests.Timeout):
        requests.get(f"{platform.url}/lti/jwks.json", timeout=0.3)

    assert platform.send_score(score()).status_code == 204


def test_slow_answers_are_slow_in_their_group_only(platform: Platform) -> None:
    platform.misbehave(slow_ms={"scores": 300})
    begun = time.monotonic()
    platform.column()
    assert time.monotonic() - begun < 0.25

    assert platform.send_score(score()).elapsed.total_seconds() >= 0.3


def test_requests_tokens_and_connections_are_counted(platform: Platform) -> None:
    requests.delete(f"{platform.url}/control/counts", timeout=10)
    with requests.Session() as kept_alive:
        for _ in range(5):
            kept_alive.get(f"{platform.url}/lti/jwks.json", timeout=10)
    platform.tool.ask_token(platform.url)

    counts = requests.get(f"{platform.url}/control/counts", timeout=10).json()

    assert counts["requests"]["jwks"] == 5
    assert counts["tokens_issued"] == 1
    assert counts["connections"] == 3


def test_people_courses_links_and_deployments_can_be_added(platform: Platform) -> None:
    platform.control("courses", id="nieuw", title="Nieuw vak")
    platform.control("users", id="Nieuw", given="Nour", family="Test", courses={"nieuw": "student"})
    link = platform.control("links", course="nieuw", title="Opdracht", score_maximum=5)
    tool = platform.control("tools", deployment_id="2")

    assert tool["deployments"] == ["1", "2"]
    claims = platform.control("id_token", user="Nieuw", link=link["id"], nonce="n")["claims"]
    assert claims["sub"] == "Nieuw"
    assert platform.send_score(score("Nieuw"), link["id"]).status_code == 204
    assert platform.send_score(score("nieuw"), link["id"]).status_code == 404


def test_data_outlive_a_restart(tmp_path: Path) -> None:
    with running(PracticeConfig(data=tmp_path)) as first:
        requests.post(f"{first.url}/control/users", json={"id": "blijver"}, timeout=10)
        kid = requests.get(f"{first.url}/lti/jwks.json", timeout=10).json()["keys"][0]["kid"]

    with running(PracticeConfig(data=tmp_path)) as second:
        token = requests.post(f"{second.url}/control/id_token", json={"user": "blijver"}, timeout=10)
        keys = requests.get(f"{second.url}/lti/jwks.json", timeout=10).json()["keys"]

    assert token.json()["claims"]["sub"] == "blijver"
    assert [key["kid"] for key in keys] == [kid]


def started(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "practice_lms", *arguments]
    root = Path(__file__).parents[2]
    return subprocess.Popen(command, cwd=root, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_the_program_says_where_it_is_and_ends_cleanly(stop: signal.Signals) -> None:
    with started("--port", "0") as program:
        assert program.stdout is not None
        said = program.stdout.readline()
        address = said.split()[2]
        held_open = requests.Session()
        assert held_open.get(address, timeout=10).ok
        program.send_signal(stop)
        assert program.wait(10) == 0
    assert "practice platform" in said


def test_a_taken_port_is_said_plainly_with_exit_code_2() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with started("--port", port) as program:
            _, complaint = program.communicate(timeout=20)

    assert program.returncode == 2
    assert port in complaint
    assert "Traceback" not in complaint


def test_a_clock_that_is_off_shows_in_every_date_header(platform: Platform) -> None:
    platform.control("misbehave", clock_skew_s=300)

    date = requests.get(f"{platform.url}/lti/jwks.json", timeout=10).headers["Date"]

    assert 290 < parsedate_to_datetime(date).timestamp() - time.time() < 310


def test_a_withheld_scope_is_in_no_token(platform: Platform) -> None:
    platform.control("misbehave", withheld="score")

    answer = platform.tool.ask_token(platform.url, SCORE, LINE_ITEM).json()

    assert answer["scope"] == LINE_ITEM


def test_columns_may_be_kept_from_removal(platform: Platform) -> None:
    platform.control("misbehave", column_removal=False)

    answer = requests.delete(
        platform.column()["url"], headers=platform.tool.bearer(platform.url, LINE_ITEM), timeout=10
    )

    assert answer.status_code == 403
    assert platform.column()["resourceLinkId"] == "cobots"
