"""Deep Linking 2.0: the request is verified like a launch, the answer is one that a platform can take.

The certification guide's cases (6.2). The platform is the forging desk; test_deep_linking_round.py has a second judge.
"""

from typing import Any

from lti_tool.protocols.deep_linking.models import ChoiceRequest
from lti_tool.protocols.resource_links.models import ResourceLink
from tests.certification.choosing import DL, choose, place, wanting


def test_a_teacher_comes_to_the_chooser(desk_on_each: Any) -> None:
    """R-DL-1; DL 2.1, 2.2: a request is verified like a launch, and opens no link."""
    launched = choose(desk_on_each)
    assert launched.status_code == 303, launched.text
    assert launched.location.endswith("/place")
    assert desk_on_each.open(launched.location).status_code == 200
    (request,) = desk_on_each.rows(ChoiceRequest)
    assert (request.client_id, request.deployment_id) == (desk_on_each.CLIENT, desk_on_each.DEPLOYMENT)
    assert not desk_on_each.rows(ResourceLink)


def test_an_answer_is_one_field_in_a_form_for_the_platform(desk_on_each: Any) -> None:
    """R-DL-2, R-DL-3, R-DL-4; DL 2.3, 4.5; CERT 6.2."""
    visit = choose(desk_on_each, data="opaque ~ <&>\"'").location
    sent = place(desk_on_each, visit, desk_on_each.MODULE)
    claims, header = sent.claims, sent.header
    assert sent.fields == {"JWT"}
    assert sent.url == wanting()["deep_link_return_url"]
    published = {key["kid"] for key in desk_on_each.open("/lti/jwks.json").json["keys"]}
    assert header["alg"] == "RS256"
    assert header["kid"] in published
    assert (claims["iss"], claims["aud"]) == (desk_on_each.CLIENT, desk_on_each.ISSUER)
    assert 0 < claims["exp"] - claims["iat"] <= 3600
    assert len(claims["nonce"]) >= 16
    assert claims[desk_on_each.CLAIM + "message_type"] == "LtiDeepLinkingResponse"
    assert claims[desk_on_each.CLAIM + "version"] == "1.3.0"
    assert claims[desk_on_each.CLAIM + "deployment_id"] == desk_on_each.DEPLOYMENT
    assert claims[DL + "data"] == "opaque ~ <&>\"'"
    (item,) = claims[DL + "content_items"]
    assert item["type"] == "ltiResourceLink"
