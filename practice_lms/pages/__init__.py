"""The pages for people: who you are, courses, the tool in a frame, gradebook, tools, and misbehaving."""

from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from practice_lms.pages import courses, grades, launch, misbehave, registered, start
from practice_lms.state.practice import here
from practice_lms.web.page import origin_of, problem


def blueprints() -> list[Blueprint]:
    """Every page; a form of another site is not taken."""
    pages = Blueprint("pages", __name__)
    pages.before_request(_one_address)
    pages.before_request(_own_forms_only)
    for module in (start, courses, launch, grades, registered, misbehave):
        pages.register_blueprint(module.bp)
    return [pages]


def install(app: Flask) -> None:
    """A page for what does not exist."""

    @app.errorhandler(NotFound)
    def not_found(error: NotFound) -> Response:
        return problem("not_found", 404)


def _one_address() -> ResponseReturnValue | None:
    """Cookies belong to one name: localhost and 127.0.0.1 both lead to the issuer."""
    names = {urlsplit(here().url).hostname, urlsplit(request.host_url).hostname}
    if request.method == "GET" and names == {"localhost", "127.0.0.1"}:
        return redirect(here().url + request.full_path.rstrip("?"))
    return None


def _own_forms_only() -> Response | None:
    origin = request.headers.get("Origin")
    if request.method == "POST" and origin is not None and origin != origin_of(request.url_root):
        return problem("other_origin", 403)
    return None
