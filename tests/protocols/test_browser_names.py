"""A browser's name is what its owner calls it."""

import pytest

from lti_tool.protocols.sso.browsers import browser_of

MAC, SAFARI = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)", "Version/18.0 Safari/605.1.15"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Linux"),
        (f"{WINDOWS} Chrome/150.0.0.0 Safari/537.36", "Chrome, Windows"),
        (f"{WINDOWS} Chrome/150.0.0.0 Safari/537.36 Edg/150.0.0.0", "Edge, Windows"),
        (f"{MAC} AppleWebKit/605.1.15 (KHTML, like Gecko) {SAFARI}", "Safari, macOS"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) CriOS/150.0 Mobile Safari/604.1", "Chrome, iPhone"),
        ("Mozilla/5.0 (Linux; Android 16; SM) SamsungBrowser/28.0 Chrome/130.0 Mobile Safari/537.36",
         "Samsung Internet, Android"),
        ("curl/8.0", "?"),
        ("", "?"),
        ("<script>alert(1)</script> Firefox/1", "Firefox"),
    ],
)  # fmt: skip
def test_browsers_are_named(user_agent: str, name: str) -> None:
    assert browser_of(user_agent) == name
