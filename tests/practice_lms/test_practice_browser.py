"""What only a browser shows: a launch in the frame, platform storage, frame height, both languages."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from practice_double import Platform

import practice_lms
from practice_lms.web.texts import TEXTS

TALK = """<!doctype html><title>tool</title><p id="said"></p><script>
const ask = (message) => new Promise((done) => {
  const id = String(Math.random());
  const listen = (event) => {
    if (event.data.message_id !== id) return;
    removeEventListener("message", listen);
    done({...event.data, origin: event.origin});
  };
  addEventListener("message", listen);
  const host = parent !== window ? parent : opener;
  host.postMessage({...message, message_id: id}, "*");
  setTimeout(() => done({silence: true}), 1500);
});
(async () => {
  const said = {
    can: await ask({subject: "lti.capabilities"}),
    put: await ask({subject: "lti.put_data", key: "state_1", value: "abc"}),
    get: await ask({subject: "lti.get_data", key: "state_1"}),
    none: await ask({subject: "lti.get_data", key: "nothing"}),
    wrong: await ask({subject: "lti.get_data"}),
  };
  const host = parent !== window ? parent : opener;
  host.postMessage({subject: "lti.frameResize", height: 777}, "*");
  host.postMessage(JSON.stringify({subject: "lti.fetchWindowSize"}), "*");
  addEventListener("message", (event) => {
    if (event.data.subject === "lti.fetchWindowSize.response") said.size = event.data;
    document.getElementById("said").textContent = JSON.stringify(said);
  });
  setTimeout(() => { document.getElementById("said").textContent = JSON.stringify(said); }, 500);
})();
</script>"""


@pytest.fixture
def desk(chromium: Any, platform: Platform) -> Iterator[Any]:
    """A page in which Fatima is logged in, as she would do it."""
    context = chromium.new_context(base_url=platform.url, locale="nl-NL")
    page = context.new_page()
    page.goto("/")
    page.get_by_role("button", name="Fatima").click()
    yield page
    context.close()


def said_by(place: Any) -> dict[str, Any]:
    place.wait_for_function("document.getElementById('said')?.textContent")
    return dict(place.evaluate("JSON.parse(document.getElementById('said').textContent)"))


def tool_frame(desk: Any, platform: Platform) -> Any:
    desk.wait_for_selector("iframe.tool")
    for _ in range(100):
        for frame in desk.frames:
            if frame.url.startswith(platform.tool.url):
                return frame
        desk.wait_for_timeout(50)
    raise AssertionError([frame.url for frame in desk.frames])


def test_the_tool_in_the_frame_keeps_data_with_the_platform(desk: Any, platform: Platform) -> None:
    platform.tool.pages["/lti/login"] = TALK
    desk.goto("/links/cobots")

    said = said_by(tool_frame(desk, platform))

    subjects = {one["subject"] for one in said["can"]["supported_messages"]}
    assert subjects == {"lti.capabilities", "lti.put_data", "lti.get_data"}
    assert (said["put"]["value"], said["get"]["value"], said["none"]["value"]) == ("abc", "abc", None)
    assert said["wrong"]["error"]["code"] == "bad_request"
    assert said["get"]["origin"] == platform.url
    assert said["size"]["width"] > 0
    assert desk.get_attribute("iframe.tool", "height") == "777"


def test_the_tool_in_a_window_keeps_data_with_its_opener(desk: Any, platform: Platform) -> None:
    platform.tool.pages["/lti/login"] = TALK
    desk.goto("/courses/mechatronica-4b")
    with desk.expect_popup() as opened:
        desk.get_by_role("link", name="In nieuw venster").first.click()
    opened.value.wait_for_url(f"{platform.tool.url}/**")

    assert said_by(opened.value)["get"]["value"] == "abc"


def test_an_unregistered_origin_gets_no_answer(desk: Any, platform: Platform) -> None:
    elsewhere = platform.tool.url.replace("localhost", "127.0.0.1")
    platform.tool.pages["/lti/login"] = f"<script>location.replace('{elsewhere}/talk')</script>"
    platform.tool.pages["/talk"] = TALK
    desk.goto("/courses/mechatronica-4b")
    with desk.expect_popup() as opened:
        desk.get_by_role("link", name="In nieuw venster").first.click()
    opened.value.wait_for_url("**/talk")

    said = said_by(opened.value)

    assert said["put"] == said["get"] == {"silence": True}
    assert "size" not in said


def asking(platform: Platform) -> Callable[[dict[str, str]], str]:
    """The login page of a tool: on to the authentication endpoint with the hints as they came."""

    def login(came: dict[str, str]) -> str:
        query = {
            "scope": "openid", "response_type": "id_token", "response_mode": "form_post", "prompt": "none",
            "client_id": came["client_id"], "redirect_uri": f"{platform.tool.url}/lti/launch", "state": "s-1",
            "nonce": "n-1", "login_hint": came["login_hint"], "lti_message_hint": came["lti_message_hint"],
        }  # fmt: skip
        return (
            f"<script>location.replace({json.dumps(f'{platform.url}/oidc/auth?{urlencode(query)}')})</script>"
        )

    return login


@pytest.mark.parametrize("initiation", ["post", "get"])
def test_a_whole_launch_runs_in_the_frame_across_sites(
    desk: Any, platform: Platform, initiation: str
) -> None:
    platform.misbehave(initiation=initiation)
    platform.tool.pages["/lti/login"] = asking(platform)
    platform.tool.pages["/lti/launch"] = lambda came: (
        f"<p id='came'>{' '.join(sorted(came))} {came.get('state')}</p>"
    )

    desk.goto("/links/cobots")

    frame = desk.frame_locator("iframe.tool")
    assert frame.locator("#came").inner_text() == "id_token state s-1"


def test_storage_that_is_not_offered_is_silent(desk: Any, platform: Platform) -> None:
    platform.misbehave(storage=False)
    platform.tool.pages["/lti/login"] = TALK
    desk.goto("/links/cobots")

    said = said_by(tool_frame(desk, platform))

    assert [one["subject"] for one in said["can"]["supported_messages"]] == ["lti.capabilities"]
    assert said["put"] == {"silence": True}


def test_the_close_message_of_a_registration_leads_back(desk: Any, platform: Platform) -> None:
    page = desk
    page.get_by_role("button", name="Wissel van persoon").click()
    page.get_by_role("button", name="Mirjam").click()
    platform.tool.pages["/lti/register"] = (
        "<script>parent.postMessage({subject: 'org.imsglobal.lti.close'}, '*')</script>"
    )
    page.goto("/tools")
    page.get_by_role("button", name="Aanmelding starten").click()
    page.wait_for_url("**/tools")


@pytest.mark.parametrize("width", [1280, 390])
def test_every_page_fits_and_speaks_both_languages(desk: Any, platform: Platform, width: int) -> None:
    desk.set_viewport_size({"width": width, "height": 800})
    column = platform.column()["id"]
    addresses = (
        "/",
        "/courses",
        "/courses/mechatronica-4b",
        "/courses/mechatronica-4b/gradebook",
        f"/courses/mechatronica-4b/gradebook/{column}/sanne",
        "/misbehave",
        "/links/cobots",
        "/return?lti_msg=dag",
    )
    for language, word in (("Nederlands", "Oefenomgeving"), ("English", "Practice environment")):
        desk.goto("/courses")
        desk.get_by_role("button", name=language).click()
        for address in addresses:
            desk.goto(address)
            assert word in desk.inner_text("body"), address
            assert desk.evaluate("document.documentElement.scrollWidth") <= width, address


def test_a_wide_gradebook_scrolls_in_its_own_box_on_a_phone(desk: Any, platform: Platform) -> None:
    for number in range(3):
        platform.control("links", course="mechatronica-4b", id=f"more-{number}", title="Meten", score_maximum=10)
    desk.set_viewport_size({"width": 390, "height": 800})
    desk.goto("/courses/mechatronica-4b/gradebook")
    assert desk.evaluate("document.querySelector('.scroller').scrollWidth") > 390
    assert desk.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_phone_too_is_told_that_this_is_for_practice(desk: Any) -> None:
    desk.set_viewport_size({"width": 390, "height": 800})
    desk.goto("/courses")
    assert "Alle namen zijn verzonnen" in desk.inner_text(".ribbon")


def test_every_word_on_a_page_is_in_the_catalogue(platform: Platform) -> None:
    templates = Path(practice_lms.__file__).parent / "templates"
    used = {
        key for file in templates.glob("*.html") for key in re.findall(r'\bt\("(\w+)"\)', file.read_text())
    }

    assert used <= TEXTS.keys()
