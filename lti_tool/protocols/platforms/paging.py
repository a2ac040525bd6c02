"""Pages of a platform's lists. The next address is followed letter by letter: some are case-sensitive. RFC 8288."""

from urllib.parse import urljoin

from lti_tool.base.wire import Answer
from lti_tool.protocols.platforms.service import origin_of


def next_page(answer: Answer, url: str) -> str | None:
    """The next link of a page (RFC 8288), letter by letter; None when there is none or it leads elsewhere."""
    followed = next_address(answer, url)
    return followed if followed is not None and origin_of(followed) == origin_of(url) else None


def next_address(answer: Answer, url: str) -> str | None:
    """Where the next link of a page leads, wherever that is."""
    for part in answer.headers.get("link", "").split("<")[1:]:
        address, closed, parameters = part.partition(">")
        relations = [one.strip().lower() for one in parameters.split(";")]
        if closed and any(one.rstrip(", ").replace('"', "").replace(" ", "") == "rel=next" for one in relations):
            return urljoin(url, address.strip())
    return None
