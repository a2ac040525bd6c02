"""The roster of the course from which the last launch came: every page is read, members are counted, none is kept."""

from collections import Counter
from typing import Any

from lti_tool.base.errors import ToolError
from lti_tool.base.wire import Answer
from lti_tool.protocols.doctor.calls import Calls
from lti_tool.protocols.doctor.lights import Light, Topic, amber, green, grey, red
from lti_tool.protocols.doctor.patient import Came
from lti_tool.protocols.doctor.troubles import trouble
from lti_tool.protocols.resource_links.roles import role_in_context
from lti_tool.protocols.roster import nrps

MOST_PAGES = 200
"""Somebody waits for the answer."""


def examine(calls: Calls, accepted: Came | None, token: str | None) -> Light:
    if accepted is None:
        return grey(Topic.ROSTER, "needs-launch")
    url = accepted.services.get("roster")
    if not url:
        return amber(Topic.ROSTER, "roster-not-offered")
    if token is None:
        return grey(Topic.ROSTER, "needs-scope")
    return _read(calls, str(url), token)


def _read(calls: Calls, url: str, token: str) -> Light:
    def fetch(address: str) -> Answer:
        return calls.send("GET", address, token=token, headers={"Accept": nrps.MEDIA_TYPE})

    count: Counter[str] = Counter()
    pages = members = 0
    try:
        for page in nrps.pages(fetch, url, most=MOST_PAGES):
            pages += 1
            members += len(page)
            count.update(str(role_in_context(nrps.roles_of(member))) for member in page)
    except ToolError as error:
        return _failed(error, pages, members)
    facts: dict[str, Any] = {"members": members, "pages": pages, "learners": count["learner"],
                             "teachers": count["teacher"], "others": count["none"]}  # fmt: skip
    return green(Topic.ROSTER, "roster-ok", **facts) if members else amber(Topic.ROSTER, "roster-empty", **facts)


def _failed(error: ToolError, pages: int, members: int) -> Light:
    page = pages + 1
    if error.code == "roster-status":
        code = "roster-refused" if pages == 0 else "roster-breaks-off"
        return red(Topic.ROSTER, code, status=error.facts.get("status"), page=page, members=members)
    if error.code == "roster-elsewhere":
        return red(Topic.ROSTER, "roster-elsewhere", page=page, members=members)
    if error.code in ("roster-pages", "roster-loop"):
        return amber(Topic.ROSTER, "roster-endless", pages=pages, members=members)
    return trouble(Topic.ROSTER, error, page=page, members=members)
