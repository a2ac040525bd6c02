"""What people are, in the role vocabulary of LTI Core 1.3, A.2."""

from practice_lms.state.school import CourseRole, User

_MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
_INSTITUTION = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#"
_SYSTEM = "http://purl.imsglobal.org/vocab/lis/v2/system/person#"
_TEST_USER = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"

_OF_COURSE = {
    CourseRole.TEACHER: [_MEMBERSHIP + "Instructor", _INSTITUTION + "Faculty"],
    CourseRole.STUDENT: [_MEMBERSHIP + "Learner", _INSTITUTION + "Student"],
}
_SHORT = {CourseRole.TEACHER: ["Instructor"], CourseRole.STUDENT: ["Learner"]}


def role_uris(user: User, role: CourseRole | None) -> list[str]:
    """Full role URIs; an administrator has only institution and system roles."""
    uris = list(_OF_COURSE[role]) if role is not None else []
    if user.is_admin:
        uris += [_INSTITUTION + "Administrator", _SYSTEM + "User"]
    if user.is_test:
        uris.append(_TEST_USER)
    return uris


def roster_roles(user: User, role: CourseRole, style: str) -> list[str]:
    """Roles of a member in the roster: course roles only, full URIs or the short names Moodle sends."""
    if style == "short":
        return list(_SHORT[role])
    return _OF_COURSE[role][:1] + ([_TEST_USER] if user.is_test else [])


def role_meant(name: str) -> CourseRole | None:
    """The course role behind a role URI or a short name."""
    return next((role for role in CourseRole if name in (_OF_COURSE[role][0], *_SHORT[role])), None)
