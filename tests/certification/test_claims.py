"""The claims of a message. Core 1.3, 5.3 and 5.4; certification guide 6.1."""

from typing import Any

import pytest

from lti_tool.learning.people.models import Identity, Person
from lti_tool.protocols.platforms.models import Deployment, Registration
from lti_tool.protocols.resource_links.models import Member, ResourceLink

VOCABULARY = "http://purl.imsglobal.org/vocab/lis/v2/"
INSTRUCTOR, LEARNER = VOCABULARY + "membership#Instructor", VOCABULARY + "membership#Learner"
CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
AGS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
SCORE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
NOBODY = {"name": None, "given_name": None, "family_name": None, "email": None}
WRONG = [5, 1.5, True, [], {}, [[]], [None], {"a": []}, "", "x" * 10_000, "\x00", "\ud800", [5], {"id": 5}]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("message_type", "claim-missing"), ("version", "claim-version"), ("deployment_id", "claim-missing"),
        ("target_link_uri", "claim-missing"), ("resource_link", "claim-missing"), ("roles", "claim-missing"),
        ("sub", "anonymous-launch"),
    ],
)  # fmt: skip
def test_required_claims(desk: Any, name: str, code: str) -> None:
    """R-CLAIM-1 to R-CLAIM-7, CORE 5.3.1-5.3.7; CERT 6.1.1: each of them missing."""
    desk.must_refuse(desk.launch({name: None}), 403 if name == "sub" else 400, code)
    assert not desk.rows(Person)


@pytest.mark.parametrize(
    "kind", ["LtiUnknownRequest", "ltiresourcelinkrequest", "<b>", "x" * 5000, 5, [], {}, "\ud800"]
)
def test_unknown_message_type(desk: Any, kind: Any) -> None:
    """R-CLAIM-1, CORE 5.3.1."""
    response = desk.launch({"message_type": kind})
    assert response.status_code == 400
    assert "<b>" not in response.text


@pytest.mark.parametrize("version", ["1.3", "1.1.0", "LTI-1p0", 1.3, "1.3.0 ", "", ["1.3.0"]])
def test_version_must_be_1_3_0(desk: Any, version: Any) -> None:
    """R-CLAIM-2, CORE 5.3.2."""
    desk.must_refuse(desk.launch({"version": version}), 400, "claim-version")


def test_unknown_deployment_is_named_and_waits_for_staff(desk: Any) -> None:
    """R-CLAIM-3, CORE 3.1.3 and 5.3.3: nothing else is made of the launch."""
    response = desk.launch({"deployment_id": "nowhere-<7>"})
    desk.must_refuse(response, 403, "unknown-deployment")
    assert "nowhere-&lt;7&gt;" in response.text
    known = {row.deployment_id: row.status for row in desk.rows(Deployment)}
    assert known == {desk.DEPLOYMENT: "active", "nowhere-<7>": "pending"}
    assert not desk.rows(Person)
    assert not desk.rows(ResourceLink)


@pytest.mark.parametrize("value", ["", "x" * 256, "\x00", 5, [], {}, "\ud800"], ids=lambda v: repr(v)[:8])
def test_deployment_id_of_wrong_form(desk: Any, value: Any) -> None:
    """R-CLAIM-3, CORE 5.3.3."""
    assert desk.launch({"deployment_id": value}).status_code == 400


def test_deployment_id_of_255_characters(desk: Any) -> None:
    """R-CLAIM-3, CORE 5.3.3."""
    desk.register(deployment_ids=["d" * 255])
    assert desk.launch({"deployment_id": "d" * 255}).status_code == 303


@pytest.mark.parametrize("value", [5, [], {}, "", "\x00", "x" * 9000, "\ud800"], ids=lambda v: repr(v)[:8])
def test_target_link_uri_of_wrong_form(desk: Any, value: Any) -> None:
    """R-CLAIM-4, CORE 5.3.4."""
    assert desk.launch({"target_link_uri": value}).status_code == 400


@pytest.mark.parametrize("target", ["/lti/launch?module=%00", "/lti/launch?module=%ED%A0%80", "/lti/launch?module=no"])
def test_target_that_names_no_module_of_ours(desk: Any, target: str) -> None:
    """R-CLAIM-4, CORE 5.3.4."""
    response = desk.launch({"target_link_uri": desk.TOOL + target, "custom": None})
    assert response.status_code in (303, 404)


@pytest.mark.parametrize(
    "link", [{}, {"id": ""}, {"id": None}, {"id": 5}, {"id": "x" * 256}, {"id": "\x00"}, {"id": "\ud800"}, [], "x", 5],
    ids=lambda v: repr(v)[:12],
)  # fmt: skip
def test_resource_link_needs_an_id(desk: Any, link: Any) -> None:
    """R-CLAIM-5, CORE 5.3.5."""
    assert desk.launch({"resource_link": link}).status_code == 400


def test_ids_of_255_characters(desk: Any) -> None:
    """R-CLAIM-5 and R-CLAIM-6, CORE 5.3.5 and 5.3.6."""
    assert desk.launch({"resource_link": {"id": "r" * 255}, "sub": "s" * 255}).status_code == 303
    assert [row.resource_link_id for row in desk.rows(ResourceLink)] == ["r" * 255]
    assert [row.subject for row in desk.rows(Identity)] == ["s" * 255]


def test_sub_is_case_sensitive(desk: Any) -> None:
    """R-CLAIM-6, CORE 5.3.6."""
    for sub in ("abc", "ABC", "abc"):
        assert desk.launch({"sub": sub}).status_code == 303
    assert len(desk.rows(Person)) == 2


@pytest.mark.parametrize(
    "sub", ["x" * 256, "\x00", [], {}, True, 1.5, "\ud800", 10**300], ids=lambda v: repr(v)[:8]
)  # fmt: skip
def test_sub_of_wrong_form(desk: Any, sub: Any) -> None:
    """R-CLAIM-6, CORE 5.3.6."""
    desk.must_refuse(desk.launch({"sub": sub}), 400, "claim-type")


def test_anonymous_launch_is_anonymous(desk: Any) -> None:
    """R-CLAIM-6, CORE 5.3.6.1: where the registration allows it; nobody is recognised at the next launch."""
    desk.register(allows_anonymous=True)
    for _ in range(2):
        assert desk.launch({"sub": None, **NOBODY}).status_code == 303
    assert len(desk.rows(Person)) == 2


@pytest.mark.parametrize("roles", ["Instructor", {}, 5, [5], [None], [[LEARNER]], True, ""], ids=repr)
def test_roles_must_be_a_list_of_texts(desk: Any, roles: Any) -> None:
    """R-CLAIM-7, CORE 5.3.7."""
    desk.must_refuse(desk.launch({"roles": roles}), 400, "claim-type")


def test_unknown_claims_are_ignored(desk: Any) -> None:
    """R-CLAIM-11, CORE 5.4.7."""
    desk.enter(**{CLAIM + "new_thing": {"a": [1]}, "https://x.test/y": "z", "zoneinfo": 5, "": "empty"})


OPTIONAL = ["name", "given_name", "family_name", "middle_name", "email", "locale", "picture", "context",
            "launch_presentation", "custom", "tool_platform", "lis", "role_scope_mentor"]  # fmt: skip
AGS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"


@pytest.mark.parametrize("name", OPTIONAL)
def test_optional_claims_may_be_absent(desk: Any, name: str) -> None:
    """R-CLAIM-12, CORE 5.4."""
    assert desk.launch({name: None}).status_code == 303


def test_every_property_may_be_empty(desk: Any) -> None:
    """R-CLAIM-12, CORE App. B."""
    empty = {
        "context": {"id": "", "label": "", "title": "", "type": []},
        "launch_presentation": {"document_target": "", "locale": "", "return_url": "", "width": ""},
        "resource_link": {"id": "link-1", "title": "", "description": ""},
        "custom": {"module": "", "a": ""},
        AGS: {"lineitem": "", "lineitems": "", "scope": []},
    }
    assert desk.launch({**dict.fromkeys(NOBODY, ""), "locale": "", **empty}).status_code == 303


@pytest.mark.parametrize("value", WRONG, ids=lambda v: repr(v)[:12])
@pytest.mark.parametrize("name", [*OPTIONAL, AGS])
def test_wrong_types_of_optional_claims(desk: Any, name: str, value: Any) -> None:
    """R-CLAIM-20, RFC 8725 3.2: they count as absent."""
    launched = desk.launch({name: value})
    assert launched.status_code == 303, launched.text
    assert desk.open(launched.location).status_code in (200, 303, 404)


INSIDE = [
    ("context", "id"), ("context", "title"), ("context", "label"), ("context", "type"),
    ("launch_presentation", "locale"), ("launch_presentation", "return_url"), ("resource_link", "title"),
    ("custom", "other"), (AGS, "lineitem"), (AGS, "lineitems"), (AGS, "scope"),
]  # fmt: skip


@pytest.mark.parametrize("value", [*WRONG, None], ids=lambda v: repr(v)[:12])
@pytest.mark.parametrize(("claim", "member"), INSIDE)
def test_wrong_types_inside_optional_claims(desk: Any, claim: str, member: str, value: Any) -> None:
    """R-CLAIM-20, RFC 8725 3.2."""
    whole = desk.claims("").get(CLAIM + claim, {"scope": ["x"]})
    launched = desk.launch({claim: {**whole, member: value}})
    assert launched.status_code == 303, launched.text
    assert desk.open(launched.location).status_code in (200, 303)


@pytest.mark.parametrize("value", ["$Canvas.module", "$Module.id", "", 5, None, [], {"a": 1}], ids=repr)
def test_custom_values(desk: Any, value: Any) -> None:
    """R-CLAIM-13, CORE 5.4.6: a variable that was not filled names no module."""
    assert desk.launch({"custom": {"module": value}}).status_code == 303
    assert [row.module_id for row in desk.rows(ResourceLink)] == [None]


M = VOCABULARY + "membership"
ROLES = [
    ([M + "#Instructor"], "teacher"), ([M + "#Learner"], "learner"), (["Instructor"], "teacher"),
    (["urn:lti:role:ims/lis/Instructor"], "teacher"), (["urn:lti:role:ims/lis/Learner/NonCreditLearner"], "learner"),
    ([M + "/Instructor#TeachingAssistant"], "teacher"), ([M + "/Learner#Instructor"], "learner"),
    ([M + "#Learner", M + "#Instructor"], "teacher"), ([M + "#ContentDeveloper"], "teacher"),
]  # fmt: skip
ELSEWHERE = [
    VOCABULARY + "system/person#Administrator", VOCABULARY + "institution/person#Instructor",
    VOCABULARY + "institution/person#Administrator", "http://evil.test/membership#Instructor",
    "urn:lti:sysrole:ims/lis/Administrator", "urn:lti:instrole:ims/lis/Instructor", M + "Instructor",
    " " + M + "#Instructor", "instructor#", "", "\x00",
]  # fmt: skip


@pytest.mark.parametrize(("roles", "shown"), ROLES)
def test_roles(desk: Any, roles: list[str], shown: str) -> None:
    """R-CLAIM-14, CORE A.2, A.2.3, A.2.3.1."""
    assert f'data-role="{shown}"' in desk.enter(roles=roles).text


@pytest.mark.parametrize("role", ELSEWHERE)
def test_roles_of_other_scopes_give_no_rights(desk: Any, role: str) -> None:
    """R-CLAIM-15, CORE 5.3.7 and A.2."""
    assert 'data-role="none"' in desk.enter(roles=[role]).text
    assert 'data-role="learner"' in desk.enter(roles=[role, LEARNER]).text


def test_test_user_is_a_marker(desk: Any) -> None:
    """R-CLAIM-16, CORE A.2.4."""
    marker = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"
    assert 'data-role="learner"' in desk.enter(roles=[LEARNER, marker]).text
    assert [row.is_test for row in desk.rows(Member)] == [True]


def test_a_role_behind_a_hundred_others(desk: Any) -> None:
    """R-CLAIM-14: every role counts."""
    many = [f"http://purl.imsglobal.org/vocab/lis/v2/institution/person#Other{number}" for number in range(150)]
    assert 'data-role="learner"' in desk.enter(roles=[*many, LEARNER]).text


@pytest.mark.parametrize("mentored", [["person-2", "person-3"], [], "person-2", 7, None])
def test_a_mentor_sees_the_module_and_nobody_elses_work(desk: Any, mentored: Any) -> None:
    """R-CLAIM-17, CORE 5.4.3: a mentor is no learner and no teacher; whom they follow opens nothing."""
    mentor = "http://purl.imsglobal.org/vocab/lis/v2/membership#Mentor"
    desk.enter(sub="person-2", name="Bilal Aziz")
    page = desk.enter(sub="mentor-1", name="Ouder", roles=[mentor], role_scope_mentor=mentored)
    assert 'data-role="none"' in page.text
    assert "Bilal" not in page.text
    assert {row.subject: row.role for row in desk.rows(Member)} == {"person-2": "learner", "mentor-1": "none"}


@pytest.mark.parametrize("named", [{"user_id": "person-2", "resource_link_id": "link-9"}, "person-2", None])
def test_lti_1_1_names_bind_nothing(desk: Any, named: Any) -> None:
    """R-CLAIM-21, MIGR: nothing of LTI 1.1 is taken over, so an unsigned claim gives nobody another's work."""
    desk.enter(sub="person-2", name="Bilal Aziz")
    page = desk.enter(sub="person-1", lti1p1=named)
    assert "Bilal" not in page.text
    assert len(desk.rows(Person)) == 2
    assert [row.resource_link_id for row in desk.rows(ResourceLink)] == ["link-1"]


def test_an_address_that_is_too_long_counts_as_absent(desk: Any) -> None:
    """R-CLAIM-19: cut, it would be another address."""
    long = f"https://lms.test/items/{'x' * 2100}"
    endpoint = {"lineitem": long, "lineitems": "https://lms.test/items", "scope": [SCORE]}
    page = desk.enter(launch_presentation={"return_url": long}, **{AGS: endpoint})
    assert "lms.test/items" not in page.text
    assert [(row.lineitem_url, row.lineitems_url) for row in desk.rows(ResourceLink)] == [
        (None, "https://lms.test/items")
    ]


@pytest.mark.parametrize(
    ("locale", "spoken"), [("en-GB", "en"), ("nl_NL", "nl"), ("NL", "nl"), ("pt-BR", "nl"), ("", "nl")]
)
def test_presentation_locale(desk: Any, locale: str, spoken: str) -> None:
    """R-CLAIM-18, CORE 5.4.4."""
    assert f'<html lang="{spoken}"' in desk.enter(launch_presentation={"locale": locale}).text


def test_presentation_return_url(desk: Any) -> None:
    """R-CLAIM-18, CORE 5.4.4."""
    page = desk.enter(launch_presentation={"return_url": "https://lms.test/return?course=1&x=2"})
    assert 'href="https://lms.test/return?course=1&amp;x=2"' in page.text


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "//evil.test", "https://a@b.test/", "https://*/x",
            "https://x.test ;/",
            "https://例え.jp/", "https://x.test/\ud800", "https://münchen.test/a", "https://x.test/\x00y"],
    ids=repr,
)  # fmt: skip
def test_hostile_return_url(desk: Any, url: str) -> None:
    """R-CLAIM-18 and R-WEB-6: no link with it where it is unsafe, and the policy stays what it was."""
    launched = desk.launch({"launch_presentation": {"return_url": url}})
    assert launched.status_code == 303, launched.text
    page = desk.open(launched.location)
    assert page.status_code == 200
    assert "javascript:" not in page.text
    policy = page.headers["Content-Security-Policy"]
    ancestors = policy.split("frame-ancestors ")[1].split()
    assert set(ancestors) <= {"https://lms.test", "https://x.test"}
    assert all(origin.isascii() for row in desk.rows(Registration) for origin in row.frame_origins)
    refused = desk.launch({"launch_presentation": {"return_url": url}, "version": "2"})
    desk.must_refuse(refused, 400, "claim-version")


NAMES = ["x" * 10_000, "👩‍🔧🤖", "שלום עולם", "محمد", "名前 太郎", "Zoë Ĳsbrand-d'Œuvre", "a\x00b",
         "\u202egnp.exe", "e\u0301" * 300,
         "half an emoji \ud83d", "{{ 7919*6841 }}", "%(claim)s %s"]  # fmt: skip


@pytest.mark.parametrize("name", NAMES, ids=lambda v: repr(v)[:16])
def test_names_of_any_length_and_script(desk: Any, name: str) -> None:
    """R-CLAIM-19, CORE 5.3.6."""
    page = desk.enter(name=name, given_name=name, family_name=name, context={"id": "c", "title": name},
                      resource_link={"id": "r", "title": name})  # fmt: skip
    assert "\x00" not in page.text
    assert len(desk.rows(Person)[0].name) <= 255
    assert str(7919 * 6841) not in page.text


def test_markup_is_escaped(desk: Any) -> None:
    """R-CLAIM-19, CWE-79."""
    evil = "\"'><script>alert(1)</script>"
    page = desk.enter(name=evil, context={"id": "c", "title": evil}, resource_link={"id": "r", "title": evil})
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert(1)" in page.text
    refused = desk.launch({"message_type": evil})
    assert "<script>alert" not in refused.text


@pytest.mark.parametrize(
    ("value", "wants"), [("off", False), ("No", False), ("on", True), ("$Grades", True), (5, True)]
)
def test_a_link_that_takes_no_grade(desk: Any, value: Any, wants: bool) -> None:
    desk.enter(custom={"module": desk.MODULE, "grades": value})
    assert (desk.rows(ResourceLink)[0].columns == "one") is wants
