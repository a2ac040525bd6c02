"""Service addresses.

They carry a query, as Moodle's do: a tool has to put /scores before it (AGS 2.0, 3.4.1).
"""

from practice_lms.state.practice import Practice


def lineitems(practice: Practice, course_id: str, type_id: int) -> str:
    """The container of a course."""
    return f"{practice.url}/lti/ags/{course_id}/lineitems?type_id={type_id}"


def lineitem(practice: Practice, course_id: str, lineitem_id: int, type_id: int) -> str:
    """One line item."""
    return f"{practice.url}/lti/ags/{course_id}/lineitems/{lineitem_id}/lineitem?type_id={type_id}"


def results(practice: Practice, course_id: str, lineitem_id: int, type_id: int) -> str:
    """The results of one line item."""
    return lineitem(practice, course_id, lineitem_id, type_id).replace("/lineitem?", "/lineitem/results?")


def memberships(practice: Practice, course_id: str) -> str:
    """The roster of a course."""
    return f"{practice.url}/lti/nrps/{course_id}/memberships"


def groups(practice: Practice, course_id: str) -> str:
    """The groups of a course."""
    return f"{practice.url}/lti/gs/{course_id}/groups"


def group_sets(practice: Practice, course_id: str) -> str:
    """The sets of groups of a course."""
    return f"{practice.url}/lti/gs/{course_id}/groupsets"


def token(practice: Practice) -> str:
    """The token endpoint; also the audience of a client assertion."""
    return f"{practice.url}/oauth/token"
