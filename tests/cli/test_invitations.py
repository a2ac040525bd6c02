"""Invitations, and what was agreed, at the command line."""

from typing import Any

import pytest

ADD = (
    "platforms", "add", "--name", "School", "--issuer", "https://a.example", "--client-id", "c", "--deployment-id", "1",
    "--auth-login-url", "https://a.example/a", "--auth-token-url", "https://a.example/t", "--key-set-url",
    "https://a.example/k",
)  # fmt: skip


@pytest.fixture
def hubs(run: Any) -> None:
    assert run("seed").exit_code == 0


def test_an_invitation_prints_its_address_once(ask: Any, run: Any, hubs: None) -> None:
    made = ask("platforms", "invite", "--school", "ROC Voorbeeld", "--hubs", "de-smidse", "--uses", 2, "--days", 3,
               "--privacy", "name", "--environment", "test", "--accept-deployments")  # fmt: skip
    assert made["url"].startswith("http://localhost:8000/lti/register/")
    (row,) = ask("platforms", "invitations")
    assert {name: row[name] for name in ("id", "state", "school", "hubs", "used", "privacy", "environment")} == {
        "id": made["id"], "state": "open", "school": "ROC Voorbeeld", "hubs": ["de-smidse"], "used": "0 of 2",
        "privacy": "name", "environment": "test",
    }  # fmt: skip
    assert made["url"].rpartition("/")[2] not in run("platforms", "invitations").output


def test_a_plain_invitation_prints_nothing_but_the_address(run: Any) -> None:
    assert run("platforms", "invite").output.startswith("http://localhost:8000/lti/register/")


def test_an_invitation_is_withdrawn(ask: Any, run: Any) -> None:
    made = ask("platforms", "invite")
    assert ask("platforms", "withdraw", made["id"])["state"] == "withdrawn"
    assert run("platforms", "withdraw", "nothing").exit_code != 0


def test_an_unknown_hub_is_refused(run: Any) -> None:
    assert run("platforms", "invite", "--hubs", "nowhere").exit_code != 0


def test_a_platform_by_hand_gets_what_was_agreed_and_keeps_it(ask: Any, run: Any, hubs: None) -> None:
    ask(*ADD, "--school", "ROC Voorbeeld", "--hubs", "de-smidse", "--privacy", "pseudonym", "--accept-deployments")
    again = ask(*ADD)
    assert again[0]["status"] == "active"


def test_a_deployment_that_does_not_wait_is_not_accepted(ask: Any, run: Any) -> None:
    (row,) = ask(*ADD)
    assert ask("platforms", "accept", row["id"], "1")["deployment_id"] == ["1"]
    assert run("platforms", "accept", row["id"], "2").exit_code != 0
    assert run("platforms", "accept", "nothing", "1").exit_code != 0
