"""Sheets for administrators: public, in both languages, with our own addresses; and the JSON of Canvas."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from config.default import Settings
from lti_tool.app import create_app
from lti_tool.web.extensions import db

TOOL = "https://leren.voorbeeld.test"
FAMILIES = ("moodle", "canvas", "brightspace", "itslearning", "blackboard", "openedx", "generic")


@pytest.fixture
def client(settings: Settings) -> Iterator[FlaskClient]:
    app = create_app(replace(settings, public_url=TOOL, privacy_url="https://hub.test/privacy"))
    yield app.test_client()
    with app.app_context():
        db.engine.dispose()


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("language", ["nl", "en"])
def test_each_family_has_a_sheet_in_both_languages(client: FlaskClient, family: str, language: str) -> None:
    page = client.get(f"/connect/{family}", base_url=TOOL, headers={"Accept-Language": language})
    assert page.status_code == 200
    assert f'<html lang="{language}"' in page.text
    for address in ("/lti/login", "/lti/launch", "/lti/jwks.json"):
        assert TOOL + address in page.text
    assert "https://hub.test/privacy" in page.text
    assert "data-copy" in page.text


def test_all_families_are_chosen_from(client: FlaskClient) -> None:
    page = client.get("/connect", base_url=TOOL)
    assert all(f'href="/connect/{family}"' in page.text for family in FAMILIES)
    assert client.get("/connect/practice", base_url=TOOL).status_code == 404


@pytest.mark.parametrize(
    ("query", "level"),
    [
        ("", "public"), ("?privacy=name-and-email", "public"), ("?privacy=name", "name_only"),
        ("?privacy=pseudonym", "anonymous"),
    ],
)
def test_canvas_fetches_its_key(client: FlaskClient, query: str, level: str) -> None:
    key = client.get(f"/lti/config/canvas.json{query}", base_url=TOOL).json
    assert key is not None
    addresses = (key["oidc_initiation_url"], key["target_link_uri"], key["public_jwk_url"])
    assert addresses == (f"{TOOL}/lti/login", f"{TOOL}/lti/launch", f"{TOOL}/lti/jwks.json")
    (extension,) = key["extensions"]
    assert (extension["platform"], extension["domain"]) == ("canvas.instructure.com", "leren.voorbeeld.test")
    assert extension["privacy_level"] == level
    placements = {one["placement"]: one["message_type"] for one in extension["settings"]["placements"]}
    assert placements == {"assignment_selection": "LtiDeepLinkingRequest", "link_selection": "LtiDeepLinkingRequest"}
    assert len(key["scopes"]) == 6
    assert set(key["custom_fields"].values()) == {"$Context.id.history", "$ResourceLink.id.history"}


def test_no_other_level_is_taken(client: FlaskClient) -> None:
    assert client.get("/lti/config/canvas.json?privacy=x", base_url=TOOL).status_code == 400


@pytest.mark.parametrize("address", ["/connect", "/connect/moodle", "/lti/register", "/sign-in/"])
def test_a_page_without_account_is_read_in_either_language(client: FlaskClient, address: str) -> None:
    for language in ("nl", "en"):
        page = client.get(f"{address}?language={language}", base_url=TOOL, headers={"Accept-Language": "nl"})
        assert f'<html lang="{language}"' in page.text
        assert 'class="languages"' in page.text


def test_another_language_keeps_where_staff_go_after_signing_in(client: FlaskClient) -> None:
    page = client.get("/sign-in/?next=/staff/me", base_url=TOOL)
    assert '<input type="hidden" name="next" value="/staff/me">' in page.text.split("</header>")[0]
