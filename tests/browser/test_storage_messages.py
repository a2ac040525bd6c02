"""The messages to the platform's storage, in a page of the platform with a frame for storage beside the tool's frame.

LTI postMessage Storage 0.1; LTI Client Side postMessages 0.1. The script is ours, the pages around it are made here.
"""

from pathlib import Path
from typing import Any

import pytest

from lti_tool import web

pytestmark = pytest.mark.browser

SCRIPT = (Path(web.__path__[0]) / "static" / "storage.js").read_text()
PLATFORM, TOOL, STRANGER = "https://lms.test", "https://tool.test", "https://stranger.test"
HEAR = "window.heard = []; addEventListener('message', (event) => heard.push([event.origin, event.data]));"
ANSWER = """addEventListener('message', (event) => event.source.postMessage({
  subject: event.data.subject + '.response', message_id: event.data.message_id, key: event.data.key,
  value: ANSWERED }, event.origin));"""


def html(script: str, body: str = "") -> str:
    return f"<!doctype html><body>{body}<script>{script}</script>"


def shown(chromium: Any, beside: str = PLATFORM, above: str = "", aside: str = "") -> Any:
    """A page of the platform with the tool's frame and a storage frame of `beside`; what each of the two does."""
    pages = {
        f"{PLATFORM}/": html(
            HEAR + above,
            f'<iframe name="storage" src="{beside}/storage"></iframe><iframe name="tool" src="{TOOL}/"></iframe>',
        ),
        f"{beside}/storage": html(HEAR + (aside or ANSWER.replace("ANSWERED", "'from the frame'"))),
        f"{TOOL}/": html(SCRIPT, f'<div id="named" data-frame="storage" data-origin="{PLATFORM}"></div>'
                                 f'<div id="parent" data-frame="_parent" data-origin="{PLATFORM}"></div>'
                                 f'<div id="gone" data-frame="no-such-frame" data-origin="{PLATFORM}"></div>'),
    }  # fmt: skip
    context = chromium.new_context()
    context.route("**/*", lambda route: route.fulfill(body=pages[route.request.url], content_type="text/html"))
    page = context.new_page()
    page.goto(f"{PLATFORM}/")
    return page


def ask(page: Any, door: str, call: str = "put(place, 'visit_1', 'secret')") -> Any:
    """What the tool's frame gets for this call, or the error."""
    return page.frame("tool").evaluate(
        f"(() => {{ const place = document.getElementById('{door}');"
        f" return platformStorage.{call}.then((value) => value, (error) => 'refused: ' + error.message) }})()"
    )


def heard(page: Any, frame: str | None = None) -> list[Any]:
    return list((page.frame(frame) if frame else page.main_frame).evaluate("heard"))


def test_a_named_frame_gets_the_message_and_the_page_above_does_not(chromium: Any) -> None:
    """R-WEB-3, PMS: lti_storage_target names a frame beside ours; message_id, key and value."""
    page = shown(chromium)
    assert ask(page, "named") == "from the frame"
    ((origin, told),) = heard(page, "storage")
    assert (origin, told["subject"], told["key"], told["value"]) == (TOOL, "lti.put_data", "visit_1", "secret")
    assert told["message_id"]
    assert ask(page, "named", "get(place, 'visit_1')") == "from the frame"
    assert [told["subject"] for _, told in heard(page, "storage")] == ["lti.put_data", "lti.get_data"]
    assert "value" not in heard(page, "storage")[-1][1]
    assert heard(page) == []
    page.context.close()


@pytest.mark.parametrize("door", ["parent", "gone"])
def test_without_a_frame_of_that_name_the_page_above_is_asked(chromium: Any, door: str) -> None:
    """R-WEB-3, PMS: _parent, or a name that no frame has."""
    page = shown(chromium, above=ANSWER.replace("ANSWERED", "'from above'"))
    assert ask(page, door) == "from above"
    assert heard(page, "storage") == []
    page.context.close()


def test_a_frame_of_another_origin_gets_nothing(chromium: Any) -> None:
    """R-WEB-3, CSPM: targetOrigin is the origin of the authorization endpoint, so the secret goes nowhere else."""
    page = shown(chromium, beside=STRANGER)
    assert ask(page, "named") == "refused: no answer"
    assert heard(page, "storage") == []
    page.context.close()


WRONG_ANSWERS = """addEventListener('message', (event) => {
  const right = {subject: 'lti.get_data.response', message_id: event.data.message_id, value: 'forged'};
  frames.storage.postMessage(right, '*');
  for (const wrong of [{...right, message_id: 'x'}, {...right, subject: 'lti.put_data.response'}, null, 'text', 5])
    event.source.postMessage(wrong, event.origin);
});"""
PASS_ON = "addEventListener('message', (event) => parent.frames.tool.postMessage(event.data, '*'));"


@pytest.mark.parametrize(("beside", "value"), [(STRANGER, "refused: no answer"), (PLATFORM, "forged")])
def test_answers_of_strangers_and_to_other_messages_are_not_believed(chromium: Any, beside: str, value: str) -> None:
    """R-WEB-3, CSPM: neither a right answer from another origin nor wrong ones from the right origin.

    The same right answer from a frame of the platform's origin is believed.
    """
    page = shown(chromium, beside, above=WRONG_ANSWERS, aside=PASS_ON)
    assert ask(page, "parent", "get(place, 'visit_1')") == value
    page.context.close()
