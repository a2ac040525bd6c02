"""Attacks on deep linking: hostile return addresses, texts that would run, and requests that are not what they seem."""

from typing import Any

import pytest

from lti_tool.base.errors import NotFound
from lti_tool.learning.people.models import Person
from lti_tool.protocols.deep_linking.items import Words
from lti_tool.protocols.deep_linking.models import ChoiceRequest
from lti_tool.web.visits import VisitRecord
from tests.certification.choosing import DL, SETTINGS, choose, item, place, request, wanting
from tests.certification.page_facts import PageFacts
from tests.certification.test_payloads_bad import CASES
from tests.certification.test_script import PAYLOADS, checked, some

NO_ADDRESS = (
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\nscript:alert(1)", "\x01javascript:alert(1)", "lms.test",
    "data:text/html,x", " javascript:alert(1)", "vbscript:msgbox(1)", "//evil.test/x", "/lti/launch",
    "https:javascript:alert(1)",
    "https://lms.test@evil.test/", "https://lms.test/\r\nSet-Cookie: x=1", "https://*/", "https://lms.test:99999/", "",
    "https://evil.test;script-src *//", "file:///etc/passwd", "ftp://lms.test/", "https://" + "a" * 3000,
    "https://" + "a" * 400,
)  # fmt: skip
ODD_ADDRESSES = (
    "https://lms.test/\"><script>alert(1)</script>", "https://lms.test/' onclick='alert(1)", "https://lms.test/a b",
    "https://lms.test/?a=1&b=2#x", "https://lms.test:8443/x",
)  # fmt: skip


@pytest.mark.parametrize("address", NO_ADDRESS)
def test_an_answer_goes_to_web_addresses_only(desk: Any, address: str) -> None:
    """R-DL-10; CWE-601, CWE-113: anything else is refused before anybody chooses."""
    refused = choose(desk, deep_link_return_url=address)
    assert refused.status_code == 400
    assert desk.refused()[-1] in ("claim-type", "claim-missing")
    checked(refused.text, address)
    assert "evil.test" not in str(refused.headers)
    assert not desk.rows(ChoiceRequest)


@pytest.mark.parametrize("address", [5, None, ["https://lms.test/"], {"a": 1}])
def test_no_other_type_is_an_address(desk: Any, address: Any) -> None:
    """R-DL-10, R-CLAIM-20."""
    claims = {SETTINGS: wanting() | {"deep_link_return_url": address}}
    assert choose(desk, claims).status_code == 400


@pytest.mark.parametrize("address", ODD_ADDRESSES)
def test_an_odd_address_stays_one_attribute(desk: Any, address: str) -> None:
    """R-DL-10; CWE-79: the form's action is what came, letter by letter, and adds nothing to page or policy."""
    plain = place(desk, choose(desk), [item()])
    sent = place(desk, choose(desk, deep_link_return_url=address), [item()])
    assert sent.url == address
    assert checked(sent.page, address).skeleton == PageFacts.of(plain.page).skeleton
    assert "script-src 'self';" in sent.policy
    (forms,) = [part for part in sent.policy.split("; ") if part.startswith("form-action")]
    assert forms.split()[1:3] == ["'self'", address[: address.index("/", 8)]]


@pytest.mark.parametrize("payloads", some(PAYLOADS))
def test_no_text_of_a_request_runs(desk: Any, payloads: tuple[str, ...]) -> None:
    """R-DL-10, R-CLAIM-19; CWE-79: data, title, text, types and every free claim."""
    plain = pages(desk, "Sanne")
    for payload in payloads:
        for name, page in pages(desk, payload).items():
            assert checked(page, payload).skeleton == PageFacts.of(plain[name]).skeleton, f"{name}: {payload}"


def pages(desk: Any, text: str) -> dict[str, str]:
    claims = {
        "name": text, "given_name": text, "family_name": text, "email": text, "custom": {text: text, "module": text},
        "context": {"id": "course-" + text[:200], "label": text, "title": text}, "sub": "sub-" + text[:200],
        "tool_platform": {"guid": text, "name": text}, "resource_link": {"id": "", "title": text},
    }  # fmt: skip
    launched = choose(
        desk, claims, data=text, title=text, text=text, accept_types=["ltiResourceLink", text[:60]],
        accept_media_types=text, accept_presentation_document_targets=["iframe", text[:60]],
    )  # fmt: skip
    chooser = desk.open(launched.location)
    assert chooser.status_code == 200
    placed = item(title=text, text=text, label=text, tag=text, resource_id=text, placement=text, language=text)
    sent = place(desk, launched, [placed], words=Words(msg=text, errormsg=text, log=text, errorlog=text))
    assert sent.claims[DL + "data"] == text
    return {"chooser": chooser.text, "answer": sent.page}


@pytest.mark.parametrize("name", [name for name in CASES if "resource_link" not in name])
def test_a_bad_request_is_refused_like_a_bad_launch(desk: Any, name: str) -> None:
    """R-DL-1, R-JWT-*, R-CLAIM-*; CERT 6.1.1, for deep linking."""
    changes, header, status, code = CASES[name]
    begun = desk.login()
    now = desk.claims(begun.nonce)["iat"]
    moments = {one: now + value for one, value in changes.items() if one in ("exp", "iat") and value is not None}
    body = desk.claims(begun.nonce, **request(desk) | changes | moments)
    if changes == {"name": "badltilaunch"}:
        body = changes
    desk.must_refuse(desk.post(begun.state, desk.sign(body, **header)), status, code)
    assert not desk.rows(Person)
    assert not desk.rows(VisitRecord)
    assert not desk.rows(ChoiceRequest)


def test_a_request_is_taken_once_and_in_the_browser_that_began(desk_on_each: Any) -> None:
    """R-FLOW-2, R-JWT-11: state is bound to the browser, and a nonce opens one chooser."""
    desk = desk_on_each
    begun = desk.login()
    token = desk.sign(desk.claims(begun.nonce, **request(desk)))
    desk.must_refuse(desk.post(begun.state, token, desk.new_browser()), 401, "other-browser")
    begun = desk.login()
    token = desk.sign(desk.claims(begun.nonce, **request(desk)))
    assert desk.post(begun.state, token).status_code == 303
    assert desk.post(begun.state, token).location.endswith("/"), "the same browser goes back to its visit"
    assert desk.post(begun.state, token, desk.new_browser()).status_code == 401
    assert len(desk.rows(ChoiceRequest)) == 1


def test_a_request_of_an_unknown_deployment_is_refused(desk: Any) -> None:
    """R-CLAIM-3."""
    desk.must_refuse(choose(desk, {"deployment_id": "elsewhere"}), 403, "unknown-deployment")
    assert not desk.rows(Person)


def test_a_request_that_is_aimed_elsewhere_is_refused(desk: Any) -> None:
    desk.must_refuse(choose(desk, {"target_link_uri": "https://evil.test/lti/launch"}), 400, "target-elsewhere")


@pytest.mark.parametrize("kind", ["LtiDeepLinkingResponse", "ltideeplinkingrequest", "LtiDeepLinkingRequest "])
def test_what_only_looks_like_a_request_is_none(desk: Any, kind: str) -> None:
    """R-CLAIM-1."""
    desk.must_refuse(choose(desk, {"message_type": kind}), 400, "message-type")


def test_settings_in_a_launch_open_no_chooser(desk: Any) -> None:
    """The type of the message decides: a learner's launch that carries settings is a launch."""
    launched = desk.launch({SETTINGS: wanting()})
    assert launched.location.endswith("/")
    assert not desk.rows(ChoiceRequest)
    with pytest.raises(NotFound, match="choice"):
        place(desk, launched, [item()])


@pytest.mark.parametrize("role", ["LEARNER", "INSTRUCTOR"])
def test_the_chooser_opens_for_no_other_visit(desk: Any, role: str) -> None:
    """R-DL-10: nobody sees or answers another's request, whoever they are; a learner's visit has no chooser at all."""
    chooser = choose(desk).location
    launched = desk.launch({"roles": [getattr(desk, role)], "sub": "person-2"}, browser=(other := desk.new_browser()))
    assert (desk.open(launched.location + "place", other).status_code == 403) is (role == "LEARNER")
    assert desk.open(chooser, other).status_code == 401
    answer = other.post(chooser, data={"module": desk.MODULE}, base_url=desk.TOOL, headers={"Origin": desk.TOOL})
    assert answer.status_code == 401
    assert "JWT" not in answer.text
    assert [request.answer for request in desk.rows(ChoiceRequest)] == [None]
    with pytest.raises(NotFound, match="choice"):
        place(desk, launched, [item()])
