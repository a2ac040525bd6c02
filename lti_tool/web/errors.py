"""From a ToolError to a page (or JSON) in plain words, with an honest status and a reference number."""

from math import ceil

from flask import Flask, Response, g, jsonify, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from lti_tool.base.errors import ToolError, TooMany, Upstream
from lti_tool.web import transaction
from lti_tool.web.observability import log, reference
from lti_tool.web.refusals import refusal_for

BY_STATUS = {404: "page", 405: "method", 413: "too-large", 429: "too-many"}


def init(app: Flask) -> None:
    app.register_error_handler(ToolError, _refuse)
    app.register_error_handler(HTTPException, _refuse_http)
    app.register_error_handler(Exception, _fail)


def _refuse(error: ToolError) -> Response:
    transaction.give_up()
    response = answer(error.code, error.status, error.facts)
    if isinstance(error, TooMany | Upstream) and error.after_s:
        response.headers["Retry-After"] = str(ceil(error.after_s))
    return response


def _refuse_http(error: HTTPException) -> Response:
    transaction.give_up()
    code = error.code or 500
    response = answer(BY_STATUS.get(code, "request"), code, {})
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def _fail(error: Exception) -> Response:
    transaction.give_up()
    log.error("failure", reference=reference(), error=type(error).__name__, exc_info=error)
    return answer("failure", 500, {})


def answer(code: str, status: int, facts: dict[str, str | int | float | None], **more: object) -> Response:
    """The refusal as this caller can read it. `more` goes to the page, such as a way out."""
    g.refusal = code
    words = refusal_for(_as_met(code), facts)
    if _wants_json():
        body = {"type": "about:blank", "title": words.title, "detail": words.what, "status": status, "code": code,
                "reference": reference()}  # fmt: skip
        response = jsonify(body)
        response.content_type = "application/problem+json"
    else:
        response = make_response(
            render_template("refusal.html", words=words, code=code, reference=reference(), **more)
        )
    response.status_code = status
    return response


def _as_met(code: str) -> str:
    """Staff have no course to go back to."""
    return "staff-page" if code == "page" and request.path.startswith("/staff") else code


def _wants_json() -> bool:
    accept = request.accept_mimetypes
    return accept.best_match(["text/html", "application/json"]) == "application/json" and not accept.accept_html
