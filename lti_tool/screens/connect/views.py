"""Addresses of the sheets, and of the configuration that Canvas fetches."""

from flask import Blueprint, Response, jsonify, render_template, request
from flask_babel import gettext

from lti_tool.base.errors import NotFound
from lti_tool.protocols.lti import tool_configuration
from lti_tool.protocols.lti.tool_configuration import Addresses, scopes_for
from lti_tool.protocols.platforms.families import FAMILIES
from lti_tool.protocols.platforms.invitations import privacy_level
from lti_tool.protocols.platforms.service import PrivacyLevel
from lti_tool.screens.connect.sheets import GENERIC, SHEETS
from lti_tool.web.extensions import tool
from lti_tool.web.guards import open_to_all
from lti_tool.web.i18n import take_chosen

blueprint = Blueprint("connect", __name__, template_folder="templates")


@blueprint.get("/connect")
@open_to_all
def choose() -> str:
    take_chosen()
    return render_template("connect/choose.html", families=_families())


@blueprint.get("/connect/<family>")
@open_to_all
def sheet(family: str) -> str:
    take_chosen()
    if family not in _families():
        raise NotFound("page")
    return render_template(
        "connect/sheet.html", family=FAMILIES[family], sheet=SHEETS.get(family, GENERIC),
        addresses=Addresses.of(tool().settings), scopes=scopes_for(FAMILIES[family]), is_own=family in SHEETS,
    )  # fmt: skip


def _families() -> dict[str, str]:
    """Label by name; the one for all others comes last."""
    named = {name: family.label for name, family in FAMILIES.items() if name not in ("practice", "generic")}
    return named | {"generic": gettext("Another environment")}


@blueprint.get("/lti/config/canvas.json")
@open_to_all
def canvas() -> Response:
    level = privacy_level(request.args.get("privacy", PrivacyLevel.NAME_AND_EMAIL))
    addresses = Addresses.of(tool().settings)
    return jsonify(tool_configuration.canvas_key(addresses, FAMILIES["canvas"], level))
