"""How a page is made: words, numbers and times in the language of the person, and a strict content policy."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flask import Response, render_template, request

from practice_lms.state import tools
from practice_lms.state.practice import here
from practice_lms.state.seed import SCHOOL
from practice_lms.web.person import current_language, current_person
from practice_lms.web.texts import said


def page(template: str, *, status: int = 200, frame_origins: tuple[str, ...] = (), **values: Any) -> Response:
    """A page in the language of the person. `frame_origins` may be framed besides the known tools."""
    language = current_language()
    practice = here()
    origins = sorted({origin for tool in tools.all_tools(practice.store) for origin in tool.origins})
    html = render_template(
        template,
        t=lambda key: said(language, key),
        number=lambda value: number(value, language),
        moment=lambda value: moment(value, language),
        lang=language,
        person=current_person(),
        school=SCHOOL,
        tool_origins=origins,
        storage=practice.misbehaviour.storage,
        path=request.full_path.rstrip("?"),
        **values,
    )
    answer = Response(html, status, content_type="text/html; charset=utf-8")
    frames = " ".join(("'self'", *origins, *frame_origins))
    answer.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; base-uri 'none';"
        f" frame-src {frames}; frame-ancestors 'self'"
    )
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def autosubmit(action: str, fields: dict[str, str], method: str = "post") -> Response:
    """A page that posts itself elsewhere; without scripts there is a button."""
    return page("autosubmit.html", action=action, fields=fields, method=method, bare=True)


def problem(key: str, status: int, detail: str = "") -> Response:
    """A page that says what went wrong; a technical reason may follow, in English."""
    return page("problem.html", status=status, key=key, detail=detail, bare=True)


def origin_of(address: str) -> str:
    """Scheme and host of an address."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def number(value: float, language: str) -> str:
    """At most two decimals, with a comma in Dutch."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return text if language == "en" else text.replace(".", ",")


def moment(value: str, language: str) -> str:
    """Date and time in the Netherlands; what cannot be read is shown as it is."""
    try:
        at = datetime.fromisoformat(value).astimezone(_zone())
    except ValueError:
        return value
    return at.strftime("%d-%m-%Y %H:%M:%S" if language == "nl" else "%d/%m/%Y %H:%M:%S")


def _zone() -> Any:
    try:
        return ZoneInfo("Europe/Amsterdam")
    except ZoneInfoNotFoundError:
        return UTC
