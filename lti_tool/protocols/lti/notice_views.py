"""Where platforms post their notices. The answer tells nothing: neither whom we know nor what was believed."""

import structlog
from flask import Blueprint, Response, current_app, request
from sqlalchemy.exc import IntegrityError

from lti_tool.base.errors import Busy, ToolError, Upstream
from lti_tool.protocols.lti import adapter, notices
from lti_tool.protocols.platforms import service as platforms
from lti_tool.protocols.platforms.keysets import KeyRing
from lti_tool.web import limits
from lti_tool.web.extensions import tool
from lti_tool.web.guards import open_to_all
from lti_tool.web.limits import limited
from lti_tool.web.transaction import apart, reading

blueprint = Blueprint("notices", __name__, url_prefix="/lti")
log = structlog.get_logger("notices")


@blueprint.post("/notices")
@open_to_all
@limited("launch")
def take_notices() -> Response:
    """202 for whatever was sent; 503 where it is to be sent again: no key set now, or a launch at the same moment."""
    length = request.content_length
    if length is None or length > notices.MOST_BYTES:
        return Response(status=202)
    try:
        tokens = notices.tokens_in(request.get_data())
    except ToolError:
        return Response(status=202)
    outcomes = [_take(token) for token in tokens]
    return Response(status=202 if all(outcomes) else 503)


def _take(token: str) -> bool:
    """False where it should come again."""
    try:
        sender = notices.sender_of(token)
        limits.count_platform("launch", sender.issuer, sender.client_id)
        with reading() as own:
            platform = platforms.for_login(own, sender.issuer, sender.client_id)
        ring: KeyRing = current_app.extensions["key_ring"]
        body = adapter.verify_notice(token, platform, ring.key, leeway_s=tool().settings.leeway_s)
        with apart() as own:
            notices.take(own, platform, body)
    except (Busy, Upstream, IntegrityError):  # the last: a launch made the same course at the same moment
        return False
    except ToolError as error:
        log.info("notice not taken", code=error.code)
    return True
