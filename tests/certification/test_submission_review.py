"""Submission Review 1.0, and SpeedGrader's way to the same page (R-SR-1)."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from lti_tool.base.db import writing
from lti_tool.learning.people.models import Identity, Person
from lti_tool.protocols.grades import ags
from lti_tool.protocols.grades.models import LineItem
from lti_tool.protocols.resource_links import review
from lti_tool.protocols.resource_links.models import ResourceLink
from lti_tool.web.visits import VisitRecord

AGS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
COLUMN = "https://lms.test/course-1/lineitems/7/lineitem?type_id=1"
SCORE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
TEACHER = "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"
ELSEWHERE = {"scope": [SCORE], "lineitem": "https://lms.test/other/9"}
GRADES = {AGS: {"scope": [SCORE], "lineitem": COLUMN}}


@pytest.fixture
def class_of_two(desk: Any) -> Any:
    """Sanne and Youssef opened the module; the link has a column of its own."""
    for subject in ("sanne", "youssef"):
        assert desk.launch({"sub": subject, "name": subject, **GRADES}, browser=desk.new_browser()).status_code == 303
    return desk


def asked(desk: Any, who: str = "fatima", of: Any = "sanne", **changes: Any) -> Any:
    """The answer to a review of somebody's work."""
    role = {"roles": [TEACHER]} if who == "fatima" else {}
    claims = {"message_type": "LtiSubmissionReviewRequest", "for_user": {"user_id": of}, "sub": who, "name": who}
    return desk.launch({**claims, **GRADES, **role, **changes}, browser=desk.new_browser())


def public_id(desk: Any, subject: str) -> str:
    identity = next(one for one in desk.rows(Identity) if one.subject == subject)
    return str(next(one.public_id for one in desk.rows(Person) if one.id == identity.person_id))


@pytest.mark.parametrize("without", [{}, {"resource_link": None}, {"resource_link": None, "context": None}])
def test_a_teacher_comes_to_that_learners_work(class_of_two: Any, without: dict[str, None]) -> None:
    """SR 3: resource_link is optional; the column of the AGS claim says which link it is."""
    answer = asked(class_of_two, **without)
    assert answer.status_code == 303, answer.text
    assert answer.location.endswith(f"/class/{public_id(class_of_two, 'sanne')}")
    visit = class_of_two.rows(VisitRecord)[-1]
    assert (visit.role, visit.return_url) == ("teacher", "https://lms.test/return?course=1")
    assert len(class_of_two.rows(ResourceLink)) == 1


def test_a_learner_comes_to_own_work(class_of_two: Any) -> None:
    answer = asked(class_of_two, who="youssef", of="youssef")
    assert answer.status_code == 303
    assert "/class" not in answer.location
    assert class_of_two.rows(VisitRecord)[-1].role == "learner"


def test_a_column_that_we_made_ourselves_is_found_too(class_of_two: Any) -> None:
    made = "https://lms.test/course-1/lineitems/8"
    with Session(class_of_two.engine) as session, session.begin():
        writing(session).add(LineItem(resource_link_id=1, activity_key="toets", url=made))
    answer = asked(class_of_two, resource_link=None, **{AGS: {"scope": [SCORE], "lineitem": made}})
    assert answer.status_code == 303


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"who": "youssef"}, 403, "review-not-yours"),
        ({"of": "stranger"}, 404, "review-nobody"),
        ({"who": "stranger", "of": "stranger"}, 404, "review-nobody"),
        ({AGS: ELSEWHERE}, 404, "review-column"),
        ({AGS: ELSEWHERE, "resource_link": None}, 404, "review-column"),
        ({"resource_link": {"id": "another"}}, 404, "review-column"),
        ({"context": {"id": "course-2"}}, 404, "review-column"),
        ({"resource_link": None, AGS: {}}, 400, "claim-missing"),
        ({"for_user": None}, 400, "claim-missing"),
        ({"for_user": {}}, 400, "claim-missing"),
        ({"for_user": {"user_id": ["sanne"]}}, 400, "claim-type"),
        ({"sub": None}, 403, "anonymous-launch"),
    ],
)
def test_everything_else_is_refused_in_plain_words(
    class_of_two: Any, changes: dict[str, Any], status: int, code: str
) -> None:
    visits, links = len(class_of_two.rows(VisitRecord)), len(class_of_two.rows(ResourceLink))
    class_of_two.must_refuse(asked(class_of_two, **changes), status, code)
    assert len(class_of_two.rows(VisitRecord)) == visits
    assert len(class_of_two.rows(ResourceLink)) == links


def named(desk: Any, whose: str, link: str = "") -> str:
    """The address that a score gives to Canvas."""
    link = link or desk.rows(ResourceLink)[0].public_id
    return review.address(desk.TOOL, link, public_id(desk, whose))


def graded(desk: Any, target: str, who: str = "fatima", **changes: Any) -> Any:
    role = {"roles": [TEACHER]} if who == "fatima" else {}
    claims = {"target_link_uri": target, "sub": who, "name": who, "resource_link": {"id": "course-1"}, **role}
    return desk.launch({**claims, **changes}, browser=desk.new_browser())


def test_speedgrader_launches_the_address_that_the_score_named(class_of_two: Any) -> None:
    """Canvas, "Score": submission_type basic_lti_launch; the launch names the address as target_link_uri."""
    answer = graded(class_of_two, named(class_of_two, "sanne"))
    assert answer.status_code == 303, answer.text
    assert answer.location.endswith(f"/class/{public_id(class_of_two, 'sanne')}")
    own = graded(class_of_two, named(class_of_two, "sanne"), who="sanne")
    assert own.status_code == 303
    assert len(class_of_two.rows(ResourceLink)) == 1


def test_the_address_opens_nothing_for_who_may_not_see_it(class_of_two: Any) -> None:
    target = named(class_of_two, "sanne")
    class_of_two.must_refuse(graded(class_of_two, target, who="youssef"), 403, "review-not-yours")
    class_of_two.must_refuse(graded(class_of_two, target, context={"id": "course-2"}), 404, "review-column")
    for strange in (f"{class_of_two.TOOL}/lti/launch?review=x", f"{class_of_two.TOOL}/lti/launch?review=a.b%00.c"):
        class_of_two.must_refuse(graded(class_of_two, strange), 404, "review-column")


def test_another_school_cannot_use_the_address(class_of_two: Any) -> None:
    target = named(class_of_two, "sanne")
    class_of_two.register(client_id="client-2", deployment_ids=["deployment-2"], issuer="https://other.test")
    begun = class_of_two.login(client_id="client-2", iss="https://other.test", lti_deployment_id="deployment-2")
    claims = class_of_two.claims(
        begun.nonce, iss="https://other.test", aud="client-2", azp="client-2", deployment_id="deployment-2",
        target_link_uri=target, roles=[TEACHER],
    )  # fmt: skip
    answer = class_of_two.post(begun.state, class_of_two.sign(claims))
    class_of_two.must_refuse(answer, 404, "review-column")


def test_a_column_of_a_placed_item_announces_reviews() -> None:
    """R-AGS-17; SR 3: from which states on there is something to see, the words for it, and where."""
    told = ags.reviewed("https://tool.test")
    assert told["reviewableStatus"] == ["InProgress", "Submitted", "Completed"]
    assert told["url"] == "https://tool.test/lti/launch"
    assert set(told) == {"reviewableStatus", "label", "url", "custom"}
