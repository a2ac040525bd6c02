"""The address of one learner's work, for a gradebook that keeps it with the grade. Pure."""

from urllib.parse import urlencode

PARAMETER = "review"
SEPARATOR = "."
"""Stands in no public id."""


def address(public_url: str, link_public_id: str, person_public_id: str) -> str:
    """A launch address of ours that names the link and whose work it is. It opens nothing for who may not see it."""
    return f"{public_url}/lti/launch?{urlencode({PARAMETER: link_public_id + SEPARATOR + person_public_id})}"


def named_in(text: str) -> tuple[str, str]:
    """(public id of the link, of the person); empty where it is no such text."""
    link_id, _, person_id = text.replace("\x00", "")[:200].partition(SEPARATOR)
    return link_id, person_id
