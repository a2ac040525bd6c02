"""Role URIs -> who somebody is in this course. Core 1.3, A.2.

Only roles of the context decide. A system or institution administrator is no teacher here. A sub-role means its
principal role: `membership/Learner#Instructor` is a kind of learner (A.2.3.1). Short names are membership roles.
"""

from collections.abc import Iterable
from enum import StrEnum

VOCABULARY = "http://purl.imsglobal.org/vocab/lis/v2/"
MEMBERSHIP = VOCABULARY + "membership"
URN = "urn:lti:role:ims/lis/"
ADMINISTRATORS = frozenset(
    f"{VOCABULARY}{scope}#{name}"
    for scope, name in (("institution/person", "Administrator"), ("system/person", "Administrator"),
                        ("system/person", "SysAdmin"))
)
TEST_USER = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"

TEACHERS = frozenset({"Instructor", "Administrator", "ContentDeveloper", "Manager"})
LEARNERS = frozenset({"Learner"})


class Role(StrEnum):
    TEACHER = "teacher"
    LEARNER = "learner"
    NONE = "none"


def role_in_context(roles: Iterable[str]) -> Role:
    """The strongest of the context roles; NONE if there is none that we know."""
    principals = {principal for role in roles if (principal := _principal(role))}
    if principals & TEACHERS:
        return Role.TEACHER
    return Role.LEARNER if principals & LEARNERS else Role.NONE


def is_administrator(roles: Iterable[str]) -> bool:
    """An administrator of the platform or the school (A.2.1, A.2.2)."""
    return any(role in ADMINISTRATORS for role in roles)


def is_test_user(roles: Iterable[str]) -> bool:
    """A marker beside a real role (A.2.4): kept out of every figure."""
    return TEST_USER in roles


def _principal(role: str) -> str | None:
    """The principal role of a membership role, None for roles of other scopes."""
    if role.startswith(MEMBERSHIP + "#"):
        return role.removeprefix(MEMBERSHIP + "#")
    if role.startswith(MEMBERSHIP + "/"):
        return role.removeprefix(MEMBERSHIP + "/").split("#")[0]
    if role.startswith(URN):
        return role.removeprefix(URN).split("/")[0]
    return role if role.isalpha() else None
