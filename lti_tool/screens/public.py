"""What anybody may fetch: pictures of modules, named by their content."""

import re

from flask import Blueprint, Response, send_from_directory

from lti_tool.base.errors import NotFound
from lti_tool.web.extensions import tool
from lti_tool.web.guards import open_to_all

blueprint = Blueprint("public", __name__)
TYPES = {"svg": "image/svg+xml", "png": "image/png", "jpg": "image/jpeg", "webp": "image/webp"}
NAME = re.compile(rf"[0-9a-f]{{32}}\.({'|'.join(TYPES)})")


@blueprint.get("/media/<name>")
@open_to_all
def media(name: str) -> Response:
    match = NAME.fullmatch(name)
    if match is None:
        raise NotFound("page")
    response = send_from_directory(tool().settings.files_dir.absolute(), name, mimetype=TYPES[match[1]])
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
