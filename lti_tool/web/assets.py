"""Addresses of static files. Each carries a hash of its content, so that browsers may keep it for a year."""

import hashlib
from functools import cache
from pathlib import Path

from flask import Flask, Response, request

STATIC = Path(__file__).parent / "static"


def init(app: Flask) -> None:
    app.add_template_global(asset)
    app.after_request(_keep)


@cache
def asset(name: str) -> str:
    """The address of a file in static/, such as /static/app.css?v=1f0c9a2b."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()
    return f"/static/{name}?v={digest[:12]}"


def _keep(response: Response) -> Response:
    if request.endpoint == "static" and response.status_code == 200 and "v" in request.args:
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
