"""The valid launches of the certification guide: nine by an instructor (6.1.2) and the same nine by a student (6.1.3).

Each must enter as the role that it names, and the tool must know of the person exactly what the message told.
https://www.imsglobal.org/spec/lti/v1p3/cert/
"""

from dataclasses import dataclass, field
from typing import Any

import pytest

from lti_tool.learning.people.models import Person
from lti_tool.protocols.resource_links.models import Context, Member

VOCABULARY = "http://purl.imsglobal.org/vocab/lis/v2/"
FULL = {"name": "Sanne de Vries", "given_name": "Sanne", "family_name": "de Vries", "email": "sanne@school.test"}
NAMES = ("name", "given_name", "family_name")
NOTHING: dict[str, str] = {}


@dataclass
class Valid:
    """What of a full launch is taken out or changed, and what the tool is to make of it."""

    roles: list[str] | None = None
    told: dict[str, str] = field(default_factory=lambda: dict(FULL))
    has_context: bool = True
    shown: str | None = None
    """The role in the tool; that of the plain launch where None."""


def nine(role: str) -> dict[str, Valid]:
    person = [VOCABULARY + "institution/person#Student", VOCABULARY + "system/person#User"]
    email = {"email": FULL["email"]}
    return {
        "plain": Valid(),
        "several roles": Valid(roles=[*person, VOCABULARY + f"membership#{role}"]),
        "short role": Valid(roles=[role]),
        "unknown role": Valid(roles=[VOCABULARY + "unknown/unknown#Helper"], shown="none"),
        "no role": Valid(roles=[], shown="none"),
        "email only": Valid(told=email),
        "names only": Valid(told={name: FULL[name] for name in NAMES}),
        "no PII": Valid(told=NOTHING),
        "email without context": Valid(told=email, has_context=False),
    }


def must_enter(desk: Any, role: str, shown: str, valid: Valid) -> None:
    roles = [VOCABULARY + f"membership#{role}"] if valid.roles is None else valid.roles
    claims: dict[str, Any] = {**dict.fromkeys(FULL), **valid.told, "roles": roles}
    page = desk.enter(**claims, **({} if valid.has_context else {"context": None}))
    as_shown = valid.shown or shown
    assert f'data-role="{as_shown}"' in page.text
    assert "cobot" in page.text.lower(), "the module itself"
    (person,), (member,) = desk.rows(Person), desk.rows(Member)
    assert {name: getattr(person, name) for name in FULL} == {**dict.fromkeys(FULL), **valid.told}
    assert (member.role, member.is_test) == (as_shown, False)
    assert [row.context_id for row in desk.rows(Context)] == (["course-1"] if valid.has_context else [])
    assert desk.refused() == []


@pytest.mark.parametrize("name", nine("Instructor"))
def test_a_valid_instructor_launch_enters(desk: Any, name: str) -> None:
    """R-CLAIM-9, R-CLAIM-7; CERT 6.1.2."""
    must_enter(desk, "Instructor", "teacher", nine("Instructor")[name])


@pytest.mark.parametrize("name", nine("Learner"))
def test_a_valid_student_launch_enters(desk: Any, name: str) -> None:
    """R-CLAIM-10, R-CLAIM-7; CERT 6.1.3."""
    must_enter(desk, "Learner", "learner", nine("Learner")[name])


@pytest.mark.parametrize("role", ["Instructor", "Learner"])
def test_there_are_nine_of_each(role: str) -> None:
    """CERT 6.1.2 and 6.1.3."""
    assert len(nine(role)) == 9
