"""Messages that the tool does not offer yet: each is named in a refusal, opens nothing and leaves nothing."""

from typing import Any

import pytest

from lti_tool.learning.people.models import Person
from lti_tool.protocols.resource_links.models import ResourceLink

INSTRUCTOR = "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"
MESSAGES = {
    "DataPrivacyLaunchRequest": {"resource_link": None, "context": None, "for_user": {"user_id": "person-2"}},
    "LtiEulaRequest": {"resource_link": None},
    "LtiReportReviewRequest": {"for_user": {"user_id": "person-2"}},
    "LtiAssetProcessorSettingsRequest": {},
    "LtiStartProctoring": {},
    "LtiStartAssessment": {},
}


@pytest.mark.parametrize("kind", MESSAGES)
def test_a_message_that_is_not_offered_is_named_and_opens_nothing(desk: Any, kind: str) -> None:
    """R-CLAIM-1; CORE 5.3.1: a sound message of a registered platform, by a teacher."""
    refused = desk.launch({"message_type": kind, "roles": [INSTRUCTOR], **MESSAGES[kind]})
    desk.must_refuse(refused, 400, "message-type")
    assert kind in refused.text
    assert not desk.rows(Person)
    assert not desk.rows(ResourceLink)
