"""For whom an openid_configuration may speak, by the address from which it came."""

from typing import Any

import pytest

from lti_tool.base.errors import Forbidden
from lti_tool.base.wire_guard import AllowedHosts
from lti_tool.protocols.platforms.configuration import PLATFORM_PART, Configuration, configuration_of

CANVAS, PATH = "https://canvas.instructure.com", "/api/lti/security/openid-configuration"


def told(url: str, issuer: str, family: str, **changes: Any) -> Configuration:
    document = {
        "issuer": issuer, "authorization_endpoint": f"{issuer}/a", "token_endpoint": f"{issuer}/t",
        "jwks_uri": f"{issuer}/k", "registration_endpoint": f"{issuer}/r",
        PLATFORM_PART: {"product_family_code": family},
    } | changes  # fmt: skip
    return configuration_of(url, document, AllowedHosts(()))


@pytest.mark.parametrize(
    ("url", "issuer", "environment"),
    [
        (f"https://sso.canvaslms.com{PATH}", CANVAS, "production"),
        (f"https://school.instructure.com{PATH}", CANVAS, "production"),
        (f"https://sso.beta.canvaslms.com{PATH}?registration_token=x", "https://canvas.beta.instructure.com", "test"),
        (f"https://school.test.instructure.com{PATH}", "https://canvas.test.instructure.com", "test"),
    ],
)
def test_hosts_of_canvas_speak_for_its_issuers(url: str, issuer: str, environment: str) -> None:
    found = told(url, issuer, "canvas", authorization_server="canvas.instructure.com")
    assert (found.family, found.environment, found.shares_issuer, found.audience) == ("canvas", environment, True, None)


@pytest.mark.parametrize(
    ("url", "family"),
    [
        (f"https://sso.canvaslms.com.evil.example{PATH}", "canvas"),
        (f"https://evil.example{PATH}", "canvas"),
        (f"http://sso.canvaslms.com{PATH}", "canvas"),
        (f"https://sso.canvaslms.com:8443{PATH}", "canvas"),
        (f"https://a.b.instructure.com{PATH}", "canvas"),
        (f"https://school.beta.instructure.com{PATH}", "canvas"),
        ("https://school.instructure.com/files/1/evil.json", "canvas"),
        (f"https://sso.canvaslms.com{PATH}", "moodle"),
    ],
)
def test_nobody_else_does(url: str, family: str) -> None:
    with pytest.raises(Forbidden, match="configuration-issuer"):
        told(url, CANVAS, family)


@pytest.mark.parametrize(
    ("url", "issuer"),
    [
        ("https://lms.example/mod/lti/openid-configuration.php", "https://lms.example"),
        ("https://lms.example/moodle/mod/lti/openid-configuration.php", "https://lms.example/moodle"),
        ("https://LMS.example:443/c", "https://lms.example/"),
        ("https://lms.example/.well-known/openid-configuration/a", "https://lms.example/a"),
    ],
)
def test_a_platform_speaks_for_itself_also_from_a_folder(url: str, issuer: str) -> None:
    assert told(url, issuer, "moodle").issuer == issuer


@pytest.mark.parametrize("issuer", ["https://lms.example/moodle2", "https://lms.example/mood", "https://lms.example:444"])
def test_and_not_for_its_neighbour(issuer: str) -> None:
    with pytest.raises(Forbidden, match="configuration-issuer"):
        told("https://lms.example/moodle/mod/lti/openid-configuration.php", issuer, "moodle")
