"""What anybody may fetch: pictures of modules, named by their content; and whom to tell of a weakness."""

import re
from datetime import timedelta

from flask import Blueprint, Response, request, send_from_directory

from lti_tool.base import clock
from lti_tool.base.errors import NotFound
from lti_tool.screens import covers
from lti_tool.web.extensions import tool
from lti_tool.web.guards import open_to_all

blueprint = Blueprint("public", __name__)
TYPES = {"svg": "image/svg+xml", "png": "image/png", "jpg": "image/jpeg", "webp": "image/webp"}
SECURITY_TXT = "/.well-known/security.txt"
GOOD_FOR = timedelta(days=180)
LONGEST_ID = 64
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


@blueprint.get("/covers/<module_id>.svg")
@open_to_all
def cover(module_id: str) -> Response:
    """The drawn cover of a module, for the pages of learning environments (thumbnail of DL 2.0, 3.1)."""
    if len(module_id) > LONGEST_ID:
        raise NotFound("page")
    response = Response(covers.picture(module_id, request.args.get("theme", "")[:LONGEST_ID]), mimetype=TYPES["svg"])
    response.headers["Cache-Control"] = "public, max-age=86400"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@blueprint.get(SECURITY_TXT)
@open_to_all
def security_txt() -> Response:
    """Whom to tell of a weakness (RFC 9116). Raises NotFound("page") where no contact is set."""
    settings = tool().settings
    if not settings.security_contact:
        raise NotFound("page")
    expires = (clock.now() + GOOD_FOR).replace(hour=0, minute=0, second=0, microsecond=0)
    lines = {
        "Contact": settings.security_contact,
        "Expires": expires.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "Preferred-Languages": "nl, en",
        "Canonical": settings.public_url + SECURITY_TXT,
    }
    return Response("".join(f"{name}: {value}\n" for name, value in lines.items()), mimetype="text/plain")
